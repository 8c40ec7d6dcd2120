using System.Diagnostics;
using System.Runtime.InteropServices;

namespace UserManager.Benchmarks;

/// <summary>Requests of one kind at a rate, shared by connections.</summary>
/// <remarks>A request that is due while every connection is busy counts from when it was due.</remarks>
internal sealed class Load(int rate, int connections, TimeSpan duration, Func<int, IWorker> worker)
{
    private readonly Lock _lock = new();
    private readonly List<int> _microseconds = new(rate * (int)duration.TotalSeconds);
    private long _next = -1;

    public int Wrong { get; private set; }

    public string? Problem { get; private set; }

    public int Count => _microseconds.Count;

    /// <summary>The time under which so many of all were answered, in µs.</summary>
    public int At(double part)
    {
        _microseconds.Sort();
        return Count == 0 ? 0 : _microseconds[(int)(part * (Count - 1))];
    }

    public IWorker Worker(int number) => worker(number % connections);

    public void Work(IWorker mine, long begin)
    {
        while (true)
        {
            var due = TimeSpan.FromSeconds((double)Interlocked.Increment(ref _next) / rate);
            if (due >= duration)
                break;

            var wait = due - Stopwatch.GetElapsedTime(begin);
            if (wait > TimeSpan.Zero)
                Thread.Sleep(wait);

            var from = wait > TimeSpan.Zero ? Stopwatch.GetElapsedTime(begin) : due;
            var problem = mine.Ask();
            var took = Stopwatch.GetElapsedTime(begin) - from;
            lock (_lock)
            {
                _microseconds.Add((int)took.TotalMicroseconds);
                if (problem is not null)
                    (Wrong, Problem) = (Wrong + 1, Problem ?? problem);
            }
        }

        mine.End();
    }
}

/// <summary>What one thread does again and again.</summary>
internal interface IWorker : IDisposable
{
    /// <returns>What is wrong with the answer; null when nothing is.</returns>
    string? Ask();

    /// <summary>Puts away what it has made.</summary>
    void End()
    {
    }
}

/// <summary>Takes so much of the processor.</summary>
internal sealed partial class Burner(int microseconds) : IWorker
{
    private const int ThreadTime = 3;       // clock_gettime(2): CLOCK_THREAD_CPUTIME_ID

    public string? Ask()
    {
        for (var until = Now() + microseconds; Now() < until;)
            Thread.SpinWait(20);

        return null;
    }

    public void Dispose()
    {
    }

    private static double Now()
    {
        _ = GetTime(ThreadTime, out var time);
        return time.Seconds * 1e6 + time.Nanoseconds / 1e3;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Time time);

    private readonly record struct Time(long Seconds, long Nanoseconds);
}

/// <summary>Half of what it asks is a user by name, the rest prints with a filter.</summary>
internal sealed class Reader(RestConnection connection, int number, int users) : IWorker
{
    private readonly Random _random = new(number);
    private int _count;

    public string? Ask()
    {
        var user = _random.Next(users);
        var (path, has) = (_count++ % 10) switch
        {
            < 5 => ($"/rest/user-manager/user/u{user:D6}", $"\"name\":\"u{user:D6}\""),
            < 7 => ($"/rest/user-manager/user?name=u{user:D6}&.proplist=.id,name,disabled", $"\"name\":\"u{user:D6}\""),
            7 => ($"/rest/user-manager/user?.id=*{user + 1:X}", $"\"name\":\"u{user:D6}\""),
            8 => ($"/rest/user-manager/user-profile?user=u{user:D6}", "[]"),
            _ => ($"/rest/user-manager/session?user=u{user:D6}&active=true&.proplist=.id,started,download", "[]"),
        };
        var (status, text) = connection.Ask("GET", path);
        return status == 200 && text.Contains(has, StringComparison.Ordinal) ? null : $"GET {path}: {text}";
    }

    public void Dispose() => connection.Dispose();
}

/// <summary>Half of what it asks changes a user; the rest adds one and removes it.</summary>
internal sealed class Writer(RestConnection connection, int number, int users) : IWorker
{
    private readonly Random _random = new(number);
    private int _count;
    private bool _isThere;

    private string Name => $"rest-load-{number}";

    public string? Ask()
    {
        if (_count++ % 2 == 0)
        {
            var path = $"/rest/user-manager/user/u{_random.Next(users):D6}";
            return Expect(200, "PATCH", path, connection.Ask("PATCH", path, $$"""{"comment":"paid {{number}}-{{_count}}"}"""));
        }

        _isThere = !_isThere;
        return _isThere
            ? Expect(201, "PUT", Name, connection.Ask("PUT", "/rest/user-manager/user", $$"""{"name":"{{Name}}","password":"secret","shared-users":2}"""))
            : Expect(204, "DELETE", Name, connection.Ask("DELETE", $"/rest/user-manager/user/{Name}"));
    }

    public void End()
    {
        if (_isThere)
            connection.Ask("DELETE", $"/rest/user-manager/user/{Name}");
    }

    public void Dispose() => connection.Dispose();

    private static string? Expect(int status, string method, string path, (int Status, string Text) answer) =>
        answer.Status == status ? null : $"{method} {path}: {answer.Text}";
}
