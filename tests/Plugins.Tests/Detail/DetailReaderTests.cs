using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Radius;
using UserManager.Testing;
using Xunit;

namespace UserManager.Plugins.Tests;

public sealed class DetailReaderTests : IDisposable, IVirtualServers, IVirtualServer, IClientStore, ILogger<DetailReader>
{
    private readonly DataFiles _data = new(Directory.CreateTempSubdirectory("detail-").FullName);
    private readonly List<string> _seen = [];
    private readonly List<string> _log = [];

    // Which record is not acknowledged.
    private string _fails = "";

    event Action? IClientStore.Changed
    {
        add { }
        remove { }
    }

    string IVirtualServer.Name => "default";

    public void Dispose() => Directory.Delete(_data.Folder, recursive: true);

    [Fact]
    public async Task A_file_is_replayed_in_order_and_removed()
    {
        Write("radacct/detail-2", Record("c", 30));
        File.SetLastWriteTimeUtc(_data.Resolve("radacct/detail-2"), DateTime.UtcNow.AddHours(1));
        Write("radacct/detail-1", Record("a", 10) + Record("b", 20));
        Write("radacct/other", Record("d", 40));

        await Reader().RunAsync(Stop);

        Assert.Equal(["a hotspot 10 Start", "b hotspot 20 Start", "c hotspot 30 Start"], _seen);
        Assert.Equal(["other"], Files());
    }

    [Fact]
    public async Task A_record_that_is_not_acknowledged_is_tried_again_and_those_before_it_are_not()
    {
        Write("radacct/detail-1", Record("a", 10) + Record("b", 20) + Record("c", 30));
        _fails = "b";
        var reader = Reader();

        await reader.RunAsync(Stop);

        Assert.Equal(["a hotspot 10 Start", "b hotspot 20 Start"], _seen);
        Assert.Equal(TimeSpan.FromSeconds(7), reader.Interval);
        Assert.Equal(["detail.work"], Files());
        Assert.Contains("detail.work:7: the record was not acknowledged; it is tried again in 7 s", _log.Single(l => l.Contains("not acknowledged", StringComparison.Ordinal)), StringComparison.Ordinal);

        // Another reader, after a restart.
        _fails = "";
        _seen.Clear();
        reader = Reader();
        await reader.RunAsync(Stop);

        Assert.Equal(["b hotspot 20 Start", "c hotspot 30 Start"], _seen);
        Assert.Empty(Files());
        Assert.Equal(TimeSpan.FromSeconds(1), reader.Interval);
    }

