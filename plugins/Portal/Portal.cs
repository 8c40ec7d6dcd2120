using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>The pages at <c>/um/</c>: users log in, see what they have used and what is left, buy profiles and change their passwords.</summary>
[Module("portal")]
public sealed class Portal : IRoutes, ITables
{
    private const string LanguageCookie = "um-lang";

    // No script, style or form from elsewhere, none within the page; nobody may put it into a frame.
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    // A page that somebody made, a voucher or a report, is shown as it is and runs nothing.
    private const string PrivatePolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-modals";

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    private readonly PortalOptions _options;
    private readonly PortalFiles _files;
    private readonly PortalSessions _sessions;
    private readonly PasswordCheck _passwords;
    private readonly LoginThrottle _throttle;
    private readonly UserDataReader _data;
    private readonly IUserStore _users;
    private readonly IPaymentStore _payments;
    private readonly IMenuTree _menus;
    private readonly DataFiles _dataFiles;
    private readonly IGeneratedFiles _generated;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;

    public Portal(
        PortalOptions options, IModules modules, IMenuTree menus, ITableStore tables, IUserStore users, IUserProfileStore userProfiles, IPaymentStore payments,
        ISettingsStore settings, DataFiles dataFiles, IGeneratedFiles generated, ConfigFolder config, RadiusDictionary dictionary, TimeProvider clock, ILogger log)
    {
        (_options, _users, _payments, _menus, _dataFiles, _generated, _clock, _log) = (options, users, payments, menus, dataFiles, generated, clock, log);
        _files = new PortalFiles(config.Path);
        _sessions = new PortalSessions(tables, clock, options.LogOutAfter);
        _passwords = new PasswordCheck(modules.Find<IAuthorize>("users"), users, settings, dictionary, clock);
        _throttle = new LoginThrottle(clock, LongestWait);
        _data = new UserDataReader(menus, userProfiles, payments, settings, modules, clock);
        if (options.Address.Length > 0 && !(Uri.TryCreate(options.Address, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && options.Address.EndsWith('/')))
            throw new ArgumentException($"address: \"{options.Address}\" is no address of the portal, as in https://wifi.example/um/");
    }

    public IReadOnlyList<string> Migrations => PortalSessions.Migrations;

    public IReadOnlyList<HttpRoute> Routes =>
    [
        new("GET", "/um", http => ShowAsync(http)),
        new("POST", "/um/login", LogInAsync) { MostBody = 8 * 1024 },
        new("POST", "/um/logout", LogOutAsync) { MostBody = 8 * 1024 },
        new("POST", "/um/password", ChangePasswordAsync) { MostBody = 8 * 1024 },
        new("POST", "/um/buy", BuyAsync) { MostBody = 8 * 1024 },
        new("GET", "/um/lang/{code}", ChooseLanguageAsync),
        new("GET", "/um/PRIVATE/{**file}", SendPrivateAsync),
        new("GET", "/um/{**file}", SendFileAsync),
    ];

    // --- pages

    private async Task ShowAsync(HttpContext http)
    {
        // Links in the pages are below /um/.
        if (!http.Request.Path.Value!.EndsWith('/'))
            http.Response.Redirect($"/um/{http.Request.QueryString}");
        else if (await _sessions.FindAsync(http, _users) is { } user)
            await ShowUserAsync(http, user, await NoticeAsync(http, user));
        else
            await ShowLoginAsync(http, null, "");
    }

    private async Task ShowLoginAsync(HttpContext http, string? problem, string name)
    {
        var language = LanguageOf(http);
        await SendPageAsync(http, "user/login_dynamic.html", language, new Dictionary<string, Html>
        {
            ["form-token"] = Html.Encode(PortalSessions.LoginToken(http)),
            ["username"] = Html.Encode(name),
            ["notice"] = problem is null ? Html.Empty : Html.Of($"<p class=\"notice bad\" role=\"alert\" id=\"problem\">{problem}</p>"),
        });
    }

    private async Task ShowUserAsync(HttpContext http, PortalUser user, Html notice)
    {
        var language = LanguageOf(http);
        var page = new UserPage(await _data.ReadAsync(user, http.RequestAborted), language, _options, _clock);
        await SendPageAsync(http, "user/user_dynamic.html", language, page.Values(notice));
    }

    // The browser comes back from where the user pays.
    private async Task<Html> NoticeAsync(HttpContext http, PortalUser user)
    {
        var language = LanguageOf(http);
        if (http.Request.Query.ContainsKey("password"))
            return Notice("good", language["password-changed"]);

        if (!long.TryParse(http.Request.Query["payment"], CultureInfo.InvariantCulture, out var id) || await _payments.FindAsync(id, http.RequestAborted) is not { } payment || payment.UserId != user.Id)
            return Html.Empty;

        var word = UserPage.Word(payment.Status);
        return Notice(payment.Status == PaymentStatus.Approved ? "good" : payment.IsOpen ? "wait" : "bad", $"{language["paid-" + word]} {(payment.Status == PaymentStatus.Approved ? "" : payment.UserMessage)}".TrimEnd());
    }

    private static Html Notice(string kind, string text) => Html.Of($"<p class=\"notice {kind}\" role=\"status\">{text}</p>");

    private async Task SendPageAsync(HttpContext http, string layout, Language language, Dictionary<string, Html> values)
    {
        values["title"] = Html.Encode(_options.Title);
        values["lang"] = Html.Encode(language.Code);
        values["languages"] = Html.Join(_files.Languages().Select(code => Language.Read(_files, code)).Select(other => other.Code == language.Code
            ? Html.Of($"<li><span aria-current=\"true\" lang=\"{other.Code}\">{other.Name}</span></li>")
            : Html.Of($"<li><a href=\"/um/lang/{other.Code}\" lang=\"{other.Code}\" hreflang=\"{other.Code}\">{other.Name}</a></li>")));
        Protect(http, Policy);
        http.Response.ContentType = "text/html; charset=utf-8";
        await http.Response.WriteAsync(Template.Fill(_files.ReadText(layout), language, values), http.RequestAborted);
    }

    private static void Protect(HttpContext http, string policy)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        if (http.Request.IsHttps)
            headers.StrictTransportSecurity = "max-age=31536000";
    }

