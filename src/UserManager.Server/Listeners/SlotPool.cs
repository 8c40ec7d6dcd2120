using System.Collections.Concurrent;

namespace UserManager.Server.Listeners;

/// <summary>Slots that wait for a request. Bounded by the requests under way: past that, none is given.</summary>
internal sealed class SlotPool(int capacity)
{
    private readonly ConcurrentBag<RequestSlot> _free = [];
    private int _rented;

    public RequestSlot? TryRent()
    {
        if (Interlocked.Increment(ref _rented) > capacity)
        {
            Interlocked.Decrement(ref _rented);
            return null;
        }

        return _free.TryTake(out var slot) ? slot : new RequestSlot();
    }

    /// <summary>Takes a slot back. One whose module overran its time is let go: the module may still write to it.</summary>
    public void Return(RequestSlot slot)
    {
        Interlocked.Decrement(ref _rented);
        if (!slot.Context.IsAbandoned)
            _free.Add(slot);
    }
}
