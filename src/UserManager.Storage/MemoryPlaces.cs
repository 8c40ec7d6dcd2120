using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>The places of a database that one node has for itself.</summary>
/// <param name="open">Reads a user's open sessions.</param>
internal sealed class MemoryPlaces(Func<string, List<Session>> open, TimeProvider clock) : IPlaces
{
    // A login looks into the database while it holds its shelf: so those of other users do not wait for it.
    private readonly Shelf[] _shelves = [.. Enumerable.Range(0, 64).Select(_ => new Shelf())];
    private long _lastHold;

    public ValueTask<Place> ReserveAsync(SessionKey login, int limit, TimeSpan hold, CancellationToken cancelled) => new(Reserve(login, limit, hold));

    public ValueTask<PlacesTaken> StandAsync(SessionKey login)
    {
        var shelf = Of(login.UserName);
        lock (shelf)
        {
            var held = shelf.Current(login.UserName, clock.GetTimestamp());
            return new(PlaceRules.Stand(login, open(login.UserName), held));
        }
    }

    public ValueTask ReleaseAsync(SessionKey login, long hold)
    {
        var shelf = Of(login.UserName);
        lock (shelf)
            shelf.Drop(login.UserName, place => place.Hold == hold);

        return ValueTask.CompletedTask;
    }

    public bool Holds(string userName)
    {
        var shelf = Of(userName);
        if (shelf.IsEmpty)
            return false;

        lock (shelf)
            return shelf.Held.ContainsKey(userName);
    }

    public void Begun(Transaction transaction, in SessionKey session)
    {
    }

    // Only when its session can be seen: in between, neither would count.
    public void Recorded(in SessionKey session)
    {
        var shelf = Of(session.UserName);
        lock (shelf)
            shelf.Release(session);
    }

    private Place Reserve(in SessionKey login, int limit, TimeSpan hold)
    {
        var shelf = Of(login.UserName);
        lock (shelf)
        {
            // In this order: a place is given back after its session can be seen, so that one of the two is.
            var now = clock.GetTimestamp();
            var held = shelf.Current(login.UserName, now);
            var until = now + (long)(hold.TotalSeconds * clock.TimestampFrequency);
            var take = new HeldPlace(login, until, Interlocked.Increment(ref _lastHold));
            var place = PlaceRules.Take(open(login.UserName), held, take, limit, out var isNoted);
            if (isNoted)
                shelf.Keep(login.UserName, held, until);

            return place;
        }
    }

    private Shelf Of(string userName) => _shelves[(uint)userName.GetHashCode(StringComparison.Ordinal) % _shelves.Length];

    /// <summary>What the logins of some users hold. Locked by who uses it.</summary>
    private sealed class Shelf
    {
        // In order of time, nearly: what was held again stands twice.
        private readonly Queue<(string UserName, long Until)> _ends = new();

        public Dictionary<string, List<HeldPlace>> Held { get; } = [];

        /// <summary>May be read without the lock: what a login took before its answer went out is seen when its accounting comes.</summary>
        public bool IsEmpty => Held.Count == 0;

        /// <returns>A list of the user's, to be kept (<see cref="Keep"/>) when something is added to an empty one.</returns>
        public List<HeldPlace> Current(string userName, long now)
        {
            while (_ends.TryPeek(out var first) && first.Until <= now)
            {
                _ends.Dequeue();
                Drop(first.UserName, place => place.Until <= now);
            }

            return Held.TryGetValue(userName, out var held) ? held : [];
        }

        public void Keep(string userName, List<HeldPlace> held, long until)
        {
            Held[userName] = held;
            _ends.Enqueue((userName, until));
        }

        public void Release(in SessionKey session)
        {
            if (Held.TryGetValue(session.UserName, out var held) && PlaceRules.Remove(held, session) && held.Count == 0)
                Held.Remove(session.UserName);
        }

        public void Drop(string userName, Predicate<HeldPlace> which)
        {
            if (!Held.TryGetValue(userName, out var held))
                return;

            held.RemoveAll(which);
            if (held.Count == 0)
                Held.Remove(userName);
        }
    }
}
