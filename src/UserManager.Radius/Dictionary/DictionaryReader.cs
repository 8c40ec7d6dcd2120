using System.Text;

namespace UserManager.Radius;

/// <summary>Reads dictionaries in the format of FreeRADIUS 3.2.</summary>
/// <remarks>
/// One statement a line, blanks between its fields, <c>#</c> begins a comment. This class splits files into fields and follows
/// <c>$INCLUDE</c>; what a statement means is in <see cref="DictionaryBuilder"/>. FreeRADIUS refuses world-writable files; this
/// does not, because on a mounted volume every file is one.
/// </remarks>
public sealed class DictionaryReader
{
    private const string FileName = "dictionary";
    private const int MaxLineLength = 255;
    private const int MaxFields = 8;
    private const int MaxErrors = 1000;

    private static readonly string[] Keywords =
    [
        "ATTRIBUTE", "VALUE", "VALUE-ALIAS", "VENDOR", "BEGIN-VENDOR", "END-VENDOR", "BEGIN-TLV", "END-TLV", "$INCLUDE", "$INCLUDE-",
        "$-INCLUDE",
    ];

    private readonly DictionaryBuilder _builder = new();
    private readonly List<DictionaryError> _errors = [];
    private readonly HashSet<string> _loaded = new(StringComparer.Ordinal);

    private DictionaryReader()
    {
    }

    /// <summary>Loads a tree of dictionaries.</summary>
    /// <param name="path">A folder holding a file named <c>dictionary</c>, or such a file.</param>
    /// <exception cref="DictionaryException">With everything that is wrong.</exception>
    public static RadiusDictionary Load(string path) =>
        TryLoad(path, out var dictionary, out var errors) ? dictionary : throw new DictionaryException(errors);

    /// <summary>Loads a tree of dictionaries, see <see cref="Load"/>.</summary>
    /// <param name="path">A folder holding a file named <c>dictionary</c>, or such a file.</param>
    /// <param name="dictionary">What was read; also after errors, without the lines that were wrong.</param>
    /// <param name="errors">Everything that is wrong, in the order of reading.</param>
    /// <returns>True when there was no error.</returns>
    public static bool TryLoad(string path, out RadiusDictionary dictionary, out IReadOnlyList<DictionaryError> errors) =>
        TryLoad([path], out dictionary, out errors);

    /// <summary>Loads several trees as one: what a later one says goes before what an earlier one did.</summary>
    /// <param name="paths">Folders holding a file named <c>dictionary</c>, or such files.</param>
    /// <param name="dictionary">What was read; also after errors, without the lines that were wrong.</param>
    /// <param name="errors">Everything that is wrong, in the order of reading.</param>
    /// <returns>True when there was no error.</returns>
    public static bool TryLoad(IReadOnlyList<string> paths, out RadiusDictionary dictionary, out IReadOnlyList<DictionaryError> errors)
    {
        var reader = new DictionaryReader();
        foreach (var path in paths)
            reader.ReadFile(Directory.Exists(path) ? Path.Combine(path, FileName) : path, includedBy: null);

        reader._builder.Finish(reader._errors);
        dictionary = reader._builder.Build();
        errors = reader._errors;
        return errors.Count == 0;
    }

    private void ReadFile(string path, DictionaryPlace? includedBy, bool optional = false)
    {
        var full = Path.GetFullPath(path);
        if (!_loaded.Add(full))
            return;                                 // read before: skipped in silence, which also ends a circle

        string text;
        try
        {
            text = Encoding.UTF8.GetString(File.ReadAllBytes(full));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (!optional || failure is not (FileNotFoundException or DirectoryNotFoundException))
                ReportUnreadable(path, includedBy, failure);

            return;
        }

        ReadLines(path, text);
    }

    private void ReportUnreadable(string path, DictionaryPlace? includedBy, Exception failure)
    {
        var place = includedBy ?? new DictionaryPlace(path, 0);
        var message = failure is FileNotFoundException or DirectoryNotFoundException
            ? $"\"{path}\" does not exist; correct the name, or write $INCLUDE- where it may be missing"
            : $"\"{path}\" cannot be read: {failure.Message}";
        Report(place, message);
    }

    private void ReadLines(string path, ReadOnlySpan<char> text)
    {
        Span<Range> fields = stackalloc Range[MaxFields];
        var outer = _builder.BeginFile();
        for (var number = 1; !text.IsEmpty; number++)
        {
            var end = text.IndexOf('\n');
            var line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];

            var statement = line.IndexOf('#') is var comment and >= 0 ? line[..comment] : line;
            var count = Split(statement, fields);
            if (count > 0)
                ReadStatement(new DictionaryPlace(path, number), new DictionaryLine(statement, fields[..Math.Min(count, MaxFields)], count));

            if (_errors.Count >= MaxErrors)
                break;
        }

        _builder.EndFile(outer);
    }

    private static int Split(ReadOnlySpan<char> line, Span<Range> fields)
    {
        var count = 0;
        for (var at = 0; at < line.Length;)
        {
            if (IsBlank(line[at]))
            {
                at++;
                continue;
            }

            var start = at;
            while (at < line.Length && !IsBlank(line[at]))
                at++;

            if (count < fields.Length)
                fields[count] = start..at;

            count++;
        }

        return count;
    }

    private static bool IsBlank(char character) => character is ' ' or '\t' or '\r' or '\f' or '\v';

    private void ReadStatement(DictionaryPlace place, in DictionaryLine line)
    {
        if (line.Text.Length > MaxLineLength)
        {
            Report(place, $"the line has {line.Text.Length} characters and may have {MaxLineLength}; shorten it");
            return;
        }

        var keyword = line[0];
        var message = keyword[0] == '$' ? Include(place, in line)
            : Is(keyword, "ATTRIBUTE") ? _builder.Attribute(in line)
            : Is(keyword, "VALUE") ? _builder.Value(place, in line)
            : Is(keyword, "VENDOR") ? _builder.Vendor(in line)
            : Is(keyword, "BEGIN-VENDOR") ? _builder.BeginVendor(in line)
            : Is(keyword, "END-VENDOR") ? _builder.EndVendor(in line)
            : Is(keyword, "BEGIN-TLV") ? _builder.BeginTlv(in line)
            : Is(keyword, "END-TLV") ? _builder.EndTlv(in line)
            : Is(keyword, "VALUE-ALIAS") ? _builder.ValueAlias(in line)
            : UnknownKeyword(keyword);
        if (message is not null)
            Report(place, message);
    }

    private string? Include(DictionaryPlace place, in DictionaryLine line)
    {
        var optional = Is(line[0], "$INCLUDE-") || Is(line[0], "$-INCLUDE");
        if (!optional && !Is(line[0], "$INCLUDE"))
            return UnknownKeyword(line[0]);

        if (line.Count != 2)
            return $"{line[0]} takes one file name; write $INCLUDE NAME";

        var folder = Path.GetDirectoryName(place.File);
        ReadFile(Path.Combine(folder ?? "", line[1].ToString()), place, optional);
        return null;
    }

    private static string UnknownKeyword(ReadOnlySpan<char> keyword) =>
        $"unknown keyword \"{keyword}\"{Words.DidYouMean(keyword.ToString(), Keywords)}";

    private void Report(DictionaryPlace place, string message) => _errors.Add(new DictionaryError(place.File, place.Line, message));

    private static bool Is(ReadOnlySpan<char> word, string keyword) => word.Equals(keyword, StringComparison.OrdinalIgnoreCase);
}
