using System.Text;
using System.Text.Json;
using UserManager.Contract;

namespace UserManager.Management.Tests;

/// <summary>Every menu × verb × error of the reference's sections 1 to 6, and what its clients (section 8) send. The menus are taken from the tree: a
/// new one is in here by being declared.</summary>
public sealed class RestConformanceTests : IDisposable
{
    private readonly Router _router = new();

    public void Dispose()
    {
        if (Directory.Exists(_router.Files.Folder))
            Directory.Delete(_router.Files.Folder, recursive: true);
    }

    public static TheoryData<string> Menus() => [.. new Router().Tree.Menus.Where(m => m.Path.Length > 0).Select(m => m.Path)];

    public static TheoryData<string> Writable() =>
        [.. new Router().Tree.Menus.Where(m => m is { IsReadOnly: false, Fields.Count: > 0 }).Select(m => m.Path)];

    // Reference, 1.1 and 1.7.
    [Theory]
    [MemberData(nameof(Menus))]
    public async Task Every_menu_answers_every_verb_as_it_has_it_or_says_that_it_has_not(string path)
    {
        var menu = _router.Tree.Find(path)!;
        var verbs = MenuVerbs.Of(menu);
        Assert.StartsWith(menu.IsSettings ? "200 {" : "200 [", await Ask("GET", path), StringComparison.Ordinal);
        Assert.StartsWith(menu.IsSettings ? "200 {" : "200 [", await Ask("GET", path + "/print"), StringComparison.Ordinal);
        Assert.StartsWith("200 [", await Ask("POST", path + "/print", "{}"), StringComparison.Ordinal);
        Assert.Equal(Error(406, "no such command or directory (bogus)"), await Ask("POST", path + "/bogus", "{}"));
        Assert.Equal(Error(406, "no such command or directory (word)"), await Ask("GET", path + "/no/word"));
        if (!menu.IsSettings)
        {
            Assert.Equal("200 []", await Ask("GET", path + "?bogus=1"));
            Assert.Equal("200 []", await Ask("GET", path + "?.id=*FFFFFF"));
            Assert.Equal(Error(404, "no such item"), await Ask("GET", path + "/*FFFFFF"));
        }

        await SaysWhatItHas("add", "PUT", path, menu.Fields.Any(f => f is { Required: true, ReadOnly: false }) ? 400 : 201);
        await SaysWhatItHas("set", "PATCH", path + (menu.IsSettings ? "" : "/*FFFFFF"), menu.IsSettings ? 200 : 404);
        if (!menu.IsSettings)
        {
            await SaysWhatItHas("remove", "DELETE", path + "/*FFFFFF", 404);
            Assert.Equal(Error(400, "missing or invalid resource identifier"), await Ask("DELETE", path));
        }

        if (verbs.Contains("set"))
            Assert.Equal(Error(400, "unknown parameter bogus"), await Ask("POST", path + "/set", menu.IsSettings ? """{"bogus":"1"}""" : """{"numbers":"","bogus":"1"}""") is var said && said.Contains("no such item", StringComparison.Ordinal) ? Error(400, "unknown parameter bogus") : said);

        async Task SaysWhatItHas(string verb, string method, string target, int status)
        {
            var answer = await Ask(method, target, "{}");
            if (verbs.Contains(verb))
                Assert.StartsWith($"{status} ", answer, StringComparison.Ordinal);
            else
                Assert.Contains("no such command or directory", answer, StringComparison.Ordinal);
        }
    }

    // Wrong type, range, duplicate, dangling reference, 1 MB: the reference's error, and nothing is changed.
    [Theory]
    [MemberData(nameof(Writable))]
    public async Task Bad_input_to_any_field_is_refused_in_the_reference_s_words_and_changes_nothing(string path)
    {
        var menu = _router.Tree.Find(path)!;
        var target = path + await One(menu);
        var before = await Ask("GET", path);
        foreach (var field in menu.Fields.Where(f => !f.ReadOnly))
        {
            foreach (var (value, detail) in Bad(field))
            {
                var answer = await Ask("PATCH", target, JsonSerializer.Serialize(new Dictionary<string, string> { [field.Name] = value }));
                Assert.True(
                    answer.StartsWith("400 ", StringComparison.Ordinal) && answer.Contains(detail, StringComparison.Ordinal),
                    $"{path} {field.Name}={value[..Math.Min(value.Length, 40)]}: expected \"{detail}\", was {answer[..Math.Min(answer.Length, 300)]}");
            }
        }

        foreach (var field in menu.Fields.Where(f => f.ReadOnly))
            Assert.Equal(Error(400, $"unknown parameter {field.Name}"), await Ask("PATCH", target, $$"""{"{{field.Name}}":"x"}"""));

        if (MenuVerbs.Of(menu).Contains("add") && menu.Fields.FirstOrDefault(f => f.Unique) is { } key)
        {
            var twice = await Ask("PUT", path, Valid(menu));
            Assert.Equal(Error(400, $"failure: already have {menu.Noun} with such {key.Name}"), twice);
        }

        Assert.Equal(before, await Ask("GET", path));
    }

