using System.Buffers.Binary;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>Values as people write them: a date is one of the server's time zone, as FreeRADIUS reads it, unless it says UTC.</summary>
internal static class LocalDate
{
    public static bool TryParseValue(AttributeDefinition type, string text, TimeZoneInfo zone, out byte[] value, out string error)
    {
        if (!AttributeText.TryParseValue(type, text, out value, out error))
            return false;

        if (type.Type != AttributeType.Date || !IsLocal(text.AsSpan().Trim()))
            return true;

        var seconds = BinaryPrimitives.ReadUInt32BigEndian(value);
        var offset = zone.GetUtcOffset(DateTime.SpecifyKind(DateTime.UnixEpoch.AddSeconds(seconds), DateTimeKind.Unspecified));
        BinaryPrimitives.WriteUInt32BigEndian(value, (uint)Math.Clamp(seconds - (long)offset.TotalSeconds, 0, uint.MaxValue));
        return true;
    }

    // Neither seconds since 1970 nor octets, and no zone behind it.
    private static bool IsLocal(ReadOnlySpan<char> text) =>
        text.ContainsAnyExceptInRange('0', '9') && !text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        && !text.EndsWith("UTC", StringComparison.OrdinalIgnoreCase) && !text.EndsWith("Z", StringComparison.OrdinalIgnoreCase);
}
