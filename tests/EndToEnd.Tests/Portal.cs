using System.Net;
using System.Text.RegularExpressions;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>The portal of a running server, over HTTPS.</summary>
public sealed class Portal : IAsyncDisposable
{
    private const string Setup = """
        /user-manager set enabled=yes use-profiles=yes
        /user-manager router add address=127.0.0.1 name=local shared-secret=testing123
        /user-manager user add name=bob password=secret123
        /user-manager limitation add name=1G download-limit=1000000000
        /user-manager profile add name=month name-for-users="One month" price=9.99 validity=30d
        /user-manager profile add name=year price=99 validity=365d
        /user-manager profile add name=staff
        /user-manager profile-limitation add profile=month limitation=1G
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("usermanager-portal-").FullName;
    private readonly string _config;
    private TestServer? _server;
    private PortalClient? _client;
    private int _port;

    public Portal()
    {
        _config = PortalClient.CopyConfig(_folder);
        File.WriteAllText(Path.Combine(_config, "policy.yaml"), "instantiate: [ portal, paypal, manual ]\n");
    }

    private TestServer Server => _server!;

    private PortalClient Client => _client!;

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_user_logs_in_buys_for_cash_and_the_operator_confirms_it()
    {
        await StartAsync();
        Assert.Contains("action=\"/um/login\"", await Client.GetAsync(), StringComparison.Ordinal);
        var page = await Client.LogInAsync("bob", "secret123");
        Assert.Contains("No profile in force", page, StringComparison.Ordinal);
        Assert.Contains("One month</h3><p class=\"price\">9.99 USD</p>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("staff", page, StringComparison.Ordinal);
        Assert.DoesNotContain("PayPal", page, StringComparison.Ordinal);        // not allowed

        await Client.PostAsync("buy", ("profile", "1"), ("method", "manual"));
        Assert.Equal((HttpStatusCode.SeeOther, "/um/?payment=1"), (Client.Answer.StatusCode, Client.Answer.Headers.Location!.OriginalString));
        page = await Client.GetAsync("?payment=1");
        Assert.Contains("The payment is waiting. Please pay at the desk", page, StringComparison.Ordinal);
        Assert.Contains("No profile in force", page, StringComparison.Ordinal);
        Assert.Contains("trans-status=\"pending\"", (await Server.ExecAsync("/user-manager/payment/print detail")).Good().Replace("=pending", "=\"pending\"", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("payment is under way", (await Server.ExecAsync("/user-manager/payment/remove numbers=*1")).Error, StringComparison.Ordinal);
        Assert.NotEqual(0, (await Server.ExecAsync("/user-manager/payment/add user=bob")).ExitCode);

        (await Server.ExecAsync("/user-manager/payment/manual/confirm numbers=*1 receipt=2026-117")).Good();
        Assert.NotEqual(0, (await Server.ExecAsync("/user-manager/payment/manual/confirm numbers=*1")).ExitCode);
        page = await Client.GetAsync("?payment=1");
        Assert.Contains("Thank you. Your profile is ready.", page, StringComparison.Ordinal);
        Assert.Contains("<h2 id=\"active\">One month</h2>", page, StringComparison.Ordinal);
        Assert.Contains("1 GB of 1 GB left", page, StringComparison.Ordinal);
        Assert.Contains("In use", page, StringComparison.Ordinal);

        var login = (await Server.RadclientAsync("auth", "Message-Authenticator = 0x00\nUser-Name = bob\nUser-Password = secret123\n")).Good();
        Assert.Contains("Session-Timeout = 25", login, StringComparison.Ordinal);

        await Server.RadclientAsync("acct", "User-Name = bob\nAcct-Status-Type = Start\nAcct-Session-Id = 1\nNAS-IP-Address = 127.0.0.1\nCalling-Station-Id = \"AA:BB:CC:00:00:01\"\n");
        await Server.RadclientAsync("acct", "User-Name = bob\nAcct-Status-Type = Interim-Update\nAcct-Session-Id = 1\nNAS-IP-Address = 127.0.0.1\nCalling-Station-Id = \"AA:BB:CC:00:00:01\"\nAcct-Output-Octets = 250000000\nAcct-Input-Octets = 5000000\nAcct-Session-Time = 3700\n");
        page = await Client.GetAsync();
        Assert.Contains("750 MB of 1 GB left", page, StringComparison.Ordinal);
        Assert.Contains("AA:BB:CC:00:00:01", page, StringComparison.Ordinal);
        Assert.Contains("1h 1m", page, StringComparison.Ordinal);
        Assert.Contains("↓ 250 MB, ↑ 5 MB", page, StringComparison.Ordinal);
    }

    // SIGKILL between the charge and the assignment: PayPal has the money, and nobody was told.
    [Fact]
    public async Task A_server_that_dies_between_charge_and_assignment_gives_the_profile_at_its_next_start()
    {
        await using var paypal = await FakePayPal.StartAsync(_folder);
        await File.WriteAllTextAsync(Path.Combine(_config, "modules", "paypal.yaml"), paypal.Options + "answer-within: 3s\n", TestContext.Current.CancellationToken);
        await StartAsync();
        (await Server.ExecAsync("/user-manager/advanced set paypal-allow=yes paypal-user=shop_api paypal-password=secret paypal-signature=SIG")).Good();
        await Client.LogInAsync("bob", "secret123");
        Assert.Contains($"url={paypal.Address}/checkout?token=", await Client.PostAsync("buy", ("profile", "1"), ("method", "paypal")), StringComparison.Ordinal);
        paypal.Agree(paypal.Only.Token);
        paypal.AfterCharge = () =>
        {
            Server.Kill();
            return Task.CompletedTask;
        };

        await Assert.ThrowsAsync<HttpRequestException>(() => Client.GetAsync($"pay/paypal/return?token={paypal.Only.Token}"));
        paypal.AfterCharge = null;
        await Server.StartAgainAsync();
        await Server.WaitForLineAsync("Payment *1: Approved, transaction TX1");

        Assert.Equal(1, paypal.Charges);
        Assert.Contains("trans-status=approved", (await Server.ExecAsync("/user-manager/payment/print as-value")).Good(), StringComparison.Ordinal);
        Assert.Contains("profile=month", (await Server.ExecAsync("/user-manager/user-profile/print as-value")).Good(), StringComparison.Ordinal);
        await Client.GetAsync($"pay/paypal/return?token={paypal.Only.Token}");
        Assert.Single((await Server.ExecAsync("/user-manager/user-profile/print as-value")).Good().Trim().Split('\n'));
        Assert.DoesNotContain(Server.Lines, line => line.Contains("paypal-password=secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Forms_of_elsewhere_and_old_ones_are_refused()
    {
        await StartAsync();
        await Client.GetAsync();
        await Client.PostAsync("login", ("username", "bob"), ("password", "secret123"), ("token", new string('0', 64)));
        Assert.Equal(HttpStatusCode.Forbidden, Client.Answer.StatusCode);
        await Client.PostAsync("login", "https://evil.example", ("username", "bob"), ("password", "secret123"));
        Assert.Equal(HttpStatusCode.Forbidden, Client.Answer.StatusCode);
        await Client.LogInAsync("bob", "secret123");

        await Client.PostAsync("buy", ("profile", "1"), ("method", "manual"), ("token", new string('0', 64)));
        Assert.Equal(HttpStatusCode.Forbidden, Client.Answer.StatusCode);
        await Client.GetAsync();
        await Client.PostAsync("buy", "https://evil.example", ("profile", "1"), ("method", "manual"));
        Assert.Equal(HttpStatusCode.Forbidden, Client.Answer.StatusCode);
        await Client.PostAsync("password", ("current", "secret123"), ("new", "hacked-it"), ("again", "hacked-it"), ("token", ""));
        Assert.Equal(HttpStatusCode.Forbidden, Client.Answer.StatusCode);

        Assert.Equal("", (await Server.ExecAsync("/user-manager/payment/print as-value")).Good().Trim());
    }

    [Fact]
    public async Task Nothing_is_for_sale_that_has_no_price_and_by_no_other_gateway()
    {
        await StartAsync();
        await Client.LogInAsync("bob", "secret123");
        foreach (var (profile, method) in new[] { ("3", "manual"), ("99", "manual"), ("x", "manual"), ("1", "paypal"), ("1", "none"), ("-1", "manual") })
        {
            await Client.PostAsync("buy", ("profile", profile), ("method", method));
            Assert.Equal(HttpStatusCode.BadRequest, Client.Answer.StatusCode);
        }

        // Whoever's payment it is: another user is told nothing of it.
        await Client.PostAsync("buy", ("profile", "1"), ("method", "manual"));
        (await Server.ExecAsync("/user-manager/user/add name=eve password=secret456")).Good();
        using var eve = new PortalClient(_port);
        await eve.LogInAsync("eve", "secret456");
        Assert.DoesNotContain("class=\"notice", await eve.GetAsync("?payment=1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cookies_and_headers_keep_others_out()
    {
        await StartAsync();
        await Client.GetAsync();
        await Client.PostAsync("login", ("username", "bob"), ("password", "secret123"));
        var cookie = Client.Answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("um-session=", StringComparison.Ordinal));
        Assert.Matches("^um-session=[0-9a-f]{64}; path=/um; secure; samesite=lax; httponly$", cookie);

        var page = await Client.GetAsync();
        var policy = Client.Answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("no-store", Client.Answer.Headers.CacheControl!.ToString());
        Assert.Equal("nosniff", Client.Answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.DoesNotMatch("<script(?! src)|<style| style=| on[a-z]+=|https?://", page);        // nothing inline, no other hosts

        // The token in the database is not the cookie.
        var dumped = (await TestServer.RunToolAsync("sqlite3", "", Server.Database, "SELECT * FROM portal_session")).Good();
        Assert.DoesNotContain(cookie[11..75], dumped, StringComparison.Ordinal);

        await Client.PostAsync("logout");
        Assert.Contains("action=\"/um/login\"", await Client.GetAsync(), StringComparison.Ordinal);
        Client.Cookies.Add(new Uri($"https://127.0.0.1:{_port}/um/"), new Cookie("um-session", cookie[11..75], "/um"));
        Assert.Contains("action=\"/um/login\"", await Client.GetAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_guesses_is_slowed_down_and_the_names_of_users_are_not_told()
    {
        await StartAsync();
        await Client.GetAsync();
        var answers = new List<(HttpStatusCode, string)>();
        foreach (var name in new[] { "bob", "nobody" })
        {
            for (var i = 0; i < 5; i++)
            {
                var page = await Client.PostAsync("login", ("username", name), ("password", "guess"));
                answers.Add((Client.Answer.StatusCode, Regex.Match(page, "id=\"problem\">(.*?)<").Groups[1].Value));
            }
        }

        Assert.All(answers, a => Assert.Equal((HttpStatusCode.Unauthorized, "User name or password is wrong."), a));
        await Client.PostAsync("login", ("username", "bob"), ("password", "secret123"));
        Assert.Equal(HttpStatusCode.TooManyRequests, Client.Answer.StatusCode);
        Assert.NotNull(Client.Answer.Headers.RetryAfter);
    }

    // Each is counted when it begins: none of them waits to see the others fail.
    [Fact]
    public async Task Fifty_guesses_at_once_are_five()
    {
        await StartAsync();
        await Client.GetAsync();
        var guesses = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Client.TryAsync("login", ("username", "bob"), ("password", $"guess{i}"))));

        Assert.Equal(5, guesses.Count(status => status == HttpStatusCode.Unauthorized));
        Assert.Equal(45, guesses.Count(status => status == HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task A_password_is_changed_by_who_knows_it_and_ends_the_other_logins()
    {
        await StartAsync();
        using var other = new PortalClient(_port);
        await other.LogInAsync("bob", "secret123");
        await Client.LogInAsync("bob", "secret123");

        foreach (var (current, chosen, again, words) in new[]
        {
            ("wrong", "another-one", "another-one", "User name or password is wrong."),
            ("secret123", "another-one", "another-two", "The new passwords are not the same."),
            ("secret123", "short", "short", "At least 8 characters."),
        })
        {
            Assert.Contains(words, await Client.PostAsync("password", ("current", current), ("new", chosen), ("again", again)), StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.BadRequest, Client.Answer.StatusCode);
        }

        await Client.PostAsync("password", ("current", "secret123"), ("new", "another-one"), ("again", "another-one"));
        Assert.Equal(HttpStatusCode.SeeOther, Client.Answer.StatusCode);
        Assert.Contains("Your password was changed.", await Client.GetAsync("?password=changed"), StringComparison.Ordinal);
        Assert.Contains("action=\"/um/login\"", await other.GetAsync(), StringComparison.Ordinal);
        Assert.Contains("user=bob", (await Server.ExecAsync("/system/audit/print as-value where action=set and menu=/user-manager/user")).Good(), StringComparison.Ordinal);
        Assert.DoesNotContain("another-one", string.Join('\n', Server.Lines), StringComparison.Ordinal);

        // A user that is disabled is out at once.
        (await Server.ExecAsync("/user-manager/user/disable bob")).Good();
        Assert.Contains("action=\"/um/login\"", await Client.GetAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_one_time_code_belongs_behind_the_password()
    {
        await StartAsync();
        (await Server.ExecAsync("/user-manager/user/set bob otp-secret=JBSWY3DPEHPK3PXP caller-id=AA:BB:CC:00:00:01; /user-manager/set otp-reuse=no")).Good();

        Assert.Contains("action=\"/um/login\"", await Client.LogInAsync("bob", "secret123"), StringComparison.Ordinal);
        var code = OtpOf("JBSWY3DPEHPK3PXP");
        Assert.Contains("action=\"/um/logout\"", await Client.LogInAsync("bob", "secret123" + code), StringComparison.Ordinal);
        using var again = new PortalClient(_port);
        Assert.Contains("action=\"/um/login\"", await again.LogInAsync("bob", "secret123" + code), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_values_hold_is_shown_and_never_run()
    {
        const string Nasty = "<img src=x onerror=alert(1)>$(form-token)'";
        await StartAsync();
        (await Server.ExecAsync(
            $"""
            /user-manager user add name="$NASTY" password=secret123
            /user-manager profile set month name-for-users="$NASTY"
            """.Replace("$NASTY", Nasty.Replace("$", "\\$", StringComparison.Ordinal), StringComparison.Ordinal))).Good();

        var page = await Client.LogInAsync(Nasty, "secret123");

        Assert.Contains("action=\"/um/logout\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<img src=x", page, StringComparison.Ordinal);
        Assert.Contains("&lt;img src=x onerror=alert(1)&gt;$(form-token)&#x27;</h3>", page, StringComparison.Ordinal);
        var refused = await Client.PostAsync("login", ("username", "\"><script>alert(1)</script>"), ("password", "x"));
        Assert.DoesNotContain("<script>alert", refused, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", await Client.GetAsync("?payment=<script>alert(1)</script>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_files_of_the_manual_are_there_and_a_copy_takes_their_place()
    {
        await StartAsync();
        foreach (var file in new[] { "css/generic.css", "css/login.css", "css/user.css", "img/PayPal_mark_37x23.gif", "img/ajax-loader.gif", "img/mikrotik_logo.png", "js/generic.js", "js/login.js", "js/user.js" })
        {
            await Client.GetAsync(file);
            Assert.Equal((HttpStatusCode.OK, true), (Client.Answer.StatusCode, Client.Answer.Content.Headers.ContentLength > 0));
        }

        Write("css/user.css", "body { background: pink; }");
        Write("user/login_dynamic.html", "<h1>Cafe $(title)</h1>$(t:log-in) $(unknown)<form><input name=\"token\" value=\"$(form-token)\"></form>");
        Write("img/cafe.png", "PNG");
        Write("lang/en.json", "{ \"log-in\": \"Come in\" }");
        Write("lang/fr.json", "{ \"language-name\": \"Français\", \"log-in\": \"Entrer\" }");

        Assert.Equal("body { background: pink; }", await Client.GetAsync("css/user.css"));
        Assert.Matches("^<h1>Cafe User Manager</h1>Come in \\$\\(unknown\\)<form>", await Client.GetAsync());
        Assert.Equal("PNG", await Client.GetAsync("img/cafe.png"));
        using var french = new PortalClient(_port, "de, fr-CH;q=0.9, en;q=0.5");
        Assert.Contains("</h1>Entrer ", await french.GetAsync(), StringComparison.Ordinal);
        foreach (var path in new[] { "user/login_dynamic.html", "css/..%2f..%2fpolicy.yaml", "css/%2e%2e/%2e%2e/usermanager.yaml", "img/none.png", "../um/css/", "secret.key" })
        {
            await Client.GetAsync(path);
            Assert.Equal(HttpStatusCode.NotFound, Client.Answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("es-MX", "Iniciar sesión")]
    [InlineData("lv", "Pieslēgties")]
    [InlineData("zh-CN,zh;q=0.9", "登录")]
    [InlineData("tlh", "Log in")]
    public async Task It_speaks_the_language_of_the_browser(string accepted, string words)
    {
        await StartAsync();
        using var client = new PortalClient(_port, accepted);

        Assert.Contains($"<h1>{words}</h1>", await client.GetAsync(), StringComparison.Ordinal);
        await client.GetAsync("lang/es");
        Assert.Contains("<html lang=\"es\">", await client.GetAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_private_area_asks_for_its_own_password()
    {
        await StartAsync();
        (await Server.ExecAsync("/file/add name=um5files/PRIVATE/GENERATED/vouchers/gen_x.html contents=\"<b>voucher</b>\"")).Good();
        (await Server.ExecAsync("/file/add name=um5files/PRIVATE/TEMPLATES/mine.csv contents=mine")).Good();
        await Client.GetAsync("PRIVATE/GENERATED/vouchers/gen_x.html");
        Assert.Equal(HttpStatusCode.NotFound, Client.Answer.StatusCode);

        (await Server.ExecAsync("/user-manager/advanced/set web-private-username=op web-private-password=s3cret")).Good();
        await Client.GetAsync("PRIVATE/GENERATED/vouchers/gen_x.html");
        Assert.Equal(HttpStatusCode.Unauthorized, Client.Answer.StatusCode);
        var url = $"https://127.0.0.1:{_port}/um/PRIVATE/GENERATED/vouchers/gen_x.html";
        Assert.Equal("<b>voucher</b>", (await TestServer.RunToolAsync("curl", "", "-sk", "-u", "op:s3cret", url)).Good());
        Assert.Equal("mine", (await TestServer.RunToolAsync("curl", "", "-sk", "-u", "op:s3cret", url.Replace("GENERATED/vouchers/gen_x.html", "TEMPLATES/mine.csv", StringComparison.Ordinal))).Good());
        Assert.Equal("401", (await TestServer.RunToolAsync("curl", "", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "-u", "op:wrong", url)).Good());
        Assert.Equal("404", (await TestServer.RunToolAsync("curl", "", "-sk", "--path-as-is", "-o", "/dev/null", "-w", "%{http_code}", "-u", "op:s3cret", url.Replace("gen_x.html", "..%2f..%2f..%2f..%2fusermanager-ca.pem", StringComparison.Ordinal))).Good());
    }

    /// <summary>docs/portal.md: each file that is shown is put where it says, and does what it says.</summary>
    [Fact]
    public async Task The_document_is_true()
    {
        var document = await File.ReadAllTextAsync(Repository.At("docs", "portal.md"), TestContext.Current.CancellationToken);
        var files = Regex.Matches(document, "`(config/[^`]+)`:\n\n```[a-z]+\n(.*?)```", RegexOptions.Singleline);
        Assert.Equal(6, files.Count);
        foreach (Match shown in files)
        {
            var path = Path.Combine(_folder, shown.Groups[1].Value);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, shown.Groups[2].Value, TestContext.Current.CancellationToken);
        }

        var gateway = Regex.Match(document, "```csharp\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
        PluginCompiler.Compile(gateway, Path.Combine(_folder, "plugins", "Invoice.dll"));
        await StartAsync("--plugins", Path.Combine(_folder, "plugins"));
        foreach (Match console in Regex.Matches(document, "```console\n(.*?)```", RegexOptions.Singleline))
        {
            foreach (var line in console.Groups[1].Value.Split('\n').Where(l => l.StartsWith("> ", StringComparison.Ordinal)))
                (await Server.ExecAsync(line[2..])).Good();
        }

        var page = await Client.LogInAsync("bob", "secret123");
        Assert.Contains("Café Luna", page, StringComparison.Ordinal);
        Assert.All(["PayPal", "Bank transfer", "Invoice", "9.99 EUR"], words => Assert.Contains(words, page, StringComparison.Ordinal));
        Assert.Contains("Get more time", page, StringComparison.Ordinal);
        Assert.Contains("--accent", await Client.GetAsync("css/user.css"), StringComparison.Ordinal);
        using var french = new PortalClient(_port, "fr");
        Assert.Contains("Se connecter", await french.GetAsync(), StringComparison.Ordinal);
    }

    private async Task StartAsync(params string[] more)
    {
        (_port, var options) = PortalClient.Server();
        _server = await TestServer.StartAsync(Setup, ["--config", _config, .. options, .. more]);
        _client = new PortalClient(_port);
    }

    private void Write(string file, string text)
    {
        var path = Path.Combine(_config, "um", file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private static string OtpOf(string secret)
    {
        Span<byte> digits = stackalloc byte[UserManager.Domain.OneTimePassword.Digits];
        UserManager.Domain.OneTimePassword.Write(UserManager.Domain.OtpSecret.Parse(secret)!.Key, UserManager.Domain.OneTimePassword.StepAt(DateTimeOffset.UtcNow), digits);
        return System.Text.Encoding.ASCII.GetString(digits);
    }
}
