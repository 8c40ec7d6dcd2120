namespace UserManager.Management;

/// <summary>Writes one command of an export, wrapped: a backslash ends the line, four blanks begin the next.</summary>
internal sealed class RscLine(TextWriter output, int width)
{
    private const string Break = "\\\n    ";
    private const int Indent = 4;

    private int _column;

    /// <summary>A word that is never broken.</summary>
    public void Word(string word) => Token([word]);

    public void Property(string name, string value)
    {
        var atoms = RscText.IsBare(value) ? Elements(value) : RscText.Atoms(value).Prepend("\"").Append("\"");
        Token([$"{name}=", .. atoms]);
    }

    // A list is broken behind a comma, where its elements are short enough for that.
    private static IEnumerable<string> Elements(string value)
    {
        var elements = value.Split(',');
        return elements.All(e => e.Length < 40)
            ? elements.Select((e, i) => i < elements.Length - 1 ? e + "," : e)
            : value.Select(c => c.ToString());
    }

    public void End()
    {
        output.Write('\n');
        _column = 0;
    }

    private void Token(IReadOnlyList<string> atoms)
    {
        var length = atoms.Sum(a => a.Length);
        if (_column > 0)
            Separate(length);

        foreach (var atom in atoms)
            Write(atom);
    }

    // A blank stands before the backslash, so that the words stay apart when the lines are joined.
    private void Separate(int length)
    {
        output.Write(' ');
        _column++;
        if (_column + length + 2 <= width)
            return;

        output.Write(Break);
        _column = Indent;
    }

    private void Write(string atom)
    {
        // Room for a blank and a backslash, should this be the token's last.
        if (_column > Indent && _column + atom.Length + 2 > width)
        {
            output.Write(Break);
            _column = Indent;
            if (atom == " ")
                atom = "\\_";
        }

        output.Write(atom);
        _column += atom.Length;
    }
}
