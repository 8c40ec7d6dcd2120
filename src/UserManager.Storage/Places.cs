using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>The places that logins hold between Access-Accept and their first accounting packet, in memory.</summary>
internal sealed class Places(TimeProvider clock)
{
    // A login looks into the database while it holds its shelf: so those of other users do not wait for it.
    private readonly Shelf[] _shelves = [.. Enumerable.Range(0, 64).Select(_ => new Shelf())];

    /// <summary>Whether a login of that user may hold a place.</summary>
    public bool Holds(string userName)
    {
        var shelf = Of(userName);
        if (shelf.IsEmpty)
            return false;

        lock (shelf)
            return shelf.Held.ContainsKey(userName);
    }

    /// <param name="open">Reads a user's open sessions.</param>
    public Place Reserve(in SessionKey login, int limit, TimeSpan hold, Func<string, List<Session>> open)
    {
        var shelf = Of(login.UserName);
        lock (shelf)
        {
            var now = clock.GetTimestamp();
            var (sessions, held, isOpen) = Look(shelf, login, now, open);
            if (isOpen)
                return new Place(true, null);

            var until = now + (long)(hold.TotalSeconds * clock.TimestampFrequency);
            if (shelf.TryHoldAgain(login, until))
                return new Place(true, null);

            if (Taken(sessions, held) >= limit)
                return new Place(false, sessions.MinBy(s => s.Started));

            shelf.Hold(login, until);
            return new Place(true, null);
        }
    }

    /// <summary>What <see cref="Reserve"/> decides by.</summary>
    public PlacesTaken Stand(SessionKey login, Func<string, List<Session>> open)
    {
        var shelf = Of(login.UserName);
        lock (shelf)
        {
            var (sessions, held, isOpen) = Look(shelf, login, clock.GetTimestamp(), open);
            return new PlacesTaken(Taken(sessions, held), isOpen || held.Exists(place => login.Repeats(place.Login)), sessions);
        }
    }

    // In this order: a place is given back after its session can be seen, so that one of the two is.
    private (List<Session> Sessions, List<HeldPlace> Held, bool IsOpen) Look(
        Shelf shelf, in SessionKey login, long now, Func<string, List<Session>> open)
    {
        var held = shelf.Current(login.UserName, now, clock);
        var sessions = open(login.UserName);
        foreach (var session in sessions)
        {
            if (login.IsSamePlaceAs(session.Key))
                return (sessions, held, true);
        }

        return (sessions, held, false);
    }

    /// <summary>A session was heard of: the place that its login held is its own now.</summary>
    public void Release(in SessionKey session)
    {
        var shelf = Of(session.UserName);
        lock (shelf)
            shelf.Release(session);
    }

    /// <returns>Devices on line, and logins that are none of them.</returns>
    private static int Taken(List<Session> sessions, List<HeldPlace> held)
    {
        var taken = 0;
        for (var i = 0; i < sessions.Count; i++)
        {
            // A device that is let in anew under another Acct-Session-Id while its old session is open is one still.
            var key = sessions[i].Key;
            if (!sessions.Take(i).Any(s => key.IsSamePlaceAs(s.Key)))
                taken++;
        }

        foreach (var place in held)
        {
            if (!sessions.Any(s => place.Login.IsSamePlaceAs(s.Key)))
                taken++;
        }

        return taken;
    }

    private Shelf Of(string userName) => _shelves[(uint)userName.GetHashCode(StringComparison.Ordinal) % _shelves.Length];

    /// <param name="Until">Timestamp.</param>
    private readonly record struct HeldPlace(SessionKey Login, long Until);

    /// <summary>What the logins of some users hold. Locked by who uses it.</summary>
    private sealed class Shelf
    {
        private static readonly List<HeldPlace> None = [];

        // In order of time, nearly: what was held again stands twice.
        private readonly Queue<(string UserName, long Until)> _ends = new();

        public Dictionary<string, List<HeldPlace>> Held { get; } = [];

        /// <summary>May be read without the lock: what a login took before its answer went out is seen when its accounting comes.</summary>
        public bool IsEmpty => Held.Count == 0;

        public List<HeldPlace> Current(string userName, long now, TimeProvider clock)
        {
            while (_ends.TryPeek(out var first) && first.Until <= now)
            {
                _ends.Dequeue();
                Drop(first.UserName, place => place.Until <= now);
            }

            return Held.GetValueOrDefault(userName, None);
        }

        public bool TryHoldAgain(in SessionKey login, long until)
        {
            if (!Held.TryGetValue(login.UserName, out var held))
                return false;

            for (var i = 0; i < held.Count; i++)
            {
                if (login.Repeats(held[i].Login))
                {
                    held[i] = held[i] with { Until = until };
                    _ends.Enqueue((login.UserName, until));
                    return true;
                }
            }

            return false;
        }

        public void Hold(in SessionKey login, long until)
        {
            if (!Held.TryGetValue(login.UserName, out var held))
                Held.Add(login.UserName, held = []);

            held.Add(new HeldPlace(login, until));
            _ends.Enqueue((login.UserName, until));
        }

        public void Release(SessionKey session)
        {
            if (!Held.TryGetValue(session.UserName, out var held))
                return;

            var index = held.FindIndex(place => place.Login.IsSamePlaceAs(session));

            // A login that told nothing of its device: the first such from that router.
            if (index < 0)
                index = held.FindIndex(place => place.Login.RouterId == session.RouterId && place.Login.CallingStationId.Length == 0);

            if (index >= 0)
                held.RemoveAt(index);

            if (held.Count == 0)
                Held.Remove(session.UserName);
        }

        private void Drop(string userName, Predicate<HeldPlace> which)
        {
            if (!Held.TryGetValue(userName, out var held))
                return;

            held.RemoveAll(which);
            if (held.Count == 0)
                Held.Remove(userName);
        }
    }
}
