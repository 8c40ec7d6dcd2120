using System.Text;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>Changed files are taken up by a running server, and no request is lost by it.</summary>
public sealed class Reloading : IAsyncDisposable
{
    private const string Setup = """
        /user-manager set enabled=yes
        /user-manager router add address=127.0.0.1 name=local shared-secret=testing123
        /user-manager user add name=user1 password=password
        """;

    private const string Login = "Message-Authenticator = 0x00\nUser-Name = user1\nUser-Password = password\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("usermanager-reload-").FullName;
    private TestServer? _server;
    private bool _watches;

    private TestServer Server => _server!;

    private string Site => Path.Combine(_folder, "config", "sites", "default.yaml");

    private string Plugin => Path.Combine(_folder, "plugins", "Greeter.dll");

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_changed_site_is_taken_up_by_itself()
    {
        await StartAsync(watches: true);
        await ReloadedAsync(() => PostAuth("update: { reply: { Reply-Message: changed } }"));

        Assert.Contains("changed", (await Server.RadclientAsync("auth", Login)).Output);
    }

    [Fact]
    public async Task A_changed_users_file_and_one_that_it_includes_are_taken_up_and_a_broken_one_is_not()
    {
        var users = Directory.CreateDirectory(Path.Combine(_folder, "users")).FullName;
        await StartAsync(watches: true);
        await ReloadedAsync(() =>
        {
            File.WriteAllText(Path.Combine(users, "authorize"), "$INCLUDE more\n");
            File.WriteAllText(Path.Combine(users, "more"), "DEFAULT\n\tReply-Message = first\n");
            Configure("modules/files.yaml", $"filename: {users}/authorize\n");
            PostAuth("files");
        });
        Assert.Contains("first", (await Server.RadclientAsync("auth", Login)).Output);

        await ReloadedAsync(() => File.WriteAllText(Path.Combine(users, "more"), "DEFAULT\n\tReply-Message = second\n"));
        Assert.Contains("second", (await Server.RadclientAsync("auth", Login)).Output);

        File.WriteAllText(Path.Combine(users, "more"), "DEFAULT\n\tReply-Mesage = third\n");
        Assert.Contains($"{users}/more:2:2: no dictionary has an attribute \"Reply-Mesage\"; did you mean \"Reply-Message\"?", await Server.WaitForLineAsync("Reply-Mesage"));
        Assert.Contains("second", (await Server.RadclientAsync("auth", Login)).Output);
    }

    [Fact]
    public async Task A_broken_site_is_refused_with_all_its_problems_and_the_running_one_stays()
    {
        await StartAsync(watches: true);
        await ReloadedAsync(() => PostAuth("update: { reply: { Reply-Message: good } }"));

        PostAuth("update: { reply: { Reply-Mesage: bad } }\n  - atributes");
        await Server.WaitForLineAsync("Not reloaded");
        await Server.WaitForLineAsync("Reply-Mesage");
        var ran = await Server.ExecAsync("/system/reload");

        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("what ran goes on", ran.Error);
        Assert.Contains("Reply-Message", ran.Error);        // the nearest name
        Assert.Contains("did you mean \"attributes\"", ran.Error);
        Assert.Contains("good", (await Server.RadclientAsync("auth", Login)).Output);
    }

    [Fact]
    public async Task SIGHUP_and_system_reload_take_up_what_is_not_watched()
    {
        await StartAsync(watches: true);
        await ReloadedAsync(() => Configure("usermanager.yaml", $"reload-on-change: no\ndictionaries: {_folder}/dictionaries\nthreads: 1\n"));
        Assert.Contains("threads was changed, which takes effect at the next start", await Server.WaitForLineAsync("next start"));
        PostAuth("update: { reply: { Reply-Message: first } }");
        await HangUpAsync();
        await Server.WaitForLineAsync("Reloaded (SIGHUP)");
        Assert.Contains("first", (await Server.RadclientAsync("auth", Login)).Output);

        PostAuth("update: { reply: { Reply-Message: second } }");
        var said = (await Server.ExecAsync("/system/reload")).Good();

        Assert.Contains("sites: 2", said);
        Assert.Contains("second", (await Server.RadclientAsync("auth", Login)).Output);
        Assert.Equal(3, Reloads());
    }

