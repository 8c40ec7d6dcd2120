using System.Text.Json;
using System.Text.RegularExpressions;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>Every menu of a running server, the plugins' too, taken from what it says of itself.</summary>
public sealed class EveryMenu : IAsyncDisposable
{
    // What no export has, and why.
    private static readonly Dictionary<string, string> _notExported = new()
    {
        ["/user-manager/database"] = "where the database is belongs to the node",
        ["/file"] = "files are not configuration: they are copied",
        ["/certificate"] = "templates alone are: a certificate and its key are exported by export-certificate",
    };

    // What can have one value alone, and why.
    private static readonly Dictionary<string, string> _oneValue = new()
    {
        ["/certificate/settings crl-download"] = "this server fetches no lists",
    };

    // Where a value of the type alone is none of the field: what it must be instead.
    private static readonly Dictionary<string, string> _good = new()
    {
        ["/user-manager/attribute type-id"] = "77",
        ["/user-manager/attribute value-type"] = "string",
        ["/user-manager/user otp-secret"] = "JBSWY3DPEHPK3PXP",
        ["/user-manager/user attributes"] = "Session-Timeout:60,Framed-Pool:a b",
        ["/user-manager/user/group attributes"] = "Idle-Timeout:300",
        ["/user-manager/router vendor"] = "cisco",
        ["/user-manager/router protocol"] = "radsec",
        ["/user-manager/router shared-secret"] = "q\"uo$te\\é,;",
        ["/user-manager/advanced paypal-currency"] = "EUR",
        ["/user address"] = "192.0.2.0/24,2001:db8::/32",
        ["/ip/service address"] = "127.0.0.0/8,::1",
        ["/certificate country"] = "LV",
        ["/certificate common-name"] = "radius.example",
        ["/certificate subject-alt-name"] = "DNS:radius.example",
        ["/certificate days-valid"] = "77",
        ["/certificate/settings crl-store"] = "system",
        ["/user-manager/report name"] = "billing",
        ["/user-manager/report report-template"] = "report_default.csv",
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("usermanager-menus-").FullName;
    private TestServer? _server;

    private TestServer Server => _server!;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();

        Directory.Delete(_folder, recursive: true);
    }

