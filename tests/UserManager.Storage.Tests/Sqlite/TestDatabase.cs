namespace UserManager.Storage.Tests;

/// <summary>The database of a test: a file in its folder.</summary>
internal sealed class TestDatabase(string folder) : IDisposable
{
    /// <summary>Makes a connection refuse to write.</summary>
    public const string ReadOnly = "PRAGMA query_only = 1";

    public string File => Path.Combine(folder, "usermanager.db");

    public string Address => "sqlite:" + File;

    /// <summary>As messages name it.</summary>
    public string Name => File;

    /// <summary>The statement that sets the clock of a connection on; null where the database keeps no time of places.</summary>
    public static string? ClockOf(TimeSpan ahead) => null;

    /// <summary>From here on it cannot be reached.</summary>
    public void TakeAway() => System.IO.File.Move(File, File + ".away");

    public void BringBack() => System.IO.File.Move(File + ".away", File);

    public void Dispose()
    {
        // It goes with the folder.
    }
}
