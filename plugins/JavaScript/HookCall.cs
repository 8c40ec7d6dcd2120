using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Plugins.JavaScript;

/// <summary>The lists that hooks have, in the order of <see cref="HookCall.ListNames"/>.</summary>
internal enum HookList
{
    Request,
    Reply,
    Control,
    Session,
}

/// <summary>What a hook asked for cannot be: an error in JavaScript, where it was asked.</summary>
internal sealed class HookException(string message) : Exception(message);

/// <summary>All that a hook can reach, of the one request it runs for. Both engines offer these methods and nothing else.</summary>
/// <remarks>One to a thread; attributes' names are looked up once.</remarks>
internal sealed class HookCall(RadiusDictionary dictionary, ILogger log)
{
    /// <summary>The objects of a hook, in the order of <see cref="HookList"/>.</summary>
    public static readonly string[] ListNames = ["request", "reply", "control", "session"];

    /// <summary>The methods of <c>log</c>, in the order of their levels from Debug on.</summary>
    public static readonly string[] LogLevels = ["debug", "info", "warn", "error"];

    // What one call may leave behind. More than any packet holds, and little enough that a loop which adds fills no memory.
    private const int MaxAttributes = 2048;
    private const int MaxOctets = 65536;
    private const int MaxLines = 20;
    private const int MaxLineLength = 1000;
    private const int MaxNames = 4096;

    private readonly Dictionary<string, Name> _names = new(StringComparer.OrdinalIgnoreCase);
    private RequestContext? _context;
    private string _hook = "";
    private int _lines;

    /// <summary>An attribute as a hook names it: <c>User-Name</c>, <c>Tunnel-Type:1</c>, <c>Attr-26.9.1</c>.</summary>
    private sealed record Name(AttributeKey Key, AttributeDefinition? Definition, byte? Tag);

    private RequestContext Context => _context ?? throw new InvalidOperationException("No hook runs.");

    public string? ClientName => Context.Client.Name;

    public string? ClientAddress => Context.Source.Address.ToString();

    /// <summary>Null before a module has found the user.</summary>
    public string? UserName => Context.User?.User.Name;

    public string? UserGroup => Context.User?.Group.Name;

    public void Begin(RequestContext context, string hook) => (_context, _hook, _lines) = (context, hook, 0);

    public void End() => _context = null;

    /// <summary>The first value, as <c>%{Name}</c> gives it; null for none.</summary>
    public string? Get(HookList from, ReadOnlySpan<char> name)
    {
        var (list, wanted) = (List(from), Find(name));
        var index = Next(list, wanted, 0);
        return index < 0 ? null : AttributeText.PrintRaw(wanted.Definition, list.Value(index));
    }

    public string[] GetAll(HookList from, ReadOnlySpan<char> name)
    {
        var (list, wanted) = (List(from), Find(name));
        var values = new List<string>();
        for (var index = Next(list, wanted, 0); index >= 0; index = Next(list, wanted, index + 1))
            values.Add(AttributeText.PrintRaw(wanted.Definition, list.Value(index)));

        return [.. values];
    }

    /// <summary>In the place of all of this name.</summary>
    public void Set(HookList to, ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        var (list, wanted) = (List(to), Find(name));
        var octets = Read(wanted, name, value);
        var at = Next(list, wanted, 0);
        RemoveAll(list, wanted);
        Insert(list, at < 0 ? list.Count : at, wanted, octets);
    }

    /// <summary>Behind the others.</summary>
    public void Add(HookList to, ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        var (list, wanted) = (List(to), Find(name));
        Insert(list, list.Count, wanted, Read(wanted, name, value));
    }

    /// <returns>How many there were.</returns>
    public int Remove(HookList from, ReadOnlySpan<char> name) => RemoveAll(List(from), Find(name));

    /// <param name="level">An index of <see cref="LogLevels"/>.</param>
    /// <param name="text">What is not printable becomes a question mark: it may come from the network.</param>
    public void Log(int level, ReadOnlySpan<char> text)
    {
        if (_lines++ >= MaxLines)
            return;

        var line = new string(text[..Math.Min(text.Length, MaxLineLength)]);
        var shown = string.Concat(line.Select(c => char.IsControl(c) ? '?' : c));
        Context.Trace?.Write($"{_hook}: {shown}");
        log.FromHook(LogLevel.Debug + level, Context.Id, _hook, _lines == MaxLines ? shown + " (more of this call is left out)" : shown);
    }