    [Fact]
    public async Task What_can_never_be_replayed_is_put_aside()
    {
        var stranger = Record("b", 20).Replace("192.0.2.9", "198.51.100.1");
        var access = Record("c", 30).Replace("\tUser", "\tPacket-Type = Access-Request\n\tUser");
        Write("radacct/detail-1", Record("a", 10) + stranger + access);

        await Reader().RunAsync(Stop);

        Assert.Equal(["a hotspot 10 Start"], _seen);
        Assert.Equal(["detail.refused"], Files());
        Assert.Equal(stranger + access, File.ReadAllText(_data.Resolve("radacct/detail.refused")));
        Assert.Contains(_log, line => line.Contains("detail.work:7: no router has the address 198.51.100.1", StringComparison.Ordinal));
        Assert.Contains(_log, line => line.Contains("it is of the type Access-Request: only accounting is replayed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_record_cut_short_by_the_power_is_passed_over_and_a_line_that_cannot_be_read_is_left_out()
    {
        Write("radacct/detail-1", Record("a", 10).Replace("\tTimestamp", "\tNo-Such-Thing = 5\n\tTimestamp") + "Sat Nov 21 19:00:00 2026\n\tUser-Name = \"b\"\n\tNAS-IP-");

        await Reader().RunAsync(Stop);

        Assert.Equal(["a hotspot 10 Start"], _seen);
        Assert.Empty(Files());
        Assert.Contains(_log, line => line.Contains("detail.work:5: left out of the record: unknown attribute \"No-Such-Thing\"", StringComparison.Ordinal));
        Assert.Contains(_log, line => line.Contains("detail.work:8: the record ends in the middle", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_is_still_written_waits()
    {
        Write("radacct/detail-1", Record("a", 10));
        using (new FileStream(_data.Resolve("radacct/detail-1"), FileMode.Append, FileAccess.Write, FileShare.None))
            await Reader().RunAsync(Stop);

        Assert.Empty(_seen);
        await Reader().RunAsync(Stop);
        Assert.Equal(["a hotspot 10 Start"], _seen);
    }

    [Fact]
    public async Task One_shot_ends_with_the_first_file()
    {
        var reader = Reader(o => o with { OneShot = true });
        Write("radacct/detail-1", Record("a", 10));
        await reader.RunAsync(Stop);
        Write("radacct/detail-2", Record("b", 20));
        await reader.RunAsync(Stop);

        Assert.Equal(["a hotspot 10 Start"], _seen);
        Assert.True(reader.Interval > TimeSpan.FromDays(1));
    }

    // load_factor: at 10 percent it rests nine times as long as it worked.
    [Fact]
    public async Task It_rests_between_records()
    {
        var clock = new ManualClock();
        Write("radacct/detail-1", Record("a", 10) + Record("b", 20));
        _works = () => clock.Advance(TimeSpan.FromSeconds(1));

        var run = Reader(o => o with { LoadFactor = 10 }, clock).RunAsync(Stop).AsTask();

        Assert.Single(_seen);
        clock.Advance(TimeSpan.FromSeconds(8.9));
        Assert.Single(_seen);
        clock.Advance(TimeSpan.FromSeconds(0.2));
        await TestServer.WaitForAsync("the second record", () => _seen.Count == 2);
        await TestServer.WaitForAsync("the end of the file", () =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return run.IsCompleted;
        });
        Assert.Empty(Files());
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private Action _works = () => { };

    IVirtualServer IVirtualServers.Find(string name) => this;

    ValueTask<PacketCode> IVirtualServer.RunAsync(RequestContext context) => throw new InvalidOperationException();

    ValueTask<bool> IVirtualServer.AccountAsync(RequestContext context)
    {
        var user = context.Request.Text(Rfc2865.UserName);
        Assert.True(context.Dictionary.TryFind(Rfc2866.AcctStatusType, out var definition));
        Assert.True(context.Request.TryGetNumber(Rfc2866.AcctStatusType, out var status) && definition.TryGetName(status, out _));
        definition.TryGetName(status, out var word);
        _seen.Add($"{user} {context.Client.Name} {context.ReceivedAt.ToUnixTimeSeconds()} {word}");
        _works();
        return ValueTask.FromResult(user != _fails);
    }

    ValueTask<IReadOnlyList<Client>> IClientStore.AllAsync(CancellationToken cancelled) => ValueTask.FromResult<IReadOnlyList<Client>>([Requests.Router]);

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel level) => true;

    void ILogger.Log<TState>(LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> format) => _log.Add(format(state, exception));

    private static string Record(string user, long timestamp) =>
        $"Sat Nov 21 19:00:00 2026\n\tUser-Name = \"{user}\"\n\tAcct-Status-Type = Start\n\tNAS-IP-Address = 192.0.2.9\n\tTimestamp = {timestamp}\n\n";

    private string[] Files() => [.. Directory.GetFiles(_data.Resolve("radacct")).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    private void Write(string name, string text)
    {
        var path = _data.Resolve(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private DetailReader Reader(Func<DetailReaderOptions, DetailReaderOptions>? change = null, TimeProvider? clock = null)
    {
        var options = new DetailReaderOptions { Filename = "radacct/detail-*", LoadFactor = 100, RetryInterval = TimeSpan.FromSeconds(7) };
        return new DetailReader(change is null ? options : change(options), this, this, _data, Requests.Dictionary, clock ?? TimeProvider.System, this);
    }
}
