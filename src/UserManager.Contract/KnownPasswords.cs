using System.Buffers;
using UserManager.Radius;

namespace UserManager.Contract;

/// <summary>Known good passwords, in the forms that a method needs.</summary>
public static class KnownPasswords
{
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
}
