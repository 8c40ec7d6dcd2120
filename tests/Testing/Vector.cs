using UserManager.Radius;

namespace UserManager.Testing;

/// <summary>A packet in octets and what it says, from <c>tests/Vectors</c>.</summary>
/// <remarks>
/// A file holds one or more: <c>secret</c>, <c>request</c> (the authenticator of the request, for replies), <c>packet</c> (hexadecimal, over
/// as many lines as it needs), <c>expect</c> (the code's name and the attributes, or a <see cref="DropReason"/>), <c>decode only</c> where
/// encoding cannot give the same octets. <c>#</c> begins a comment. The last line is <c>count</c>, so that a file cut short is noticed.
/// </remarks>
public sealed class Vector
{
    private Vector(string name) => Name = name;

    /// <summary>The file's name, and a number from 1 in a file of several: <c>rfc2865-7.1/2</c>.</summary>
    public string Name { get; }

    public SharedSecret Secret { get; private set; } = new("");

    /// <summary>The datagram.</summary>
    public byte[] Packet { get; private set; } = [];

    /// <summary>For a reply: the authenticator of its request.</summary>
    public byte[] Request { get; private set; } = [];

    /// <summary>A packet code's name, or the name of a <see cref="DropReason"/>.</summary>
    public string Expected { get; private set; } = "";

    /// <summary>The attributes, as <c>Name = value</c>.</summary>
    public IReadOnlyList<string> Lines { get; private set; } = [];

    /// <summary>Its octets cannot come out of the encoder: random salts, or a form we read and do not write.</summary>
    public bool IsDecodeOnly { get; private set; }

    /// <summary>What hidden attributes are hidden with.</summary>
    public ReadOnlySpan<byte> Authenticator => Request.Length > 0 ? Request : Packet.AsSpan(4, 16);

    /// <summary>The value of the first attribute of a type.</summary>
    public ReadOnlySpan<byte> Value(byte type)
    {
        var reader = new AttributeReader(Packet.AsSpan(20));
        while (reader.Read())
        {
            if (reader.Type == type)
                return reader.Value;
        }

        throw new InvalidDataException($"{Name} has no attribute {type}.");
    }

    public override string ToString() => Name;

    /// <summary>The first vector of a file, or the one that is named by its number.</summary>
    public static Vector Load(string name)
    {
        var parts = name.Split('/');
        return ReadFile(Repository.At("tests", "Vectors", parts[0] + ".txt"))[parts.Length == 1 ? 0 : int.Parse(parts[1]) - 1];
    }

    /// <summary>The names of all vectors.</summary>
    public static IEnumerable<string> Names =>
        Directory.EnumerateFiles(Repository.At("tests", "Vectors"), "*.txt").Order().SelectMany(ReadFile).Select(v => v.Name);

    private static List<Vector> ReadFile(string path)
    {
        var file = Path.GetFileNameWithoutExtension(path);
        var vectors = new List<Vector>();
        var count = -1;
        foreach (var (keyword, text) in Statements(path))
        {
            if (keyword == "secret")
                vectors.Add(new Vector($"{file}/{vectors.Count + 1}"));

            if (keyword == "count")
                count = int.Parse(text);
            else
                vectors[^1].Set(keyword, text);
        }

        return count == vectors.Count ? vectors : throw new InvalidDataException($"{path} says count {count} and has {vectors.Count}.");
    }

    // A line that begins with a blank carries on the one before.
    private static IEnumerable<(string Keyword, string Text)> Statements(string path)
    {
        var statement = "";
        foreach (var line in File.ReadLines(path).Append("end"))
        {
            var text = line.StartsWith('#') ? "" : line;
            if (text.Length > 0 && text[0] == ' ')
            {
                statement += text;
                continue;
            }

            if (statement.Length > 0)
                yield return Split(statement);

            statement = text;
        }
    }

    private static (string Keyword, string Text) Split(string statement)
    {
        var blank = statement.IndexOf(' ', StringComparison.Ordinal);
        return (statement[..blank], statement[blank..].Trim());
    }

    private void Set(string keyword, string text)
    {
        switch (keyword)
        {
            case "secret":
                Secret = new SharedSecret(text.Split(" #")[0].TrimEnd());
                break;
            case "request":
                Request = Hex(text);
                break;
            case "packet":
                Packet = Hex(text);
                break;
            case "decode":
                IsDecodeOnly = true;
                break;
            case "expect":
                var end = text.IndexOf(' ', StringComparison.Ordinal);
                Expected = end < 0 ? text : text[..end];
                Lines = end < 0 ? [] : [.. SplitAtCommas(text[end..])];
                break;
            default:
                throw new InvalidDataException($"{Name}: unknown keyword {keyword}.");
        }
    }

    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    // Commas inside of quotes belong to the value.
    private static IEnumerable<string> SplitAtCommas(string text)
    {
        var (start, quoted) = (0, false);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '\\')
            {
                at++;
            }
            else if (text[at] == '"')
            {
                quoted = !quoted;
            }
            else if (text[at] == ',' && !quoted)
            {
                yield return text[start..at].Trim();
                start = at + 1;
            }
        }

        yield return text[start..].Trim();
    }
}
