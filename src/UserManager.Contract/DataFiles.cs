namespace UserManager.Contract;

/// <summary>The folder <c>data/files</c> of this node: the only place that imports, exports and certificates read and write by a name that somebody gave.</summary>
/// <remarks>
/// A name is relative, with <c>/</c> between folders: <c>certs/ca.pem</c>. What leads out (<c>..</c>, an absolute path, a symbolic link) is
/// refused, and so is the folder of <see cref="IGeneratedFiles"/>, which are in the database. Files are their owner's alone (0600), folders are made as
/// needed (0700).
/// </remarks>
public sealed class DataFiles(string folder)
{
    /// <summary>The most that is read of a file that is to be held in memory: 16 MiB.</summary>
    public const int MostRead = 16 * 1024 * 1024;

    /// <summary>Its full path. It need not exist before something is written.</summary>
    public string Folder { get; } = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    /// <summary>The full path that a name stands for.</summary>
    /// <exception cref="MenuException">It leads out of the folder.</exception>
    public string Resolve(string name)
    {
        if (IsGenerated(name))
            throw new MenuException($"failure: {name}: {IGeneratedFiles.Folder} is for what the server makes, and is in the database: give another name");

        if (name.Length == 0 || name.Contains('\0') || name.Contains('\\') || Path.IsPathRooted(name))
            throw Outside(name);

        var path = Folder;
        foreach (var part in name.Split('/'))
        {
            if (part is "" or "." or "..")
                throw Outside(name);

            path = Path.Combine(path, part);
            if (new FileInfo(path).LinkTarget is not null)
                throw new MenuException($"failure: {name}: symbolic links are not followed");
        }

        return path;
    }

    /// <summary>Whether it is the name of one of <see cref="IGeneratedFiles"/>, or of their folder.</summary>
    public static bool IsGenerated(string name) =>
        name.StartsWith(IGeneratedFiles.Folder, StringComparison.Ordinal) && (name.Length == IGeneratedFiles.Folder.Length || name[IGeneratedFiles.Folder.Length] == '/');

    /// <summary>Whether there is a plain file of this name.</summary>
    /// <exception cref="MenuException">The name leads out of the folder.</exception>
    public bool Exists(string name) => IsPlain(Resolve(name));

    /// <summary>The octets of a file.</summary>
    /// <exception cref="MenuException">There is none of this name, or it is larger than <see cref="MostRead"/>, or cannot be read.</exception>
    public byte[] Read(string name)
    {
        using var stream = OpenRead(name);
        if (stream.Length > MostRead)
            throw new MenuException($"failure: {name}: the file is too large ({stream.Length} octets; at most {MostRead})");

        var octets = new byte[stream.Length];
        stream.ReadExactly(octets);
        return octets;
    }

    /// <summary>A file for reading from its beginning.</summary>
    /// <exception cref="MenuException">There is none of this name, or it cannot be read.</exception>
    public FileStream OpenRead(string name)
    {
        var path = Resolve(name);
        if (!IsPlain(path))
            throw new MenuException($"failure: no such file: {name} (files are looked for in {Folder})") { Kind = MenuError.NoSuchItem };

        return Tell(name, () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
    }

    /// <summary>Writes a file whole, in the place of one that is there: whoever reads meanwhile sees the old one or the new one.</summary>
    /// <exception cref="MenuException">It cannot be written.</exception>
    public void Write(string name, ReadOnlySpan<byte> octets)
    {
        var (path, draft) = Begin(name);
        try
        {
            MakeFolder(Path.GetDirectoryName(path)!);
            using (var file = Create(draft))
                file.Write(octets);

            File.Move(draft, path, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Discard(draft);
            throw Unwritten(name, fault);
        }
    }

    /// <summary>Writes a file piece by piece, for what is too large to be held in memory. It takes its place as a whole, as with <see cref="Write"/>.</summary>
    /// <param name="name">A name.</param>
    /// <param name="write">Writes the octets. When it throws, nothing has changed.</param>
    /// <exception cref="MenuException">It cannot be written.</exception>
    public async Task WriteAsync(string name, Func<Stream, Task> write)
    {
        var (path, draft) = Begin(name);
        try
        {
            MakeFolder(Path.GetDirectoryName(path)!);
            await using (var file = Create(draft))
                await write(file).ConfigureAwait(false);

            File.Move(draft, path, overwrite: true);
        }
        catch (Exception fault)
        {
            Discard(draft);
            if (fault is IOException or UnauthorizedAccessException)
                throw Unwritten(name, fault);

            throw;
        }
    }

    /// <summary>The names of the plain files in a folder, in order; none when there is no such folder.</summary>
    /// <exception cref="MenuException">The name leads out of the folder.</exception>
    public IReadOnlyList<string> Names(string folder)
    {
        var path = Resolve(folder);
        return Directory.Exists(path)
            ? [.. Directory.GetFiles(path).Where(IsPlain).Select(f => Path.GetFileName(f)!).Where(f => !IsDraft(f)).Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>Removes a file.</summary>
    /// <returns>False when there is none of this name.</returns>
    /// <exception cref="MenuException">It cannot be removed.</exception>
    public bool Remove(string name)
    {
        var path = Resolve(name);
        if (!IsPlain(path))
            return false;

        return Tell(name, () =>
        {
            File.Delete(path);
            return true;
        });
    }

    private (string Path, string Draft) Begin(string name)
    {
        var path = Resolve(name);
        return Directory.Exists(path) ? throw new MenuException($"failure: {name} is a folder") : (path, $"{path}.{Guid.NewGuid():N}.new");
    }

    // Where its folder could not be made there is none.
    private static void Discard(string draft)
    {
        if (File.Exists(draft))
            File.Delete(draft);
    }

    // What a crash has left of one.
    private static bool IsDraft(string file) => file.EndsWith(".new", StringComparison.Ordinal) && file.Length > 37 && file[^37] == '.';

    private static MenuException Unwritten(string name, Exception fault) => new($"failure: {name} cannot be written: {fault.Message}");

    private static bool IsPlain(string path) => File.Exists(path) && (File.GetAttributes(path) & FileAttributes.ReparsePoint) == 0;

    private static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        return new FileStream(path, options);
    }

    private static T Tell<T>(string name, Func<T> use)
    {
        try
        {
            return use();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new MenuException($"failure: {name}: {fault.Message}");
        }
    }

    private static MenuException Outside(string name) =>
        new($"failure: {name}: a name of a file in data/files is needed, without .. and without a leading /");
}
