using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>Hooks in the real server: a login through one, and that no hook brings the server down.</summary>
public sealed class JavaScriptHooks : IDisposable
{
    private const string Hook = """
        var bad = {
          loop: function () { for (;;); },
          recurse: function () { function f() { return f(); } return f(); },
          getter: function () { var o = { get a() { return this.a; } }; return o.a; },
          backtrack: function () { return /(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'); },
          allocate: function () { return new Array(2e7).join('x'); },
          grow: function () { var all = []; for (;;) all.push(new Array(1000).join('x')); },
          caught: function () { for (;;) try { for (;;); } catch (e) { } },
          thrown: function () { nothing.at.all(); }
        };
        var name = request.get('User-Name');
        if (bad[name])
          bad[name]();
        reply.set('Reply-Message', 'Hello ' + user.name + ' of ' + user.group + ' at ' + client.name);
        reply.set('Session-Timeout', 30 * 60);
        return 'updated';
        """;

    private readonly string _config = Directory.CreateTempSubdirectory("usermanager-hooks-").FullName;

    public void Dispose() => Directory.Delete(_config, recursive: true);

    [Theory]
    [InlineData("javascriptcore")]
    [InlineData("jint")]
    public async Task A_login_goes_through_a_hook_and_bad_ones_fail_alone(string engine)
    {
        await ConfigureAsync($"engine: {engine}\n", Hook);
        string[] bad = ["loop", "recurse", "getter", "backtrack", "allocate", "grow", "caught", "thrown"];
        await using var server = await TestServer.StartAsync($$"""
            /user-manager
            set enabled=yes
            /user-manager router
            add address=127.0.0.0/8 name=local shared-secret=testing123
            /user-manager user
            add name=user1 password=password
            {{string.Join('\n', bad.Select(name => $"add name={name} password=password"))}}
            """, "--config", _config);

        foreach (var name in bad)
        {
            Assert.Contains("Received Access-Reject", await LoginAsync(server, name));
            var good = await LoginAsync(server, "user1");
            Assert.Contains("Received Access-Accept", good);
            Assert.Contains("Reply-Message = \"Hello user1 of default at local\"", good);
            Assert.Contains("Session-Timeout = 1800", good);
        }

        Assert.Contains("hooks/x.js:9:", await server.WaitForLineAsync("ReferenceError"));
        Assert.Equal(0, await server.StopAsync());
    }

    [Theory]
    [InlineData("auto", "javascript: JavaScriptCore (libjavascriptcoregtk-")]
    [InlineData("jint", "javascript: Jint 2.10.4 (ES5)")]
    public async Task Check_names_the_engine(string engine, string said)
    {
        await ConfigureAsync($"engine: {engine}\n", "return;");

        Assert.Contains(said, (await TestServer.RunProgramAsync(_config, ["check", "--config", _config])).Good());
    }

    [Fact]
    public async Task Check_says_where_a_hook_is_wrong()
    {
        await ConfigureAsync("", "var a = 1;\nvar b = ;\n");

        var ran = await TestServer.RunProgramAsync(_config, ["check", "--config", _config]);

        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("hooks/x.js:2:9: SyntaxError: Unexpected token ';'", ran.Error);
    }

    private static async Task<string> LoginAsync(TestServer server, string name) =>
        (await server.RadclientAsync("auth", $"Message-Authenticator = 0x00\nUser-Name = {name}\nUser-Password = password\n")).Output;

    private async Task ConfigureAsync(string options, string hook)
    {
        foreach (var folder in new[] { "sites", "modules", "hooks" })
            Directory.CreateDirectory(Path.Combine(_config, folder));

        var site = await File.ReadAllTextAsync(Repository.At("config", "sites", "default.yaml"), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_config, "sites", "default.yaml"), site.Replace("post-auth:\n", "post-auth:\n  - js: hooks/x.js\n", StringComparison.Ordinal));
        File.Copy(Repository.At("config", "sites", "inner-tunnel.yaml"), Path.Combine(_config, "sites", "inner-tunnel.yaml"));
        await File.WriteAllTextAsync(Path.Combine(_config, "modules", "javascript.yaml"), options);
        await File.WriteAllTextAsync(Path.Combine(_config, "hooks", "x.js"), hook);
    }
}
