namespace UserManager.Policy;

/// <summary>Ends what a module does not end in its time.</summary>
/// <remarks>All calls of a module have the same time, so those that began first are over first: one timer serves them all.</remarks>
internal sealed class Deadlines(TimeSpan time, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly long _time = (long)(time.TotalSeconds * clock.TimestampFrequency);
    private Entry? _first;
    private Entry? _last;
    private ITimer? _timer;
    private bool _isSet;

    /// <summary>What each has; <see cref="Timeout.InfiniteTimeSpan"/> for all it wants.</summary>
    public TimeSpan Time => time;

    public TimeProvider Clock => clock;

    /// <summary>Its time begins; anew, if it has begun before.</summary>
    public void Begin(Entry entry)
    {
        if (time == Timeout.InfiniteTimeSpan)
            return;

        lock (_lock)
        {
            Remove(entry);
            entry.Due = clock.GetTimestamp() + _time;
            (entry.Before, entry.IsIn) = (_last, true);
            (_last is null ? ref _first : ref _last.After) = entry;
            _last = entry;
            if (!_isSet)
                Set(time);
        }
    }

    /// <summary>It ended by itself.</summary>
    public void End(Entry entry)
    {
        lock (_lock)
            Remove(entry);
    }

    private void Fire()
    {
        while (TakeDue() is { } entry)
            entry.TimeIsUp();
    }

    private Entry? TakeDue()
    {
        lock (_lock)
        {
            _isSet = _first is not null;
            if (_first is not { } first)
                return null;

            var left = clock.GetElapsedTime(clock.GetTimestamp(), first.Due);
            if (left > TimeSpan.Zero)
            {
                Set(left);
                return null;
            }

            Remove(first);
            return first;
        }
    }

    // A timer counts whole milliseconds, and must not come before the time.
    private void Set(TimeSpan left)
    {
        _isSet = true;
        _timer ??= clock.CreateTimer(static deadlines => ((Deadlines)deadlines!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }

    private void Remove(Entry entry)
    {
        if (!entry.IsIn)
            return;

        (entry.Before is null ? ref _first : ref entry.Before.After) = entry.After;
        (entry.After is null ? ref _last : ref entry.After.Before) = entry.Before;
        (entry.Before, entry.After, entry.IsIn) = (null, null, false);
    }

    /// <summary>What has a time to end in.</summary>
    internal abstract class Entry
    {
        internal Entry? Before;
        internal Entry? After;

        internal bool IsIn { get; set; }

        /// <summary>Timestamp.</summary>
        internal long Due { get; set; }

        public abstract void TimeIsUp();
    }
}
