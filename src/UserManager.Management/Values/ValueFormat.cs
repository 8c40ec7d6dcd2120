using System.Globalization;
using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Management;

/// <summary>Text to values and back, by the type of the field. References are looked up by the executor, not here.</summary>
public sealed class ValueFormat(TimeZoneInfo zone)
{
    // Sealed and in base64 it still fits into a TEXT of MySQL (65,535 octets).
    private static readonly Func<object, string?> _notTooLong = CommonFields.AtMost(16 * 1024);

    /// <summary>What is shown instead of a secret.</summary>
    public const string Mask = "*****";

    /// <summary>The value that was given, checked. Its text is not in the message of a refusal: it may be a secret.</summary>
    /// <exception cref="MenuException">It is none.</exception>
    public object Parse(Field field, GivenValue given)
    {
        var value = ParsePlain(field, given);
        value = field.Canonical?.Invoke(value) ?? value;
        var check = field.Check ?? (field.Type == FieldType.Text ? _notTooLong : null);
        if (check?.Invoke(value) is { } wrong)
            throw new MenuException(wrong);

        return value;
    }

    /// <summary>As <see cref="Parse"/>, for comparisons: false when the text is no such value.</summary>
    public bool TryParse(Field field, string text, out object value)
    {
        try
        {
            value = ParsePlain(field, text);
            value = field.Canonical?.Invoke(value) ?? value;
            return true;
        }
        catch (MenuException)
        {
            value = text;
            return false;
        }
    }

    public string Print(Field field, object value, ValueForm form) => value switch
    {
        long number when field.Type is FieldType.Bytes or FieldType.BitRate && form != ValueForm.Rest =>
            number.ToString(CultureInfo.InvariantCulture) + "B",
        _ => Print(value, form),
    };

    /// <summary>A value by its own type: what commands give back has no field.</summary>
    public string Print(object value, ValueForm form) => value switch
    {
        string text => text,
        bool flag when form == ValueForm.Rest => flag ? "true" : "false",
        bool flag => flag ? "yes" : "no",
        TimeSpan duration => DurationText.Print(duration),
        DateTimeOffset moment => DateText.Print(moment, zone),
        decimal amount => amount.ToString("0.############################", CultureInfo.InvariantCulture),
        IEnumerable<NamedValue> list => AttributeListText.Print(list),
        IEnumerable<string> words => string.Join(',', words),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>Equal as values: lists by their elements.</summary>
    public static bool AreEqual(object? left, object? right) => (left, right) switch
    {
        (string a, string b) => a == b,
        (IEnumerable<string> a, IEnumerable<string> b) => a.SequenceEqual(b),
        (IEnumerable<NamedValue> a, IEnumerable<NamedValue> b) => a.SequenceEqual(b),
        _ => Equals(left, right),
    };

    private object ParsePlain(Field field, GivenValue given)
    {
        var text = given.ToString();
        if (field.Type is not FieldType.Set && field.Words.Contains(text))
            return text;

        return field.Type switch
        {
            FieldType.Text => text,
            FieldType.Number => Number(field, text),
            FieldType.Bytes or FieldType.BitRate => SizeText.TryParse(text, out var size) ? size : throw Invalid(field),
            FieldType.Decimal => Amount(field, text),
            FieldType.Bool => Bool(field, text),
            FieldType.Duration => DurationText.TryParse(text, out var duration) ? duration : throw Invalid(field),
            FieldType.TimeOfDay => TimeOfDay(field, text),
            FieldType.Date => DateText.TryParse(text, zone, out var moment) ? moment : throw Invalid(field),
            FieldType.Address => AddressText.TryParse(text, field.AllowsPrefix, out var address) ? address : throw Invalid(field),
            FieldType.Set => SetText.Parse(given.Items ?? text.Split(','), field.Words, Defaults(field)) ?? throw NoMatch(field),
            FieldType.Attributes => Attributes(field, given),
            _ => throw NoMatch(field),
        };
    }

    private static long Number(Field field, string text)
    {
        if (!Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            throw Invalid(field);

        if (number < field.Minimum || number > field.Maximum)
            throw new MenuException($"value of {field.Name} out of range ({field.Minimum}..{field.Maximum})");

        return (long)number;
    }

    private static decimal Amount(Field field, string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) ? amount : throw Invalid(field);

    private static bool Bool(Field field, string text) => text switch
    {
        "yes" or "true" => true,
        "no" or "false" => false,
        _ => throw NoMatch(field),
    };

    private static TimeSpan TimeOfDay(Field field, string text)
    {
        if (!DurationText.TryParse(text, out var time))
            throw Invalid(field);

        return time < TimeSpan.FromDays(1) ? time : throw new MenuException($"value of {field.Name} out of range (0s..23h59m59s)");
    }

    private static IReadOnlyList<NamedValue> Attributes(Field field, GivenValue given)
    {
        var list = new List<NamedValue>();
        if (given.Items is { } items)
            return items.All(item => AttributeListText.TryAdd(item, list)) ? list : throw Invalid(field);

        return AttributeListText.TryParse(given.Text ?? "", out var parsed) ? parsed : throw Invalid(field);
    }

    private static IEnumerable<string> Defaults(Field field) => field.Default as IEnumerable<string> ?? [];

    private static MenuException Invalid(Field field) => new($"invalid value for argument {field.Name}");

    internal static MenuException NoMatch(Field field) => new($"input does not match any value of {field.Name}") { Kind = MenuError.NoMatch };
}