    private AttributeList List(HookList list) => list switch
    {
        HookList.Request => Context.Request,
        HookList.Reply => Context.Reply,
        HookList.Control => Context.Control,
        _ => Context.SessionState,
    };

    private Name Find(ReadOnlySpan<char> text)
    {
        var names = _names.GetAlternateLookup<ReadOnlySpan<char>>();
        if (names.TryGetValue(text, out var known))
            return known;

        var found = Parse(text.ToString());
        if (_names.Count < MaxNames)
            names[text] = found;

        return found;
    }

    private Name Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        var name = colon < 0 ? text : text[..colon];
        if (!dictionary.TryFind(name, out var definition) && AttributeNames.TryParse(name, out var key))
            return new Name(key, dictionary.TryFind(key, out var numbered) ? numbered : null, ParseTag(text, colon, null));

        if (definition is null)
            throw new HookException($"no dictionary has an attribute \"{name}\"{Words.DidYouMean(name, dictionary.Attributes.Select(a => a.Name))}");

        return new Name(definition.Key, definition, ParseTag(text, colon, definition));
    }

    private static byte? ParseTag(string text, int colon, AttributeDefinition? definition)
    {
        if (colon < 0)
            return null;

        if (definition is not { HasTag: true })
            throw new HookException($"{text[..colon]} has no tags; write it without \"{text[colon..]}\"");

        return byte.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var tag) && tag <= 31
            ? tag
            : throw new HookException($"\"{text[(colon + 1)..]}\" is no tag; tags are 0 to 31");
    }

    private static int Next(AttributeList list, Name wanted, int start)
    {
        var index = list.IndexOf(wanted.Key, start);
        while (index >= 0 && !IsMeant(in list[index], wanted))
            index = list.IndexOf(wanted.Key, index + 1);

        return index;
    }

    // One that is known but does not fit its type is nobody's value, as in policies.
    private static bool IsMeant(in AttributeEntry entry, Name wanted) =>
        (wanted.Tag is null || entry.Tag == wanted.Tag) && (wanted.Definition is null || entry.Definition is not null);

    private static int RemoveAll(AttributeList list, Name wanted)
    {
        var removed = 0;
        for (var index = Next(list, wanted, 0); index >= 0; index = Next(list, wanted, index))
        {
            list.RemoveAt(index);
            removed++;
        }

        return removed;
    }

    private static void Insert(AttributeList list, int at, Name wanted, byte[] octets)
    {
        if (list.Count >= MaxAttributes || list.Octets.Length + octets.Length > MaxOctets)
            throw new HookException("the list is full: it was changed too often, or too much was added");

        list.Insert(at, wanted.Key, octets, wanted.Tag ?? 0);
    }

    // As "update" reads a text: a string's as it is, octets as 0x…, numbers, addresses, names of values.
    private static byte[] Read(Name wanted, ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        if (value.Length > Packet.MaxLength)
            throw new HookException($"a value for {name} of {value.Length} characters is more than a packet holds");

        var text = new byte[Encoding.UTF8.GetByteCount(value)];
        Encoding.UTF8.GetBytes(value, text);
        if (wanted.Definition is not { } definition)
            return HexOctets(name, value);

        if (AttributeText.IsTakenAsItIs(definition, text))
            return text;

        return AttributeText.TryParseValue(definition, value.ToString(), out var octets, out var error) ? octets
            : throw new HookException(AttributeText.IsSecret(definition) ? $"this is no value of {definition.Name}" : error);
    }

    private static byte[] HexOctets(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        try
        {
            if (value.StartsWith("0x", StringComparison.Ordinal))
                return Convert.FromHexString(value[2..]);
        }
        catch (FormatException)
        {
            // Said below.
        }

        throw new HookException($"{name} is given by number and takes octets: 0x and an even number of hexadecimal digits");
    }
}
