using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>The places that logins hold between Access-Accept and their first accounting packet: in memory where one node has the database, in the database where several share it.</summary>
internal interface IPlaces
{
    /// <summary>As <see cref="ISessionStore.ReserveAsync"/>.</summary>
    ValueTask<Place> ReserveAsync(SessionKey login, int limit, TimeSpan hold, CancellationToken cancelled);

    /// <summary>As <see cref="ISessionStore.PlacesAsync"/>.</summary>
    ValueTask<PlacesTaken> StandAsync(SessionKey login);

    /// <summary>As <see cref="ISessionStore.ReleaseAsync"/>.</summary>
    ValueTask ReleaseAsync(SessionKey login, long hold);

    /// <summary>Whether <see cref="Recorded"/> has something to do for the user.</summary>
    bool Holds(string userName);

    /// <summary>A session has begun, or is open again, in this transaction: the place that its login held is its own now.</summary>
    void Begun(Transaction transaction, in SessionKey session);

    /// <summary>What was recorded of a session can be seen by all.</summary>
    void Recorded(in SessionKey session);
}

/// <summary>A place that a login holds.</summary>
/// <param name="Login">The login as a session's key.</param>
/// <param name="Until">When it is given up, by the clock of who keeps it.</param>
/// <param name="Hold">Names it; another number when it is held anew, never 0.</param>
internal readonly record struct HeldPlace(SessionKey Login, long Until, long Hold);

/// <summary>How places are counted.</summary>
internal static class PlaceRules
{
    /// <summary>Decides over a login, and notes in <paramref name="held"/> the place it takes.</summary>
    /// <param name="sessions">The user's open sessions.</param>
    /// <param name="held">What the user's logins hold.</param>
    /// <param name="take">What this login would hold.</param>
    /// <param name="limit">How many places there are.</param>
    /// <param name="isNoted">Whether <paramref name="held"/> has changed.</param>
    public static Place Take(List<Session> sessions, List<HeldPlace> held, HeldPlace take, int limit, out bool isNoted)
    {
        isNoted = false;
        if (HasSession(take.Login, sessions))
            return new Place(true, null);

        var again = held.FindIndex(place => take.Login.Repeats(place.Login));
        if (again < 0 && Taken(sessions, held) >= limit)
            return new Place(false, sessions.MinBy(s => s.Started));

        isNoted = true;
        if (again < 0)
        {
            held.Add(take);
            return new Place(true, null) { Hold = take.Hold };
        }

        // Held by two logins now: neither may give it back.
        held[again] = take;
        return new Place(true, null);
    }

    /// <summary>How they stand for a login.</summary>
    public static PlacesTaken Stand(SessionKey login, List<Session> sessions, List<HeldPlace> held) => new(
        Taken(sessions, held), HasSession(login, sessions) || held.Exists(place => login.Repeats(place.Login)), sessions);

    /// <summary>Takes away the place that the login of a session held.</summary>
    /// <returns>False when there was none.</returns>
    public static bool Remove(List<HeldPlace> held, SessionKey session)
    {
        var index = held.FindIndex(place => place.Login.IsSamePlaceAs(session));

        // A login that told nothing of its device: the first such from that router.
        if (index < 0)
            index = held.FindIndex(place => place.Login.RouterId == session.RouterId && place.Login.CallingStationId.Length == 0);

        if (index >= 0)
            held.RemoveAt(index);

        return index >= 0;
    }

    private static bool HasSession(in SessionKey login, List<Session> sessions)
    {
        foreach (var session in sessions)
        {
            if (login.IsSamePlaceAs(session.Key))
                return true;
        }

        return false;
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
}
