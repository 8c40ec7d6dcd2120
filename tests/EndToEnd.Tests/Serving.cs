using System.Text.Json;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>The process itself: ports, plugins, the console's commands, the log.</summary>
public sealed class Serving
{
    private const string Setup = """
        /user-manager set enabled=yes
        /user-manager router add address=127.0.0.1 name=local shared-secret=testing123
        /user-manager user add name=user1 password=password
        """;

    private const string Login = "Message-Authenticator = 0x00\nUser-Name = user1\nUser-Password = password\n";

    [Fact]
    public async Task Disabled_is_the_default_and_start_up_says_how_to_enable()
    {
        await using var server = await TestServer.StartAsync();

        Assert.Contains("set enabled=yes", await server.WaitForLineAsync("RADIUS is off"));
        using var nas = new FakeNas(server.AuthPort);
        Assert.Null(nas.Ask(nas.AccessRequest(1, "user1", "password"), 300));
        Assert.Contains("enabled: no", (await server.ExecAsync("/user-manager print")).Good());
    }

    [Fact]
    public async Task Enabling_and_disabling_opens_and_closes_the_ports_at_once()
    {
        await using var server = await TestServer.StartAsync(Setup);
        Assert.Contains("Access-Accept", (await server.RadclientAsync("auth", Login)).Output);

        (await server.ExecAsync("/user-manager set enabled=no")).Good();
        Assert.DoesNotContain("Received", (await server.RadclientAsync("auth", Login, options: ["-t", "1"])).Output);

        (await server.ExecAsync("/user-manager/set enabled=yes")).Good();
        Assert.Contains("Access-Accept", (await server.RadclientAsync("auth", Login)).Output);
    }

