using System.Buffers;
using System.Security.Cryptography;
using UserManager.Radius;

namespace UserManager.Contract;

/// <summary>Known good passwords, in the forms that a method needs.</summary>
/// <remarks>
/// There may be several, any of which is right: with a one-time password behind it, a user's password is another one every 30 seconds, and
/// clocks differ. A method tries them by their numbers, 0 and up, and says which one was right (<see cref="PasswordWas"/>).
/// </remarks>
public static class KnownPasswords
{
    /// <summary>One of the known good passwords in clear: Cleartext-Password in <c>control</c>.</summary>
    /// <param name="context">The request.</param>
    /// <param name="number">0 and up.</param>
    /// <param name="password">Valid until the list is changed.</param>
    /// <returns>False when there are not so many.</returns>
    public static bool TryGetPassword(this RequestContext context, int number, out ReadOnlySpan<byte> password)
    {
        var control = context.Control;
        for (var index = control.IndexOf(Internal.CleartextPassword); index >= 0; index = control.IndexOf(Internal.CleartextPassword, index + 1))
        {
            if (number-- > 0)
                continue;

            password = control.Value(index);
            return true;
        }

        password = default;
        return false;
    }

    /// <summary>Compares a password with the known good ones of <c>control</c>: Cleartext-Password, else NT-Password. In constant time.</summary>
    /// <returns>Ok, Reject, or NotFound when there is none to compare with.</returns>
    public static Rcode CheckPassword(this RequestContext context, ReadOnlySpan<byte> password)
    {
        var number = 0;
        for (; context.TryGetPassword(number, out var known); number++)
        {
            if (!CryptographicOperations.FixedTimeEquals(password, known))
                continue;

            context.PasswordWas(number);
            return Rcode.Ok;
        }

        return number == 0 ? CheckHash(context, password) : Rcode.Reject;
    }

    /// <summary>The first of <see cref="TryGetNtHash(RequestContext, int, Span{byte})"/>.</summary>
    /// <param name="context">The request.</param>
    /// <param name="hash">Gets 16 octets; zeros when there is no such password. Wipe it after use.</param>
    public static bool TryGetNtHash(this RequestContext context, Span<byte> hash) => context.TryGetNtHash(0, hash);

    /// <summary>The MD4 of a known good password: NT-Password in <c>control</c>, 16 octets or 32 hexadecimal digits, else made from Cleartext-Password.</summary>
    /// <param name="context">The request.</param>
    /// <param name="number">0 and up. There is one NT-Password at most.</param>
    /// <param name="hash">Gets 16 octets; zeros when there is no such password. Wipe it after use.</param>
    public static bool TryGetNtHash(this RequestContext context, int number, Span<byte> hash)
    {
        hash[..MsChap.HashLength].Clear();
        if (context.Control.TryGet(Internal.NtPassword, out var known) && TryReadHash(known, hash))
            return number == 0;

        if (!context.TryGetPassword(number, out var password))
            return false;

        MsChap.NtHash(password, hash);
        return true;
    }

    /// <summary>Notes which of the known good passwords was right: of a one-time password, that it has been used.</summary>
    /// <param name="context">The request.</param>
    /// <param name="number">0 and up.</param>
    public static void PasswordWas(this RequestContext context, int number)
    {
        var control = context.Control;
        for (var index = control.IndexOf(UserManagerInternal.OtpStep); index >= 0; index = control.IndexOf(UserManagerInternal.OtpStep, index + 1))
        {
            if (number-- == 0)
                context.SessionState.Set(UserManagerInternal.OtpStep, control.Value(index));
        }
    }

    private static bool TryReadHash(ReadOnlySpan<byte> known, Span<byte> hash) =>
        known.Length == MsChap.HashLength ? known.TryCopyTo(hash)
        : known.Length == 2 * MsChap.HashLength && Convert.FromHexString(known, hash, out _, out _) == OperationStatus.Done;

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
