using System.Net;
using System.Net.Sockets;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>What is wrong is said once and clearly: what, where, what to do; exit code 1, no stack trace.</summary>
public sealed class BadInput : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("usermanager-bad-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("authorize: [ users\n", "default.yaml:")]
    [InlineData("authorize:\n  - preproces\n", "default.yaml:2:5: ", "preprocess")]
    [InlineData("authorize:\n  - update: { reply: { Framed-Poll: x } }\n", "default.yaml:2:", "Framed-Pool")]
    [InlineData("authorize:\n  - update: { reply: { Service-Type: Framed-Usr } }\n", "default.yaml:2:", "Framed-User")]
    [InlineData("authorize:\n  - update: { reply: { \"Reply-Message ?=\": x } }\n", "default.yaml:2:", "no operator")]
    [InlineData("authorize:\n  - if: Calling-Station-Idd !~ \"^02-\"\n    then: [ reject ]\n", "default.yaml:2:9", "Calling-Station-Id")]
    [InlineData("autorize: [ users ]\n", "default.yaml:1:1: ", "authorize")]
    [InlineData("authorize:\n  - if: User-Name ==\n    then: [ reject ]\n", "default.yaml:2:")]
    public async Task A_wrong_policy(string site, params string[] said)
    {
        var config = Config();
        await File.WriteAllTextAsync(Path.Combine(config, "sites", "default.yaml"), site, TestContext.Current.CancellationToken);

        foreach (var command in new[] { "check", "serve" })
            await RefusedAsync(said, command, "--config", config);
    }

    [Fact]
    public async Task All_errors_are_said_at_once()
    {
        var config = Config();
        await File.WriteAllTextAsync(Path.Combine(config, "sites", "default.yaml"), "authorize:\n  - preproces\n  - userz\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(config, "usermanager.yaml"), "lissten: 1\n", TestContext.Current.CancellationToken);

        await RefusedAsync(["usermanager.yaml:1:1", "default.yaml:2:5", "default.yaml:3:5", "listen"], "check", "--config", config);
    }

    [Theory]
    [InlineData("listen: nonsense", "usermanager.yaml:1:9", "listen")]
    [InlineData("threads: 100", "usermanager.yaml:1:10", "0 to 64")]
    [InlineData("max-requests: 0", "usermanager.yaml:1:15", "64 to 1000000")]
    [InlineData("log-format: xml", "usermanager.yaml:1:13", "text, json")]
    [InlineData("dictionaries: /nope", "usermanager.yaml", "/nope")]
    public async Task A_wrong_setting(string setting, params string[] said)
    {
        var config = Config();
        await File.WriteAllTextAsync(Path.Combine(config, "usermanager.yaml"), setting + "\n", TestContext.Current.CancellationToken);

        foreach (var command in new[] { "check", "serve" })
            await RefusedAsync(said, command, "--config", config);
    }

    [Fact]
    public async Task A_second_server_on_the_same_data_touches_nothing_of_the_first()
    {
        await using var server = await TestServer.StartAsync("/user-manager/set enabled=yes");

        var ran = await server.RunAsync("serve", "--data", server.DataFolder, "--socket", server.Socket, "--auth-port", "1", "--acct-port", "2");

        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("another server answers", ran.Error);
        Assert.DoesNotContain("listening", ran.Output);
        (await server.ExecAsync("/user-manager/print")).Good();
    }

    [Fact]
    public async Task A_file_in_the_place_of_the_socket_is_not_removed()
    {
        var file = Path.Combine(_folder, "precious");
        await File.WriteAllTextAsync(file, "kept", TestContext.Current.CancellationToken);

        await RefusedAsync(["precious", "in the way"], "serve", "--socket", file);

        Assert.Equal("kept", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_good_configuration_is_said_to_be_good()
    {
        var ran = await TestServer.RunProgramAsync(_folder, ["check", "--config", Config()]);

        Assert.Equal(0, ran.ExitCode);
        Assert.Contains("good", ran.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_plugin_that_is_no_assembly()
    {
        var plugins = Directory.CreateDirectory(Path.Combine(_folder, "mine")).FullName;
        await File.WriteAllTextAsync(Path.Combine(plugins, "Broken.dll"), "this is not a DLL", TestContext.Current.CancellationToken);

        await RefusedAsync(["Broken.dll", "not a .NET assembly"], "serve", "--plugins", plugins);
        var ran = await TestServer.RunProgramAsync(_folder, ["check", "--plugins", plugins]);
        Assert.Single(ran.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_plugin_built_against_another_contract()
    {
        var plugins = Directory.CreateDirectory(Path.Combine(_folder, "mine")).FullName;
        var built = Directory.GetFiles(Repository.At("tests", "SamplePlugin", "BrokenContract", "bin"), "BrokenContract.dll", SearchOption.AllDirectories)[0];
        File.Copy(built, Path.Combine(plugins, "BrokenContract.dll"));

        await RefusedAsync(["BrokenContract.dll", "9.0.0.0", "1.0.0.0"], "serve", "--plugins", plugins);
    }

    [Fact]
    public async Task A_bad_dictionary()
    {
        var config = Config();
        var dictionaries = Directory.CreateDirectory(Path.Combine(_folder, "dictionaries")).FullName;
        await File.WriteAllTextAsync(Path.Combine(dictionaries, "dictionary"), "ATTRIBUTE User-Name 1 strnig\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(config, "usermanager.yaml"), $"dictionaries: {dictionaries}\n", TestContext.Current.CancellationToken);

        await RefusedAsync(["dictionary:1", "strnig", "string"], "serve", "--config", config);
    }

    [Fact]
    public async Task A_port_in_use()
    {
        await using var server = await TestServer.StartAsync("/user-manager/set enabled=yes");
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        taken.Bind(new IPEndPoint(IPAddress.Any, 0));
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        await server.StopAsync();

        await RefusedAsync([$"UDP port {port}", "in use", "--auth-port"], "serve", "--data", server.DataFolder, "--auth-port", port.ToString());
    }

    [Fact]
    public async Task A_port_that_another_server_of_ours_has()
    {
        await using var server = await TestServer.StartAsync("/user-manager/set enabled=yes");
        var port = server.AuthPort.ToString();
        var other = Path.Combine(_folder, "data");
        Directory.CreateDirectory(other);
        await File.WriteAllTextAsync(Path.Combine(other, "node.yaml"), "enabled: yes\n", TestContext.Current.CancellationToken);

        await RefusedAsync([$"UDP port {port}", "in use"], "serve", "--data", other, "--auth-port", port);
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_made() =>
        await RefusedAsync(["/proc/usermanager"], "serve", "--data", "/proc/usermanager");

    [Fact]
    public async Task A_database_that_cannot_be_written()
    {
        var data = Directory.CreateDirectory(Path.Combine(_folder, "data")).FullName;
        Directory.CreateDirectory(Path.Combine(data, "usermanager.db"));

        await RefusedAsync(["usermanager.db"], "serve");
    }

    [Fact]
    public async Task A_corrupt_database()
    {
        var data = Directory.CreateDirectory(Path.Combine(_folder, "data")).FullName;
        await File.WriteAllTextAsync(Path.Combine(data, "usermanager.db"), new string('x', 8192), TestContext.Current.CancellationToken);

        await RefusedAsync(["usermanager.db", "backup"], "serve");
    }

    [Fact]
    public async Task No_server()
    {
        foreach (var command in new[] { "console", "exec", "import", "export" })
        {
            string[] arguments = command switch { "exec" => ["exec", "/user-manager print"], "import" => ["import", "-"], _ => [command] };
            await RefusedAsync(["usermanager serve"], arguments);
        }
    }

    [Fact]
    public async Task A_file_to_import_that_is_not_there()
    {
        await using var server = await TestServer.StartAsync();

        var ran = await server.RunAsync("import", "nothing.rsc");

        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("nothing.rsc", ran.Error);
    }

    [Fact]
    public async Task Exec_stops_at_the_first_that_fails()
    {
        await using var server = await TestServer.StartAsync();

        var ran = await server.ExecAsync("/user-manager/user/add name=one; /user-manager/user/add nme=two; /user-manager/user/add name=three");

        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("column 57", ran.Error);
        var users = (await server.ExecAsync("/user-manager/user/print as-value")).Good();
        Assert.Contains("name=one", users);
        Assert.DoesNotContain("name=three", users);
    }

    private string Config()
    {
        var config = Path.Combine(_folder, "config");
        foreach (var file in Directory.GetFiles(Repository.At("config"), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(config, Path.GetRelativePath(Repository.At("config"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }

        return config;
    }

    private async Task RefusedAsync(string[] said, params string[] arguments)
    {
        var ran = await TestServer.RunProgramAsync(_folder, arguments);
        var all = ran.Output + ran.Error;

        Assert.Equal(1, ran.ExitCode);
        foreach (var text in said)
            Assert.Contains(text, all);

        Assert.DoesNotContain("   at ", all);       // a stack trace
        Assert.DoesNotContain("Unhandled", all);
    }
}
