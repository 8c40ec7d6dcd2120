using System.Net;
using System.Text;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>Checks a user's password as a login by RADIUS does, by the module <c>users</c>, with a one-time code behind it where the user has an otp-secret.</summary>
internal sealed class PasswordCheck(IAuthorize users, IUserStore store, ISettingsStore settings, RadiusDictionary dictionary, TimeProvider clock)
{
    // No router asks.
    private static readonly Client Nobody = new(new Router { Id = 0, Name = "portal", Address = new IPNetwork(IPAddress.Loopback, 32), SharedSecret = "" });

    /// <returns>The account; null when the name, the password or the code is wrong, or the user is disabled.</returns>
    public async Task<UserAccount?> FindAsync(string name, string password, CancellationToken cancelled)
    {
        if (name.Length is 0 or > 253 || Encoding.UTF8.GetByteCount(password) > 128 * 4)
            return null;

        // The module knows where passwords are and how codes go with them; what else it has to say (caller-id) is about a router.
        var context = new RequestContext(dictionary);
        context.Begin(new RequestStart(0, dictionary, Nobody, default, clock.GetUtcNow()));
        context.Request.Add(Rfc2865.UserName, name);
        await users.AuthorizeAsync(context);
        return context.User is { User.Disabled: false } account && context.CheckPassword(Encoding.UTF8.GetBytes(password)) == Rcode.Ok && await UseCodeAsync(context, account, cancelled)
            ? account
            : null;
    }

    private async ValueTask<bool> UseCodeAsync(RequestContext context, UserAccount account, CancellationToken cancelled) =>
        account.OtpSecret is null || settings.Current.OtpReuse || !context.SessionState.TryGetNumber(UserManagerInternal.OtpStep, out var step)
        || await store.UseOneTimePasswordAsync(account.User.Id, (long)step, cancelled);
}
