using System.Diagnostics;

namespace UserManager.Testing;

/// <summary>Makes plugins from source, as an integrator would with the server's assemblies before them.</summary>
public static class PluginCompiler
{
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using Microsoft.AspNetCore.Http;
        global using UserManager.Contract;
        global using UserManager.Radius;

        """;

    // .../shared/Microsoft.NETCore.App/10.0.0
    private static readonly string Framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;

    private static readonly string Dotnet = Path.GetFullPath(Path.Combine(Framework, "..", "..", ".."));

    private static readonly string Compiler = Directory.GetFiles(Path.Combine(Dotnet, "sdk"), "csc.dll", SearchOption.AllDirectories)
        .Where(f => f.Contains("bincore", StringComparison.Ordinal))
        .Max(StringComparer.Ordinal)!;

    /// <summary>Compiles a plugin.</summary>
    /// <param name="source">C#. The usual namespaces and those of the contract are there.</param>
    /// <param name="file">The assembly to make. Its name is the plugin's. What is there is replaced at once.</param>
    public static void Compile(string source, string file)
    {
        var work = Directory.CreateTempSubdirectory("plugin-source-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(work, "Usings.cs"), Usings);
            File.WriteAllText(Path.Combine(work, "Source.cs"), source);
            var made = Path.Combine(work, Path.GetFileName(file));
            Run([Compiler, "-nologo", "-noconfig", "-target:library", "-nullable:enable", "-optimize+", "-nowarn:CS1701,CS1702", $"-out:{made}",
                .. References().Select(r => $"-r:{r}"), Path.Combine(work, "Usings.cs"), Path.Combine(work, "Source.cs")]);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.Move(made, file, overwrite: true);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static IEnumerable<string> References()
    {
        var ours = Path.GetDirectoryName(typeof(Contract.RequestContext).Assembly.Location)!;
        var extensions = Directory.GetDirectories(Path.Combine(Dotnet, "shared", "Microsoft.AspNetCore.App")).Max(StringComparer.Ordinal)!;
        return Directory.GetFiles(Framework, "System*.dll")
            .Where(f => !f.EndsWith(".Native.dll", StringComparison.Ordinal))
            .Append(Path.Combine(Framework, "netstandard.dll"))
            .Append(Path.Combine(extensions, "Microsoft.Extensions.Logging.Abstractions.dll"))
            .Append(Path.Combine(extensions, "Microsoft.Extensions.Primitives.dll"))
            .Append(Path.Combine(extensions, "Microsoft.Extensions.Features.dll"))
            .Concat(Directory.GetFiles(extensions, "Microsoft.AspNetCore.Http*.dll"))
            .Concat(new[] { "UserManager.Contract", "UserManager.Radius", "UserManager.Domain" }.Select(name => Path.Combine(ours, name + ".dll")));
    }

    private static void Run(string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(Dotnet, "dotnet"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException(output);
    }
}
