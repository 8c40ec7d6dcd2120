using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Runtime.CompilerServices;
using UserManager.Radius;
using YamlDotNet.RepresentationModel;

namespace UserManager.Policy;

/// <summary>Reads YAML into records with init properties; <c>strip-user-name</c> is StripUserName, and so is <c>strip_user_name</c>, as FreeRADIUS writes it.</summary>
/// <remarks>Properties are numbers, text, yes or no, times, enums, addresses, records of such, lists and string-keyed maps of such.</remarks>
public static class OptionsReader
{
    private static readonly Dictionary<Type, (string Expected, Func<string, object?> Read)> Scalars = new()
    {
        [typeof(string)] = ("text", text => text),
        [typeof(bool)] = ("yes or no", text => text.ToLowerInvariant() switch { "yes" or "true" or "on" => true, "no" or "false" or "off" => false, _ => null }),
        [typeof(byte)] = ("a whole number from 0 to 255", text => byte.TryParse(text, NumberStyles.None, null, out var value) ? value : null),
        [typeof(ushort)] = ("a whole number from 0 to 65535", text => ushort.TryParse(text, NumberStyles.None, null, out var value) ? value : null),
        [typeof(int)] = ("a whole number", text => int.TryParse(text, NumberStyles.AllowLeadingSign, null, out var value) ? value : null),
        [typeof(uint)] = ("a whole number, 0 or more", text => uint.TryParse(text, NumberStyles.None, null, out var value) ? value : null),
        [typeof(long)] = ("a whole number", text => long.TryParse(text, NumberStyles.AllowLeadingSign, null, out var value) ? value : null),
        [typeof(double)] = ("a number", text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null),
        [typeof(TimeSpan)] = ("a time such as 50ms, 5s, 10m, 1h or 7d", text => TryReadTime(text, out var value) ? value : null),
        [typeof(TimeOnly)] = ("a time of day such as 08:00", text => TimeOnly.TryParseExact(text, ["H:mm", "HH:mm:ss"], null, DateTimeStyles.None, out var value) ? value : null),
        [typeof(IPAddress)] = ("an address", text => IPAddress.TryParse(text, out var value) ? value : null),
        [typeof(IPNetwork)] = ("a network such as 10.0.0.0/8", text => IPNetwork.TryParse(text, out var value) ? value : null),
        [typeof(Uri)] = ("a URL", text => Uri.TryCreate(text, UriKind.Absolute, out var value) ? value : null),
    };

    /// <summary>Reads a file; one that does not exist gives the defaults.</summary>
    /// <exception cref="ConfigurationException">With everything that is wrong in it.</exception>
    public static T Read<T>(string file)
        where T : class => (T)Read(file, typeof(T));

    /// <inheritdoc cref="Read{T}"/>
    public static object Read(string file, Type type)
    {
        var errors = new ErrorList();
        var yaml = File.Exists(file) ? YamlFile.Read(file, errors) : YamlFile.Parse(file, "", errors);
        var options = Read(yaml, yaml.Root, type, []);
        errors.ThrowIfAny();
        return options!;
    }

