namespace UserManager.Storage.Tests;

/// <summary>Runs the tests; or, for <see cref="CrashTests"/>, is the process that is killed.</summary>
public static class Program
{
    public const string CrashChild = "crash-child";

    public static async Task<int> Main(string[] args)
    {
        if (args is not [CrashChild, var database, var folder])
            return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);

        await CrashTests.RunChildAsync(database, folder);
        return 0;
    }
}
