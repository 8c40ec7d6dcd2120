using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Domain;

namespace UserManager.Storage.Tests;

/// <summary>What was acknowledged is there after the process is killed. The test's own program is the one that is killed.</summary>
public sealed class CrashTests
{
    private const string Prefix = "acknowledged ";
    private const int InFlight = 64;

    [Fact]
    public async Task No_acknowledged_record_is_lost_when_the_process_is_killed()
    {
        using var store = new TestStore();
        for (var round = 0; round < 3; round++)
        {
            var acknowledged = await KillAfterAsync(store, records: 500);

            var kept = (await store.Node.Records(TestMenus.Session).AllAsync(("user", "alice"))).Select(s => s.Text("acct-session-id")).ToHashSet();
            Assert.True(acknowledged.Count >= 500);
            Assert.Superset(acknowledged, kept);
            store.Reopen();
        }
    }

    /// <summary>What the child does: records sessions for ever, and prints each that is acknowledged.</summary>
    internal static async Task RunChildAsync(string database, string folder)
    {
        using var stores = Stores.Open(new StorageOptions { Database = database, NodeFile = Path.Combine(folder, "child.yaml"), SecretKeyFile = Path.Combine(folder, "secret.key") }, TimeProvider.System, NullLoggerFactory.Instance);
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(worker => Task.Run(() => RecordAsync(stores, worker))));
    }

    /// <returns>The ids that the child had acknowledged when it was killed.</returns>
    private static async Task<HashSet<string>> KillAfterAsync(TestStore store, int records)
    {
        using var child = Process.Start(Child(store))!;
        var acknowledged = new HashSet<string>();
        while (acknowledged.Count < records && await child.StandardOutput.ReadLineAsync() is { } line)
            Note(line);

        child.Kill();
        while (await child.StandardOutput.ReadLineAsync() is { } line)
            Note(line);

        await child.WaitForExitAsync();
        return acknowledged;

        // The last line may be cut short.
        void Note(string line)
        {
            if (line.StartsWith(Prefix, StringComparison.Ordinal) && line.EndsWith('.'))
                acknowledged.Add(line[Prefix.Length..]);
        }
    }

    private static ProcessStartInfo Child(TestStore store) =>
        new(Path.ChangeExtension(typeof(CrashTests).Assembly.Location, null), [Program.CrashChild, store.Database.Address, store.Folder]) { RedirectStandardOutput = true };

    private static async Task RecordAsync(Stores stores, int worker)
    {
        for (var i = 0; ; i++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{worker}-{i}.");
            var now = TimeProvider.System.GetUtcNow();
            await stores.Sessions.RecordAsync(
                new SessionReport { Event = SessionEvent.Start, Key = new SessionKey(1, id, "alice", "", ""), At = now, ReceivedAt = now }, default);
            Console.Out.WriteLine(Prefix + id);
        }
    }
}
