using UserManager.Contract;
using UserManager.Management;
using UserManager.Storage;

namespace UserManager.Server;

/// <summary>The database as <c>/user-manager database</c> works with it.</summary>
/// <param name="loaded">Called when another database is in the place of the one before: plugins bring their tables up to date in it.</param>
internal sealed class LiveDatabase(DatabaseCare care, Func<CancellationToken, Task> loaded) : IDatabaseCare
{
    public string Name => care.Name;

    public long Size => Told(() => care.Size);

    public long? FreeSpace => Told(() => care.FreeSpace);

    public void Save(string file) => Told(() =>
    {
        care.Save(file);
        return 0;
    });

    public async ValueTask LoadAsync(string file, Caller caller, CancellationToken cancelled)
    {
        try
        {
            await care.LoadAsync(file, caller, cancelled);
        }
        catch (DatabaseException problem)
        {
            throw new MenuException($"failure: {problem.Message}");
        }

        await loaded(cancelled);
    }

    public void Optimize() => Told(() =>
    {
        care.Optimize();
        return 0;
    });

    private static T Told<T>(Func<T> run)
    {
        try
        {
            return run();
        }
        catch (DatabaseException problem)
        {
            throw new MenuException($"failure: {problem.Message}");
        }
    }
}