    private Language LanguageOf(HttpContext http)
    {
        var known = _files.Languages();
        var chosen = http.Request.Cookies[LanguageCookie];
        return Language.Read(_files, chosen is not null && known.Contains(chosen) ? chosen : Language.Choose(http.Request.Headers.AcceptLanguage.ToString(), known, _options.Language));
    }

    private Task ChooseLanguageAsync(HttpContext http)
    {
        if (http.Request.RouteValues["code"] is string code && _files.Languages().Contains(code))
        {
            var options = PortalSessions.Options(http);
            options.MaxAge = TimeSpan.FromDays(365);
            http.Response.Cookies.Append(LanguageCookie, code, options);
        }

        http.Response.Redirect("/um/");
        return Task.CompletedTask;
    }

    // --- log in and out

    private async Task LogInAsync(HttpContext http)
    {
        var language = LanguageOf(http);
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var (name, password) = (form["username"].ToString(), form["password"].ToString());
        if (!PortalSessions.IsOurForm(http, form["token"].ToString(), isLogin: true))
        {
            await RefuseAsync(http, StatusCodes.Status403Forbidden, language["form-expired"], name);
            return;
        }

        var from = http.Connection.RemoteIpAddress;
        if (_throttle.Begin(from, name) is { Ticks: > 0 } wait)
        {
            http.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            await RefuseAsync(http, StatusCodes.Status429TooManyRequests, language.With("wait", ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture)), name);
            return;
        }

        if (await _passwords.FindAsync(name, password, http.RequestAborted) is not { } account)
        {
            _log.LoginRefused(Shown(name), from?.ToString() ?? "");
            await RefuseAsync(http, StatusCodes.Status401Unauthorized, language["wrong-password"], name);
            return;
        }

