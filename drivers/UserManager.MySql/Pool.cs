using System.Collections.Concurrent;

namespace UserManager.MySql;

/// <summary>The sessions of one connection string: at most so many at a time, the idle ones kept for a while.</summary>
internal sealed class Pool : IDisposable
{
    private static readonly ConcurrentDictionary<string, Pool> All = new();

    // An idle session is asked whether it lives; one that has just been used does.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly MySqlConnectionStringBuilder _settings;
    private readonly SemaphoreSlim _places;
    private readonly Stack<Session> _idle = new();
    private readonly Timer _sweep;
    private int _generation;

    private Pool(string connectionString)
    {
        _settings = new MySqlConnectionStringBuilder(connectionString);
        _places = new SemaphoreSlim((int)_settings.MaximumPoolSize);
        var interval = TimeSpan.FromSeconds(Math.Clamp(_settings.ConnectionIdleTimeout / 2, 1, 60));
        _sweep = new Timer(static pool => ((Pool)pool!).Sweep(), this, interval, interval);
    }

    public static Pool Of(string connectionString) => All.GetOrAdd(connectionString, static text => new Pool(text));

    public static void ClearAll()
    {
        foreach (var pool in All.Values)
            pool.Clear();
    }

    /// <summary>Changes when the pool is cleared: what was taken before is not taken back.</summary>
    public int Generation => Volatile.Read(ref _generation);

    /// <exception cref="MySqlException">No place came free in time, or the server refuses.</exception>
    public Session Take()
    {
        if (!_places.Wait(TimeSpan.FromSeconds(_settings.ConnectionTimeout)))
        {
            throw new MySqlException(
                1040, "08004", $"All {_settings.MaximumPoolSize} connections of the pool were in use for {_settings.ConnectionTimeout} s.");
        }

        try
        {
            while (TakeIdle() is { } idle)
            {
                if (idle.Idle < Fresh || idle.Ping())
                    return idle;

                idle.Dispose();
            }

            return Session.Open(_settings);
        }
        catch
        {
            _places.Release();
            throw;
        }
    }

    public void Return(Session session, int generation)
    {
        if (generation == Generation && session.TryReset())
        {
            lock (_idle)
                _idle.Push(session);
        }
        else
        {
            session.Dispose();
        }

        _places.Release();
    }

    public void Clear()
    {
        Interlocked.Increment(ref _generation);
        while (TakeIdle() is { } idle)
            idle.Dispose();
    }

    public void Dispose()
    {
        Clear();
        _sweep.Dispose();
        _places.Dispose();
    }

    private Session? TakeIdle()
    {
        lock (_idle)
            return _idle.TryPop(out var session) ? session : null;
    }

    private void Sweep()
    {
        var tooOld = new List<Session>();
        lock (_idle)
        {
            var kept = _idle.Reverse().Where(s => s.Idle.TotalSeconds < _settings.ConnectionIdleTimeout).ToList();
            tooOld.AddRange(_idle.Except(kept));
            _idle.Clear();
            foreach (var session in kept)
                _idle.Push(session);
        }

        foreach (var session in tooOld)
            session.Dispose();
    }
}
