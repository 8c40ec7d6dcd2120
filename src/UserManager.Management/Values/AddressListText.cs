namespace UserManager.Management;

/// <summary>Addresses and prefixes joined by commas, in one form: <c>10.0.0.0/8,2001:db8::1</c>. Empty for none.</summary>
internal static class AddressListText
{
    /// <returns>The text as it is where it is no such list: then <see cref="IsGood"/> says no.</returns>
    public static object Canonical(object value) => Read((string)value) is { } parts ? string.Join(',', parts) : value;

    public static bool IsGood(object value) => Read((string)value) is not null;

    private static List<string>? Read(string text)
    {
        var parts = new List<string>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!AddressText.TryParse(part, allowsPrefix: true, out var canonical))
                return null;

            parts.Add(canonical);
        }

        return parts;
    }
}
