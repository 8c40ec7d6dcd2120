namespace UserManager.Storage;

/// <summary>Files and folders that only the server's own account may read: the database holds passwords.</summary>
internal static class PrivateFiles
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static void MakeFolderOf(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, Mode | UnixFileMode.UserExecute);
    }

    /// <summary>Gives a file that another made the mode 0600.</summary>
    public static void Protect(string path)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, Mode);
    }

    /// <summary>Opens for writing. A file that is made has the mode 0600; one that is there keeps its own.</summary>
    public static FileStream Open(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = Mode;

        return new FileStream(path, options);
    }
}