    [Fact]
    public async Task Enabled_is_the_node_s_and_stays_over_a_restart()
    {
        await using var server = await TestServer.StartAsync(Setup);
        await server.StopAsync();
        await server.StartAgainAsync();

        Assert.Contains("Access-Accept", (await server.RadclientAsync("auth", Login)).Output);
        Assert.Contains("enabled: yes", await File.ReadAllTextAsync(Path.Combine(server.DataFolder, "node.yaml"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_router_works_from_the_moment_it_is_added_and_no_longer_when_it_is_removed()
    {
        await using var server = await TestServer.StartAsync("/user-manager set enabled=yes; /user-manager user add name=user1 password=password");
        Assert.DoesNotContain("Received", (await server.RadclientAsync("auth", Login, options: ["-t", "1"])).Output);
        var line = await server.WaitForLineAsync("no router has this address");
        Assert.Contains("/user-manager/router/add name=NAME address=127.0.0.1 shared-secret=SECRET", line);

        (await server.ExecAsync("/user-manager/router/add name=net address=127.0.0.0/24 shared-secret=testing123")).Good();
        Assert.Contains("Access-Accept", (await server.RadclientAsync("auth", Login)).Output);

        (await server.ExecAsync("/user-manager/router/remove net")).Good();
        Assert.DoesNotContain("Received", (await server.RadclientAsync("auth", Login, options: ["-t", "1"])).Output);
    }

    [Fact]
    public async Task An_integrator_s_plugin_works_from_the_plugins_folder()
    {
        var folder = Directory.CreateTempSubdirectory("usermanager-plugin-").FullName;
        try
        {
            var built = Directory.GetFiles(Repository.At("tests", "SamplePlugin", "OfficeHours", "bin"), "OfficeHours.dll", SearchOption.AllDirectories)[0];
            Directory.CreateDirectory(Path.Combine(folder, "plugins"));
            File.Copy(built, Path.Combine(folder, "plugins", "OfficeHours.dll"));
            var config = CopyConfig(folder);
            var site = Path.Combine(config, "sites", "default.yaml");
            var policy = await File.ReadAllTextAsync(site, TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(site, policy.Replace("authorize:\n", "authorize:\n  - office_hours\n"), TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(
                Path.Combine(config, "modules", "office_hours.yaml"), "from: 00:00\nuntil: 00:00\n", TestContext.Current.CancellationToken);
            await using var server = await TestServer.StartAsync(Setup, "--plugins", Path.Combine(folder, "plugins"), "--config", config);

            var ran = await server.RadclientAsync("auth", Login);

            Assert.Contains("Received Access-Reject", ran.Output);
            Assert.Contains("Logins are open from", ran.Output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Trace_prints_the_way_of_a_request_module_by_module_without_secrets()
    {
        await using var server = await TestServer.StartAsync(Setup, "-X");

        await server.RadclientAsync("auth", Login);
        await server.WaitForLineAsync("Sent Access-Accept");

        var trace = string.Join('\n', server.Lines);
        Assert.Contains("Received Access-Request", trace);
        Assert.Contains("User-Name = \"user1\"", trace);
        Assert.Contains("authorize {", trace);
        Assert.Contains("[users] = updated", trace);
        Assert.Contains("[pap] = ok", trace);
        Assert.DoesNotContain("\"password\"", trace);
        Assert.DoesNotContain("testing123", trace);
    }

    [Fact]
    public async Task The_log_can_be_json_a_line_an_object()
    {
        await using var server = await TestServer.StartAsync(Setup, "--log-format", "json");
        await server.WaitForLineAsync("listening");

        // The first administrator's password is no entry of the log: it goes to the standard error.
        foreach (var line in server.Lines.Where(l => l.Length > 0 && !l.StartsWith("Administrator admin, password ", StringComparison.Ordinal)))
        {
            using var entry = JsonDocument.Parse(line);
            Assert.True(entry.RootElement.TryGetProperty("LogLevel", out _), line);
        }
    }

    [Fact]
    public async Task What_comes_from_the_network_moves_no_terminal()
    {
        await using var server = await TestServer.StartAsync(Setup);
        using var nas = new FakeNas(server.AuthPort);

        nas.Ask(nas.AccessRequest(1, "evil\e[2J\nroot", "x"));

        Assert.Contains("evil?[2J?root", await server.WaitForLineAsync("evil"));
    }

    [Fact]
    public async Task The_socket_is_its_owner_s_alone()
    {
        await using var server = await TestServer.StartAsync();
        await server.WaitForLineAsync("serves from");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(server.Socket));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(server.Database));
    }

    [Fact]
    public async Task Health_is_answered_on_the_http_port()
    {
        var port = FreePort.Take();
        await using var server = await TestServer.StartAsync(Setup, "--http-port", port.ToString());
        using var http = new HttpClient();

        var health = await http.GetStringAsync($"http://127.0.0.1:{port}/health", TestContext.Current.CancellationToken);

        Assert.Contains("\"ok\"", health);
    }

    [Fact]
    public async Task An_export_imports_into_an_empty_server_and_exports_the_same()
    {
        await using var one = await TestServer.StartAsync(Setup + "\n" + """
            /user-manager user group add name=location1 outer-auths=chap,pap attributes=Framed-Pool:pool1 comment="a \"quoted\" one"
            /user-manager user add name="two words" password="p\$ \\ \C3\A9" group=location1 attributes="Reply-Message:a\\,b" disabled=yes
            """.Replace("attributes=\"Reply-Message:a\\\\,b\" ", ""));
        await using var other = await TestServer.StartAsync();
        var export = (await one.RunAsync("export", "--show-sensitive")).Good();
        var file = Path.Combine(other.Folder, "export.rsc");
        await File.WriteAllTextAsync(file, export, TestContext.Current.CancellationToken);

        (await other.RunAsync("import", file)).Good();

        Assert.Equal(Body(export), Body((await other.RunAsync("export", "--show-sensitive")).Good()));
        Assert.DoesNotContain("testing123", (await one.RunAsync("export")).Good());
    }

    [Fact]
    public async Task Router_side_menus_are_skipped_once_each_with_exit_code_0()
    {
        await using var server = await TestServer.StartAsync();

        var ran = await server.ExecAsync("/ip pool\nadd name=vpn-pool range=192.168.99.2-192.168.99.100\nadd name=b range=1.1.1.1\n/ppp aaa\nset use-radius=yes");

        Assert.Equal(0, ran.ExitCode);
        Assert.Equal(2, ran.Output.Split("router-side menu, skipped").Length - 1);
    }

    [Fact]
    public async Task The_interactive_console_takes_a_pasted_text_from_its_input()
    {
        await using var server = await TestServer.StartAsync();

        var ran = await TestServer.RunProgramAsync(
            server.Folder, ["console"], server.Socket, "/user-manager user\nadd name=typed \\\n    password=x\nprint detail\n/quit\n");

        Assert.Equal(0, ran.ExitCode);
        Assert.Contains("name=\"typed\"", ran.Output);
    }

    [Fact]
    public async Task In_the_interactive_console_a_router_side_menu_is_noted_once_and_a_terminal_gets_colours()
    {
        await using var server = await TestServer.StartAsync();
        const string Paste = "/ip pool\nadd name=vpn-pool range=192.168.99.2-192.168.99.100\nadd name=b range=1.1.1.1\n/user-manager user\nadd name=seen\nprint\n/quit\n";

        // script(1) gives the console a terminal, as a person has; the text is pasted when the prompt is there.
        var ran = await TestServer.RunToolAsync("bash", "", "-c", $"""
            cd {server.Folder} && mkfifo keys && touch screen
            script -q -f -c 'stty cols 60; env -u NO_COLOR USERMANAGER_SOCKET={server.Socket} dotnet {TestServer.Program} console' screen < keys > /dev/null &
            exec 3> keys
            until grep -q '@UserManager' screen; do sleep 0.05; done
            printf '{Paste.Replace("\n", "\\n")}' >&3
            wait
            cat screen
            """);

        Assert.Equal(1, ran.Output.Split("router-side menu, skipped").Length - 1);
        Assert.Contains("seen", ran.Output);
        Assert.Contains("\e[1;36m", ran.Output);
    }

    private static string Body(string export) => string.Join('\n', export.Split('\n').Where(l => !l.StartsWith('#')));

    private static string CopyConfig(string folder)
    {
        var config = Path.Combine(folder, "config");
        foreach (var file in Directory.GetFiles(Repository.At("config"), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(config, Path.GetRelativePath(Repository.At("config"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        Directory.CreateDirectory(Path.Combine(config, "modules"));
        return config;
    }
}
