namespace UserManager.Policy;

/// <summary>Keeps a policy's modules from being disposed while something works with them. Each is released once.</summary>
/// <remarks>A request has one from its first step to its answer. What outlives the request, as a login of several rounds, takes another.</remarks>
public readonly struct PolicyLease
{
    private readonly LeaseCount _count;
    private readonly int _part;

    internal PolicyLease(Policy policy, LeaseCount count, int part) => (Policy, _count, _part) = (policy, count, part);

    public Policy Policy { get; }

    /// <summary>One more, taken while this one is held: also when the policy was replaced meanwhile.</summary>
    public PolicyLease Again()
    {
        _count.Add(_part);
        return this;
    }

    public void Release() => _count.Release(_part);
}

/// <summary>How many leases of a policy are out.</summary>
/// <remarks>
/// Counted in parts, each thread in its own, so that the threads that receive do not pull one cache line from each other. A lease is
/// given back, and shared, in the part it was taken in: a part that is seen at zero after the end of lending stays there.
/// </remarks>
internal sealed class LeaseCount
{
    private const int Parts = 16;

    // Longs from one part to the next: two cache lines, because processors fetch pairs.
    private const int Stride = 16;

    private readonly long[] _out = new long[Parts * Stride];
    private readonly TaskCompletionSource _unused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _ended;

    /// <returns>False when no more are given out.</returns>
    public bool TryAdd(out int part)
    {
        part = Environment.CurrentManagedThreadId % Parts;
        Add(part);
        if (!_ended)
            return true;

        Release(part);
        return false;
    }

    public void Add(int part) => Interlocked.Increment(ref _out[part * Stride]);

    public void Release(int part)
    {
        if (Interlocked.Decrement(ref _out[part * Stride]) == 0 && _ended)
            CheckUnused();
    }

    /// <summary>Ends the lending.</summary>
    /// <returns>Completes when all are back.</returns>
    public Task End()
    {
        _ended = true;
        Interlocked.MemoryBarrier();        // whoever adds from here on sees it, and who added before is counted below
        CheckUnused();
        return _unused.Task;
    }

    private void CheckUnused()
    {
        for (var part = 0; part < Parts; part++)
        {
            if (Volatile.Read(ref _out[part * Stride]) != 0)
                return;
        }

        _unused.TrySetResult();
    }
}