    // Reference, 1.1 and 1.7.
    [Fact]
    public async Task Answers_every_verb_and_every_error_as_RouterOS_does()
    {
        using var menus = await StartAsync();
        Assert.True(menus.Menus.Count >= 29, $"{menus.Menus.Count} menus");
        var wrong = new List<string>();
        foreach (var menu in menus.Menus)
        {
            var list = menu.IsSettings ? "{" : "[";
            await Expect("GET", menu.Path, null, 200, list);
            await Expect("GET", menu.Path + "/print", null, 200, list);
            await Expect("POST", menu.Path + "/print", "{}", 200, "[");
            await Expect("POST", menu.Path + "/print", "{\"count-only\":\"\"}", 200, "{\"ret\":\"");
            await Expect("POST", menu.Path + "/print", "{\"bogus\":\"\"}", 400, Detail("unknown parameter bogus"));
            await Expect("POST", menu.Path + "/bogus", "{}", 406, Detail("no such command or directory (bogus)"));
            await Expect("GET", menu.Path + "/no/word", null, 406, Detail("no such command or directory (word)"));
            await Expect("POST", menu.Path + "/print", "{", 400, Detail("invalid JSON at line 1 column 2: expected a name in quotes"));
            if (!menu.IsSettings)
            {
                await Expect("GET", menu.Path + "?bogus=1", null, 200, "[]");
                await Expect("GET", menu.Path + "?.id=*FFFFFF", null, 200, "[]");
                await Expect("GET", menu.Path + "/*FFFFFF", null, 404, Detail("no such item"));
                await Expect("DELETE", menu.Path, null, 400, Detail("missing or invalid resource identifier"));
            }

            var one = menu.IsSettings ? "" : "/*FFFFFF";
            await ExpectVerb("add", "PUT", menu.Path, 400, menu.Required.Count > 0 ? "missing value(s) of argument(s) " : null);
            await ExpectVerb("set", "PATCH", menu.Path + one, menu.IsSettings ? 200 : 404, null);
            if (!menu.IsSettings)
                await ExpectVerb("remove", "DELETE", menu.Path + one, 404, "no such item");

            async Task ExpectVerb(string verb, string method, string target, int status, string? detail)
            {
                if (menu.Verbs.Contains(verb))
                    await Expect(method, target, "{}", status, detail ?? "");
                else
                    await Expect(method, target, "{}", 406, $"no such command or directory ({(verb == "add" || menu.IsSettings && verb == "set" ? "" : verb)}");
            }

            async Task Expect(string method, string target, string? body, int status, string text)
            {
                var answer = await menus.AskAsync(method, target, body);
                if (answer.Status != status || !(text.StartsWith('[') || text.StartsWith('{') ? answer.Text.StartsWith(text, StringComparison.Ordinal) : answer.Text.Contains(text, StringComparison.Ordinal)))
                    wrong.Add($"{method} {target} {body}: expected {status} {text}, was {answer.Status} {answer.Text[..Math.Min(answer.Text.Length, 200)]}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    // Wrong type, range, word, dangling reference, a megabyte, injection: refused in the reference's words, and nothing is changed. What is any text is kept as it is.
    [Fact]
    public async Task Bad_input_to_every_field_changes_nothing()
    {
        using var menus = await StartAsync();
        var made = await FillAsync(menus);
        var wrong = new List<string>();
        foreach (var menu in menus.Menus.Where(m => m.Verbs.Contains("set")))
        {
            var target = menu.IsSettings ? menu.Path : menu.Path + "/" + (made.TryGetValue(menu.Path, out var id) ? id : (await menus.PrintAsync(menu))[0][".id"]);
            foreach (var field in menu.Fields)
            {
                var before = await WritableAsync(menus, menu, target);
                foreach (var (value, detail) in Bad(field))
                {
                    var answer = await menus.AskAsync("PATCH", target, new Dictionary<string, string> { [field.Name] = value });
                    var details = detail.Split('|');
                    if (answer.Status == 400 && details.Any(d => answer.Text.Contains(d, StringComparison.Ordinal)))
                        continue;

                    wrong.Add($"{menu.Path} {field.Name}={value[..Math.Min(value.Length, 40)]}: expected 400 {detail}, was {answer.Status} {answer.Text[..Math.Min(answer.Text.Length, 200)]}");
                }

                if (await WritableAsync(menus, menu, target) is var after && after != before)
                    wrong.Add($"{menu.Path} {field.Name}: {before} has become {after}");
            }

            foreach (var name in menu.Names.Where(n => n != ".id" && menu.Fields.All(f => f.Name != n)))
            {
                if (await menus.AskAsync("PATCH", target, new Dictionary<string, string> { [name] = "x" }) is var answer && !(answer.Status == 400 && answer.Text.Contains($"unknown parameter {name}", StringComparison.Ordinal)))
                    wrong.Add($"{menu.Path} {name} is read-only, was {answer.Status} {answer.Text}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.DoesNotContain(Server.Lines, line => line.Contains("Exception", StringComparison.Ordinal));
    }

    // What cannot be written may change by itself, as the free room of the disk does.
    private static async Task<string> WritableAsync(MenuDocument menus, DescribedMenu menu, string target)
    {
        var record = JsonSerializer.Deserialize<Dictionary<string, string>>((await menus.AskAsync("GET", target)).Text)!;
        return string.Join('\n', menu.Fields.Select(field => $"{field.Name}={record.GetValueOrDefault(field.Name, "(none)")}"));
    }

    [Fact]
    public async Task Goes_through_export_an_empty_database_and_import_without_a_difference()
    {
        string before;
        List<string> missing;
        using (var menus = await StartAsync())
        {
            await FillAsync(menus);
            before = await ExportAsync();
            missing = Missing(menus, before);
        }

        Assert.True(missing.Count == 0, "not in the export: " + string.Join(", ", missing));
        await Server.StopAsync();
        foreach (var file in Directory.GetFiles(Server.DataFolder, "usermanager.db*").Append(Path.Combine(Server.DataFolder, "node.yaml")))
            File.Delete(file);

        var rsc = Path.Combine(_folder, "all.rsc");
        await File.WriteAllTextAsync(rsc, before, TestContext.Current.CancellationToken);
        await Server.StartAgainAsync();
        var imported = await Server.RunAsync("import", rsc);

        Assert.True(imported.ExitCode == 0, imported.Output + imported.Error);
        Assert.Equal(WithoutDate(before), WithoutDate(await ExportAsync()));
    }

    // --- from here on: how -----------------------------------------------------------------------------------------------------------

    private async Task<MenuDocument> StartAsync()
    {
        var config = PortalClient.CopyConfig(_folder);
        await File.WriteAllTextAsync(Path.Combine(config, "policy.yaml"), "instantiate: [ portal, paypal, manual, vouchers, reports ]\n", TestContext.Current.CancellationToken);
        _server = await TestServer.StartAsync("", ["--config", config, .. PortalClient.Server().Options]);
        return await MenuDocument.ReadAsync(_server);
    }

    /// <summary>A record in each menu that records may be added to, and every setting, with values that are none of the defaults.</summary>
    /// <returns>What was made, by menu.</returns>
    private static async Task<Dictionary<string, string>> FillAsync(MenuDocument menus)
    {
        var made = new Dictionary<string, string>();
        var todo = menus.Menus.Where(m => m.Verbs.Contains("add")).ToList();
        while (todo.Count > 0)
        {
            var ready = todo.Where(m => m.Fields.All(f => f.References is not { } menu || menu == m.Path || made.ContainsKey(menu) || todo.All(t => t.Path != menu))).ToList();
            Assert.NotEmpty(ready);
            foreach (var menu in ready)
            {
                var answer = await menus.AskAsync("PUT", menu.Path, menu.Fields.ToDictionary(f => f.Name, f => Good(menu, f)));
                Assert.True(answer.Status == 201, $"PUT {menu.Path}: {answer.Text}: add what it must be to {nameof(_good)}");
                made.Add(menu.Path, JsonDocument.Parse(answer.Text).RootElement.GetProperty(".id").GetString()!);
                todo.Remove(menu);
            }
        }

        foreach (var menu in menus.Menus.Where(m => m.IsSettings && m.Verbs.Contains("set") && !_notExported.ContainsKey(m.Path)))
        {
            var values = menu.Fields.Where(f => HasOthers(menu, f)).ToDictionary(f => f.Name, f => Good(menu, f));
            var answer = await menus.AskAsync("PATCH", menu.Path, values);
            Assert.True(answer.Status == 200, $"PATCH {menu.Path}: {answer.Text}: add what it must be to {nameof(_good)}");
        }

        // Of what was there from the beginning an export has what was changed.
        foreach (var (target, name, value) in new[]
        {
            ("/user-manager/user/group/default", "comment", "changed"), ("/user/group/read", "comment", "changed"), ("/user-manager/attribute/Framed-Pool", "packet-types", "access-challenge"),
        })
        {
            var answer = await menus.AskAsync("PATCH", target, new Dictionary<string, string> { [name] = value });
            Assert.True(answer.Status == 200, $"PATCH {target}: {answer.Text}");
        }

        var www = await menus.AskAsync("PATCH", "/ip/service/www", new Dictionary<string, string> { ["port"] = $"{FreePort.Take()}", ["address"] = _good["/ip/service address"] });
        Assert.Equal(200, www.Status);
        return made;
    }

    private static string Detail(string detail) => $"{{\"detail\":\"{detail}\"";

    // No export has a certificate that could be named.
    private static bool HasOthers(DescribedMenu menu, DescribedField field) => field.References != "/certificate" && !_oneValue.ContainsKey($"{menu.Path} {field.Name}");

    private static string Good(DescribedMenu menu, DescribedField field) => _good.TryGetValue($"{menu.Path} {field.Name}", out var good) ? good : field.Type switch
    {
        "bool" => field.Default == "true" ? "false" : "true",
        "number" when field.Name.EndsWith("-port", StringComparison.Ordinal) => $"{FreePort.Take()}",
        "number" => $"{Math.Clamp(7, field.Minimum ?? 0, field.Maximum ?? long.MaxValue)}",
        "bytes" or "bit-rate" => "7000000",
        "decimal" => "12.5",
        "duration" => "1h2m3s",
        "time-of-day" => "3h4m5s",
        "date" => "2026-12-24 10:07:39",
        "address" => "192.0.2.77",
        "enum" => field.Words.First(word => word != field.Default),
        "set" => field.Words.First(word => word != field.Default),
        "reference" => field.References == "/user/group" ? "read" : $"{field.References![1..].Replace('/', '-')} name",
        "attributes" => "Session-Timeout:60",
        _ => field.Name == "name" ? $"{menu.Path[1..].Replace('/', '-')} name" : "q\"uo$te \\ é,;=[]{}#",
    };

    private static IEnumerable<(string Value, string Detail)> Bad(DescribedField field)
    {
        var (megabyte, invalid) = (new string('x', 1024 * 1024), $"invalid value for argument {field.Name}");
        var (noMatch, noRange) = ($"input does not match any value of {field.Name}", $"value of {field.Name} out of range");
        switch (field.Type)
        {
            case "number":
                yield return ("many", invalid);
                yield return ("1 OR 1=1", invalid);
                yield return (megabyte, invalid);
                yield return ($"{(Int128)(field.Minimum ?? 0) - 1}", noRange);
                yield return ($"{(Int128)(field.Maximum ?? long.MaxValue) + 1}", noRange);
                break;
            case "text":
                yield return (megabyte, $"{field.Name}|contents too long|input does not match");
                break;
            case "bool" or "enum" or "set" or "reference":
                yield return ("bogus", noMatch);
                yield return ("' OR 1=1 --", noMatch);
                yield return (megabyte, noMatch);
                if (field.Type == "reference")
                    yield return ("*FFFFFF", noMatch);

                break;
            case "attributes":
                yield return ("bogus", invalid);
                yield return ("Bogus:1", noMatch);
                yield return (megabyte, invalid);
                break;
            default:
                yield return ("bogus", invalid);
                yield return ("'; DROP TABLE user; --", invalid);
                yield return (megabyte, invalid);
                break;
        }
    }

    private async Task<string> ExportAsync() => (await Server.RunAsync("export", "--show-sensitive")).Good();

    private static string WithoutDate(string export) => export[export.IndexOf('\n', StringComparison.Ordinal)..];

    /// <summary>The fields of writable menus that the export does not have, though every one was given a value that is not its default.</summary>
    private static List<string> Missing(MenuDocument menus, string export)
    {
        var joined = Regex.Replace(export, @"\\\r?\n    ", "");
        var missing = new List<string>();
        foreach (var menu in menus.Menus.Where(m => (m.Verbs.Contains("add") || m.IsSettings && m.Verbs.Contains("set")) && !_notExported.ContainsKey(m.Path)))
        {
            var section = Regex.Match(joined, $"^/{Regex.Escape(menu.Path[1..].Replace('/', ' '))}\n(.*?)(?=^/|\\z)", RegexOptions.Multiline | RegexOptions.Singleline).Groups[1].Value;
            missing.AddRange(menu.Fields
                .Where(f => HasOthers(menu, f) && !section.Contains($"{f.Name}=", StringComparison.Ordinal))
                .Select(f => $"{menu.Path} {f.Name}"));
        }

        return missing;
    }
}