    [Fact]
    public async Task A_changed_dictionary_is_taken_up()
    {
        await StartAsync();
        await ReloadedAsync(() => File.AppendAllText(Path.Combine(_folder, "dictionaries", "dictionary"), "\nVENDOR Example 32473\nBEGIN-VENDOR Example\nATTRIBUTE Example-Text 1 string\nEND-VENDOR Example\n"));
        await ReloadedAsync(() => PostAuth("update: { reply: { Example-Text: new } }"));

        Assert.Contains("= 0x6e6577", (await Server.RadclientAsync("auth", Login)).Output);
    }

    [Fact]
    public async Task An_added_plugin_works_and_a_replaced_one_by_cp_too()
    {
        await StartAsync(watches: true);
        var (one, two) = (Path.Combine(_folder, "one", "Greeter.dll"), Path.Combine(_folder, "two", "Greeter.dll"));
        PluginCompiler.Compile(Greeter("one"), one);
        PluginCompiler.Compile(Greeter("two"), two);

        await ReloadedAsync(() => Copy(one, Plugin));
        await ReloadedAsync(() => PostAuth("greet"));
        Assert.Contains("\"one\"", (await Server.RadclientAsync("auth", Login)).Output);

        await ReloadedAsync(() => Copy(two, Plugin));
        Assert.Contains("\"two\"", (await Server.RadclientAsync("auth", Login)).Output);
    }

    [Fact]
    public async Task A_half_written_plugin_is_refused_and_the_whole_one_taken_up()
    {
        await StartAsync(watches: true);
        await ReloadedAsync(() => PluginCompiler.Compile(Greeter("one"), Plugin));
        await ReloadedAsync(() => PostAuth("greet"));
        var two = Path.Combine(_folder, "two", "Greeter.dll");
        PluginCompiler.Compile(Greeter("two"), two);
        var whole = await File.ReadAllBytesAsync(two, TestContext.Current.CancellationToken);

        await File.WriteAllBytesAsync(Plugin, whole[..(whole.Length / 2)], TestContext.Current.CancellationToken);
        await Server.WaitForLineAsync("Not reloaded");
        Assert.Contains("\"one\"", (await Server.RadclientAsync("auth", Login)).Output);
        await ReloadedAsync(() => File.WriteAllBytes(Plugin, whole));

        Assert.Contains("\"two\"", (await Server.RadclientAsync("auth", Login)).Output);
    }

    [Fact]
    public async Task A_plugin_that_throws_in_its_constructor_is_refused_by_name_and_cause()
    {
        await StartAsync();
        PluginCompiler.Compile(Greeter("one"), Plugin);
        await ReloadedAsync(() => PostAuth("greet"));

        PluginCompiler.Compile(Greeter("two").Replace("/* made */", "throw new InvalidOperationException(\"the moon is full\");"), Plugin);
        await HangUpAsync();
        var line = await Server.WaitForLineAsync("the moon is full");

        Assert.Contains("module \"greet\" (plugin Greeter) cannot start: the moon is full", line);
        Assert.DoesNotContain(Server.Lines, l => l.Contains("   at ", StringComparison.Ordinal));
        Assert.Contains("\"one\"", (await Server.RadclientAsync("auth", Login)).Output);
    }

    [Fact]
    public async Task A_plugin_that_throws_in_a_section_fails_its_request_and_is_logged_once_with_module_and_request()
    {
        await StartAsync();
        PluginCompiler.Compile(Greeter("one").Replace("/* called */", "throw new FormatException(\"odd\");"), Plugin);
        await ReloadedAsync(() => PostAuth("greet"));

        Assert.Contains("Received Access-Reject", (await Server.RadclientAsync("auth", Login)).Output);

        Assert.Matches(@"error \(\d+\) Module greet failed in post-auth with FormatException", await Server.WaitForLineAsync("Module greet failed"));
        Assert.Single(Server.Lines, l => l.Contains("FormatException", StringComparison.Ordinal) && l.Contains("error", StringComparison.Ordinal));
    }

