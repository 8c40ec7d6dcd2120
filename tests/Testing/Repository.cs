namespace UserManager.Testing;

/// <summary>Where things lie in the checkout, and beside it.</summary>
public static class Repository
{
    /// <summary>The folder that holds UserManager.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The folder of conformance data and real clients beside the checkout; null when it is not there.</summary>
    public static string? Shared { get; } = FindShared();

    public static string At(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "UserManager.sln")))
            folder = folder.Parent;

        return folder?.FullName ?? throw new InvalidOperationException("UserManager.sln is in no folder above the tests.");
    }

    private static string? FindShared()
    {
        var folder = Environment.GetEnvironmentVariable("USERMANAGER_SHARED") ?? Path.Combine(Root, "..", "shared");
        return Directory.Exists(folder) ? Path.GetFullPath(folder) : null;
    }
}
