using UserManager.Contract;

namespace UserManager.Plugins.Tests;

/// <summary>What modules generate, in a folder.</summary>
internal sealed class FakeGeneratedFiles(string folder) : IGeneratedFiles
{
    public IReadOnlyList<string> Names => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The path of a file.</summary>
    public string At(string name) => Path.Combine(folder, name);

    public ValueTask<IReadOnlyList<GeneratedFile>> ListAsync(CancellationToken cancelled) =>
        ValueTask.FromResult<IReadOnlyList<GeneratedFile>>([.. Names.Select(n => new GeneratedFile(n, new FileInfo(At(n)).Length, File.GetLastWriteTimeUtc(At(n))))]);

    public ValueTask<Stream?> OpenReadAsync(string name, CancellationToken cancelled) =>
        ValueTask.FromResult<Stream?>(File.Exists(At(name)) ? File.OpenRead(At(name)) : null);

    public async ValueTask WriteAsync(string name, Func<Stream, Task> write, CancellationToken cancelled)
    {
        var draft = Path.GetTempFileName();
        try
        {
            await using (var file = File.Create(draft))
                await write(file);

            Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
            File.Move(draft, At(name), overwrite: true);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    public ValueTask<bool> RemoveAsync(string name, CancellationToken cancelled)
    {
        var isThere = File.Exists(At(name));
        File.Delete(At(name));
        return ValueTask.FromResult(isThere);
    }
}