    // One that waits as it should, and one that is blocking: neither keeps others waiting, and both are given up at their time.
    [Theory]
    [InlineData("", "await Task.Delay(10_000);")]
    [InlineData(", Blocking = true", "Thread.Sleep(10_000); await Task.Yield();")]
    public async Task A_plugin_that_sleeps_is_given_up_at_its_time_and_keeps_nobody_else_waiting(string kind, string sleep)
    {
        await StartAsync();
        PluginCompiler.Compile(Greeter("one").Replace("(\"greet\")", $"(\"greet\"{kind})").Replace("/* called */", sleep), Plugin);
        Configure("modules/greet.yaml", "timeout: 2s\n");
        await ReloadedAsync(() => PostAuth("if: User-Name == \"user1\"\n    then: [ greet ]"));
        (await Server.ExecAsync("/user-manager user add name=other password=password")).Good();

        var slow = Server.RadclientAsync("auth", Login);
        using var nas = new FakeNas(Server.AuthPort);
        for (byte i = 0; i < 20; i++)
            Assert.Equal((byte)2, nas.Ask(nas.AccessRequest(i, "other", "password"), 1000)?[0] ?? 0);

        Assert.False(slow.IsCompleted);
        Assert.Contains("Received Access-Reject", (await slow).Output);
        Assert.Contains("longer than 00:00:02", await Server.WaitForLineAsync("Module greet took"));
    }

