using System.Text.Json;
using System.Xml.Linq;
using UserManager.Contract;
using UserManager.Testing;
using Xunit;

namespace UserManager.Plugins.Tests.Vouchers;

/// <summary><c>generate-voucher</c>, from the records to the file.</summary>
public sealed class VouchersTests : IDisposable
{
    // What a name or a password may be made of by somebody who means harm.
    private static readonly string[] Attempts =
    [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'-alert(1)-'", "</dd></dl><h1>", "$(password)", "&lt;", "a,b", "a;b", "\"quoted\"", "=HYPERLINK(\"http://x\")",
        "+1", "-1+1", "@SUM(A1)", "\t=1", "line\nbreak", "]]>", "&entity;", "\u0001bell", "emoji \U0001F600", "ʻāēī 中文", " blank ", "＝1", "\\", "-->", "%3Cscript%3E",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("usermanager-vouchers-").FullName;
    private readonly FakeMenus _menus = new();
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero)) { Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Riga") };

    private DataFiles Files => new(Path.Combine(_folder, "files"));

    private FakeGeneratedFiles Generated => new(Path.Combine(_folder, "generated"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The manual's example of export.xml, with its users.</summary>
    [Fact]
    public async Task Export_xml_is_the_manuals()
    {
        var made = await GenerateAsync("export.xml", User("olsgkl", "86a6zH"), User("lkbwss", "jaKY5V"));

        Assert.Equal(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <users>
                <user>
                    <username>olsgkl</username>
                    <password>86a6zH</password>
                </user>
                <user>
                    <username>lkbwss</username>
                    <password>jaKY5V</password>
                </user>
            </users>

            """,
            made);
    }

    [Fact]
    public async Task Export_csv_has_a_line_for_each_user() =>
        Assert.Equal("username,password\nolsgkl,86a6zH\nlkbwss,jaKY5V\n", await GenerateAsync("export.csv", User("olsgkl", "86a6zH"), User("lkbwss", "jaKY5V")));

    [Fact]
    public async Task Nobody_makes_a_file_of_nobody() => Assert.Equal("username,password\n", await GenerateAsync("export.csv"));

    [Fact]
    public async Task Values_stay_values_in_xml()
    {
        var made = XDocument.Parse(await GenerateAsync("export.xml", [.. Attempts.Select(a => User(a, a))]), LoadOptions.PreserveWhitespace);

        var expected = Attempts.Select(a => a.Replace('\u0001', '\uFFFD'));
        Assert.Equal(expected, made.Root!.Elements("user").Select(u => u.Element("username")!.Value));
        Assert.Equal(expected, made.Root!.Elements("user").Select(u => u.Element("password")!.Value));
    }

    /// <summary>RFC 4180, and nothing that a spreadsheet would run.</summary>
    [Fact]
    public async Task Values_stay_values_in_csv()
    {
        var rows = CsvRows(await GenerateAsync("export.csv", [.. Attempts.Select(a => User(a, a))]));

        Assert.Equal(Attempts.Length + 1, rows.Count);
        foreach (var (attempt, row) in Attempts.Zip(rows.Skip(1)))
        {
            Assert.Equal(2, row.Count);
            Assert.DoesNotContain(row[0][0], "=+-@\t\r\n＝＋－＠");
            Assert.Contains(row[0], (string[])[attempt, "'" + attempt]);
        }
    }

    [Fact]
    public async Task Values_stay_values_in_html_and_in_a_template_with_attributes()
    {
        PutTemplate("own.html", "<ul>$(each)<li title=\"$(username)\" lang='$(password)'>$(username)</li>$(end)</ul>");
        foreach (var attempt in Attempts)
        {
            var made = await GenerateAsync("own.html", User(attempt, attempt));
            var element = made["<ul>".Length..^"</ul>".Length];
            Assert.Equal(2, element.Count(c => c == '<'));
            Assert.Equal(2, element.Count(c => c == '>'));
            Assert.Equal(2, element.Count(c => c == '"'));
            Assert.Equal(2, element.Count(c => c == '\''));
            Assert.Equal(attempt, System.Net.WebUtility.HtmlDecode(element[(element.IndexOf('>') + 1)..^"</li>".Length]));
        }
    }

    [Theory]
    [InlineData("own.json", "[\n$(each){\"name\": \"$(username)\", \"key\": $(password)}$(end)\n]")]
    [InlineData("other.json", "[{\"name\": $(username), \"key\": \"$(password)\"}]")]
    public async Task Values_stay_values_in_json(string name, string template)
    {
        PutTemplate(name, template);
        foreach (var attempt in Attempts)
        {
            using var made = JsonDocument.Parse(await GenerateAsync(name, User(attempt, attempt)));
            Assert.Equal(attempt, made.RootElement[0].GetProperty("name").GetString());
            Assert.Equal(attempt, made.RootElement[0].GetProperty("key").GetString());
        }
    }

    [Fact]
    public async Task A_value_makes_no_line_in_plain_text()
    {
        PutTemplate("own.txt", "$(username)\n");
        Assert.Equal("line break\n", await GenerateAsync("own.txt", User("line\nbreak", "")));
    }

    [Fact]
    public async Task Quotes_that_a_csv_template_has_already_are_enough()
    {
        PutTemplate("own.csv", "\"$(username)\";\"$(password)\"\n");
        Assert.Equal("\"a\"\"b\";\"'=1\"\n", await GenerateAsync("own.csv", User("a\"b", "=1")));
    }

    /// <summary>The manual's four variables. Of a profile that waits for the first login its name is printed: that is when vouchers are.</summary>
    [Fact]
    public async Task All_variables_of_the_manual_are_filled_by_the_servers_clock()
    {
        PutTemplate("own.txt", "$(username)|$(password)|$(userprofname)|$(userprofendtime)|$(userprofvalidity)|$(nothing)\n");
        var day = _menus.Put("/user-manager/profile", ("name", "day"), ("validity", TimeSpan.FromDays(1)));
        var month = _menus.Put("/user-manager/profile", ("name", "month"), ("validity", TimeSpan.FromDays(30) + TimeSpan.FromHours(12)));
        var endless = _menus.Put("/user-manager/profile", ("name", "endless"), ("validity", "unlimited"));
        var (ann, bob, cid, dan, eve) = (User("ann", "1"), User("bob", "2"), User("cid", "3"), User("dan", "4"), User("eve", "5"));
        Give(ann, endless, "used", "unlimited");
        Give(ann, day, "waiting", "not-yet-running");
        Give(ann, month, "running-active", new DateTimeOffset(2026, 12, 24, 9, 7, 39, TimeSpan.Zero));
        Give(bob, day, "waiting", "not-yet-running");
        Give(bob, month, "waiting", "not-yet-running");
        Give(cid, endless, "running-active", "unlimited");
        Give(dan, day, "used", new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

        var made = await GenerateAsync("own.txt", [ann, bob, cid, dan, eve]);

        Assert.Equal(
            "ann|1|month|2026-12-24 11:07:39|30 days 12 hours|\nbob|2|day||1 day|\ncid|3|endless|||\ndan|4||||\neve|5||||\n", made);
    }

    /// <summary>A template for one user, as those that come from routers are.</summary>
    [Fact]
    public async Task Of_a_template_without_marks_the_body_is_repeated()
    {
        PutTemplate("card.html", "<html><head><title>Cards</title></head><BODY class=\"a\"><p>$(username)</p></BODY></html>");
        Assert.Equal(
            "<html><head><title>Cards</title></head><BODY class=\"a\"><p>a</p><p>b</p></BODY></html>", await GenerateAsync("card.html", User("a", ""), User("b", "")));
    }

    [Fact]
    public async Task A_printed_sheet_has_a_card_and_a_code_for_each_user()
    {
        var made = await GenerateAsync(
            "printable_vouchers.html", new VouchersOptions { Title = "Café & Bar", Login = "http://hotspot.example/login" }, [.. Enumerable.Range(0, 30).Select(i => User($"guest{i}", $"pass{i}"))]);

        Assert.Equal(30, made.Split("<article>").Length - 1);
        Assert.Equal(30, made.Split("<svg ").Length - 1);
        Assert.Equal(30, made.Split("d=\"").Skip(1).Where(d => d.Length > 500).Distinct().Count());
        Assert.Contains("<title>Café &amp; Bar</title>", made, StringComparison.Ordinal);
        Assert.DoesNotContain("$(", made, StringComparison.Ordinal);
        Assert.DoesNotContain("<svg", await GenerateAsync("printable_vouchers.html", User("a", "b")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_link_logs_in_whatever_name_and_password_are()
    {
        PutTemplate("link.txt", "$(login)\n");
        foreach (var attempt in Attempts)
        {
            var link = new Uri((await GenerateAsync("link.txt", new VouchersOptions { Login = "https://hotspot.example/login?dst=x" }, User(attempt, "p&w=1#"))).TrimEnd('\n'));
            var given = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(link.Query);
            Assert.Equal([attempt, "p&w=1#", "x"], [given["username"].ToString(), given["password"].ToString(), given["dst"].ToString()]);
        }
    }

    [Theory]
    [InlineData("none.html")]
    [InlineData("../vouchers/own.html")]
    [InlineData("../../../../../secret.html")]
    [InlineData(".hidden.html")]
    [InlineData("a\\b.html")]
    [InlineData("")]
    public async Task A_template_that_is_not_there_is_refused_in_routeros_words(string name)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "secret.html"), "secret", TestContext.Current.CancellationToken);
        PutTemplate("own.html", "x");

        var refused = await Assert.ThrowsAsync<MenuException>(() => GenerateAsync(name, User("a", "b")));

        Assert.Equal("input does not match any value of voucher-template: there are export.csv, export.xml, own.html, printable_vouchers.html; your own are put into config/um/PRIVATE/TEMPLATES/vouchers/", refused.Message);
    }

    [Theory]
    [InlineData("own.exe", "x", "ends in .html, .csv")]
    [InlineData("own.html", "$(end)$(each)", "$(each) has to stand in front")]
    [InlineData("own.html", "$(each)", "$(each) has to stand in front")]
    public async Task A_template_that_cannot_be_used_is_refused(string name, string template, string why)
    {
        PutTemplate(name, template);
        Assert.Contains(why, (await Assert.ThrowsAsync<MenuException>(() => GenerateAsync(name, User("a", "b")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_template_in_config_comes_before_an_uploaded_one_and_that_before_the_built_in()
    {
        Files.Write("um5files/PRIVATE/TEMPLATES/vouchers/export.csv", "uploaded $(username)\n"u8);
        Assert.Equal("uploaded a\n", await GenerateAsync("export.csv", User("a", "b")));

        PutTemplate("export.csv", "own $(username)\n");
        Assert.Equal("own a\n", await GenerateAsync("export.csv", User("a", "b")));
    }

    [Fact]
    public void A_login_address_that_is_none_is_refused_when_the_policy_is_loaded() =>
        Assert.Contains("as in http://hotspot.example/login", Assert.Throws<ArgumentException>(() => Make(new VouchersOptions { Login = "hotspot" })).Message, StringComparison.Ordinal);

    [Fact]
    public void The_yaml_shows_the_defaults() =>
        Assert.Equal(File.ReadAllText(Repository.At("plugins", "Vouchers", "vouchers.yaml")), File.ReadAllText(Repository.At("config", "modules", "vouchers.yaml")));

    private MenuRecord User(string name, string password) => _menus.Put("/user-manager/user", ("name", name), ("password", password));

    private void Give(MenuRecord user, MenuRecord profile, string state, object end) =>
        _menus.Put("/user-manager/user-profile", ("user", user.Id), ("profile", profile.Id), ("state", state), ("end-time", end));

    private void PutTemplate(string name, string text)
    {
        var folder = Path.Combine(_folder, "config", "um", "PRIVATE", "TEMPLATES", "vouchers");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, name), text);
    }

    private Task<string> GenerateAsync(string template, params MenuRecord[] users) => GenerateAsync(template, new VouchersOptions(), users);

    private async Task<string> GenerateAsync(string template, VouchersOptions options, params MenuRecord[] users)
    {
        var command = Make(options).Commands.Single().Command;
        await command.RunAsync(new CommandCall(new Dictionary<string, object> { ["voucher-template"] = template }, users), TestContext.Current.CancellationToken);
        return await File.ReadAllTextAsync(Generated.At($"vouchers/gen_{template}"), TestContext.Current.CancellationToken);
    }

    private Plugins.Vouchers Make(VouchersOptions options) => new(options, _menus, Files, Generated, new ConfigFolder(Path.Combine(_folder, "config")), _clock);

    // RFC 4180 §2, in a few lines.
    private static List<List<string>> CsvRows(string text)
    {
        var (rows, row, cell, quoted) = (new List<List<string>>(), new List<string>(), new System.Text.StringBuilder(), false);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"')
                cell.Append(text[++i]);
            else if (c == '"')
                quoted = !quoted;
            else if (quoted || c is not (',' or '\n'))
                cell.Append(c);
            else
            {
                row.Add(cell.ToString());
                cell.Clear();
                if (c == '\n')
                {
                    rows.Add(row);
                    row = [];
                }
            }
        }

        return rows;
    }
}
