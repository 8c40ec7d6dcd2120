using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Contract;
using UserManager.Testing;
using Xunit;

namespace UserManager.Plugins.Tests.Reports;

/// <summary><c>generate-report</c> and the scheduled reports, from the sessions to the files.</summary>
public sealed class ReportsTests : IDisposable
{
    private static readonly string[] AllColumns =
    [
        "username", "session-start", "session-end", "user-ip", "calling-station-id", "uptime", "download", "upload", "acct-session-id", "nas-ip-address", "nas-port-type",
        "nas-port-id", "terminate-cause", "nas-identifier",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("usermanager-reports-").FullName;
    private readonly FakeMenus _menus = new();
    private readonly FakeHistory _history = new();
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero)) { Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Riga") };

    private DataFiles Files => new(Path.Combine(_folder, "files"));

    private FakeGeneratedFiles Generated => new(Path.Combine(_folder, "generated"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The columns of the reference, section 2.</summary>
    [Fact]
    public async Task Csv_has_all_columns_of_the_reference_for_programs()
    {
        Assert.Equal(AllColumns, Make().Commands.Single().Command.Arguments.Single(a => a.Name == "columns").Words);
        Put(Ann with
        {
            Ended = Ann.Started.AddHours(2), UserAddress = "10.0.0.2", CallingStationId = "00:11:22:33:44:55", AcctSessionId = "81a00001", NasIpAddress = "192.0.2.1",
            NasPortType = "ethernet", NasPortId = "ether1", TerminateCause = "user-request", NasIdentifier = "gate",
        });
        Put(Ann);

        var lines = (await GenerateAsync("report_default.csv", ("columns", AllColumns))).Split('\n');

        Assert.Equal(
            [
                string.Join(',', AllColumns),
                "ann,2026-11-20 12:00:00+02:00,2026-11-20 14:00:00+02:00,10.0.0.2,00:11:22:33:44:55,3600,5000000000,1000,81a00001,192.0.2.1,ethernet,ether1,user-request,gate",
                "ann,2026-11-20 12:00:00+02:00,,,,3600,5000000000,1000,,,,,,",
                "",
            ],
            lines);
    }

    /// <summary>The manual's example: <c>generate-report report-template=report_default.html columns=username,uptime,download,upload</c>.</summary>
    [Fact]
    public async Task Html_has_a_table_totals_and_a_chart_for_people()
    {
        Put(Ann);
        Put(Ann with { UserName = "bob", Started = Ann.Started.AddDays(-3), Upload = 2_500_000 });

        var made = await GenerateAsync("report_default.html", ("columns", (string[])["username", "uptime", "download", "upload"]));

        Assert.Contains("<thead><tr><th scope=\"col\">User</th><th scope=\"col\" class=\"n\">Uptime</th><th scope=\"col\" class=\"n\">Download</th><th scope=\"col\" class=\"n\">Upload</th></tr></thead>", made, StringComparison.Ordinal);
        Assert.Contains("<tr><td>ann</td><td class=\"n\">1:00:00</td><td class=\"n\">5.0 GB</td><td class=\"n\">1.0 kB</td></tr>", made, StringComparison.Ordinal);
        Assert.Contains("<dt>Download</dt><dd>10.0 GB</dd>", made, StringComparison.Ordinal);
        Assert.Contains("<dt>Together</dt><dd>10.0 GB</dd>", made, StringComparison.Ordinal);
        Assert.Contains("<dt>Sessions</dt><dd>2</dd>", made, StringComparison.Ordinal);
        Assert.Contains("role=\"img\" aria-label=", made, StringComparison.Ordinal);
        Assert.Contains("<tr><th scope=\"row\">2026-11-17</th><td class=\"n\">5.0 GB</td><td class=\"n\">2.5 MB</td></tr>", made, StringComparison.Ordinal);
        Assert.Contains("<tr><th scope=\"row\">2026-11-18</th><td class=\"n\">0 B</td><td class=\"n\">0 B</td></tr>", made, StringComparison.Ordinal);
        Assert.DoesNotContain("$(", made, StringComparison.Ordinal);
        Assert.DoesNotContain("http", made.Replace("http-equiv", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_is_of_numbers_and_moments_with_their_offset()
    {
        Put(Ann with { UserName = "a\"</script>\\\n" });
        Put(Ann with { Ended = Ann.Started.AddHours(1) });

        using var made = JsonDocument.Parse(await GenerateAsync("report_default.json", ("columns", AllColumns)));

        var (root, sessions) = (made.RootElement, made.RootElement.GetProperty("sessions"));
        Assert.Equal(2, sessions.GetArrayLength());
        Assert.Equal("a\"</script>\\\n", sessions[0].GetProperty("username").GetString());
        Assert.Equal(JsonValueKind.Null, sessions[0].GetProperty("session-end").ValueKind);
        Assert.Equal(Ann.Started.AddHours(1), sessions[1].GetProperty("session-end").GetDateTimeOffset());
        Assert.Equal(5_000_000_000, sessions[1].GetProperty("download").GetInt64());
        Assert.Equal((2, 7200, 10_000_000_000), (root.GetProperty("totals").GetProperty("sessions").GetInt32(), root.GetProperty("totals").GetProperty("uptime").GetInt32(), root.GetProperty("totals").GetProperty("download").GetInt64()));
        using var empty = JsonDocument.Parse(await GenerateAsync("report_default.json", ("user", "nobody")));
        Assert.Equal(0, empty.RootElement.GetProperty("sessions").GetArrayLength());
    }

    [Theory]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("\"' onclick='x")]
    [InlineData("=cmd|' /C calc'!A0")]
    [InlineData("a,\"b\"\nc")]
    [InlineData("$(rows)$(title)")]
    public async Task What_a_nas_or_a_user_says_stays_a_value(string attempt)
    {
        Put(Ann with { UserName = attempt, AcctSessionId = attempt, NasIdentifier = attempt });

        var html = await GenerateAsync("report_default.html", ("columns", AllColumns));
        var cell = html[(html.IndexOf("<tbody>\n<tr><td>", html.IndexOf("class=\"wide\"", StringComparison.Ordinal), StringComparison.Ordinal) + "<tbody>\n<tr><td>".Length)..];
        Assert.Equal(attempt, System.Net.WebUtility.HtmlDecode(cell[..cell.IndexOf('<')]));

        var csv = await GenerateAsync("report_default.csv", ("columns", (string[])["username"]));
        Assert.Contains(csv["username\n".Length..], (string[])[TextFormat.Csv.Write(attempt) + "\n"]);
        Assert.DoesNotMatch("(?m)^=", csv);
    }

    [Fact]
    public async Task Filters_reach_the_sessions_and_are_told()
    {
        _menus.Put("/user-manager/router", ("name", "gate"));
        _menus.Put("/user-manager/profile", ("name", "gold & more"));
        var (from, until) = (new DateTimeOffset(2026, 10, 31, 22, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 11, 1, 22, 0, 0, TimeSpan.Zero));

        var made = await GenerateAsync("report_default.html", ("user", "ann"), ("router", new RecordId(1)), ("profile", new RecordId(1)), ("from", from), ("until", until));

        Assert.Equal(new SessionFilter { From = from, Until = until, UserName = "ann", RouterId = 1, ProfileId = 1 }, _history.Asked);
        Assert.Contains("<p>user ann, router gate, profile gold &amp; more</p>", made, StringComparison.Ordinal);
        Assert.Contains("<p>Sessions begun from 2026-11-01 00:00:00 until 2026-11-02 00:00:00</p>", made, StringComparison.Ordinal);
        Assert.Contains("Nothing was transferred.", made, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_is_refused_and_nothing_is_made()
    {
        var now = _clock.GetUtcNow();
        Assert.StartsWith("input does not match any value of report-template: there are report_default.csv, report_default.html, report_default.json;", await RefusedAsync("none.html"), StringComparison.Ordinal);
        Assert.Equal("missing value(s) of argument(s) columns", await RefusedAsync("report_default.html", ("columns", Array.Empty<string>())));
        Assert.Equal("invalid value for argument until: it has to be later than from", await RefusedAsync("report_default.html", ("from", now), ("until", now)));
        Assert.False(Directory.Exists(Files.Folder));

        _history.Fault = new MenuException("failure: the database is away");
        Assert.Equal("failure: the database is away", await RefusedAsync("report_default.html"));
        Assert.Empty(Directory.GetFiles(Files.Folder, "*", SearchOption.AllDirectories));
        Assert.Empty(Generated.Names);
    }

    /// <summary>A million sessions: what is held of them does not grow with their number.</summary>
    [Fact]
    public async Task A_million_sessions_are_told_in_bounded_memory()
    {
        _history.Many = 1_000_000;
        var before = GC.GetTotalMemory(forceFullCollection: true);

        await RunAsync("report_default.csv", ("columns", AllColumns));

        Assert.True(_history.MostMemory - before < 64 * 1024 * 1024, $"{_history.MostMemory - before} octets");
        Assert.Equal(1_000_001, File.ReadLines(Generated.At("reports/gen_report_default.csv")).Count());
    }

    [Fact]
    public async Task Every_day_that_is_over_gets_a_report_once_and_old_ones_go()
    {
        var schedule = Schedule("daily", "daily", keep: 3);
        Put(Ann);

        await Make().RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["daily-2026-11-20.csv"], Made());
        Assert.Equal((Day(2026, 11, 20), Day(2026, 11, 21)), (_history.Asked!.From, _history.Asked.Until));

        _history.Asked = null;
        _clock.Advance(TimeSpan.FromHours(9));
        await Make().RunAsync(TestContext.Current.CancellationToken);
        Assert.Null(_history.Asked);                    // 23:00 of the same day

        _clock.Advance(TimeSpan.FromHours(1));
        await Make().RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["daily-2026-11-20.csv", "daily-2026-11-21.csv"], Made());

        // A server that was away makes up for it, as far as reports are kept. What belongs to others stays.
        File.WriteAllText(Generated.At("reports/daily-notes.csv"), "");
        File.WriteAllText(Generated.At("reports/gen_report_default.csv"), "");
        _clock.Advance(TimeSpan.FromDays(10));
        await Make().RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["daily-2026-11-29.csv", "daily-2026-11-30.csv", "daily-2026-12-01.csv", "daily-notes.csv", "gen_report_default.csv"], Made());
        Assert.Equal(Day(2026, 12, 2), _menus.All(Plugins.Reports.Schedules).Single(r => r.Id == schedule.Id)["done-until"]);
    }

    [Theory]
    [InlineData("weekly", "2026-11-09", "2026-11-16", "2026-11-09")]
    [InlineData("monthly", "2026-10-01", "2026-11-01", "2026-10")]
    public async Task Weeks_and_months_are_those_of_the_wall_clock(string every, string from, string until, string name)
    {
        Schedule("r", every, keep: 12);

        await Make().RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal([$"r-{name}.csv"], Made());
        Assert.Equal((Day(DateTime.Parse(from)), Day(DateTime.Parse(until))), (_history.Asked!.From, _history.Asked.Until));
    }

    /// <summary>Europe/Riga puts its clock back on 2026-10-25: that day has 25 hours, and what is in the 25th is in its report.</summary>
    [Fact]
    public void A_day_on_which_the_clock_is_changed_is_whole()
    {
        var day = Period.Due("daily", null, new DateTimeOffset(2026, 10, 26, 12, 0, 0, TimeSpan.Zero), _clock.Zone, 1).Single();
        Assert.Equal((TimeSpan.FromHours(25), "2026-10-25"), (day.Until - day.From, day.Name));

        // Where the clock is put forward at midnight the day begins at 1:00.
        var santiago = TimeZoneInfo.FindSystemTimeZoneById("America/Santiago");
        var spring = Period.Due("daily", null, new DateTimeOffset(2026, 9, 7, 12, 0, 0, TimeSpan.Zero), santiago, 1).Single();
        Assert.Equal((TimeSpan.FromHours(23), "2026-09-06"), (spring.Until - spring.From, spring.Name));
    }

    [Fact]
    public async Task One_that_cannot_be_made_keeps_none_of_the_others_from_it_and_is_tried_again()
    {
        _menus.Put(Plugins.Reports.Schedules, ("name", "bad"), ("every", "daily"), ("report-template", "gone.html"), ("keep", 1L));
        _menus.Put(Plugins.Reports.Schedules, ("name", "off"), ("every", "daily"), ("report-template", "report_default.csv"), ("keep", 1L), ("disabled", true));
        Schedule("good", "daily", keep: 1);

        await Make().RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["good-2026-11-20.csv"], Made());
        Assert.Null(_menus.All(Plugins.Reports.Schedules)[0]["done-until"]);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData("a b")]
    public void A_schedules_name_is_fit_for_a_file(string name) =>
        Assert.Contains("invalid value for argument name", Make().Menus.Single().Find("name")!.Check!(name), StringComparison.Ordinal);

    [Fact]
    public void The_yaml_shows_the_defaults() =>
        Assert.Equal(File.ReadAllText(Repository.At("plugins", "Reports", "reports.yaml")), File.ReadAllText(Repository.At("config", "modules", "reports.yaml")));

    private static PastSession Ann { get; } = new()
    {
        Id = 1, UserName = "ann", Started = new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero), Uptime = TimeSpan.FromHours(1), Download = 5_000_000_000, Upload = 1000,
    };

    private void Put(PastSession session) => _history.Sessions.Add(session);

    private MenuRecord Schedule(string name, string every, long keep) =>
        _menus.Put(Plugins.Reports.Schedules, ("name", name), ("every", every), ("report-template", "report_default.csv"), ("keep", keep));

    private string[] Made() => [.. Generated.Names.Where(n => n.StartsWith("reports/", StringComparison.Ordinal)).Select(n => n["reports/".Length..])];

    private DateTimeOffset Day(DateTime day) => new(day, _clock.Zone.GetUtcOffset(day));

    private DateTimeOffset Day(int year, int month, int day) => Day(new DateTime(year, month, day));

    private async Task<string> RefusedAsync(string template, params (string Name, object Value)[] more) =>
        (await Assert.ThrowsAsync<MenuException>(() => RunAsync(template, more))).Message;

    private async Task<string> GenerateAsync(string template, params (string Name, object Value)[] more)
    {
        await RunAsync(template, more);
        return await File.ReadAllTextAsync(Generated.At($"reports/gen_{template}"), TestContext.Current.CancellationToken);
    }

    private async Task RunAsync(string template, params (string Name, object Value)[] more)
    {
        var arguments = more.ToDictionary(m => m.Name, m => m.Value);
        arguments["report-template"] = template;
        await Make().Commands.Single().Command.RunAsync(new CommandCall(arguments, []), TestContext.Current.CancellationToken);
    }

    private Plugins.Reports Make() => new(new ReportsOptions(), _history, _menus, Files, Generated, new ConfigFolder(Path.Combine(_folder, "config")), _clock, NullLogger.Instance);

    private sealed class FakeHistory : ISessionHistory
    {
        public List<PastSession> Sessions { get; } = [];

        public SessionFilter? Asked { get; set; }

        public MenuException? Fault { get; set; }

        /// <summary>So many more, made as they are asked for.</summary>
        public int Many { get; set; }

        public long MostMemory { get; private set; }

        public async IAsyncEnumerable<PastSession> ReadAsync(SessionFilter filter, [EnumeratorCancellation] CancellationToken cancelled)
        {
            Asked = filter;
            await Task.Yield();
            foreach (var session in Sessions.Where(s => filter.UserName is null || s.UserName == filter.UserName))
                yield return session;

            for (var i = 0; i < Many; i++)
            {
                if (i % 200_000 == 199_999)
                    MostMemory = Math.Max(MostMemory, GC.GetTotalMemory(forceFullCollection: true));

                yield return Ann with { Id = i, UserName = $"user{i}", AcctSessionId = $"s{i}", Started = Ann.Started.AddSeconds(-i * 60) };
            }

            if (Fault is not null)
                throw Fault;
        }
    }
}
