using System.Globalization;
using Microsoft.CodeAnalysis.Text;

namespace UserManager.Radius.Keys;

/// <summary>An ATTRIBUTE line. <paramref name="oid"/> is complete: vendor, extended space and TLVs are in it.</summary>
internal sealed class DictionaryAttribute(string name, uint[] oid, string type, string vendor)
{
    public string Name => name;
    public uint[] Oid => oid;
    public string Number => string.Join(".", oid);
    public string Type => type;

    /// <summary>The vendor's name; empty when there is none.</summary>
    public string Vendor => vendor;
}

/// <summary>Reads of FreeRADIUS 3.2's dictionary format what gives attributes their numbers. Values are not its business.</summary>
internal sealed class DictionaryReader
{
    private const int VendorSpecific = 26;
    private static readonly char[] Blanks = [' ', '\t', '\r'];

    private readonly Dictionary<string, uint> _vendors = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, uint[]> _attributes = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Takes note of the vendors and the extended spaces (evs), which may be used in other files than their own.</summary>
    public void Define(SourceText? text)
    {
        foreach (var (_, words) in Statements(text))
        {
            if (Is(words, "VENDOR", 3) && TryNumber(words[2], out var number))
                _vendors[words[1]] = number;
            else if (Is(words, "ATTRIBUTE", 4) && words[3] == "evs" && TryOid(words[2], out var oid))
                _attributes[words[1]] = oid;
        }
    }

    /// <param name="text">The file; null when it cannot be read.</param>
    /// <param name="error">Told of each line that cannot be resolved.</param>
    public List<DictionaryAttribute> Read(SourceText? text, Action<TextLine, string> error)
    {
        var attributes = new List<DictionaryAttribute>();
        var scopes = new Stack<(uint[] Oid, string Vendor)>();
        scopes.Push(([], ""));

        foreach (var (line, words) in Statements(text))
        {
            if (Is(words, "ATTRIBUTE", 4))
            {
                if (Attribute(words, scopes.Peek()) is { } attribute)
                    attributes.Add(attribute);
                else
                    error(line, $"{words[1]}: '{words[2]}' is not a number");
            }
            else if (Is(words, "BEGIN-VENDOR", 2))
            {
                if (TryVendor(words, out var oid))
                    scopes.Push((oid, words[1]));
                else
                    error(line, $"{words[1]}: unknown vendor or format");
            }
            else if (Is(words, "BEGIN-TLV", 2))
            {
                if (_attributes.TryGetValue(words[1], out var oid))
                    scopes.Push((oid, scopes.Peek().Vendor));
                else
                    error(line, $"{words[1]}: unknown attribute");
            }
            else if ((Is(words, "END-VENDOR", 1) || Is(words, "END-TLV", 1)) && scopes.Count > 1)
            {
                scopes.Pop();
            }
        }

        return attributes;
    }

    /// <summary>The comment a file begins with: what it holds and where that is from.</summary>
    public static string Header(SourceText text) => string.Join(" ", text.Lines
        .Select(line => line.ToString().Trim())
        .TakeWhile(line => line.StartsWith("#", StringComparison.Ordinal))
        .Select(line => line.TrimStart('#', ' ')));

    private DictionaryAttribute? Attribute(string[] words, (uint[] Oid, string Vendor) scope)
    {
        if (!TryOid(words[2], out var oid))
            return null;

        // Old style: the vendor's name stands where the flags do.
        if (scope.Oid.Length == 0 && words.Length > 4 && _vendors.TryGetValue(words[4], out var number))
            scope = ([VendorSpecific, number], words[4]);

        var attribute = new DictionaryAttribute(words[1], [.. scope.Oid, .. oid], words[3], scope.Vendor);
        _attributes[attribute.Name] = attribute.Oid;
        return attribute;
    }

    /// <summary>"BEGIN-VENDOR name", or with "format=attribute" the vendor's part of an extended space (RFC 6929 section 2.4).</summary>
    private bool TryVendor(string[] words, out uint[] oid)
    {
        oid = [];
        if (!_vendors.TryGetValue(words[1], out var number))
            return false;

        uint[]? space = [VendorSpecific];
        if (words.Length > 2 && !_attributes.TryGetValue(words[2].Substring(words[2].IndexOf('=') + 1), out space))
            return false;

        oid = [.. space, number];
        return true;
    }

    private static IEnumerable<(TextLine Line, string[] Words)> Statements(SourceText? text) =>
        from line in text?.Lines ?? Enumerable.Empty<TextLine>()
        let words = line.ToString().Split('#')[0].Split(Blanks, StringSplitOptions.RemoveEmptyEntries)
        where words.Length > 0
        select (line, words);

    private static bool Is(string[] words, string keyword, int least) =>
        words.Length >= least && words[0].Equals(keyword, StringComparison.OrdinalIgnoreCase);

    private static bool TryOid(string text, out uint[] oid)
    {
        var parts = text.Split('.');
        oid = new uint[parts.Length];
        for (var i = 0; i < parts.Length; i++)
            if (!TryNumber(parts[i], out oid[i]))
                return false;

        return true;
    }

    private static bool TryNumber(string text, out uint number) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? uint.TryParse(text.Substring(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out number)
        : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