        _throttle.Succeeded(from, name);
        _log.LoggedIn(Shown(name), from?.ToString() ?? "");
        await _sessions.BeginAsync(http, account);
        SeeOther(http, "/um/");
    }

    private async Task LogOutAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        if (PortalSessions.IsOurForm(http, form["token"].ToString(), isLogin: false))
            await _sessions.EndAsync(http);

        SeeOther(http, "/um/");
    }

    private Task RefuseAsync(HttpContext http, int status, string problem, string name)
    {
        http.Response.StatusCode = status;
        return ShowLoginAsync(http, problem, name);
    }

    // A name is anybody's text: on one line of the log, and no longer than it may be.
    private static string Shown(string name) => new([.. name.Take(64).Select(c => char.IsControl(c) ? '?' : c)]);

    private static void SeeOther(HttpContext http, string where)
    {
        Protect(http, Policy);
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = where;
    }

    /// <returns>Null, and the answer is given, when nobody is logged in, or the form is none of ours.</returns>
    private async Task<(PortalUser User, IFormCollection Form)?> FormAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        if (await _sessions.FindAsync(http, _users) is not { } user)
        {
            SeeOther(http, "/um/");
            return null;
        }

        if (PortalSessions.IsOurForm(http, form["token"].ToString(), isLogin: false))
            return (user, form);

        http.Response.StatusCode = StatusCodes.Status403Forbidden;
        await ShowUserAsync(http, user, Notice("bad", LanguageOf(http)["form-expired"]));
        return null;
    }

    // --- what users do

    private async Task ChangePasswordAsync(HttpContext http)
    {
        if (await FormAsync(http) is not var (user, form))
            return;

        var (language, chosen) = (LanguageOf(http), form["new"].ToString());
        var from = http.Connection.RemoteIpAddress;
        var problem = !_options.ChangePassword ? "form-expired"
            : chosen != form["again"].ToString() ? "passwords-differ"
            : chosen.Length < _options.PasswordLength || chosen.Length > 128 || chosen.Any(char.IsControl) ? "password-rule"
            : _throttle.Begin(from, user.Name) > TimeSpan.Zero || await _passwords.FindAsync(user.Name, form["current"].ToString(), http.RequestAborted) is null ? "wrong-password"
            : null;
        if (problem is not null)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            await ShowUserAsync(http, user, Notice("bad", language.With(problem, _options.PasswordLength.ToString(CultureInfo.InvariantCulture))));
            return;
        }

        _throttle.Succeeded(from, user.Name);
        var caller = new Caller(user.Name, $"portal {from}");
        await _menus.SetAsync("/user-manager/user", new RecordId(user.Id), new Dictionary<string, string?> { ["password"] = chosen }, caller, CancellationToken.None);

        // Whoever was logged in with the old one is not any more; the one who has changed it is.
        if (await _users.FindAsync(Encoding.UTF8.GetBytes(user.Name), CancellationToken.None) is { } account)
            await _sessions.BeginAsync(http, account);

        SeeOther(http, "/um/?password=changed");
    }

    private async Task BuyAsync(HttpContext http)
    {
        if (await FormAsync(http) is not var (user, form))
            return;

        var language = LanguageOf(http);
        var gateway = (await _data.GatewaysAsync(http.RequestAborted)).FirstOrDefault(g => g.Method == form["method"].ToString());
        if (gateway is null || !long.TryParse(form["profile"], CultureInfo.InvariantCulture, out var id) || await _data.FindForSaleAsync(id, http.RequestAborted) is not { } profile)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            await ShowUserAsync(http, user, Notice("bad", language["not-for-sale"]));
            return;
        }

        try
        {
            var payment = await _payments.StartAsync(user.Id, id, gateway.Method, await _data.CurrencyAsync(http.RequestAborted), CancellationToken.None);
            var page = await gateway.StartAsync(new PaymentOrder(payment, UserPage.NameOf(profile), AddressOf(http)), CancellationToken.None);
            await LeadAsync(http, language, gateway.Title, page);
        }
        catch (MenuException refused)
        {
            _log.NotBegun(user.Name, gateway.Method, refused.Message);
            http.Response.StatusCode = StatusCodes.Status502BadGateway;
            await ShowUserAsync(http, user, Notice("bad", language.With("gateway-failed", gateway.Title)));
        }
    }

    // A form may not lead elsewhere (form-action 'self'), a page may: it goes on by itself, and has a link for who does not want to wait.
    private async Task LeadAsync(HttpContext http, Language language, string title, Uri page)
    {
        if (page.AbsolutePath.StartsWith("/um/", StringComparison.Ordinal) && page.Authority == AddressOf(http).Authority)
        {
            SeeOther(http, page.PathAndQuery);
            return;
        }

        Protect(http, Policy);
        http.Response.ContentType = "text/html; charset=utf-8";
        await http.Response.WriteAsync(
            Html.Of(
                $"""
                <!doctype html><html lang="{language.Code}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="0; url={page.AbsoluteUri}">
                <title>{language.With("going-to", title)}</title><link rel="icon" href="/um/img/mikrotik_logo.png"><link rel="stylesheet" href="/um/css/login.css"></head><body><main class="panel"><p><img src="/um/img/ajax-loader.gif" alt="" width="32" height="32"></p>
                <h1>{language.With("going-to", title)}</h1><p><a class="button" href="{page.AbsoluteUri}">{language["continue"]}</a></p></main></body></html>
                """).Text,
            http.RequestAborted);
    }

    private Uri AddressOf(HttpContext http) => new(_options.Address.Length > 0 ? _options.Address : $"{http.Request.Scheme}://{http.Request.Host.Value}/um/");

    // --- files

    private async Task SendFileAsync(HttpContext http)
    {
        var name = http.Request.RouteValues["file"] as string ?? "";
        if (PortalFiles.TypeOf(name) is not { } type || _files.Read(name) is not { } octets)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        Protect(http, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(octets).AsSpan(0, 12))}\"";
        (http.Response.Headers.CacheControl, http.Response.Headers.ETag) = ("no-cache", tag);
        if (http.Request.Headers.IfNoneMatch.ToString() == tag)
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        (http.Response.ContentType, http.Response.ContentLength) = (type, octets.Length);
        await http.Response.Body.WriteAsync(octets, http.RequestAborted);
    }

    /// <summary>What was generated, for the operator: <c>/user-manager advanced web-private-…</c>. Without both it is not there.</summary>
    private async Task SendPrivateAsync(HttpContext http)
    {
        Protect(http, PrivatePolicy);
        var settings = _menus.Find("/user-manager/advanced") is { } menu ? await menu.Records.FindAsync(new RecordId(0), http.RequestAborted) : null;
        var (user, password) = (settings?.Text("web-private-username") ?? "", settings?.Text("web-private-password") ?? "");
        if (user.Length == 0 || password.Length == 0)
            http.Response.StatusCode = StatusCodes.Status404NotFound;
        else if (MayEnter(http, user, password) is not StatusCodes.Status200OK and var status)
            http.Response.StatusCode = status;
        else
            await SendPrivateAsync(http, $"{PrivateArea.Root}/{http.Request.RouteValues["file"]}");
    }

    /// <returns>The status of the answer.</returns>
    private int MayEnter(HttpContext http, string user, string password)
    {
        var from = http.Connection.RemoteIpAddress;
        var given = http.Request.Headers.Authorization.ToString();
        var wanted = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));

        if (given.Length > 0 && _throttle.Begin(from, "/um/PRIVATE") > TimeSpan.Zero)
            return StatusCodes.Status429TooManyRequests;

        // By their hashes, which are of one length: the texts would tell theirs.
        if (CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(wanted))))
        {
            _throttle.Succeeded(from, "/um/PRIVATE");
            return StatusCodes.Status200OK;
        }

        http.Response.Headers.WWWAuthenticate = "Basic realm=\"User Manager\", charset=\"UTF-8\"";
        return StatusCodes.Status401Unauthorized;
    }

    private async Task SendPrivateAsync(HttpContext http, string name)
    {
        await using var file = await OpenPrivateAsync(name, http.RequestAborted);
        if (file is null)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        http.Response.ContentType = Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8", ".csv" => "text/csv; charset=utf-8", ".xml" => "application/xml", ".json" => "application/json", _ => "application/octet-stream",
        };
        http.Response.ContentLength = file.Length;
        await file.CopyToAsync(http.Response.Body, http.RequestAborted);
    }

    private async ValueTask<Stream?> OpenPrivateAsync(string name, CancellationToken cancelled)
    {
        try
        {
            return name.StartsWith(IGeneratedFiles.Folder + "/", StringComparison.Ordinal)
                ? await _generated.OpenReadAsync(name[(IGeneratedFiles.Folder.Length + 1)..], cancelled)
                : _dataFiles.OpenRead(name);
        }
        catch (MenuException)
        {
            return null;
        }
    }
}
