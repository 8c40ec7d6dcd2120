using System.Diagnostics;

namespace UserManager.Testing;

/// <summary>The data of a MariaDB server (mariadb-server) that was just installed; made once in a process, copied for each server.</summary>
internal static class MariaDbData
{
    private const int Tries = 5;

    private static readonly Lazy<string> Installed = new(Install);

    /// <summary>Where servers keep their data: in memory where there is room for it.</summary>
    public static string Root => Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    /// <summary>Puts the data of a new server into a folder that is not there yet.</summary>
    public static void CopyTo(string folder) => Run("cp", "--recursive", Installed.Value, folder);

    /// <summary>Runs a program.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed: with all it printed.</exception>
    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program}: {output}{errors.Result}");
    }

    private static string Install()
    {
        var folder = Path.Combine(Root, "um-mariadb-new-" + Guid.NewGuid().ToString("N")[..8]);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        for (var tries = 1; ; tries++)
        {
            try
            {
                Run("mariadb-install-db", "--no-defaults", $"--datadir={folder}", $"--user={Environment.UserName}", "--auth-root-authentication-method=normal", "--skip-test-db",
                    "--innodb-log-file-size=32M");
                return folder;
            }
            catch (InvalidOperationException) when (tries < Tries)
            {
                // Beside another installation about one in fifteen fails and does not say why (MariaDB 10.11).
                Directory.Delete(folder, recursive: true);
            }
        }
    }
}
