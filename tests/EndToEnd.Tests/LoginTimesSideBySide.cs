using System.Globalization;
using System.Text;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>FreeRADIUS's expiration and logintime beside ours, with one users file, in several time zones: the same answers, and Session-Timeouts within two seconds.</summary>
public sealed class LoginTimesSideBySide
{
    private static readonly string[] Days = ["Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"];

    [Theory]
    [InlineData("UTC")]
    [InlineData("Asia/Kolkata")]
    [InlineData("America/New_York")]
    public async Task The_same_users_are_let_in_for_the_same_time(string zone)
    {
        var now = TimeZoneInfo.ConvertTime(DateTimeOffset.UtcNow, TimeZoneInfo.FindSystemTimeZoneById(zone));
        var users = Users(now).ToList();
        var file = new StringBuilder();
        for (var i = 0; i < users.Count; i++)
            file.Append(CultureInfo.InvariantCulture, $"u{i}\tCleartext-Password := \"pw\"{(users[i].Check.Length > 0 ? ", " : "")}{users[i].Check}\n\tReply-Message = \"in\"{(users[i].Reply.Length > 0 ? ", " : "")}{users[i].Reply}\n");

        var config = Directory.CreateTempSubdirectory("usermanager-times-").FullName;
        var environment = new Dictionary<string, string> { ["TZ"] = zone };
        await using var freeradius = new FreeRadiusServer("always", "attr_filter", "expiration", "expr", "files", "logintime", "pap")
        {
            Environment = environment,
            Sections = """
                authorize {
                  files
                  expiration
                  logintime
                  pap
                  if ("%{User-Name}" == "asks" && Current-Time == "Al0000-2359") {
                    update control {
                      Auth-Type := Accept
                    }
                  }
                }
                authenticate {
                  Auth-Type PAP {
                    pap
                  }
                }
                """,
        };
        try
        {
            freeradius.With("mods-config/files/authorize", file.ToString());
            Write(config, "mods-config/files/authorize", file.ToString());
            Write(config, "modules/files.yaml", "filename: mods-config/files/authorize\n");
            Write(config, "sites/default.yaml", """
                authorize: [ files, expiration, logintime, pap, { if: 'User-Name == asks && Current-Time == "Al0000-2359"', then: [ { update: { control: { Auth-Type: Accept } } } ] } ]
                authenticate: { pap: [ pap ] }
                """);
            await freeradius.StartAsync();
            await using var ours = await TestServer.StartAsync(environment, "--config", config);
            (await ours.ExecAsync("/user-manager set enabled=yes\n/user-manager router add name=nas address=127.0.0.1 shared-secret=testing123")).Good();

            var input = string.Join("\n\n", users.Select((_, i) => $"u{i}").Append("asks").Select(name => $"Message-Authenticator = 0x00\nUser-Name = {name}\nUser-Password = pw")) + "\n";
            var (theirs, mine) = ((await AskAsync(freeradius.RadclientAsync, input)), (await AskAsync(ours.RadclientAsync, input)));
            Assert.Equal(users.Count + 1, theirs.Count);
            var differences = users.Append(("asks Current-Time", "")).Select((user, i) => Difference($"{user.Item1} | {user.Item2}", theirs[i], mine[i])).Where(d => d.Length > 0).ToList();
            Assert.True(differences.Count == 0, $"{now}: {differences.Count} of {users.Count} differ:\n{string.Join('\n', differences)}");
            Assert.InRange(theirs.Count(t => t.Code == "Access-Accept"), users.Count / 4, users.Count * 3 / 4);      // neither is the rule
        }
        finally
        {
            Directory.Delete(config, recursive: true);
        }
    }

    // Times that end with a minute end with the next one: all is asked within one minute, away from its ends.
    private static async Task<IReadOnlyList<PrintedReply>> AskAsync(Func<string, string, string, string[], Task<Ran>> radclient, string input)
    {
        await TestServer.WaitForAsync("the middle of a minute", () => DateTime.UtcNow.Second is >= 3 and < 50);
        return PrintedReply.All((await radclient("auth", input, "testing123", [])).Output);
    }

    private static string Difference(string user, PrintedReply theirs, PrintedReply ours)
    {
        var (expected, got) = (Read(theirs), Read(ours));
        var alike = expected.Others == got.Others && (expected.Timeout is null) == (got.Timeout is null) && Math.Abs((expected.Timeout ?? 0) - (got.Timeout ?? 0)) <= 60 && (expected.Timeout % 60 == 0) == (got.Timeout % 60 == 0);
        return alike ? "" : $"{user}\n  FreeRADIUS {theirs}\n  we         {ours}".Replace("\n\t", " ");
    }

