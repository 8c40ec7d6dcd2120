using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using UserManager.Contract;

namespace UserManager.Plugins;

/// <summary>Who is logged in: a row each, so that it holds on all nodes and over restarts. What the browser has is random; the row has its hash.</summary>
internal sealed class PortalSessions(ITableStore store, TimeProvider clock, TimeSpan idle)
{
    public const string Cookie = "um-session";

    private const string LoginCookie = "um-login";

    // A row is written anew when so much of its time is gone, not with every page.
    private static readonly TimeSpan Renewal = TimeSpan.FromMinutes(1);

    public static IReadOnlyList<string> Migrations { get; } =
    [
        """
        CREATE TABLE portal_session (
            hash VARCHAR(64) NOT NULL PRIMARY KEY,
            user_id BIGINT NOT NULL,
            user_name VARCHAR(255) NOT NULL,
            stamp VARCHAR(64) NOT NULL,
            expires BIGINT NOT NULL
        );
        CREATE INDEX portal_session_of_user ON portal_session (user_id);
        CREATE INDEX portal_session_expires ON portal_session (expires);
        """,
    ];

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Logs a user in, and gives the browser its cookie.</summary>
    public async Task BeginAsync(HttpContext http, UserAccount account)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var expires = Now + (long)idle.TotalMilliseconds;
        await store.CommitAsync(
            write =>
            {
                write.Execute("DELETE FROM portal_session WHERE expires < @now", ("@now", Now));
                return write.Execute(
                    "INSERT INTO portal_session (hash, user_id, user_name, stamp, expires) VALUES (@hash, @id, @name, @stamp, @expires)",
                    ("@hash", Hash(token)), ("@id", account.User.Id), ("@name", account.User.Name), ("@stamp", Stamp(token, account)), ("@expires", expires));
            },
            CancellationToken.None);
        http.Response.Cookies.Append(Cookie, token, Options(http));
        http.Response.Cookies.Delete(LoginCookie, Options(http));
    }

    /// <summary>The user that a request is of; null when nobody is logged in, or the user or its password is another since.</summary>
    public async Task<PortalUser?> FindAsync(HttpContext http, IUserStore users)
    {
        if (http.Request.Cookies[Cookie] is not { Length: 64 } token)
            return null;

        var rows = await store.ReadAsync(
            read => read.Query("SELECT user_name, stamp, expires FROM portal_session WHERE hash = @hash", row => (Name: row.Text(0), Stamp: row.Text(1), Expires: row.Number(2)), ("@hash", Hash(token))),
            http.RequestAborted);
        if (rows.Count == 0 || rows[0].Expires < Now || await users.FindAsync(Encoding.UTF8.GetBytes(rows[0].Name), http.RequestAborted) is not { User.Disabled: false } account
            || !Same(rows[0].Stamp, Stamp(token, account)))
        {
            return null;
        }

        await RenewAsync(token, rows[0].Expires);
        return new PortalUser(account, token);
    }

    public async Task EndAsync(HttpContext http)
    {
        if (http.Request.Cookies[Cookie] is { Length: 64 } token)
            await store.CommitAsync(write => write.Execute("DELETE FROM portal_session WHERE hash = @hash", ("@hash", Hash(token))), CancellationToken.None);

        http.Response.Cookies.Delete(Cookie, Options(http));
    }

    /// <summary>A secret that only a page of ours can have, for the form of somebody who is not logged in yet.</summary>
    public static string LoginToken(HttpContext http)
    {
        if (http.Request.Cookies[LoginCookie] is not { Length: 64 } token)
            http.Response.Cookies.Append(LoginCookie, token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), Options(http));

        return FormToken(token);
    }

    /// <summary>Whether a form was filled in on a page of ours: it has what belongs to the cookie, and does not say that it comes from elsewhere.</summary>
    public static bool IsOurForm(HttpContext http, string sent, bool isLogin)
    {
        var origin = http.Request.Headers.Origin.ToString();
        var host = http.Request.Host.Value;
        return http.Request.Cookies[isLogin ? LoginCookie : Cookie] is { Length: 64 } token && Same(FormToken(token), sent)
            && (origin.Length == 0 || (Uri.TryCreate(origin, UriKind.Absolute, out var from) && string.Equals(from.Authority, host, StringComparison.OrdinalIgnoreCase))
                || (origin == "null" && http.Request.Headers["Sec-Fetch-Site"] == "same-origin"));
    }

    /// <summary>What a form of this cookie's owner has in it.</summary>
    public static string FormToken(string token) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.ASCII.GetBytes(token), "form"u8));

    /// <summary>HttpOnly and SameSite=Lax: Lax, and not Strict, because users come back from the page where they pay. Secure wherever the page is.</summary>
    public static CookieOptions Options(HttpContext http) => new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = http.Request.IsHttps, Path = "/um" };

    private async Task RenewAsync(string token, long expires)
    {
        var next = Now + (long)idle.TotalMilliseconds;
        if (next - expires > Renewal.TotalMilliseconds)
            await store.CommitAsync(write => write.Execute("UPDATE portal_session SET expires = @next WHERE hash = @hash", ("@next", next), ("@hash", Hash(token))), CancellationToken.None);
    }

    private static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token)));

    // Another password, or another user of that name, and nobody is logged in any more. Without the browser's token nothing can be learnt from it.
    private static string Stamp(string token, UserAccount account)
    {
        var secret = $"{account.User.Id.ToString(CultureInfo.InvariantCulture)}\n{account.User.Password}\n{account.User.OtpSecret}";
        return Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.ASCII.GetBytes(token), Encoding.UTF8.GetBytes(secret)));
    }

    private static bool Same(string one, string other) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));
}

/// <summary>Who is logged in.</summary>
/// <param name="Token">The cookie.</param>
internal sealed record PortalUser(UserAccount Account, string Token)
{
    public string Name => Account.User.Name;

    public long Id => Account.User.Id;
}