    /// <summary>Reads a duration: a number with ms, s, m, h or d; without one it is seconds.</summary>
    public static bool TryReadTime(string text, out TimeSpan time)
    {
        var unit = text.TrimStart("0123456789.".ToCharArray());
        var seconds = unit switch { "ms" => 0.001, "s" or "" => 1, "m" or "min" => 60, "h" => 3600, "d" => 86400, _ => 0 };
        var read = double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number);
        var fits = read && seconds > 0 && number * seconds < 1e9;
        time = fits ? TimeSpan.FromMilliseconds(number * seconds * 1000) : default;
        return fits;
    }

    /// <param name="node">A mapping; null gives the defaults.</param>
    /// <param name="taken">Keys that somebody else reads.</param>
    internal static object? Read(YamlFile file, YamlNode? node, Type type, IReadOnlyCollection<string> taken)
    {
        var options = Activator.CreateInstance(type)!;
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite).ToDictionary(p => Key(p.Name));
        var given = new HashSet<string>();
        foreach (var (key, written, value) in file.Pairs(node, "a mapping of keys"))
        {
            var name = written.Replace('_', '-');
            given.Add(name);
            if (properties.TryGetValue(name, out var property))
                Set(file, options, property, name, value);
            else if (!taken.Contains(name))
                file.Error(key, $"there is no key \"{written}\" here{Words.DidYouMean(name, properties.Keys.Concat(taken))}");
        }

        foreach (var (name, _) in properties.Where(p => p.Value.GetCustomAttribute<RequiredMemberAttribute>() is not null && !given.Contains(p.Key)))
            Missing(file, node, name);

        return options;
    }

    /// <summary><c>StripUserName</c> as <c>strip-user-name</c>.</summary>
    public static string Key(string property)
    {
        var key = new System.Text.StringBuilder();
        for (var i = 0; i < property.Length; i++)
        {
            var begins = char.IsUpper(property[i]) && i > 0 && (!char.IsUpper(property[i - 1]) || (i + 1 < property.Length && char.IsLower(property[i + 1])));
            key.Append(begins ? "-" : "").Append(char.ToLowerInvariant(property[i]));
        }

        return key.ToString();
    }

    private static void Missing(YamlFile file, YamlNode? node, string name)
    {
        var at = node ?? new YamlScalarNode("");
        file.Error(at, $"the key \"{name}\" is missing");
    }

    private static void Set(YamlFile file, object options, PropertyInfo property, string name, YamlNode node)
    {
        if (YamlFile.IsEmpty(node) && Nullable.GetUnderlyingType(property.PropertyType) is null)
            return;                                     // "key:" alone leaves the default

        if (Value(file, node, property.PropertyType, name) is { } value)
        {
            if (property.GetCustomAttribute<RangeAttribute>() is { } range && !range.IsValid(value))
                file.Error(node, $"\"{name}\" takes {range.Minimum} to {range.Maximum}");

            property.SetValue(options, value);
        }
        else if (YamlFile.IsEmpty(node))
            property.SetValue(options, null);
    }

    private static object? Value(YamlFile file, YamlNode node, Type type, string name)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (Scalars.TryGetValue(type, out var scalar))
            return Scalar(file, node, name, scalar.Expected, scalar.Read);

        if (type.IsEnum)
            return EnumValue(file, node, type, name);

        if (ElementOf(type, typeof(IReadOnlyDictionary<,>), 1) is { } mapped)
            return Map(file, node, mapped, name);

        return ElementOf(type, typeof(IReadOnlyList<>), 0) is { } element
            ? List(file, node, element, name)
            : Read(file, node, type, []);
    }

    private static object? Scalar(YamlFile file, YamlNode node, string name, string expected, Func<string, object?> read)
    {
        if (node is YamlScalarNode { Anchor.IsEmpty: true } && file.Text(node, expected) is { } text)
        {
            if (!YamlFile.IsEmpty(node) && read(text) is { } value)
                return value;

            if (YamlFile.IsEmpty(node))
                return null;
        }

        file.Error(node, $"\"{name}\" takes {expected}");
        return null;
    }

    private static object? EnumValue(YamlFile file, YamlNode node, Type type, string name)
    {
        var words = Enum.GetNames(type);
        var keys = Array.ConvertAll(words, Key);
        return Scalar(file, node, name, $"one of {string.Join(", ", keys)}", text =>
            Array.FindIndex(keys, key => key.Equals(text, StringComparison.OrdinalIgnoreCase)) is var index and >= 0 ? Enum.Parse(type, words[index]) : null);
    }

    // The element of a list or the value of a map, when the type can be given one.
    private static Type? ElementOf(Type type, Type shape, int argument)
    {
        var found = type.IsGenericType && type.GetGenericTypeDefinition() == shape
            ? type
            : Array.Find(type.GetInterfaces(), i => i.IsGenericType && i.GetGenericTypeDefinition() == shape);
        return found?.GetGenericArguments()[argument];
    }

    private static Array? List(YamlFile file, YamlNode node, Type element, string name)
    {
        if (node is YamlMappingNode && Scalars.ContainsKey(element))
        {
            file.Error(node, $"\"{name}\" takes a list");
            return null;
        }

        var nodes = node is YamlSequenceNode sequence ? [.. sequence.Children] : new List<YamlNode> { node };
        var values = nodes.Select(child => Value(file, child, element, name)).Where(value => value is not null).ToList();
        var array = Array.CreateInstance(element, values.Count);
        for (var i = 0; i < values.Count; i++)
            array.SetValue(values[i], i);

        return array;
    }

    private static IDictionary Map(YamlFile file, YamlNode node, Type element, string name)
    {
        var map = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), element))!;
        foreach (var (_, key, child) in file.Pairs(node, $"a mapping for \"{name}\""))
        {
            if (Value(file, child, element, key) is { } value)
                map[key] = value;
        }

        return map;
    }
}
