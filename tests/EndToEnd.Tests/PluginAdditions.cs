using System.Text.RegularExpressions;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>Menus, HTTP routes and tables that a plugin brings, in a running server.</summary>
public sealed class PluginAdditions : IAsyncDisposable
{
    private static readonly string Source = File.ReadAllText(Repository.At("tests", "SamplePlugin", "Visitors", "Visitors.cs"));

    private readonly string _folder = Directory.CreateTempSubdirectory("usermanager-additions-").FullName;
    private TestServer? _server;

    private TestServer Server => _server!;

    private string Config => Path.Combine(_folder, "config");

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void The_document_shows_the_sample_as_it_is()
    {
        var document = File.ReadAllText(Repository.At("docs", "plugins.md"));

        Assert.Contains($"```csharp\n{Source[Source.IndexOf("///", StringComparison.Ordinal)..]}```\n", document, StringComparison.Ordinal);
    }

    /// <summary>docs/plugins.md, command by command.</summary>
    [Fact]
    public async Task The_document_is_true_and_the_menu_is_one_like_any_other()
    {
        await StartAsync(Source);
        var document = await File.ReadAllTextAsync(Repository.At("docs", "plugins.md"), TestContext.Current.CancellationToken);
        var block = Regex.Match(document, "```console\n(\\$ usermanager exec \"/visitors.*?)```", RegexOptions.Singleline).Groups[1].Value;
        var commands = block.Split("$ ", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, commands.Length);
        foreach (var command in commands)
        {
            var (line, expected) = (command.Split('\n', 2)[0], command.Split('\n', 2)[1]);
            var run = line
                .Replace("data/usermanager.sock", Server.Socket, StringComparison.Ordinal)
                .Replace("usermanager exec", $"USERMANAGER_SOCKET={Server.Socket} dotnet {TestServer.Program} exec", StringComparison.Ordinal);
            Assert.Equal(expected, (await TestServer.RunToolAsync("bash", "", "-c", run)).Good());
        }

        Assert.Contains("\"name\":\"Grace\"", await CurlAsync("/rest/visitors?.proplist=name"), StringComparison.Ordinal);
        Assert.Contains("add name=Ada", (await Server.ExecAsync("/export")).Good(), StringComparison.Ordinal);
        Assert.Contains("menu=\"/visitors\"", (await Server.ExecAsync("/system/audit/print detail where action=add")).Good().Replace("menu=/visitors", "menu=\"/visitors\"", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal("413", await StatusAsync("/plugins/visitors", "-d", "name=" + new string('a', 2000)));
        Assert.Equal("405", await StatusAsync("/plugins/visitors", "-X", "DELETE"));
    }

    [Fact]
    public async Task A_reload_replaces_routes_menus_and_tables_and_what_is_kept_stays()
    {
        await StartAsync(Source);
        await CurlAsync("/plugins/visitors", "-d", "name=Ada");

        Compile(Source
            .Replace("visitors\\n", "guests\\n", StringComparison.Ordinal)
            .Replace("new(\"POST\", \"/plugins/visitors\",", "new(\"POST\", \"/plugins/visitors/{place}\",", StringComparison.Ordinal)
            .Replace("        \"\"\",\n    ];", "        \"\"\",\n        \"ALTER TABLE visitors_visit ADD COLUMN company VARCHAR(100);\",\n    ];", StringComparison.Ordinal)
            .Replace("new Field(\"comment\"", "new Field(\"company\", FieldType.Text), new Field(\"comment\"", StringComparison.Ordinal));
        (await Server.ExecAsync("/system/reload")).Good();

        Assert.Equal("1 guests\n", await CurlAsync("/plugins/visitors"));
        Assert.Equal("405", await StatusAsync("/plugins/visitors", "-d", "name=x"));
        Assert.Equal("Welcome\n", await CurlAsync("/plugins/visitors/gate", "-d", "name=Grace"));
        (await Server.ExecAsync("/visitors/set numbers=Ada company=Babbage")).Good();
        Assert.Contains("company=\"Babbage\"", (await Server.ExecAsync("/visitors/print detail")).Good(), StringComparison.Ordinal);

        // One that breaks the rules is refused, and what ran goes on.
        Compile(Source.Replace("CREATE TABLE visitors_visit (\n            id {key},", "CREATE TABLE visitors_visit (\n            id {key}, ", StringComparison.Ordinal));
        var refused = await Server.ExecAsync("/system/reload");
        Assert.Contains("migration 1 of the plugin module visitors is not the one that made its tables", refused.Error + refused.Output, StringComparison.Ordinal);
        Assert.Equal("2 guests\n", await CurlAsync("/plugins/visitors"));

        // Without the module its routes and menus are gone.
        File.Delete(Path.Combine(Config, "policy.yaml"));
        (await Server.ExecAsync("/system/reload")).Good();
        Assert.Equal("404", await StatusAsync("/plugins/visitors"));
        Assert.NotEqual(0, (await Server.ExecAsync("/visitors/print")).ExitCode);
    }

    // The request waits in the old module until the new one is in force: both answer, nothing is cut.
    [Fact]
    public async Task A_request_under_way_ends_with_the_module_it_began_with()
    {
        var waiting = Source.Replace(
            "await http.Response.WriteAsync($\"", "await http.Response.WriteAsync(\"begun \"); await http.Response.Body.FlushAsync(); while (!File.Exists(\"" + Path.Combine(_folder, "go") + "\")) await Task.Delay(10); "
            + "if (_disposed) throw new ObjectDisposedException(\"visitors\"); await http.Response.WriteAsync($\"",
            StringComparison.Ordinal)
            .Replace("IMenus, IRoutes, ITables", "IMenus, IRoutes, ITables, IDisposable", StringComparison.Ordinal)
            .Replace("private const string Book", "private bool _disposed; public void Dispose() => _disposed = true; private const string Book", StringComparison.Ordinal);
        await StartAsync(waiting);
        var under = CurlAsync("/plugins/visitors", "-N", "-o", Path.Combine(_folder, "answer"));
        await TestServer.WaitForAsync("the request", () => File.Exists(Path.Combine(_folder, "answer")) && new FileInfo(Path.Combine(_folder, "answer")).Length > 0);

        Compile(Source.Replace("visitors\\n", "guests\\n", StringComparison.Ordinal));
        (await Server.ExecAsync("/system/reload")).Good();
        Assert.Equal("0 guests\n", await CurlAsync("/plugins/visitors"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "go"), "", TestContext.Current.CancellationToken);
        await under;

        Assert.Equal("begun 0 visitors\n", await File.ReadAllTextAsync(Path.Combine(_folder, "answer"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task All_that_is_wrong_is_said_at_once_and_by_check()
    {
        Write(Source
            .Replace("Menu(Book)", "Menu(\"/user-manager/user\")", StringComparison.Ordinal)
            .Replace("CREATE TABLE visitors_visit", "CREATE TABLE user_visit", StringComparison.Ordinal)
            .Replace("\"GET\", \"/plugins/visitors\"", "\"GET\", \"/rest/visitors\"", StringComparison.Ordinal)
            .Replace("\"POST\", \"/plugins/visitors\"", "\"FETCH\", \"/plugins/visitors\"", StringComparison.Ordinal)
            .Replace("IMenus, IRoutes, ITables", "IMenus, IRoutes, ITables, ICommands", StringComparison.Ordinal)
            .Replace(
                "    private const string Book",
                "    public IReadOnlyList<AddedCommand> Commands => [new(\"/user-manager/user\", Named(\"monitor\")), new(\"/user-manager/none\", Named(\"greet\")), new(\"/user-manager/user\", Named(\"Greet\"))];\n"
                + "    private static Command Named(string name) => new(name) { RunAsync = (_, _) => ValueTask.FromResult(CommandResult.Nothing) };\n    private const string Book",
                StringComparison.Ordinal));
        var check = await TestServer.RunProgramAsync(_folder, ["check", "--config", Config, "--plugins", Path.Combine(_folder, "plugins")]);

        Assert.NotEqual(0, check.ExitCode);
        var said = check.Output + check.Error;
        Assert.Contains("module \"visitors\": there is a menu /user-manager/user already, of the server", said, StringComparison.Ordinal);
        Assert.Contains("module \"visitors\": migration 1: the table user_visit has to be named visitors_…", said, StringComparison.Ordinal);
        Assert.Contains("module \"visitors\": GET /rest/visitors: routes are below /um or /plugins/visitors", said, StringComparison.Ordinal);
        Assert.Contains("module \"visitors\": the menu /user-manager/user has a command monitor already", said, StringComparison.Ordinal);
        Assert.Contains("module \"visitors\": the command greet is for /user-manager/none, which is no menu of the server's", said, StringComparison.Ordinal);
        Assert.Contains("module \"visitors\": \"Greet\" is no name of a command", said, StringComparison.Ordinal);
        Assert.Contains("module \"visitors\": FETCH /plugins/visitors: the method is one of GET, POST", said, StringComparison.Ordinal);
        Assert.Contains("is to be kept in the table visitors_visit, which none of the module's migrations makes", said, StringComparison.Ordinal);
    }

    // Also after a reload took another route in its place.
    [Fact]
    public async Task Routes_are_answered_on_the_ports_of_ip_service()
    {
        await StartAsync(Source);
        var port = FreePort.Take();
        (await Server.ExecAsync($"/ip/service set www disabled=no port={port}")).Good();
        Assert.Equal("405", await OverTcpAsync("/plugins/visitors", "-X", "DELETE"));
        Assert.Equal("200", await OverTcpAsync("/plugins/visitors"));

        Compile(Source.Replace("\"/plugins/visitors\"", "\"/plugins/visitors/all\"", StringComparison.Ordinal));
        (await Server.ExecAsync("/system/reload")).Good();
        Assert.Equal("404", await OverTcpAsync("/plugins/visitors"));
        Assert.Equal("200", await OverTcpAsync("/plugins/visitors/all"));
        Assert.Equal("401", await OverTcpAsync("/rest/visitors"));

        async Task<string> OverTcpAsync(string path, params string[] more) =>
            (await TestServer.RunToolAsync("curl", "", ["-s", "-o", "/dev/null", "-w", "%{http_code}", .. more, $"http://127.0.0.1:{port}{path}"])).Good();
    }

    [Fact]
    public async Task What_a_route_throws_is_a_500_and_one_line()
    {
        await StartAsync(Source.Replace("var visits = await", "throw new InvalidOperationException(\"no book\"); var visits = await", StringComparison.Ordinal));

        Assert.Equal("500", await StatusAsync("/plugins/visitors"));
        Assert.Contains("no book", await Server.WaitForLineAsync("module visitors: GET /plugins/visitors failed"), StringComparison.Ordinal);
    }

    private async Task StartAsync(string source)
    {
        Write(source);
        _server = await TestServer.StartAsync("", "--config", Config, "--plugins", Path.Combine(_folder, "plugins"));
    }

    private void Write(string source)
    {
        Compile(source);
        foreach (var file in Directory.GetFiles(Repository.At("config"), "*.yaml", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(Config, Path.GetRelativePath(Repository.At("config"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        File.WriteAllText(Path.Combine(Config, "usermanager.yaml"), File.ReadAllText(Path.Combine(Config, "usermanager.yaml")).Replace("reload-on-change: yes", "reload-on-change: no", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(Config, "policy.yaml"), "instantiate: [ visitors ]\n");
    }

    private void Compile(string source) => PluginCompiler.Compile(source, Path.Combine(_folder, "plugins", "Visitors.dll"));

    private async Task<string> CurlAsync(string path, params string[] more) =>
        (await TestServer.RunToolAsync("curl", "", ["-s", "--unix-socket", Server.Socket, .. more, "http://localhost" + path])).Good();

    private Task<string> StatusAsync(string path, params string[] more) => CurlAsync(path, ["-o", "/dev/null", "-w", "%{http_code}", .. more]);
}
