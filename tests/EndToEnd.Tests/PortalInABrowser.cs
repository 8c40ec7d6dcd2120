using Microsoft.Playwright;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>The portal in Chromium: what a user does, on a phone and on a screen. Screenshots are in tests/results.</summary>
public sealed class PortalInABrowser : IAsyncLifetime
{
    private const string Setup = """
        /user-manager set enabled=yes use-profiles=yes
        /user-manager router add address=127.0.0.1 name=local shared-secret=testing123
        /user-manager user add name=bob password=secret123
        /user-manager limitation add name=20G download-limit=20000000000 uptime-limit=100h
        /user-manager profile add name=day name-for-users="One day" price=1.50 validity=1d
        /user-manager profile add name=month name-for-users="One month, 20 GB" price=9.99 validity=30d
        /user-manager profile add name=year name-for-users="One year" price=99 validity=365d
        /user-manager profile-limitation add profile=month limitation=20G
        /user-manager advanced set paypal-allow=yes paypal-user=shop_api paypal-password=secret paypal-signature=SIG
        """;

    private static readonly (string Name, int Width, int Height)[] Sizes = [("phone", 360, 740), ("screen", 1280, 900)];

    private readonly string _folder = Directory.CreateTempSubdirectory("usermanager-browser-").FullName;
    private FakePayPal? _paypal;
    private TestServer? _server;
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private int _port;

    private static string Results { get; } = Directory.CreateDirectory(Repository.At("tests", "results", "portal")).FullName;

    private IBrowser Browser => _browser!;

    public async ValueTask InitializeAsync()
    {
        _paypal = await FakePayPal.StartAsync(_folder);
        var config = PortalClient.CopyConfig(_folder);
        await File.WriteAllTextAsync(Path.Combine(config, "policy.yaml"), "instantiate: [ portal, paypal, manual, vouchers, reports ]\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(config, "modules", "paypal.yaml"), _paypal.Options, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(config, "modules", "vouchers.yaml"), "title: Café Luna\nlogin: http://hotspot.example/login\nnote: \"Network: Luna-Guests\"\n", TestContext.Current.CancellationToken);
        (_port, var options) = PortalClient.Server();
        _server = await TestServer.StartAsync(Setup, ["--config", config, .. options]);
        _playwright = await Playwright.CreateAsync();
        _browser = await Chromium.StartAsync(_playwright);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();

        _playwright?.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();

        if (_paypal is not null)
            await _paypal.DisposeAsync();

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_user_logs_in_buys_a_profile_by_PayPal_and_sees_it_running()
    {
        var said = new List<string>();
        var page = await OpenAsync(Sizes[1], said);
        await PictureAsync(page, "login");
        await page.GetByLabel("User name").FillAsync("bob");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync("wrong");
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("User name or password is wrong.");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync("secret123");
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "No profile in force" })).ToBeVisibleAsync();
        await PictureAsync(page, "before");

