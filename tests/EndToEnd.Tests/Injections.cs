using System.Globalization;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Microsoft.Playwright;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>What is put into names, passwords and comments by somebody who means harm comes out of every file and page as the value it is, read by Chromium, an
/// XML reader, a JSON reader and one of RFC 4180; and nothing else becomes of it.</summary>
public sealed class Injections : IAsyncLifetime
{
    private static readonly string[] Attempts =
    [
        "<script>attacked()</script>", "\"><img src=x onerror=attacked()>", "' onmouseover='attacked()", "</dd></td></title></textarea><h1>", "$(username)", "$(password)", "$(each)$(end)",
        "{{7*7}}", "${7*7}", "%0d%0aSet-Cookie: a=b", "=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)", "\t=1", "]]>", "-->", "'; DROP TABLE user; --", "\" OR 1=1 --", "&lt;", "&amp;lt;", "&#60;b&#62;",
        "a,b;c|d", "\"quoted\"", "back\\slash", "\u202Egnp.exe", "\u0645\u0631\u062D\u0628\u0627", "\uFF1D1+1", "emoji \U0001F600", "javascript:attacked()", "line\r\nbreak", "line\nbreak", "bell\u0007",
        new string('<', 200),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("um-injections-").FullName;
    private readonly List<string> _done = [];
    private TestServer? _server;
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private HttpClient? _rest;
    private int _port;

    private TestServer Server => _server!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var config = PortalClient.CopyConfig(_folder);
        await File.WriteAllTextAsync(Path.Combine(config, "policy.yaml"), "instantiate: [ portal, manual, vouchers, reports ]\n", Cancelled);
        var um = Path.Combine(config, "um");
        Directory.CreateDirectory(Path.Combine(um, "user"));
        var page = await File.ReadAllTextAsync(Repository.At("plugins", "Portal", "um", "user", "user_dynamic.html"), Cancelled);
        await File.WriteAllTextAsync(Path.Combine(um, "user", "user_dynamic.html"), page.Replace("</header>", "</header><p id=\"own\" title=\"$(username)\" lang='$(username)'>$(username)</p>"), Cancelled);
        var vouchers = Path.Combine(um, "PRIVATE", "TEMPLATES", "vouchers");
        Directory.CreateDirectory(vouchers);
        await File.WriteAllTextAsync(Path.Combine(vouchers, "own.html"), "<!doctype html><title>own</title><ul>$(each)<li title=\"$(username)\" lang='$(password)'>$(username)</li>$(end)</ul>", Cancelled);
        await File.WriteAllTextAsync(Path.Combine(vouchers, "own.json"), "[$(each){\"user\": \"$(username)\", \"password\": \"$(password)\"},$(end)null]", Cancelled);
        await File.WriteAllTextAsync(Path.Combine(vouchers, "own.txt"), "$(each)$(username)\t.\n$(end)", Cancelled);
        (_port, var options) = PortalClient.Server();
        _server = await TestServer.StartAsync(
            "/user-manager set enabled=yes use-profiles=yes; /user-manager router add address=127.0.0.1 name=local shared-secret=testing123", ["--config", config, .. options]);
        _rest = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancelled) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Server.Socket), cancelled);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        _playwright = await Playwright.CreateAsync();
        _browser = await Chromium.StartAsync(_playwright);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();

        _playwright?.Dispose();
        _rest?.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Values_stay_values_wherever_they_are_written()
    {
        await FillAsync();
        await VouchersAsync();
        await ReportsAsync();
        await PortalAsync();
        Assert.Empty(_done);
        Assert.Equal(Attempts.Length, await CountAsync("user"));
        Assert.Equal(Attempts.Length, await CountAsync("profile"));
        Assert.Equal(Attempts.Length, (await ListAsync("/user-manager/session")).Count);
    }

    /// <summary>Every field of every record is what was sent, found by a filter of the same text, and by its name where it has one.</summary>
    private async Task FillAsync()
    {
        using var nas = new FakeNas(Server.AcctPort);
        for (var i = 0; i < Attempts.Length; i++)
        {
            var attempt = Attempts[i];
            await AddAsync("/user-manager/user/group", new() { ["name"] = attempt, ["comment"] = attempt, ["outer-auths"] = "pap" });
            await AddAsync("/user-manager/user", new() { ["name"] = attempt, ["password"] = attempt, ["group"] = attempt, ["comment"] = attempt });
            await AddAsync("/user-manager/profile", new() { ["name"] = attempt, ["name-for-users"] = attempt, ["comment"] = attempt, ["price"] = "1", ["validity"] = "1d" });
            await AddAsync("/user-manager/router", new() { ["name"] = attempt, ["address"] = $"192.0.2.{i + 1}", ["shared-secret"] = attempt, ["comment"] = attempt });
            await AddAsync("/user-manager/user-profile", new() { ["user"] = attempt, ["profile"] = attempt });
            var octets = Encoding.UTF8.GetBytes(attempt);
            Assert.NotNull(nas.Ask(nas.Accounting((byte)i, (40, FakeNas.Number(1)), (1, octets), (44, octets), (31, octets), (32, octets), (87, octets), (4, [127, 0, 0, 1]))));
        }
    }

    private async Task AddAsync(string menu, Dictionary<string, string> record)
    {
        using var answer = await _rest!.PutAsJsonAsync($"http://localhost/rest{menu}", record, Cancelled);
        Assert.True(answer.IsSuccessStatusCode, $"{menu} {record.First().Value}: {await answer.Content.ReadAsStringAsync(Cancelled)}");
        var (key, value) = record.First();
        var found = Assert.Single(await ListAsync($"{menu}?{key}={Uri.EscapeDataString(value)}"));
        foreach (var (field, sent) in record)
            Assert.Equal(sent, found[field]);

        if (key == "name")
            Assert.Equal(found[".id"], (await _rest!.GetFromJsonAsync<Dictionary<string, string>>($"http://localhost/rest{menu}/{Uri.EscapeDataString(value)}", Cancelled))![".id"]);
    }

    private async Task<List<Dictionary<string, string>>> ListAsync(string path) =>
        (await _rest!.GetFromJsonAsync<List<Dictionary<string, string>>>($"http://localhost/rest{path}", Cancelled))!;

    private async Task<int> CountAsync(string menu) => (await ListAsync($"/user-manager/{menu}?.proplist=.id")).Count;

    private async Task VouchersAsync()
    {
        // Characters that the format does not have, or that it writes otherwise.
        var xml = await VoucherAsync("export.xml");
        Assert.Equal(Attempts.Select(a => a.Replace('\u0007', '\uFFFD')), XDocument.Parse(xml, LoadOptions.PreserveWhitespace).Root!.Elements("user").Select(u => u.Element("username")!.Value));
        Assert.Equal(Attempts.Select(Guarded), CsvRows(await VoucherAsync("export.csv")).Skip(1).Select(row => row[0]));
        Assert.All(CsvRows(await VoucherAsync("export.csv")), row => Assert.Equal(2, row.Count));
        using var json = JsonDocument.Parse(await VoucherAsync("own.json"));
        Assert.Equal([.. Attempts, null], json.RootElement.EnumerateArray().Select(e => e.ValueKind == JsonValueKind.Null ? null : e.GetProperty("user").GetString()));
        Assert.Equal(Attempts.Select(a => string.Concat(a.Select(c => char.IsControl(c) ? ' ' : c)) + "\t."), (await VoucherAsync("own.txt")).Split('\n')[..^1]);

        var own = await PageAsync(await VoucherAsync("own.html"));
        Assert.Equal(Attempts, await TextsAsync(own, "li", "e.textContent"));
        Assert.Equal(Attempts, await TextsAsync(own, "li", "e.title"));
        Assert.Equal(Attempts, await TextsAsync(own, "li", "e.lang"));
        Assert.Equal(Attempts.Length, await own.EvaluateAsync<int>("document.body.querySelectorAll('ul > *').length"));
        Assert.Equal(0, await own.EvaluateAsync<int>("document.body.querySelectorAll('li > *').length"));

        var sheet = await PageAsync(await VoucherAsync("printable_vouchers.html"));
        Assert.Equal(Attempts, await TextsAsync(sheet, ".key:nth-child(1) dd", "e.textContent"));
        Assert.Equal(Attempts, await TextsAsync(sheet, ".key:nth-child(2) dd", "e.textContent"));
        Assert.Equal(Attempts, await TextsAsync(sheet, ".plan", "e.textContent"));
        Assert.Equal(0, await sheet.EvaluateAsync<int>("document.querySelectorAll('script, img, h1, dd > *').length"));
    }

    private async Task ReportsAsync()
    {
        const string Columns = "username,calling-station-id,acct-session-id,nas-identifier,nas-port-id";
        var html = await PageAsync(await ReportAsync("report_default.html", new() { ["columns"] = Columns }));
        for (var column = 1; column <= 5; column++)
            Assert.Equal(Attempts.Order(), (await TextsAsync(html, $".wide tbody td:nth-child({column})", "e.textContent")).Order());

        Assert.Equal(0, await html.EvaluateAsync<int>("document.querySelectorAll('script, img, td > *').length"));
        var csv = CsvRows(await ReportAsync("report_default.csv", new() { ["columns"] = Columns }));
        Assert.Equal(Attempts.Select(Guarded).Order(), csv.Skip(1).Select(row => row[0]).Order());
        Assert.All(csv, row => Assert.Equal(5, row.Count));
        using var json = JsonDocument.Parse(await ReportAsync("report_default.json", new() { ["columns"] = Columns }));
        Assert.Equal(Attempts.Order(), json.RootElement.GetProperty("sessions").EnumerateArray().Select(e => e.GetProperty("nas-port-id").GetString()).Order());

        // What it is only of is told in it, too.
        foreach (var attempt in Attempts)
        {
            var only = new Dictionary<string, string> { ["columns"] = "username", ["user"] = attempt, ["router"] = attempt, ["profile"] = attempt };
            var page = await PageAsync(await ReportAsync("report_default.html", only));
            Assert.Equal($"user {attempt}, router {attempt}, profile {attempt}", await page.EvaluateAsync<string>("document.querySelectorAll('main > p')[1].textContent"));
            Assert.Equal(0, await page.EvaluateAsync<int>("document.querySelectorAll('script, img, p > *').length"));
        }
    }

    private async Task PortalAsync()
    {
        foreach (var attempt in Attempts)
        {
            using var client = new PortalClient(_port);
            var page = await PageAsync(await client.LogInAsync(attempt, attempt));
            foreach (var part in new[] { "e.textContent", "e.title", "e.lang" })
                Assert.Equal([attempt], await TextsAsync(page, "#own", part));

            Assert.Equal([attempt], await TextsAsync(page, ".who .name", "e.textContent"));
            Assert.Equal([attempt], await TextsAsync(page, "#active", "e.textContent"));
            Assert.Equal(Attempts.Order(), (await TextsAsync(page, ".offer h3", "e.textContent")).Order());
            Assert.Contains(attempt, await TextsAsync(page, "td", "e.textContent"));        // the device of his session
            Assert.Empty(await TextsAsync(page, "script:not([src]), img[src=x], #own > *, h3 > *, td > :not(span, br, time)", "e.outerHTML"));
            await page.CloseAsync();
        }
    }

    /// <summary>The text in Chromium, with a note of all that it does besides.</summary>
    private async Task<IPage> PageAsync(string html)
    {
        var page = await _browser!.NewPageAsync();
        page.Dialog += (_, dialog) => _done.Add(dialog.Message);
        await page.ExposeFunctionAsync("attacked", () => _done.Add(html));
        await page.SetContentAsync(html);
        return page;
    }

    private static async Task<string[]> TextsAsync(IPage page, string selector, string what) =>
        await page.EvaluateAsync<string[]>($"Array.from(document.querySelectorAll({JsonSerializer.Serialize(selector)})).map(e => {what})");

    private Task<string> VoucherAsync(string template) =>
        MakeAsync("/user-manager/user/generate-voucher", new() { ["voucher-template"] = template, ["numbers"] = string.Join(',', Enumerable.Range(1, Attempts.Length).Select(i => $"*{i:X}")) }, "vouchers", template);

    private Task<string> ReportAsync(string template, Dictionary<string, string> arguments) =>
        MakeAsync("/user-manager/generate-report", new(arguments) { ["report-template"] = template }, "reports", template);

    private async Task<string> MakeAsync(string command, Dictionary<string, string> arguments, string folder, string template)
    {
        using var answer = await _rest!.PostAsJsonAsync($"http://localhost/rest{command}", arguments, Cancelled);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
        var file = new Dictionary<string, string> { ["numbers"] = $"um5files/PRIVATE/GENERATED/{folder}/gen_{template}", ["value-name"] = "contents" };
        using var made = await _rest!.PostAsJsonAsync("http://localhost/rest/file/get", file, Cancelled);
        return (await made.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("ret").GetString()!;
    }

    // What a spreadsheet would take for a formula has an apostrophe in front.
    private static string Guarded(string value) => "=+-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20".Contains(value[0]) ? "'" + value : value;

    // RFC 4180.
    private static List<List<string>> CsvRows(string text)
    {
        var (rows, row, value, quoted) = (new List<List<string>>(), new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < text.Length; i++)
        {
            var letter = text[i];
            if (quoted && letter == '"' && i + 1 < text.Length && text[i + 1] == '"')
                value.Append(text[i++]);
            else if (letter == '"')
                quoted = !quoted;
            else if (!quoted && letter is ',' or '\n')
            {
                row.Add(value.ToString());
                value.Clear();
                if (letter == '\n')
                {
                    rows.Add(row);
                    row = [];
                }
            }
            else
            {
                value.Append(letter);
            }
        }

        return rows;
    }
}
