using System.Buffers;
using System.Globalization;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>Acct-Unique-Session-Id as FreeRADIUS's policy <c>acct_unique</c>: one name for a session, whatever NAS reuses its Acct-Session-Id.</summary>
internal static class UniqueSessionId
{
    private static ReadOnlySpan<byte> ClassPrefix => "ai:"u8;

    /// <returns>32 hexadecimal digits.</returns>
    public static string Of(AttributeList request)
    {
        var text = new ArrayBufferWriter<byte>(256);
        if (TryFindOurClass(request, out var login))
        {
            text.Write(login);
        }
        else
        {
            Write(text, request, Rfc2865.UserName);
            text.Write(","u8);
            Write(text, request, Rfc2866.AcctSessionId);
            text.Write(","u8);
            WriteAddress(text, request);
            text.Write(","u8);
            Write(text, request, Rfc2865.NasIdentifier);
            text.Write(","u8);
            Write(text, request, Rfc2869.NasPortId);
            text.Write(","u8);
            WriteNumber(text, request, Rfc2865.NasPort);
            return Digest(text);
        }

        text.Write(","u8);
        Write(text, request, Rfc2866.AcctSessionId);
        return Digest(text);
    }

    /// <summary>A Class <c>ai:</c> with 16 or 32 octets names the login: it outlives a roaming client's change of port.</summary>
    private static bool TryFindOurClass(AttributeList request, out ReadOnlySpan<byte> login)
    {
        for (var i = request.IndexOf(Rfc2865.Class); i >= 0; i = request.IndexOf(Rfc2865.Class, i + 1))
        {
            login = request.Value(i);
            if (!login.StartsWith(ClassPrefix))
                continue;

            login = login[ClassPrefix.Length..];
            if (login.Length is 16 or 32)
                return true;
        }

        login = default;
        return false;
    }

    private static void Write(ArrayBufferWriter<byte> text, AttributeList request, AttributeKey key)
    {
        if (request.TryGet(key, out var value))
            text.Write(value);
    }

    private static void WriteAddress(ArrayBufferWriter<byte> text, AttributeList request)
    {
        if (!request.TryGetAddress(Rfc3162.NasIpv6Address, out var address) && !request.TryGetAddress(Rfc2865.NasIpAddress, out address))
            return;

        address.TryFormat(text.GetSpan(64), out var written);
        text.Advance(written);
    }

    private static void WriteNumber(ArrayBufferWriter<byte> text, AttributeList request, AttributeKey key)
    {
        if (!request.TryGetNumber(key, out var number))
            return;

        number.TryFormat(text.GetSpan(20), out var written, default, CultureInfo.InvariantCulture);
        text.Advance(written);
    }

    private static string Digest(ArrayBufferWriter<byte> text)
    {
        Span<byte> digest = stackalloc byte[Md5.Size];
        Md5.Hash(text.WrittenSpan, digest);
        return Convert.ToHexStringLower(digest);
    }
}