        var offer = page.Locator("li.offer", new() { HasText = "One month, 20 GB" });
        await offer.GetByText("Buy this Profile").ClickAsync();
        await PictureAsync(page, "buying");
        await offer.GetByRole(AriaRole.Button, new() { Name = "Pay with PayPal" }).ClickAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("One month, 20 GB: 9.99 USD");
        await page.GetByText("Pay now").ClickAsync();

        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("Thank you. Your profile is ready.");
        await Assertions.Expect(page.Locator("#active")).ToHaveTextAsync("One month, 20 GB");
        await Assertions.Expect(page.Locator("section.active .badge")).ToHaveTextAsync("In use");
        Assert.Equal(1, _paypal!.Charges);
        Assert.Contains("state=running-active", (await _server!.ExecAsync("/user-manager/user-profile/print as-value")).Good(), StringComparison.Ordinal);
        Assert.Contains("trans-status=approved", (await _server.ExecAsync("/user-manager/payment/print as-value")).Good(), StringComparison.Ordinal);
        await UseAsync();
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator(".limits")).ToContainTextAsync("of 20 GB left");

        foreach (var size in Sizes)
        {
            await page.SetViewportSizeAsync(size.Width, size.Height);
            Assert.Equal(size.Width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));       // nothing stands out to the side
            await PictureAsync(page, $"user-{size.Name}");
        }

        Assert.Empty(said);         // no error of a script, nothing that the policy of the page forbids
    }

    [Fact]
    public async Task On_a_phone_by_keyboard_alone_it_works_too()
    {
        var said = new List<string>();
        var page = await OpenAsync(Sizes[0], said);
        await PictureAsync(page, "login-phone");
        Assert.Equal(360, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        await Assertions.Expect(page.GetByLabel("User name")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("bob");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("secret123");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#content")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(page.GetByText("Skip to the content")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");

        // To the first offer, open it, and to the way to pay in cash.
        var summary = page.Locator("summary").First;
        for (var i = 0; i < 10 && !await summary.EvaluateAsync<bool>("e => e === document.activeElement"); i++)
            await page.Keyboard.PressAsync("Tab");

        await page.Keyboard.PressAsync("Enter");
        await PictureAsync(page, "buying-phone");
        for (var i = 0; i < 5 && !await page.EvaluateAsync<bool>("document.activeElement.value === 'manual'"); i++)
            await page.Keyboard.PressAsync("Tab");

        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Please pay at the desk");
        await PictureAsync(page, "waiting-phone");
        Assert.Empty(said);
    }

    // What a screen reader is told: each field, picture and button has a name, headings and tables are those of HTML.
    [Fact]
    public async Task Everything_has_a_name_and_stands_out_enough()
    {
        var page = await OpenAsync(Sizes[1], []);
        await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("lang", "en");
        Assert.Empty(await NamelessAsync(page));
        await LogInAsync(page);
        Assert.Empty(await NamelessAsync(page));
        Assert.Equal(1, await page.Locator("h1").CountAsync());
        Assert.Equal(0, await page.Locator("table:not(:has(caption))").CountAsync());

        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            Assert.Empty(await page.EvaluateAsync<string[]>(Contrast));
            await PictureAsync(page, $"user-{scheme}".ToLowerInvariant());
        }
    }

    [Fact]
    public async Task An_operator_prints_vouchers_and_reads_a_report()
    {
        await UseAsync();
        (await _server!.ExecAsync("""
            /user-manager advanced set web-private-username=op web-private-password=s3cret
            /user-manager/user/add-batch-users number-of-users=12 username-prefix=guest- profile=month comment=desk
            /user-manager/user/generate-voucher voucher-template=printable_vouchers.html [find where comment=desk]
            /user-manager/generate-report report-template=report_default.html
            """)).Good();
        await using var context = await Browser.NewContextAsync(new() { IgnoreHTTPSErrors = true, HttpCredentials = new() { Username = "op", Password = "s3cret" } });
        var page = await context.NewPageAsync();
        foreach (var size in Sizes)
        {
            await page.SetViewportSizeAsync(size.Width, size.Height);
            await page.GotoAsync($"https://127.0.0.1:{_port}/um/PRIVATE/GENERATED/vouchers/gen_printable_vouchers.html");
            await Assertions.Expect(page.Locator("article")).ToHaveCountAsync(12);
            await Assertions.Expect(page.Locator("article .qr svg")).ToHaveCountAsync(12);
            Assert.Equal(size.Width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
            await PictureAsync(page, $"vouchers-{size.Name}");

            await page.GotoAsync($"https://127.0.0.1:{_port}/um/PRIVATE/GENERATED/reports/gen_report_default.html");
            await Assertions.Expect(page.Locator(".chart svg").First).ToBeVisibleAsync();
            await Assertions.Expect(page.Locator("tbody").Last).ToContainTextAsync("bob");
            Assert.Equal(size.Width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
            await PictureAsync(page, $"report-{size.Name}");
        }

        // On paper: twelve cards, two in a row, on two pages of A4; none is cut in two.
        await page.GotoAsync($"https://127.0.0.1:{_port}/um/PRIVATE/GENERATED/vouchers/gen_printable_vouchers.html");
        await page.PdfAsync(new() { Path = Path.Combine(Results, "vouchers.pdf"), PreferCSSPageSize = true });
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        var lefts = await page.EvaluateAsync<double[]>("[...document.querySelectorAll('article')].map(e => e.getBoundingClientRect().left)");
        Assert.Equal(2, lefts.Distinct().Count());
        var pdf = System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(Path.Combine(Results, "vouchers.pdf"), TestContext.Current.CancellationToken));
        Assert.StartsWith("%PDF", pdf, StringComparison.Ordinal);
        Assert.Equal(2, System.Text.RegularExpressions.Regex.Count(pdf, "/Type /Page\\b"));
    }

    [Theory]
    [InlineData("es")]
    [InlineData("lv")]
    [InlineData("zh")]
    public async Task In_every_language_nothing_stands_out_to_the_side(string language)
    {
        await UseAsync();
        foreach (var size in Sizes)
        {
            await using var context = await Browser.NewContextAsync(new() { IgnoreHTTPSErrors = true, ViewportSize = new() { Width = size.Width, Height = size.Height }, Locale = language });
            var page = await context.NewPageAsync();
            await page.GotoAsync($"https://127.0.0.1:{_port}/um/");
            await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("lang", language);
            Assert.Equal(size.Width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
            await PictureAsync(page, $"login-{language}-{size.Name}");

            await page.Locator("[name=username]").FillAsync("bob");
            await page.Locator("[name=password]").FillAsync("secret123");
            await page.Locator("form[action='/um/login'] button:not([type])").ClickAsync();
            await page.Locator("summary").First.ClickAsync();
            await PictureAsync(page, $"user-{language}-{size.Name}");
            Assert.Empty(await page.EvaluateAsync<string[]>(
                "[...document.querySelectorAll('body *')].filter(e => !e.closest('.tabs, .scroll, .unseen') && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 200))"));
            Assert.Equal(size.Width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        }
    }

    [Fact]
    public async Task Without_JavaScript_a_user_can_do_the_same()
    {
        await using var context = await Browser.NewContextAsync(new() { IgnoreHTTPSErrors = true, JavaScriptEnabled = false, Locale = "lv" });
        var page = await context.NewPageAsync();
        await page.GotoAsync($"https://127.0.0.1:{_port}/um/");
        await page.Locator("[name=username]").FillAsync("bob");
        await page.Locator("[name=password]").FillAsync("secret123");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pieslēgties" }).ClickAsync();
        await page.Locator("summary").First.ClickAsync();
        await page.Locator("[value=manual]").First.ClickAsync();

        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Maksājums gaida.");
        await PictureAsync(page, "latvian");
    }

    private async Task<IPage> OpenAsync((string Name, int Width, int Height) size, List<string> said)
    {
        var context = await Browser.NewContextAsync(new() { IgnoreHTTPSErrors = true, ViewportSize = new() { Width = size.Width, Height = size.Height }, Locale = "en-GB" });
        var page = await context.NewPageAsync();
        page.PageError += (_, error) => said.Add(error);
        page.Console += (_, message) =>
        {
            // The refusal of a wrong password is a status that Chromium remarks on.
            if (message.Type == "error" && !message.Text.Contains("401", StringComparison.Ordinal))
                said.Add($"{message.Text} {message.Location}");
        };
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("https://127.0.0.1:", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
                said.Add(request.Url);
        };
        await page.GotoAsync($"https://127.0.0.1:{_port}/um/");
        return page;
    }

    private static async Task LogInAsync(IPage page)
    {
        await page.GetByLabel("User name").FillAsync("bob");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync("secret123");
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await Assertions.Expect(page.Locator("#content")).ToBeVisibleAsync();
    }

    private static async Task PictureAsync(IPage page, string name) =>
        await page.ScreenshotAsync(new() { Path = Path.Combine(Results, name + ".png"), FullPage = true, Animations = ScreenshotAnimations.Disabled });

    // Sessions of the last weeks, as a NAS would have told them.
    private async Task UseAsync()
    {
        var now = DateTimeOffset.UtcNow;
        for (var day = 12; day >= 0; day--)
        {
            var at = now.AddMinutes(-90).ToUnixTimeSeconds();
            var session = $"User-Name = bob\nNAS-IP-Address = 127.0.0.1\nAcct-Session-Id = s{day}\nCalling-Station-Id = \"AA:BB:CC:00:00:01\"\n";
            await _server!.RadclientAsync("acct", session + $"Acct-Status-Type = Start\nEvent-Timestamp = {at}\n");
            var size = 150_000_000 + (day * 7919 % 13 * 90_000_000);
            await _server.RadclientAsync(
                "acct", session + $"Acct-Status-Type = {(day == 0 ? "Interim-Update" : "Stop")}\nEvent-Timestamp = {at + 3600}\nAcct-Session-Time = {3600 + (day * 300)}\nAcct-Output-Octets = {size}\nAcct-Input-Octets = {size / 9}\n");
        }

        (await TestServer.RunToolAsync("sqlite3", "", _server!.Database, ".timeout 5000", "UPDATE session SET started = started - 86400000 * (13 - id), ended = ended - 86400000 * (13 - id)")).Good();
    }

    private static async Task<string[]> NamelessAsync(IPage page) => await page.EvaluateAsync<string[]>(
        """
        () => [...document.querySelectorAll('input:not([type=hidden]):not([hidden]), button, a, summary, progress, img, svg[role=img], section')].filter(e =>
          !(e.labels?.length || e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || e.hasAttribute('alt') || (e.matches('button, a, summary') && e.textContent.trim())))
          .map(e => e.outerHTML.slice(0, 120))
        """);

    // WCAG 2.2, 1.4.3: 4.5 to 1, of large letters 3 to 1.
    private const string Contrast = """
        () => {
          const luminance = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
          const parse = c => c.match(/[\d.]+/g).map(Number);
          const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0.99) return c.slice(0, 3); } return [255, 255, 255]; };
          const bad = [];
          for (const e of document.querySelectorAll('body *')) {
            if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility() || e.closest('.unseen, .skip, svg')) continue;
            const style = getComputedStyle(e), [a, b] = [luminance(parse(style.color).slice(0, 3)), luminance(ground(e))].sort((x, y) => y - x);
            const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
            if ((a + 0.05) / (b + 0.05) < (large ? 3 : 4.5)) bad.push(`${((a + 0.05) / (b + 0.05)).toFixed(2)} ${e.outerHTML.slice(0, 100)}`);
          }
          return bad;
        }
        """;
}
