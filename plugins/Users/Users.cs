using System.Security.Cryptography;
using System.Text;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>Looks the user up in the database, and hands the known good password to the modules that check it.</summary>
/// <remarks>Whether the name is unknown or the password wrong is for the log only: both end as the same Access-Reject.</remarks>
[Module("users")]
public sealed class Users(IUserStore users, ISettingsStore settings) : IAuthorize, IPostAuth
{
    private const int UsualLength = 256;

    public ValueTask<Rcode> AuthorizeAsync(RequestContext context)
    {
        if (!context.TryGetUserName(out var name))
            return ValueTask.FromResult(Rcode.Noop);

        var lookup = users.FindAsync(name, context.Cancelled);
        return lookup.IsCompletedSuccessfully ? ValueTask.FromResult(Take(context, lookup.Result)) : AwaitAsync(context, lookup);
    }

    /// <summary>Makes the first Calling-Station-Id that logs in the only one, where the user's caller-id is <c>bind</c>; uses up a one-time password.</summary>
    public ValueTask<Rcode> PostAuthAsync(RequestContext context) => context.User switch
    {
        { OtpSecret: not null } account when !settings.Current.OtpReuse && context.SessionState.TryGetNumber(UserManagerInternal.OtpStep, out var step) =>
            UseUpAsync(context, account, (long)step),
        { User.CallerId: LoginRules.Bind } account => BindAsync(context, account),
        _ => ValueTask.FromResult(Rcode.Noop),
    };

    private async ValueTask<Rcode> UseUpAsync(RequestContext context, UserAccount account, long step)
    {
        if (!await users.UseOneTimePasswordAsync(account.User.Id, step, context.Cancelled))
            return Refuse(context, Rcode.Reject, new Refusal(RefusalRule.CodeUsed));

        return account.User.CallerId == LoginRules.Bind ? await BindAsync(context, account) : Rcode.Ok;
    }

    private async ValueTask<Rcode> BindAsync(RequestContext context, UserAccount account)
    {
        if (!context.Request.TryGetText(Rfc2865.CallingStationId, out var station) || station is "" or LoginRules.Bind)
            return Refuse(context, Rcode.Reject, new Refusal(RefusalRule.WrongCallerId), "caller-id is bind, and there is no Calling-Station-Id to bind to");

        if (await users.BindCallerIdAsync(account.User.Id, station, context.Cancelled))
            return Rcode.Updated;

        // Another login was first, here or on another node.
        var now = await users.FindAsync(Encoding.UTF8.GetBytes(account.User.Name), context.Cancelled);
        return now is not null && now.User.CallerId != LoginRules.Bind && Login.Check(now.User, context.Request) is null
            ? Rcode.Ok
            : Refuse(context, Rcode.Reject, new Refusal(RefusalRule.WrongCallerId));
    }

    private static async ValueTask<Rcode> AwaitAsync(RequestContext context, ValueTask<UserAccount?> lookup) =>
        Take(context, await lookup);

    private static Rcode Take(RequestContext context, UserAccount? account)
    {
        if (account is null)
        {
            context.Debug($"no such user");
            return Rcode.NotFound;
        }

        context.User = account;
        if (account.OtpSecret is { } secret)
            OneTimeCodes.Set(context, account.User.Password, secret);
        else
            SetText(context.Control, Internal.CleartextPassword, account.User.Password);

        SetText(context.Control, UserManagerInternal.Group, account.Group.Name);
        return Login.Check(account.User, context.Request) is { } refusal
            ? Refuse(context, refusal.Rule == RefusalRule.UserDisabled ? Rcode.Disallow : Rcode.Reject, refusal)
            : Rcode.Updated;
    }

    private static Rcode Refuse(RequestContext context, Rcode rcode, Refusal refusal, string? reason = null)
    {
        context.Refuse(refusal, reason);
        return rcode;
    }

    // Without an allocation, and without leaving a password on the heap or the stack.
    private static void SetText(AttributeList control, AttributeKey key, string text)
    {
        Span<byte> octets = stackalloc byte[UsualLength];
        if (Encoding.UTF8.TryGetBytes(text, octets, out var length))
            control.Set(key, octets[..length]);
        else
            control.Set(key, text);

        CryptographicOperations.ZeroMemory(octets);
    }
}
