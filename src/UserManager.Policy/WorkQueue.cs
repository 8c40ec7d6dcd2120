namespace UserManager.Policy;

/// <summary>Work that threads wait for. Any number of threads may put it in and take it.</summary>
/// <remarks>A thread is woken at a time, which wakes the next one if there is more than it takes: to wake one costs more than most of the work.</remarks>
/// <param name="capacity">Most that waits.</param>
public sealed class WorkQueue<T>(int capacity = int.MaxValue)
    where T : class
{
    private readonly Queue<T> _queue = new();
    private readonly object _gate = new();
    private int _idle;
    private bool _isWaking;
    private bool _hasEnded;

    /// <summary>What waits for a thread.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _queue.Count;
        }
    }

    /// <returns>False when it is full, or has ended.</returns>
    public bool TryAdd(T work)
    {
        lock (_gate)
        {
            if (_hasEnded || _queue.Count >= capacity)
                return false;

            _queue.Enqueue(work);
            WakeOne();
            return true;
        }
    }

    /// <param name="waits">Whether to wait for work when there is none.</param>
    /// <returns>Null when there is none, or when the queue has ended and is empty.</returns>
    public T? Take(bool waits = true)
    {
        lock (_gate)
        {
            while (_queue.Count == 0)
            {
                if (_hasEnded || !waits)
                    return null;

                _idle++;
                Monitor.Wait(_gate);
                _idle--;
                _isWaking = false;
            }

            var work = _queue.Dequeue();
            if (_queue.Count > 0)
                WakeOne();

            return work;
        }
    }

    /// <summary>What is in it is done still.</summary>
    public void End()
    {
        lock (_gate)
        {
            _hasEnded = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void WakeOne()
    {
        if (_idle == 0 || _isWaking)
            return;

        _isWaking = true;
        Monitor.Pulse(_gate);
    }
}