    // Every answer is that of one policy: what the site says and what the plugin says are always of the same making.
    [Fact]
    public async Task No_request_is_lost_or_answered_by_two_policies_while_everything_is_replaced_under_load()
    {
        await StartAsync();
        var (one, two) = (Path.Combine(_folder, "one", "Greeter.dll"), Path.Combine(_folder, "two", "Greeter.dll"));
        PluginCompiler.Compile(Greeter("one"), one);
        PluginCompiler.Compile(Greeter("two"), two);
        Copy(one, Plugin);
        await ReloadedAsync(() => PostAuth("greet"));
        using var stop = new CancellationTokenSource();
        var load = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() => Ask(stop.Token), TaskCreationOptions.LongRunning)).ToList();

        for (var round = 1; round <= 6; round++)
        {
            var text = round % 2 == 0 ? "one" : "two";
            await ReloadedAsync(() =>
            {
                Copy(round % 2 == 0 ? one : two, Plugin);
                File.AppendAllText(Path.Combine(_folder, "dictionaries", "dictionary"), $"\n# round {round}\n");
                Configure("modules/greet.yaml", $"suffix: {round}\n");
                PostAuth($"update: {{ reply: {{ Reply-Message: site-{text}-{round} }} }}\n  - greet");
            });
            if (round == 3)
            {
                PostAuth("nonsense");
                await HangUpAsync();
                await Server.WaitForLineAsync("nonsense");
            }
        }

        await stop.CancelAsync();
        var answers = (await Task.WhenAll(load)).SelectMany(a => a).ToList();

        Assert.InRange(answers.Count, 200, int.MaxValue);
        Assert.DoesNotContain(null, answers);
        Assert.All(answers, a => Assert.Matches("^(one|site-one-([0-9]+) one\\2|site-two-([0-9]+) two\\3)$", a));
        Assert.Contains(answers, a => a!.StartsWith("site-two", StringComparison.Ordinal));
        Assert.Contains("site-one-6 one6", answers);
        Assert.DoesNotContain(Server.Lines, l => l.Contains(" error ", StringComparison.Ordinal) && !l.Contains("reloaded", StringComparison.Ordinal) && !l.Contains("nonsense", StringComparison.Ordinal));
    }

    // docs/plugins.md, "A plugin to begin with".
    [Fact]
    public async Task A_plugin_made_from_the_template_builds_against_the_server_and_answers_in_it()
    {
        await StartAsync(watches: true);
        string[] hive = ["--debug:custom-hive", Path.Combine(_folder, "hive")];
        (await TestServer.RunToolAsync("dotnet", "", ["new", "install", Repository.At("plugins", "_Template"), .. hive])).Good();
        (await TestServer.RunToolAsync("dotnet", "", ["new", "usermanager-plugin", "-n", "NightShift", "-o", Path.Combine(_folder, "NightShift"), .. hive])).Good();
        (await TestServer.RunToolAsync(
            "dotnet", "", "build", "-c", "Release", Path.Combine(_folder, "NightShift"), $"-p:UserManager={Path.GetDirectoryName(TestServer.Program)}")).Good();

        await ReloadedAsync(() => Copy(Path.Combine(_folder, "NightShift", "bin", "Release", "net10.0", "NightShift.dll"), Path.Combine(_folder, "plugins", "NightShift.dll")));
        await ReloadedAsync(() => PostAuth("night_shift"));
        Assert.Contains("\"Welcome\"", (await Server.RadclientAsync("auth", Login)).Output);
        await ReloadedAsync(() => Configure("modules/night_shift.yaml", File.ReadAllText(Path.Combine(_folder, "NightShift", "night_shift.yaml")).Replace("Welcome", "Good night")));

        Assert.Contains("\"Good night\"", (await Server.RadclientAsync("auth", Login)).Output);
        Assert.StartsWith("# night_shift\n", await File.ReadAllTextAsync(Path.Combine(_folder, "NightShift", "README.md"), TestContext.Current.CancellationToken));
    }

    // Logs in until told to stop; gives each answer's Reply-Messages, null for an answer that did not come.
    private List<string?> Ask(CancellationToken stop)
    {
        var answers = new List<string?>();
        using var nas = new FakeNas(Server.AuthPort);
        for (byte i = 0; !stop.IsCancellationRequested; i++)
        {
            var answer = nas.Ask(nas.AccessRequest(i, "user1", "password"));
            answers.Add(answer is null ? null : string.Join(' ', Texts(answer)));
        }

        return answers;
    }

    private static IEnumerable<string> Texts(byte[] packet)
    {
        for (var at = 20; at < packet.Length; at += packet[at + 1])
        {
            if (packet[at] == 18)
                yield return Encoding.UTF8.GetString(packet, at + 2, packet[at + 1] - 2);
        }
    }

    // Of its own configuration, dictionaries and plugins. One that does not watch is told by SIGHUP: when several files are to change at once.
    private async Task StartAsync(bool watches = false)
    {
        CopyFolder(Repository.At("config"), Path.Combine(_folder, "config"));
        CopyFolder(Repository.At("dictionaries"), Path.Combine(_folder, "dictionaries"));
        Directory.CreateDirectory(Path.Combine(_folder, "plugins"));
        Configure("usermanager.yaml", $"dictionaries: {_folder}/dictionaries\nreload-on-change: {(watches ? "yes" : "no")}\n");
        _watches = watches;
        _server = await TestServer.StartAsync(Setup, "--config", Path.Combine(_folder, "config"), "--plugins", Path.Combine(_folder, "plugins"));
    }

    /// <summary>Changes files, and waits until the server has taken them up.</summary>
    private async Task ReloadedAsync(Action change)
    {
        var before = Reloads();
        change();
        if (!_watches)
            await HangUpAsync();

        await TestServer.WaitForAsync("the reload", () => Reloads() > before, () => string.Join('\n', Server.Lines.TakeLast(20)));
    }

    private Task<Ran> HangUpAsync() => TestServer.RunToolAsync("kill", "", "-HUP", Server.ProcessId.ToString());

    private int Reloads() => Server.Lines.Count(l => l.Contains("Reloaded (", StringComparison.Ordinal));

    private void Configure(string file, string text) => File.WriteAllText(Path.Combine(_folder, "config", file), text);

    // The delivered site, and one entry more at the beginning of post-auth.
    private void PostAuth(string entry) => File.WriteAllText(
        Site, File.ReadAllText(Repository.At("config", "sites", "default.yaml")).Replace("post-auth:\n", $"post-auth:\n  - {entry}\n"));

    private static void Copy(string from, string to)
    {
        using var copy = System.Diagnostics.Process.Start("cp", [from, to]);
        copy.WaitForExit();
        Assert.Equal(0, copy.ExitCode);
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private static string Greeter(string text) => $$"""
        public sealed record GreetOptions
        {
            public string Suffix { get; init; } = "";
        }

        [Module("greet")]
        public sealed class Greet : IPostAuth
        {
            private readonly string _text;

            public Greet(GreetOptions options)
            {
                _text = "{{text}}" + options.Suffix;
                /* made */
            }

            public async ValueTask<Rcode> PostAuthAsync(RequestContext context)
            {
                /* called */
                context.Reply.Add(Rfc2865.ReplyMessage, _text);
                return Rcode.Ok;
            }
        }
        """;
}
