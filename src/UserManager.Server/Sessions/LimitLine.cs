using System.Globalization;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Server.Sessions;

/// <summary>A line under <c>limits</c> in <c>config/vendors.yaml</c>: an attribute and what it is given, <c>Mikrotik-Rate-Limit = {rate}</c>.</summary>
internal sealed class LimitLine
{
    private const ulong Lowest32 = uint.MaxValue;

    /// <summary>The longest Session-Timeout that RouterOS honours.</summary>
    private const long LongestTime = 21_474_720;

    private static readonly Dictionary<string, Func<Allowance, Quantity>> Quantities = new(StringComparer.Ordinal)
    {
        ["time"] = a => Whole(a.Time is { } time ? Math.Min(Math.Max(1, (long)time.TotalSeconds), LongestTime) : 0),
        ["download"] = a => Whole(a.Download ?? 0),
        ["download-low"] = a => Low(a.Download),
        ["download-high"] = a => High(a.Download),
        ["upload"] = a => Whole(a.Upload ?? 0),
        ["upload-low"] = a => Low(a.Upload),
        ["upload-high"] = a => High(a.Upload),
        ["transfer"] = a => Whole(a.Transfer ?? 0),
        ["transfer-low"] = a => Low(a.Transfer),
        ["transfer-high"] = a => High(a.Transfer),
        ["rate"] = a => new Quantity(0, a.RateLimit.Text),
        ["rate-up"] = a => Whole(a.RateLimit.Rx.Limit),
        ["rate-down"] = a => Whole(a.RateLimit.Tx.Limit),
        ["rate-up-kbit"] = a => Whole((a.RateLimit.Rx.Limit + 999) / 1000),
        ["rate-down-kbit"] = a => Whole((a.RateLimit.Tx.Limit + 999) / 1000),
        ["rate-up-octets"] = a => Whole(a.RateLimit.Rx.Limit * 3 / 16),
        ["rate-down-octets"] = a => Whole(a.RateLimit.Tx.Limit * 3 / 16),
        ["min-up"] = a => Whole(a.RateLimit.Rx.Minimum),
        ["min-down"] = a => Whole(a.RateLimit.Tx.Minimum),
    };

    private readonly bool _isText;
    private readonly bool _is64;
    private readonly string[] _literals;
    private readonly Func<Allowance, Quantity>[] _quantities;

    private LimitLine(AttributeDefinition attribute, string[] literals, Func<Allowance, Quantity>[] quantities)
    {
        (Key, _literals, _quantities) = (attribute.Key, literals, quantities);
        _isText = attribute.Type == AttributeType.String;
        _is64 = attribute.Type == AttributeType.Integer64;
    }

    public AttributeKey Key { get; }

    /// <param name="line"><c>Name = text with {quantities}</c>.</param>
    /// <param name="dictionary">Where the name is looked up.</param>
    /// <param name="problem">What is wrong, when null is returned.</param>
    public static LimitLine? Parse(string line, RadiusDictionary dictionary, out string problem)
    {
        var equals = line.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? line : line[..equals].Trim();
        problem = equals < 0 ? $"\"{line}\" has no =: it is to be an attribute, = and its value, as Session-Timeout = {{time}}" : "";
        if (problem.Length > 0)
            return null;

        if (!dictionary.TryFind(name, out var attribute))
        {
            problem = $"unknown attribute \"{name}\"{Words.DidYouMean(name, dictionary.Attributes.Select(a => a.Name))}";
            return null;
        }

        var (literals, quantities) = (new List<string>(), new List<Func<Allowance, Quantity>>());
        problem = Split(line[(equals + 1)..].Trim(), literals, quantities);
        var parsed = new LimitLine(attribute, [.. literals], [.. quantities]);
        if (problem.Length == 0 && !parsed._isText && (quantities.Count != 1 || literals.Any(l => l.Length > 0)))
            problem = $"{name} is a number: it can be given one quantity and nothing else";

        return problem.Length > 0 ? null : parsed;
    }

    /// <summary>Adds the attribute, unless a quantity of it is not limited.</summary>
    public void Add(in Allowance allowance, AttributeList list)
    {
        if (!_isText)
        {
            if (_quantities[0](allowance) is { IsSet: true } quantity)
                list.Add(Key, _is64 ? (ulong)quantity.Number : Math.Min((ulong)quantity.Number, Lowest32));
        }
        else if (Text(allowance) is { } text)
            list.Add(Key, text);
    }

    private string? Text(in Allowance allowance)
    {
        if (_quantities.Length == 1 && _literals[0].Length == 0 && _literals[1].Length == 0)
            return _quantities[0](allowance) is { IsSet: true } only ? only.ToString() : null;

        var text = new System.Text.StringBuilder(_literals[0]);
        for (var i = 0; i < _quantities.Length; i++)
        {
            if (_quantities[i](allowance) is not { IsSet: true } quantity)
                return null;

            text.Append(quantity).Append(_literals[i + 1]);
        }

        return text.ToString();
    }

    private static string Split(string text, List<string> literals, List<Func<Allowance, Quantity>> quantities)
    {
        while (text.IndexOf('{', StringComparison.Ordinal) is var open and >= 0)
        {
            var close = text.IndexOf('}', open);
            if (close < 0)
                return $"a }} is missing behind \"{text[open..]}\"";

            var name = text[(open + 1)..close];
            if (!Quantities.TryGetValue(name, out var quantity))
                return $"unknown quantity {{{name}}}{Words.DidYouMean(name, Quantities.Keys)}; there are {string.Join(", ", Quantities.Keys)}";

            literals.Add(text[..open]);
            quantities.Add(quantity);
            text = text[(close + 1)..];
        }

        literals.Add(text);
        return quantities.Count == 0 ? "a line without a {quantity} limits nothing" : "";
    }

    private static Quantity Whole(long number) => new(number, null);

    // Where the lower half would be 0, which means unlimited, one octet less is granted.
    private static Quantity Low(long? left) => left is not { } number ? default : Whole(number > 0 && (uint)number == 0 ? (long)Lowest32 : (uint)number);

    private static Quantity High(long? left) => left is not { } number ? default : Whole((number > 0 && (uint)number == 0 ? number - 1 : number) >> 32);

    /// <summary>A number, or a text. Neither, where nothing is limited.</summary>
    private readonly record struct Quantity(long Number, string? Said)
    {
        public bool IsSet => Number > 0 || Said?.Length > 0;

        public override string ToString() => Said ?? Number.ToString(CultureInfo.InvariantCulture);
    }
}
