namespace UserManager.Contract;

/// <summary>Files that are made for people, such as voucher sheets and reports. They are in the database, so that every node lists and serves them.</summary>
/// <remarks>
/// The menu <c>/file</c> shows them in the folder <see cref="Folder"/> of <c>data/files</c>, and browsers find them at <c>/um/PRIVATE/GENERATED/</c>. A name is
/// relative to that folder, with <c>/</c> between folders: <c>vouchers/gen_export.csv</c>. Their octets are encrypted by <c>secret.key</c>. They stay until
/// somebody removes them.
/// </remarks>
public interface IGeneratedFiles
{
    /// <summary>The folder of <c>data/files</c> that they are shown in.</summary>
    const string Folder = "um5files/PRIVATE/GENERATED";

    /// <summary>Longest name; characters.</summary>
    const int MostName = 250;

    /// <summary>All of them, by name.</summary>
    /// <exception cref="MenuException">The database cannot be read.</exception>
    ValueTask<IReadOnlyList<GeneratedFile>> ListAsync(CancellationToken cancelled);

    /// <summary>A file for reading from its beginning, by asynchronous reads. Its length is known; it cannot be sought in.</summary>
    /// <returns>Null when there is none of this name. What is read stays as it is, also when another takes its place meanwhile.</returns>
    /// <exception cref="MenuException">The database cannot be read.</exception>
    ValueTask<Stream?> OpenReadAsync(string name, CancellationToken cancelled);

    /// <summary>Writes a file piece by piece, of any size. It has its name, and takes the place of one that had it, when all of it is written.</summary>
    /// <param name="name">A name.</param>
    /// <param name="write">Writes the octets; what it does not write asynchronously is held in memory until it does, or flushes. When it throws, nothing has changed.</param>
    /// <param name="cancelled">Gives up.</param>
    /// <exception cref="MenuException">The name cannot be one, or the database cannot be written.</exception>
    ValueTask WriteAsync(string name, Func<Stream, Task> write, CancellationToken cancelled);

    /// <summary>Removes a file, its octets too.</summary>
    /// <returns>False when there is none of this name.</returns>
    /// <exception cref="MenuException">The database cannot be written.</exception>
    ValueTask<bool> RemoveAsync(string name, CancellationToken cancelled);
}

/// <summary>One of <see cref="IGeneratedFiles"/>.</summary>
/// <param name="Name">Below <see cref="IGeneratedFiles.Folder"/>, with <c>/</c> between folders.</param>
/// <param name="Size">Octets.</param>
/// <param name="WrittenAt">When it was.</param>
public sealed record GeneratedFile(string Name, long Size, DateTimeOffset WrittenAt);
