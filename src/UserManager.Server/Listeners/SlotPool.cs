namespace UserManager.Server.Listeners;

/// <summary>Slots that wait for a request. Bounded by the requests under way: past that, none is given.</summary>
internal sealed class SlotPool(int capacity)
{
    private readonly Stack<RequestSlot> _free = new();      // the last one used is still in the processor's cache
    private readonly Lock _lock = new();
    private int _rented;

    public RequestSlot? TryRent()
    {
        if (Interlocked.Increment(ref _rented) > capacity)
        {
            Interlocked.Decrement(ref _rented);
            return null;
        }

        lock (_lock)
            return _free.TryPop(out var slot) ? slot : new RequestSlot();
    }

    /// <summary>Takes a slot back. One whose module overran its time is let go: the module may still write to it.</summary>
    public void Return(RequestSlot slot)
    {
        Interlocked.Decrement(ref _rented);
        if (slot.Context.IsAbandoned)
            return;

        lock (_lock)
            _free.Push(slot);
    }

    /// <summary>Lets go of those that wait; who asks gets new ones.</summary>
    public void Clear()
    {
        lock (_lock)
            _free.Clear();
    }
}
