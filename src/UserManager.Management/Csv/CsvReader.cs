using System.Text;

namespace UserManager.Management;

/// <summary>A field of a CSV file and where it begins, from 1.</summary>
internal readonly record struct CsvField(string Text, int Line, int Column);

/// <summary>Something in the file that is no CSV.</summary>
internal sealed class CsvException(int line, int column, string message) : Exception(message)
{
    public int Line => line;

    public int Column => column;
}

/// <summary>Reads rows as RFC 4180 has them: quotes around fields that hold delimiters, quotes or line ends; two quotes stand for one.</summary>
/// <remarks>The delimiter is the one of comma, semicolon and tab that the first row has most of. Lines may end in LF alone.</remarks>
internal sealed class CsvReader
{
    // Excel's own way to say it, before the first row.
    private const string Declared = "sep=";

    private readonly string _text;
    private readonly char _delimiter;
    private int _at;
    private int _line = 1;
    private int _lineStart;

    public CsvReader(string text)
    {
        _text = text;
        if (text.StartsWith(Declared, StringComparison.OrdinalIgnoreCase) && text.Length > Declared.Length)
        {
            _delimiter = text[Declared.Length];
            SkipLine();
        }
        else
        {
            _delimiter = Detect(text);
        }
    }

    /// <summary>The next row that is not empty; null behind the last.</summary>
    /// <exception cref="CsvException">It is wrong; the next call goes on with the line behind.</exception>
    public List<CsvField>? Read()
    {
        while (_at < _text.Length)
        {
            var row = ReadRow();
            if (row.Count > 1 || row[0].Text.Length > 0)
                return row;
        }

        return null;
    }

    private List<CsvField> ReadRow()
    {
        var row = new List<CsvField>();
        while (true)
        {
            var (line, column) = (_line, _at - _lineStart + 1);
            var text = _at < _text.Length && _text[_at] == '"' ? ReadQuoted(line, column) : ReadBare();
            row.Add(new CsvField(text, line, column));
            if (_at < _text.Length && _text[_at] == _delimiter)
            {
                _at++;
                continue;
            }

            EndLine();
            return row;
        }
    }

    private string ReadBare()
    {
        var start = _at;
        while (_at < _text.Length && _text[_at] != _delimiter && _text[_at] is not ('\r' or '\n'))
            _at++;

        return _text[start.._at];
    }

    private string ReadQuoted(int line, int column)
    {
        var value = new StringBuilder();
        for (_at++; _at < _text.Length; _at++)
        {
            if (_text[_at] == '"' && !(_at + 1 < _text.Length && _text[_at + 1] == '"'))
                break;

            if (_text[_at] == '"')
                _at++;

            value.Append(_text[_at]);
            if (_text[_at] == '\n')
                (_line, _lineStart) = (_line + 1, _at + 1);
        }

        if (_at == _text.Length)
            throw new CsvException(line, column, "this quote is never closed");

        _at++;
        if (_at == _text.Length || _text[_at] == _delimiter || _text[_at] is '\r' or '\n')
            return value.ToString();

        var (at, behind) = (_line, _at - _lineStart + 1);
        SkipLine();
        throw new CsvException(at, behind, "text stands behind the closing quote; a quote inside a field is written twice");
    }

    private void EndLine()
    {
        if (_at < _text.Length && _text[_at] == '\r')
            _at++;

        if (_at < _text.Length && _text[_at] == '\n')
            _at++;

        (_line, _lineStart) = (_line + 1, _at);
    }

    private void SkipLine()
    {
        while (_at < _text.Length && _text[_at] != '\n')
            _at++;

        EndLine();
    }

    private static char Detect(string text)
    {
        Span<int> counts = [0, 0, 0];
        var quoted = false;
        foreach (var character in text)
        {
            quoted ^= character == '"';
            if (character == '\n' && !quoted)
                break;

            if (!quoted && ",;\t".IndexOf(character, StringComparison.Ordinal) is >= 0 and var which)
                counts[which]++;
        }

        return counts[1] > counts[0] && counts[1] >= counts[2] ? ';' : counts[2] > counts[0] ? '\t' : ',';
    }
}
