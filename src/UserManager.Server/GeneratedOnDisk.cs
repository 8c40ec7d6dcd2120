using UserManager.Contract;

namespace UserManager.Server;

/// <summary>What an older version has generated lies in this node's <c>data/files</c>: at the start it goes into the database.</summary>
internal static class GeneratedOnDisk
{
    /// <summary>Moves all files of the folder. One whose name another node has taken, or that cannot be read, stays where it is, and the log says so.</summary>
    /// <exception cref="MenuException">The database cannot be written.</exception>
    public static async Task TakeAsync(string folder, IGeneratedFiles generated, ILogger log, CancellationToken cancelled)
    {
        if (!Directory.Exists(folder))
            return;

        var taken = (await generated.ListAsync(cancelled)).Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (var file in Directory.EnumerateFiles(folder, "*", options).Order(StringComparer.Ordinal).ToList())
        {
            var name = Path.GetRelativePath(folder, file);
            try
            {
                if (taken.Contains(name))
                    throw new IOException("there is one of this name in the database");

                await using (var octets = File.OpenRead(file))
                    await generated.WriteAsync(name, stream => octets.CopyToAsync(stream, cancelled), cancelled);

                File.Delete(file);
                log.GeneratedTaken(file);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                log.GeneratedLeft(file, fault.Message);
            }
        }
    }
}
