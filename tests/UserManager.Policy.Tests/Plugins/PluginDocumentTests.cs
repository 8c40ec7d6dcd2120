using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;

namespace UserManager.Policy.Tests.Plugins;

/// <summary>The examples of docs/plugins.md: compiled, loaded and run.</summary>
public sealed partial class PluginDocumentTests : IDisposable
{
    private static readonly string Document = File.ReadAllText(Repository.At("docs/plugins.md"));

    private readonly string _folder = Directory.CreateTempSubdirectory("document-").FullName;
    private readonly FakeClients _clients = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_example_compiles_and_does_what_it_says()
    {
        var code = Fences("csharp");
        Assert.Equal(8, code.Count);
        PluginCompiler.Compile(
            $"{string.Concat(code[..4])}{code[5]}{code[6]}{code[7]}\npublic static class Tried\n{{\n    public static async Task RunAsync()\n    {{\n{code[4]}    }}\n}}", Path.Combine(_folder, "Documented.dll"));
        var yaml = Fences("yaml");
        Write("modules/office_hours.yaml", yaml[0]);
        Write("modules/shop_hours.yaml", yaml[1]);
        Write("policy.yaml", yaml[3]);
        Write("modules/blacklist.yaml", "url: http://127.0.0.1:9/\n");
        Write("sites/default.yaml", yaml[2] + "  - shop_hours\n  - blacklist\npost-auth: [ router_watch ]\n");

        var policy = PolicyCompiler.Compile(_folder, Some.Dictionary, Load(), new Services(_clients, new ManualClock(), new Journal(), DispatchProxy.Create<ISessionStore, Uncalled>(), DispatchProxy.Create<ILiveSessions, Uncalled>()));
        Assert.Equal(1, _clients.Subscribers);
        var documented = policy.Modules.Select(m => m.GetType()).Where(t => t.Assembly != typeof(Named).Assembly).ToList();
        await (Task)documented[0].Assembly.GetType("Tried")!.GetMethod("RunAsync")!.Invoke(null, [])!;
        Assert.Equal("day_limit", Assert.Single(policy.Jobs).Name);
        await policy.DisposeAsync();

        Assert.Equal(["Blacklist", "DayLimit", "OfficeHours", "OfficeHours", "RouterWatch"], documented.Select(t => t.Name).Order());
        Assert.Equal(0, _clients.Subscribers);
    }

    [Fact]
    public async Task Its_group_is_compared()
    {
        PluginCompiler.Compile(string.Concat(Fences("csharp")[0], Fences("csharp")[6]), Path.Combine(_folder, "Documented.dll"));
        Write("modules/staff.yaml", "groups: { bob: admins }\n");
        Write("sites/default.yaml", Fences("yaml").Single(y => y.Contains("if: Group", StringComparison.Ordinal)).Replace("[ ok ]", "[ { update: { control: { Auth-Type: Accept } } } ]", StringComparison.Ordinal));
        await using var policy = PolicyCompiler.Compile(_folder, Some.Dictionary, Load(), new Services(new ManualClock(), new Journal()));

        Assert.Equal(Radius.PacketCode.AccessAccept, await policy.Default.AuthorizeAndAuthenticateAsync(Some.Request("User-Name = bob")));
        Assert.Equal(Radius.PacketCode.AccessReject, await policy.Default.AuthorizeAndAuthenticateAsync(Some.Request("User-Name = eve")));
    }

    // tests/EndToEnd.Tests builds the template; what is shown here is the same.
    [Fact]
    public void The_project_is_that_of_the_template()
    {
        var template = File.ReadAllLines(Repository.At("plugins/_Template/MyPlugin.csproj")).Select(l => l.Trim());

        Assert.Empty(Assert.Single(Fences("xml")).Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0).Except(template));
    }

    private ModuleRegistry Load()
    {
        var problems = new List<string>();
        var modules = new PluginLoader(NullLogger<PluginLoader>.Instance).Load([_folder], problems);
        Assert.Empty(problems);
        modules.TryAdd(new ModuleType("preprocess", typeof(Named), Blocking: false, "test"));
        modules.TryAdd(new ModuleType("users", typeof(FakeUsers), Blocking: false, "test"));
        modules.TryAdd(new ModuleType("pap", typeof(FakePap), Blocking: false, "test"));
        return modules;
    }

    private void Write(string file, string text)
    {
        var path = Path.Combine(_folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private static List<string> Fences(string language) =>
        [.. Fence().Matches(Document).Where(m => m.Groups[1].Value == language).Select(m => m.Groups[2].Value)];

    [GeneratedRegex("```([a-z]+)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Fence();

    /// <summary>A service that nobody asks.</summary>
    public class Uncalled : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => throw new NotSupportedException();
    }

    private sealed class FakeClients : IClientStore
    {
        public event Action? Changed;

        public int Subscribers => Changed?.GetInvocationList().Length ?? 0;

        public ValueTask<IReadOnlyList<Client>> AllAsync(CancellationToken cancelled) => new([Some.Client]);
    }
}
