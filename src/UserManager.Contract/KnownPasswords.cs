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

    /// <summary>
    /// Compares a password with the known good ones of <c>control</c>: Cleartext-Password, else the first that is a hash (NT-, Crypt-, MD5-, SMD5-, SHA-,
    /// SSHA-, SHA2-, SSHA2-…, PBKDF2-Password), in the forms of FreeRADIUS 3.2. In constant time, on this thread: for those made to take
    /// long (crypt, PBKDF2) see <see cref="CheckPasswordAsync"/>.
    /// </summary>
    /// <returns>Ok, Reject, or NotFound when there is none to compare with; Invalid, and the reason is noted, when it could not be compared.</returns>
    public static Rcode CheckPassword(this RequestContext context, ReadOnlySpan<byte> password) =>
        CheckClear(context, password) is var rcode and not Rcode.NotFound ? rcode
        : !HashedPasswords.TryFind(context.Control, out var index, out _) ? Rcode.NotFound
        : Verdict(context, HashedPasswords.Check(context.Control[index].Key, context.Control.Value(index), password, out var problem), problem);

    /// <summary>The same, on another thread where it takes long: for modules that are inline.</summary>
    /// <param name="context">The request.</param>
    /// <param name="password">Read before this returns.</param>
    public static ValueTask<Rcode> CheckPasswordAsync(this RequestContext context, ReadOnlySpan<byte> password)
    {
        ReadHeaders(context);
        if (context.Control.Has(Internal.CleartextPassword) || !HashedPasswords.TryFind(context.Control, out var index, out var isSlow) || !isSlow)
            return ValueTask.FromResult(context.CheckPassword(password));

        return CheckElsewhereAsync(context, context.Control[index].Key, context.Control.Value(index).ToArray(), password.ToArray());
    }

    /// <summary>Puts what is in a Password-With-Header of <c>control</c> into the attribute that its header names: <c>{nt}</c> is an NT-Password. Without a header
    /// it is Cleartext-Password. For all who look for a password afterwards.</summary>
    /// <returns>True when there was one.</returns>
    public static bool ReadHeaders(this RequestContext context) =>
        context.Control.Has(Internal.PasswordWithHeader) && HashedPasswords.ReadHeaders(context);

    /// <summary>The first of <see cref="TryGetNtHash(RequestContext, int, Span{byte})"/>.</summary>
    /// <param name="context">The request.</param>
    /// <param name="hash">Gets 16 octets; zeros when there is no such password. Wipe it after use.</param>
    public static bool TryGetNtHash(this RequestContext context, Span<byte> hash) => context.TryGetNtHash(0, hash);

    /// <summary>The MD4 of a known good password: NT-Password in <c>control</c>, 16 octets, also in hexadecimal or base64, else made from Cleartext-Password.</summary>
    /// <param name="context">The request.</param>
    /// <param name="number">0 and up. There is one NT-Password at most.</param>
    /// <param name="hash">Gets 16 octets; zeros when there is no such password. Wipe it after use.</param>
    public static bool TryGetNtHash(this RequestContext context, int number, Span<byte> hash)
    {
        hash[..MsChap.HashLength].Clear();
        if (context.Control.TryGet(Internal.NtPassword, out var known) && HashedPasswords.TryReadDigest(known, MsChap.HashLength, hash))
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

    private static Rcode CheckClear(RequestContext context, ReadOnlySpan<byte> password)
    {
        ReadHeaders(context);
        var number = 0;
        for (; context.TryGetPassword(number, out var known); number++)
        {
            if (!CryptographicOperations.FixedTimeEquals(password, known))
                continue;

            context.PasswordWas(number);
            return Rcode.Ok;
        }

        return number == 0 ? Rcode.NotFound : Rcode.Reject;
    }

    private static async ValueTask<Rcode> CheckElsewhereAsync(RequestContext context, AttributeKey key, byte[] known, byte[] password)
    {
        var (isRight, problem) = await Task.Run(() => (HashedPasswords.Check(key, known, password, out var reason), reason)).ConfigureAwait(false);
        CryptographicOperations.ZeroMemory(password);
        return Verdict(context, isRight, problem);
    }

    private static Rcode Verdict(RequestContext context, bool isRight, string? problem)
    {
        if (problem is null)
            return isRight ? Rcode.Ok : Rcode.Reject;

        context.Fail(problem);
        return Rcode.Invalid;
    }
}