    private static (long? Timeout, string Others) Read(PrintedReply reply)
    {
        const string Timeout = "Session-Timeout = ";
        var seconds = reply.Attributes.FirstOrDefault(a => a.StartsWith(Timeout, StringComparison.Ordinal));
        return (seconds is null ? null : long.Parse(seconds[Timeout.Length..], CultureInfo.InvariantCulture), string.Join(' ', reply.Attributes.Where(a => a != seconds).Prepend(reply.Code)));
    }

    // Check items, reply items. Hours are around the present one, with minutes to spare on each side.
    private static IEnumerable<(string Check, string Reply)> Users(DateTimeOffset now)
    {
        var (today, tomorrow, yesterday) = (Days[(int)now.DayOfWeek], Days[((int)now.DayOfWeek + 1) % 7], Days[((int)now.DayOfWeek + 6) % 7]);
        var (from, to) = (At(-30), At(30));
        string[] times =
        [
            "Al", "Any", "al", "AL0000-2359", "Su-Sa", "Wk", "Wk,Sa,Su", "Sa,Su", today, tomorrow, yesterday, $"{today}-{tomorrow}", $"{tomorrow}-{today}", $"{tomorrow}-{yesterday}", $"{yesterday}-{today}",
            $"{from}-{to}", $"{to}-{from}", $"{At(10)}-{At(20)}", $"{At(-20)}-{At(-10)}", $"Al{from}-{to}", $"Al{to}-{from}", $"{today}{from}-{to}", $"{tomorrow}{from}-{to}", $"{yesterday}{from}-{to}",
            $"{today}{At(5)}-{At(-5)}", $"{today}{At(20)}-{At(10)}", $"{yesterday}{At(20)}-{At(10)}", $"Wk{from}-{to}|Sa{from}-{to}|Su{from}-{to}", $"{tomorrow}{from}-{to},{today}{At(-3)}-{At(3)}",
            $"{tomorrow}{from}-{to}, {today}{At(-3)}-{At(3)}", $"{tomorrow}{from}-{to}||{today}{At(-3)}-{At(3)}", $"{today}{At(-10)}-{At(5)},{today}{At(6)}-{At(20)}", $"{today}{At(-10)}-{At(5)},{today}{At(7)}-{At(20)}",
            $"{today}{tomorrow}{from}-{to}", $"{today}{now:HH}-{to}", $"{today}{from}", $"{today}-{to}", "nonsense", "Xx0000-2359", $"{today}9999-{to}", $"{today}{from}-9999", $"{today}{from}-{to}x", $"{today} {from}-{to}",
            $"Al{At(-1)}-{At(1)}",
        ];
        foreach (var time in times)
            yield return ($"Login-Time := \"{time}\"", "");

        yield return ($"Login-Time := \"Al{from}-{to}\"", "Session-Timeout = 300");
        yield return ($"Login-Time := \"Al{from}-{to}\"", "Session-Timeout = 100000");
        yield return ("Login-Time := \"Al\"", "Session-Timeout = 300");
        foreach (var time in new[] { "Al", $"Al{from}-{to}", $"{from}-{to}", tomorrow, $"Wk{from}-{to}|Sa{from}-{to}|Su{from}-{to}" })
        {
            yield return ($"Current-Time == \"{time}\"", "");
            yield return ($"Current-Time != \"{time}\"", "");
        }

        foreach (var (op, time) in new[] { ("<", 30), (">", 30), (">=", -30), ("<=", -30), ("==", 30), ("!=", 30), (">", -30), ("<", -30) })
            yield return ($"Time-Of-Day {op} \"{now.AddMinutes(time):HH:mm}\"", "");

        foreach (var date in new[] { "Jan 01 2020", "01 Jan 2030", "Jan  1 2030 12:00:00", "1577836800", $"{now.AddHours(2):MMM dd yyyy HH:mm:ss}", $"{now.AddHours(-2):MMM dd yyyy HH:mm:ss}", $"{now.AddDays(1):dd MMM yyyy}" })
        {
            yield return ($"Expiration := \"{date}\"", "");
            yield return ($"Expiration == \"{date}\"", "");
        }

        yield return ("Expiration := \"Jan 01 2030\"", "Session-Timeout = 300");
        yield return ($"Expiration := \"{now.AddHours(2):MMM dd yyyy HH:mm:ss}\"", "Session-Timeout = 100000");
        yield return ($"Expiration := \"{now.AddHours(2):MMM dd yyyy HH:mm:ss}\", Login-Time := \"Al{from}-{to}\"", "");
        yield return ("", "");

        string At(int minutes) => now.AddMinutes(minutes).ToString("HHmm", CultureInfo.InvariantCulture);
    }

    private static void Write(string folder, string name, string text)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
