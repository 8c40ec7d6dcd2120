namespace UserManager.Management;

/// <summary>Reads the characters of a console's input: blanks, joined lines, words, quoted strings.</summary>
internal sealed class Scanner(string text)
{
    private List<int>? _lines;

    public int Position { get; set; }

    public string Text => text;

    public bool AtEnd => Position >= text.Length;

    /// <summary>The character here; NUL at the end.</summary>
    public char Current => Position < text.Length ? text[Position] : '\0';

    /// <summary>The next character behind <see cref="Current"/>; NUL at the end.</summary>
    public char Following => Position + 1 < text.Length ? text[Position + 1] : '\0';

    /// <summary>End of input, of line, or <c>;</c>.</summary>
    public bool AtStatementEnd => AtEnd || Current is '\n' or ';' || (Current == '\r' && Following is '\n' or '\0');

    public bool AtBlank => Current is ' ' or '\t' && !AtEnd;

    public Position Where(int offset)
    {
        _lines ??= LineStarts(text);
        var found = _lines.BinarySearch(offset);
        var line = found >= 0 ? found : ~found - 1;
        return new Position(line + 1, offset - _lines[line] + 1);
    }

    public ConsoleSyntaxException Error(string message, int offset, string hint = "", bool isScript = false)
    {
        var (line, column) = Where(offset);
        return new ConsoleSyntaxException($"{message} (line {line} column {column}){hint}", offset, isScript) { Bare = message + hint };
    }

    /// <summary>Blanks, joined lines, and a comment up to the line's end.</summary>
    public void SkipBlanks()
    {
        SkipBlanksOnly();
        if (Current == '#')
            SkipLine();
    }

    /// <summary>Blanks and joined lines.</summary>
    public void SkipBlanksOnly()
    {
        while (AtBlank || SkipJoin())
            Position += AtBlank ? 1 : 0;
    }

    /// <summary>Everything between two statements.</summary>
    public void SkipToStatement()
    {
        for (SkipBlanks(); !AtEnd && AtStatementEnd; SkipBlanks())
            Position++;
    }

    /// <summary>A backslash as the last character of a line, that line's end, and the blanks that begin the next.</summary>
    public bool SkipJoin()
    {
        if (Current != '\\' || AtEnd)
            return false;

        var end = Position + 1;
        if (end < text.Length && text[end] == '\r')
            end++;

        if (end < text.Length && text[end] != '\n')
            return false;

        Position = Math.Min(end + 1, text.Length);
        while (AtBlank)
            Position++;

        return true;
    }

    /// <summary>A quoted string, from its first quote on. Adds its bytes.</summary>
    public void ReadQuoted(List<byte> bytes)
    {
        var start = Position++;
        while (Current != '"')
        {
            if (AtEnd)
            {
                Position = text.Length;
                throw Error("missing closing quote", start);
            }

            if (Current == '\\')
            {
                if (!SkipJoin())
                    ReadEscape(bytes);

                continue;
            }

            RefuseVariable();
            Position += ByteText.Append(bytes, text, Position);
        }

        Position++;
    }

    /// <summary>A <c>$</c> that a router would expand.</summary>
    public void RefuseVariable()
    {
        if (Current == '$' && (char.IsAsciiLetterOrDigit(Following) || Following is '_' or '(' or '[' or '{'))
            throw Error("script: $ is not expanded, write \\$ inside quotes", Position, isScript: true);
    }

    /// <summary>Moves behind the statement here, whatever it is made of: quotes, brackets and blocks over several lines.</summary>
    public void SkipStatement()
    {
        var depth = 0;
        while (!AtEnd && (depth > 0 || !AtStatementEnd))
        {
            switch (Current)
            {
                case '"':
                    SkipQuoted();
                    continue;
                case '\\':
                    Position += 2;
                    continue;
                case '#' when depth > 0 && AtLineStart():
                    SkipLine();
                    continue;
                case '{' or '[' or '(':
                    depth++;
                    break;
                case '}' or ']' or ')':
                    depth = Math.Max(0, depth - 1);
                    break;
            }

            Position++;
        }

        Position = Math.Min(Position, text.Length);
    }

    private static List<int> LineStarts(string text)
    {
        var starts = new List<int> { 0 };
        for (var i = text.IndexOf('\n'); i >= 0; i = text.IndexOf('\n', i + 1))
            starts.Add(i + 1);

        return starts;
    }

    private void SkipLine()
    {
        while (!AtEnd && Current != '\n')
            Position++;
    }

    // A quote that is never closed ends with its line: what follows is not to be lost with it.
    private void SkipQuoted()
    {
        var start = Position;
        for (Position++; !AtEnd && Current != '"'; Position++)
        {
            if (Current == '\\')
                Position++;
        }

        if (!AtEnd)
        {
            Position++;
            return;
        }

        Position = start;
        SkipLine();
    }

    private bool AtLineStart()
    {
        var before = text.AsSpan(0, Position).TrimEnd(" \t");
        return before.IsEmpty || before[^1] is '\n' or ';' or '{';
    }

    private void ReadEscape(List<byte> bytes)
    {
        var letter = Following;
        var value = letter switch
        {
            '"' or '\\' or '$' or '?' => letter,
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'a' => '\a',
            'b' => '\b',
            'f' => '\f',
            'v' => '\v',
            '_' => ' ',
            _ => '\0',
        };
        if (value != '\0')
        {
            bytes.Add((byte)value);
            Position += 2;
            return;
        }

        if (Position + 2 >= text.Length || !char.IsAsciiHexDigit(letter) || !char.IsAsciiHexDigit(text[Position + 2]))
            throw Error("bad escape in quoted string", Position);

        bytes.Add(Convert.ToByte(text.Substring(Position + 1, 2), 16));
        Position += 3;
    }
}

/// <summary>A place in an input: both count from 1.</summary>
public readonly record struct Position(int Line, int Column);

/// <summary>The input cannot be read. The message says where.</summary>
internal sealed class ConsoleSyntaxException(string message, int offset, bool isScript) : Exception(message)
{
    public int Offset => offset;

    /// <summary>The message without the place.</summary>
    public required string Bare { get; init; }

    /// <summary>It is RouterOS's scripting, which is not executed here.</summary>
    public bool IsScript => isScript;
}