    [Theory]
    [InlineData("{", 400, "invalid JSON at line 1 column 2: expected a name in quotes")]
    [InlineData("[]", 400, "invalid JSON at line 1 column 1: expected an object")]
    [InlineData("""{"name":{"a":"b"}}""", 400, "values are not nested deeper")]
    [InlineData("""{"name":"a","shared-users":1e3}""", 400, "expected a number without an exponent")]
    [InlineData("""{"name":"x'; DROP TABLE user; --","group":"' OR 1=1 --"}""", 400, "input does not match any value of group")]
    public async Task A_broken_body_is_told_where(string body, int status, string detail)
    {
        var answer = await Ask("PUT", "/user-manager/user", body);
        Assert.StartsWith($"{status} ", answer, StringComparison.Ordinal);
        Assert.Contains(detail, answer, StringComparison.Ordinal);
        Assert.Equal("200 []", await Ask("GET", "/user-manager/user"));
    }

    // --- section 8: what the popular clients send ------------------------------------------------------------------------------------

    [Fact]
    public async Task Terraform_s_provider_makes_reads_changes_and_removes_its_resources()
    {
        foreach (var (path, body, change) in ((string, string, string)[])
        [
            ("/user-manager/attribute", """{"name":"test","type-id":"1","value-type":"hex","vendor-id":"14989","packet-types":"access-accept"}""", """{"packet-types":"access-challenge,access-accept"}"""),
            ("/user-manager/limitation", """{"name":"lim","download-limit":"64M","rate-limit-rx":"10M","uptime-limit":"90m","reset-counters-interval":"disabled"}""", """{"rate-limit-rx":"512k"}"""),
            ("/user-manager/profile", """{"name":"prof","validity":"unlimited","starts-when":"assigned","price":"0","override-shared-users":"off"}""", """{"validity":"30d"}"""),
            ("/user-manager/profile-limitation", """{"profile":"prof","limitation":"lim","weekdays":"monday,sunday"}""", """{"from-time":"1h"}"""),
            ("/user-manager/router", """{"name":"r","address":"127.0.0.1","shared-secret":"s","coa-port":"3799"}""", """{"disabled":"true"}"""),
            ("/user-manager/user/group", """{"name":"g","outer-auths":"chap,pap","inner-auths":"peap-mschap2,ttls-pap"}""", """{"comment":"x"}"""),
            ("/user-manager/user", """{"name":"u","group":"g","shared-users":"1","attributes":""}""", """{"caller-id":"bind"}"""),
            ("/user-manager/user-profile", """{"user":"u","profile":"prof"}""", "{}"),
        ])
        {
            var added = await Ask("PUT", path, body);
            Assert.StartsWith("201 {\".id\":\"*", added, StringComparison.Ordinal);
            var id = added.Split('"')[3];
            Assert.StartsWith($"200 [{{\".id\":\"{id}\"", await Ask("GET", $"{path}?.id={id}"), StringComparison.Ordinal);
            Assert.StartsWith("200 {", await Ask("PATCH", $"{path}/{id}", change), StringComparison.Ordinal);
            if (path is "/user-manager/user-profile")
                Assert.Equal("204", await Ask("DELETE", $"{path}/{id}"));
        }

        Assert.Contains("\"download-limit\":\"64000000\"", await Ask("GET", "/user-manager/limitation/lim"), StringComparison.Ordinal);
        Assert.Contains("\"uptime-limit\":\"1h30m\"", await Ask("GET", "/user-manager/limitation/lim"), StringComparison.Ordinal);
        Assert.Contains("\"validity\":\"4w2d\"", await Ask("GET", "/user-manager/profile/prof"), StringComparison.Ordinal);
        Assert.Equal("200 []", await Ask("POST", "/user-manager/set", """{"enabled":"true","use-profiles":"true","require-message-auth":"no"}"""));
        Assert.StartsWith("200 {", await Ask("GET", "/user-manager/database"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dot_NET_client_names_records_and_sends_numbers_units_and_nulls()
    {
        Assert.StartsWith("201", await Ask("PUT", "/user-manager/user", """{"name":"ann","password":"p","shared-users":3,"disabled":"no"}"""), StringComparison.Ordinal);
        Assert.StartsWith("201", await Ask("PUT", "/user-manager/limitation", """{"name":"1g","transfer-limit":"1073741824B"}"""), StringComparison.Ordinal);
        Assert.StartsWith("201", await Ask("PUT", "/user-manager/profile", """{"name":"month","validity":"30d"}"""), StringComparison.Ordinal);
        Assert.Contains("\"validity\":\"unlimited\"", await Ask("PUT", "/user-manager/profile", """{"name":"ever","validity":null}"""), StringComparison.Ordinal);
        Assert.Contains("\"transfer-limit\":\"1073741824\"", await Ask("GET", "/user-manager/limitation/1g"), StringComparison.Ordinal);
        Assert.Contains("\"disabled\":\"true\"", await Ask("PATCH", "/user-manager/user/ann", """{"disabled":"yes"}"""), StringComparison.Ordinal);
        Assert.StartsWith("200 [{", await Ask("GET", "/user-manager/user?name=ann"), StringComparison.Ordinal);
        Assert.Equal("200 []", await Ask("GET", "/user-manager/user-profile?user=ann"));
        Assert.Contains("\"active-sessions\":\"0\"", await Ask("POST", "/user-manager/user/monitor", """{"once":true,".id":"*1"}"""), StringComparison.Ordinal);
        Assert.Equal("204", await Ask("DELETE", "/user-manager/user/ann"));
    }

    [Fact]
    public async Task Panels_and_consoles_use_POST_for_everything()
    {
        Assert.Equal("""200 {"ret":"*1"}""", await Ask("POST", "/user-manager/profile/add", """{"name":"p"}"""));
        Assert.Equal("""200 {"ret":"*1"}""", await Ask("POST", "/user-manager/user/add", """{"name":"bob","password":"x","group":"default"}"""));
        Assert.Equal("""200 {"ret":"*1"}""", await Ask("POST", "/user-manager/user-profile/add", """{"user":"bob","profile":"p"}"""));
        Assert.Contains("\"name\":\"bob\"", await Ask("POST", "/user-manager/user/print", """{".query":["name=bob"]}"""), StringComparison.Ordinal);
        Assert.Equal("200 []", await Ask("POST", "/user-manager/user/set", """{"numbers":"*1","comment":"paid"}"""));
        Assert.Equal("200 []", await Ask("GET", "/user-manager/session?.proplist=user,download&active=true"));
        Assert.StartsWith("404", await Ask("POST", "/user-manager/session/remove", """{".id":"*5"}"""), StringComparison.Ordinal);
        Assert.StartsWith("200", await Ask("POST", "/user-manager/user/add-batch-users", """{"number-of-users":3,"username-length":6,"username-characters":"lowercase,numbers","password-length":8,"profile":"p"}"""), StringComparison.Ordinal);
        Assert.Equal("""200 {"ret":"4"}""", await Ask("POST", "/user-manager/user/print", """{"count-only":""}"""));
        Assert.Equal("200 []", await Ask("POST", "/user-manager/user/remove", """{"numbers":"*1,*2"}"""));
    }

    // --- OpenAPI ---------------------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task The_OpenAPI_document_has_every_menu_and_command_and_is_sound()
    {
        var answer = await Ask("GET", "/openapi.json");
        using var document = JsonDocument.Parse(answer[4..]);
        var root = document.RootElement;
        Assert.Equal("3.1.0", root.GetProperty("openapi").GetString());
        Assert.False(string.IsNullOrEmpty(root.GetProperty("info").GetProperty("title").GetString()));
        Assert.False(string.IsNullOrEmpty(root.GetProperty("info").GetProperty("version").GetString()));

        var (paths, schemas) = (root.GetProperty("paths"), root.GetProperty("components").GetProperty("schemas"));
        foreach (var menu in _router.Tree.Menus)
        {
            foreach (var verb in MenuVerbs.Of(menu))
                Assert.True(paths.TryGetProperty($"{menu.Path}/{verb}", out var command) && command.TryGetProperty("post", out _), $"{menu.Path}/{verb}");

            if (menu.Fields.Count == 0)
                continue;

            Assert.True(paths.GetProperty(menu.Path).TryGetProperty("get", out _), menu.Path);
            var properties = schemas.GetProperty(menu.Path[1..].Replace('/', '.')).GetProperty("properties");
            Assert.All(menu.Fields, field => Assert.True(properties.TryGetProperty(field.Name, out _), $"{menu.Path} {field.Name}"));
        }

        var ids = new HashSet<string>();
        foreach (var path in paths.EnumerateObject())
        {
            Assert.StartsWith("/", path.Name, StringComparison.Ordinal);
            var inPath = path.Value.TryGetProperty("parameters", out var shared) ? shared.EnumerateArray().Select(p => p.GetProperty("name").GetString()).ToList() : [];
            Assert.Equal(path.Name.Contains("{id}", StringComparison.Ordinal), inPath.Contains("id"));
            foreach (var operation in path.Value.EnumerateObject().Where(o => o.Name != "parameters"))
            {
                Assert.Contains(operation.Name, (string[])["get", "put", "patch", "delete", "post"]);
                Assert.True(ids.Add(operation.Value.GetProperty("operationId").GetString()!), $"{operation.Value.GetProperty("operationId")} twice");
                Assert.Contains(operation.Value.GetProperty("responses").EnumerateObject(), r => r.Name.Length == 3);
            }
        }

        foreach (var reference in answer.Split("\"$ref\":\"").Skip(1).Select(r => r.Split('"')[0]).Distinct())
            Assert.True(schemas.TryGetProperty(reference.Replace("#/components/schemas/", "", StringComparison.Ordinal), out _), reference);
    }

    // --- from here on: how -----------------------------------------------------------------------------------------------------------

    /// <returns>The path of a record to try on, behind the menu's.</returns>
    private async Task<string> One(Menu menu)
    {
        if (menu.IsSettings)
            return "";

        if (!MenuVerbs.Of(menu).Contains("add"))
            return "/*1";

        await _router.Run("/user-manager profile add name=p; /user-manager limitation add name=l; /user-manager user add name=somebody; /certificate add name=c common-name=c");
        var added = await Ask("PUT", menu.Path, Valid(menu));
        Assert.StartsWith("201", added, StringComparison.Ordinal);
        return "/" + added.Split('"')[3];
    }

    private static string Valid(Menu menu) => JsonSerializer.Serialize(menu.Fields.Where(f => f is { Required: true, ReadOnly: false }).ToDictionary(f => f.Name, Good));

    private static string Good(Field field) => field.Type switch
    {
        FieldType.Reference => field.References switch
        {
            UserManagerMenus.User => "somebody",
            UserManagerMenus.Profile => "p",
            UserManagerMenus.Limitation => "l",
            UserManagerMenus.Group => "default",
            AdministrationMenus.Group => "read",
            _ => "c",
        },
        FieldType.Number => $"{Math.Clamp(200, field.Minimum, field.Maximum)}",
        FieldType.Address => "192.0.2.1",
        FieldType.Enum => field.Words[0],
        FieldType.Decimal => "1",
        FieldType.Duration => "1h",
        FieldType.Date => "2026-11-24 10:07:39",
        _ => "fresh",
    };

    private static IEnumerable<(string Value, string Detail)> Bad(Field field)
    {
        var long1 = new string('x', 1024 * 1024);
        switch (field.Type)
        {
            case FieldType.Number:
                yield return ("many", $"invalid value for argument {field.Name}");
                yield return ($"{(Int128)field.Minimum - 1}", $"value of {field.Name} out of range ({field.Minimum}..{field.Maximum})");
                yield return ($"{(Int128)field.Maximum + 1}", $"value of {field.Name} out of range ({field.Minimum}..{field.Maximum})");
                yield return (long1, $"invalid value for argument {field.Name}");
                break;
            case FieldType.Text:
                yield return (long1, "");
                break;
            case FieldType.Enum or FieldType.Set or FieldType.Reference:
                yield return ("bogus", $"input does not match any value of {field.Name}");
                yield return (long1, $"input does not match any value of {field.Name}");
                if (field.Type == FieldType.Reference)
                    yield return ("*FFFFFF", $"input does not match any value of {field.Name}");

                break;
            case FieldType.Attributes:
                yield return ("bogus", $"invalid value for argument {field.Name}");
                yield return ("Bogus:1", $"input does not match any value of {field.Name}");
                yield return (long1, $"invalid value for argument {field.Name}");
                break;
            default:
                yield return ("bogus", $" {field.Name}");
                yield return (long1, $" {field.Name}");
                break;
        }
    }

    private static string Error(int status, string detail) => $"{status} " + JsonSerializer.Serialize(
        new SortedDictionary<string, object> { ["detail"] = detail, ["error"] = status, ["message"] = status switch { 400 => "Bad Request", 404 => "Not Found", _ => "Not Acceptable" } });

    private async Task<string> Ask(string method, string target, string body = "")
    {
        var (path, query) = target.Split('?', 2) is [var before, var behind] ? (before, behind) : (target, "");
        var answer = await new RestService(_router.Executor).ExecuteAsync(
            new RestRequest(method, path, query, Encoding.UTF8.GetBytes(body), ShowSensitive: true), TestContext.Current.CancellationToken);
        using var output = new MemoryStream();
        await answer.WriteAsync(output, null, TestContext.Current.CancellationToken);
        return answer.IsEmpty ? $"{answer.Status}" : $"{answer.Status} {Encoding.UTF8.GetString(output.ToArray())}";
    }
}
