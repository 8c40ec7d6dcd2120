using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Contract;
using UserManager.Policy;
using UserManager.Testing;
using Xunit;

namespace UserManager.Plugins.Tests;

/// <summary>What holds for every built-in plugin.</summary>
public sealed class PluginFolderTests
{
    // What begins with _ is no plugin: the template.
    public static TheoryData<string> Names =>
        [.. Directory.GetDirectories(Repository.At("plugins")).Select(f => Path.GetFileName(f)).Where(name => name[0] != '_')];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_folder_is_named_as_its_assembly_and_says_what_it_does(string name)
    {
        var module = Module(name);

        Assert.True(File.Exists(Repository.At("plugins", name, $"{ModuleName(module)}.yaml")));
        var readme = File.ReadAllText(Repository.At("plugins", name, "README.md"));
        Assert.StartsWith($"# {ModuleName(module)}\n", readme, StringComparison.Ordinal);
        Assert.All(ModulesOf(name), m => Assert.True(m.IsSealed));
        Assert.All(ModulesOf(name), m => Assert.Contains(ModuleName(m), readme));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_needs_the_contract_and_what_the_contract_uses_and_nothing_else(string name)
    {
        var ours = Module(name).Assembly.GetReferencedAssemblies().Select(a => a.Name!).Where(a => a.StartsWith("UserManager", StringComparison.Ordinal));

        Assert.Empty(ours.Except(["UserManager.Contract", "UserManager.Radius", "UserManager.Domain"]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_option_file_names_every_option_with_its_default(string name)
    {
        foreach (var module in Described(name))
            NamesEveryOption(module, name);
    }

    private static void NamesEveryOption(Type module, string name)
    {
        var file = Repository.At("plugins", name, $"{ModuleName(module)}.yaml");
        var written = File.ReadAllLines(file).Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split(": ", 2)).ToDictionary(l => l[0], l => Plain(l[1]));

        Assert.Equal(Defaults(module), written);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_configuration_has_the_option_file_as_it_is(string name)
    {
        foreach (var module in Described(name))
            IsConfiguredAsItIs(module, name);
    }

    private static void IsConfiguredAsItIs(Type module, string name)
    {
        var configured = Repository.At("config", "modules", $"{ModuleName(module)}.yaml");
        if (Options(module) is null)
            Assert.False(File.Exists(configured));
        else
            Assert.Equal(File.ReadAllText(Repository.At("plugins", name, $"{ModuleName(module)}.yaml")), File.ReadAllText(configured));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_option_file_is_what_the_server_reads_as_the_defaults(string name)
    {
        foreach (var module in ModulesOf(name))
        {
            if (Options(module) is not { } type)
                continue;

            var read = OptionsReader.Read(Repository.At("plugins", name, $"{ModuleName(module)}.yaml"), type);

            Assert.Equal(JsonSerializer.Serialize(Activator.CreateInstance(type)), JsonSerializer.Serialize(read));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_server_s_loader_takes_it_as_it_is_built(string name)
    {
        var output = Repository.At("plugins", name, AppContext.BaseDirectory[Repository.At("tests", "Plugins.Tests").Length..].TrimStart('/'));

        var folder = Directory.CreateTempSubdirectory("plugins-").FullName;
        Directory.CreateSymbolicLink(Path.Combine(folder, name), output);
        var problems = new List<string>();
        var registry = new PluginLoader(NullLogger<PluginLoader>.Instance).Load([folder], problems);
        Assert.Empty(problems);

        Assert.Equal(ModulesOf(name).Select(ModuleName).Order(), registry.Modules.Select(m => m.Name).Order());
        Assert.All(registry.Modules, module => Assert.Equal(module.Class.GetCustomAttribute<ModuleAttribute>()!.Blocking, module.Blocking));
        Assert.DoesNotContain(Directory.GetFiles(output), f => Path.GetFileName(f).StartsWith("UserManager.", StringComparison.Ordinal));
        Directory.Delete(folder, recursive: true);
    }

    private static Type Module(string name) =>
        Assembly.Load(name).GetExportedTypes().Single(t => t.GetCustomAttribute<ModuleAttribute>() is not null && t.Name == name);

    private static Type[] ModulesOf(string name) =>
        [.. Assembly.Load(name).GetExportedTypes().Where(t => t.GetCustomAttribute<ModuleAttribute>() is not null)];

    // The plugin's own module, and the others of it that have options.
    private static IEnumerable<Type> Described(string name) => ModulesOf(name).Where(m => m == Module(name) || Options(m) is not null);

    private static string ModuleName(Type module) => module.GetCustomAttribute<ModuleAttribute>()!.Name;

    private static Type? Options(Type module) => module.GetConstructors().Single().GetParameters()
        .Select(p => p.ParameterType).SingleOrDefault(t => t.Name.EndsWith("Options", StringComparison.Ordinal));

    private static Dictionary<string, string> Defaults(Type module)
    {
        if (Options(module) is not { } type)
            return [];

        var options = Activator.CreateInstance(type);
        return type.GetProperties().ToDictionary(p => Kebab(p.Name), p => Yaml(p.GetValue(options)!));
    }

    // A time may be written in any unit.
    private static string Plain(string written) =>
        char.IsAsciiDigit(written[0]) && char.IsAsciiLetter(written[^1]) && OptionsReader.TryReadTime(written, out var time) ? Yaml(time) : written;

    private static string Yaml(object value) => value switch
    {
        TimeSpan time => time.ToString("c", CultureInfo.InvariantCulture),
        bool yes => yes ? "yes" : "no",
        Enum word => Kebab(word.ToString()),
        string text => text.Length == 0 || text.EndsWith(' ') ? $"\"{text}\"" : text[0] is '@' or '%' ? $"'{text}'" : text,
        IReadOnlyList<string> { Count: 0 } => "[]",
        IReadOnlyList<string> list => $"[ {string.Join(", ", list)} ]",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new NotSupportedException(value.GetType().Name),
    };

    private static string Kebab(string name)
    {
        var text = new StringBuilder();
        foreach (var letter in name)
            text.Append(char.IsUpper(letter) && text.Length > 0 ? "-" : "").Append(char.ToLowerInvariant(letter));

        return text.ToString();
    }
}
