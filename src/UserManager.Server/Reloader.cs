namespace UserManager.Server;

/// <summary>Keeps what is read from the store in step with it: one read at a time, once more when it changed meanwhile, and again later when one failed.</summary>
internal sealed class Reloader : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Func<Task> _read;
    private readonly ILogger _log;
    private readonly ITimer _again;
    private readonly Lock _lock = new();
    private bool _wanted;
    private bool _running;

    public Reloader(Func<Task> read, TimeProvider clock, ILogger log)
    {
        (_read, _log) = (read, log);
        _again = clock.CreateTimer(_ => _ = RunAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Reads now; or, when a read is under way, has it followed by another.</summary>
    public async Task RunAsync()
    {
        lock (_lock)
        {
            _wanted = true;
            if (_running)
                return;

            _running = true;
        }

        while (IsWanted())
        {
            if (await TryReadAsync())
                continue;

            lock (_lock)
                _running = false;

            _again.Change(Pause, Timeout.InfiniteTimeSpan);
            return;
        }
    }

    public void Dispose() => _again.Dispose();

    private bool IsWanted()
    {
        lock (_lock)
        {
            var wanted = _wanted;
            _wanted = false;
            _running = wanted;
            return wanted;
        }
    }

    private async Task<bool> TryReadAsync()
    {
        try
        {
            await _read();
            return true;
        }
        catch (OperationCanceledException)
        {
            return true;        // the server stops
        }
        catch (Exception fault)
        {
            _log.RoutersFailed(fault);
            return false;
        }
    }
}
