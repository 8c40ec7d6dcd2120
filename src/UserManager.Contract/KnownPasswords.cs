using System.Buffers;
using System.Security.Cryptography;
using UserManager.Radius;

namespace UserManager.Contract;

/// <summary>Known good passwords, in the forms that a method needs.</summary>
public static class KnownPasswords
{
    /// <summary>Compares a password with the known good one of <c>control</c>: Cleartext-Password, else NT-Password. In constant time.</summary>
    /// <returns>Ok, Reject, or NotFound when there is none to compare with.</returns>
    public static Rcode CheckPassword(this RequestContext context, ReadOnlySpan<byte> password) =>
        context.Control.TryGet(Internal.CleartextPassword, out var known)
            ? Verdict(CryptographicOperations.FixedTimeEquals(password, known))
            : CheckHash(context, password);

    /// <summary>The MD4 of the user's password: NT-Password in <c>control</c>, 16 octets or 32 hexadecimal digits, else made from Cleartext-Password.</summary>
    /// <param name="context">The request.</param>
    /// <param name="hash">Gets 16 octets; zeros when there is no such password. Wipe it after use.</param>
    public static bool TryGetNtHash(this RequestContext context, Span<byte> hash)
    {
        hash[..MsChap.HashLength].Clear();
        if (context.Control.TryGet(Internal.NtPassword, out var known))
        {
            if (known.Length == MsChap.HashLength)
                return known.TryCopyTo(hash);

            if (known.Length == 2 * MsChap.HashLength && Convert.FromHexString(known, hash, out _, out _) == OperationStatus.Done)
                return true;
        }

        if (!context.Control.TryGet(Internal.CleartextPassword, out var password))
            return false;

        MsChap.NtHash(password, hash);
        return true;
    }

    private static Rcode CheckHash(RequestContext context, ReadOnlySpan<byte> password)
    {
        Span<byte> known = stackalloc byte[MsChap.HashLength];
        Span<byte> hash = stackalloc byte[MsChap.HashLength];
        MsChap.NtHash(password, hash);
        var rcode = context.TryGetNtHash(known) ? Verdict(CryptographicOperations.FixedTimeEquals(hash, known)) : Rcode.NotFound;
        CryptographicOperations.ZeroMemory(known);
        CryptographicOperations.ZeroMemory(hash);
        return rcode;
    }

    private static Rcode Verdict(bool isRight) => isRight ? Rcode.Ok : Rcode.Reject;
}
