using System.Buffers.Binary;
using System.Text;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>Rewrites values of a request where they stand.</summary>
internal static class Values
{
    private const uint Cisco = 9;
    private const uint Quintum = 6618;
    private const uint AvPair = 1;

    public static void TidyUserName(AttributeList request, PreprocessOptions options)
    {
        if (!(options.TrimUserName || options.LowerUserName) || request.IndexOf(Rfc2865.UserName) is not (>= 0 and var index))
            return;

        Span<byte> name = request.Value(index).ToArray();
        if (options.TrimUserName)
            name = name.Trim(" "u8);

        if (options.LowerUserName)
            Ascii.ToLowerInPlace(name, out _);

        Replace(request, index, name);
    }

    /// <summary>A MAC address in the form of RFC 3580 §3.21; anything else stays as it is.</summary>
    public static void RewriteMac(AttributeList request, AttributeKey key)
    {
        Span<byte> digits = stackalloc byte[MacAddress.Digits];
        if (request.IndexOf(key) is not (>= 0 and var index) || !MacAddress.TryRead(request.Value(index), digits))
            return;

        Span<byte> text = stackalloc byte[MacAddress.Digits + 5];
        for (var i = 0; i < text.Length; i++)
            text[i] = i % 3 == 2 ? (byte)'-' : digits[i - (i / 3)];

        Replace(request, index, text);
    }

    /// <summary>Cuts <c>name=</c> off Cisco's and Quintum's texts. In an AVPair the name says something: there it stays.</summary>
    public static void StripCiscoNames(AttributeList request)
    {
        for (var i = 0; i < request.Count; i++)
        {
            var entry = request[i];
            if (entry.Key.VendorId is not (Cisco or Quintum) || entry.Key.Type == AvPair || entry.Definition?.Type != AttributeType.String)
                continue;

            var value = request.Value(in entry);
            if (value.IndexOf((byte)'=') is >= 0 and var equals)
                Replace(request, i, value[(equals + 1)..]);
        }
    }

    /// <summary>Ascend's 1LLCC (2LLCC for modems): the channel of the line, counted through all lines from 0.</summary>
    public static void NumberAscendPort(AttributeList request, int channelsPerLine)
    {
        if (!request.TryGetNumber(Rfc2865.NasPort, out var port) || port <= 9999)
            return;

        var (line, channel) = ((long)(port % 10000) / 100, (long)port % 100);
        Span<byte> octets = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, (uint)(channel - 1 + ((line - 1) * channelsPerLine)));
        Replace(request, request.IndexOf(Rfc2865.NasPort), octets);
    }

    private static void Replace(AttributeList request, int index, ReadOnlySpan<byte> value)
    {
        var entry = request[index];
        if (value.SequenceEqual(request.Value(index)))
            return;

        request.RemoveAt(index);
        request.Insert(index, entry.Key, value, entry.Tag);
    }
}
