using System.Data.Common;
using System.Text.Json;
using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>The places of a database that several nodes share: in its table <c>place</c>.</summary>
/// <remarks>While the database is away nobody can count sessions, and logins go on: each node then counts the places that its own logins hold.</remarks>
internal sealed class SharedPlaces(Database database, GroupWriter writer, TimeProvider clock) : IPlaces
{
    /// <summary>So long a login waits for a database that is away: it may only go over to its next server. The NAS asks again meanwhile.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly MemoryPlaces _meanwhile = new(_ => [], clock);

    public async ValueTask<Place> ReserveAsync(SessionKey login, int limit, TimeSpan hold, CancellationToken cancelled)
    {
        var begun = clock.GetTimestamp();
        while (writer.AwayFor < Patience && Patience - clock.GetElapsedTime(begun) is { Ticks: > 0 } left)
        {
            var taken = new PlaceTaken(login, limit, (long)hold.TotalMilliseconds, Random.Shared.NextInt64(1, long.MaxValue));
            try
            {
                return await writer.RunAsync<PlaceTaken, Place>(taken, cancelled).AsTask().WaitAsync(left, clock, cancelled);
            }
            catch (DatabaseException)
            {
                await Task.Delay(Pause, clock, cancelled);
            }
            catch (TimeoutException)
            {
                break;
            }
        }

        return await _meanwhile.ReserveAsync(login, limit, hold, cancelled);
    }

    public ValueTask<PlacesTaken> StandAsync(SessionKey login) => database.ReadAsync(login, static (connection, login) =>
    {
        // In this order: a place is given back in the transaction that begins its session, so that one of the two is seen.
        var (held, _, _) = SharedPlace.Read(connection.Prepare(SharedPlace.Select), login.UserName);
        return PlaceRules.Stand(login, SessionQuery.OfUser(connection.Prepare, login.UserName), held);
    });

    public async ValueTask ReleaseAsync(SessionKey login, long hold)
    {
        await _meanwhile.ReleaseAsync(login, hold);
        if (writer.Failure is null)
            await writer.RunAsync<PlaceGiven, bool>(new PlaceGiven(login.UserName, hold), CancellationToken.None);
    }

    public bool Holds(string userName) => _meanwhile.Holds(userName);

    public void Begun(Transaction transaction, in SessionKey session)
    {
        var key = session;
        if (transaction.MayHoldPlace(session.UserName))
            SharedPlace.Change(transaction, session.UserName, held => PlaceRules.Remove(held, key));
    }

    public void Recorded(in SessionKey session) => _meanwhile.Recorded(session);
}

/// <summary>The row of a user in the table <c>place</c>.</summary>
internal static class SharedPlace
{
    public const string Select = "SELECT {now}, held FROM (SELECT 1) AS one LEFT JOIN place ON place.`user` = @user";

    private const string SelectToWrite = Select + " {lock}";

    private const string Holders = """
        SELECT place.`user`
          FROM JSON_TABLE(@users, '$[*]' COLUMNS (name VARBINARY(759) PATH '$')) AS k
          STRAIGHT_JOIN place FORCE INDEX (PRIMARY) ON place.`user` = k.name
        """;

    private const string Insert = "INSERT INTO place (`user`, held, until) VALUES (@user, @held, @until)";
    private const string Update = "UPDATE place SET held = @held, until = @until WHERE `user` = @user";
    private const string Delete = "DELETE FROM place WHERE `user` = @user";

    /// <returns>Of these users those whose logins hold nothing.</returns>
    public static HashSet<string> Without(Transaction transaction, HashSet<string> userNames)
    {
        var without = new HashSet<string>(userNames);
        using var row = transaction.Prepare(Holders).With("@users", JsonSerializer.Serialize(userNames)).Read();
        while (row.Read())
            without.Remove(row.Text(0));

        return without;
    }

    /// <returns>What the user's logins hold still, the database's time, and whether there is a row.</returns>
    public static (List<HeldPlace> Held, long Now, bool IsThere) Read(PreparedCommand select, string userName)
    {
        using var row = select.With("@user", userName).Read();
        row.Read();
        var (now, isThere) = (row.Number(0), !row.IsNull(1));
        var held = isThere ? JsonSerializer.Deserialize<List<HeldPlace>>(row.Text(1))! : [];
        held.RemoveAll(place => place.Until <= now);
        return (held, now, isThere);
    }

    /// <summary>Reads it for writing: until the commit it is this transaction's, if it is there.</summary>
    public static (List<HeldPlace> Held, long Now, bool IsThere) Lock(Transaction transaction, string userName) =>
        Read(transaction.Prepare(SelectToWrite), userName);

    /// <returns>False when it was not there, and another node has written it since.</returns>
    public static bool TryWrite(Transaction transaction, string userName, List<HeldPlace> held, bool isThere)
    {
        if (held.Count == 0)
            return !isThere || transaction.Prepare(Delete).With("@user", userName).Execute() == 1;

        var command = transaction.Prepare(isThere ? Update : Insert)
            .With("@user", userName).With("@held", JsonSerializer.Serialize(held)).With("@until", held.Max(place => place.Until));
        try
        {
            command.Execute();
            return true;
        }
        catch (DbException fault) when (!isThere && transaction.IsUniqueViolation(fault))
        {
            return false;
        }
    }

    /// <summary>Takes something away from it; what others do to it waits.</summary>
    /// <param name="remove">Returns whether it has.</param>
    public static bool Change(Transaction transaction, string userName, Func<List<HeldPlace>, bool> remove)
    {
        var (held, _, isThere) = Lock(transaction, userName);
        return isThere && remove(held) && TryWrite(transaction, userName, held, isThere);
    }
}

/// <summary>A login takes a place. Its one write is its last statement, so a savepoint does not pay.</summary>
/// <param name="Hold">How long it is held, in milliseconds.</param>
/// <param name="Name">The new place's <see cref="HeldPlace.Hold"/>.</param>
internal readonly record struct PlaceTaken(SessionKey Login, int Limit, long Hold, long Name) : IGroupWork<Place>
{
    // Rows of users who never had accounting stay behind.
    private const string Prune = "DELETE FROM place WHERE until < {now}";
    private const int PruneOneOf = 10_000;

    public bool IsLong => false;

    public Place Run(Transaction transaction)
    {
        if (Name % PruneOneOf == 0)
            transaction.Prepare(Prune).Execute();

        // Anew, where another node was the first to put the row there.
        while (true)
        {
            var (held, now, isThere) = SharedPlace.Lock(transaction, Login.UserName);
            var sessions = SessionQuery.OfUser(transaction.Prepare, Login.UserName);
            var place = PlaceRules.Take(sessions, held, new HeldPlace(Login, now + Hold, Name), Limit, out var isNoted);
            if (!isNoted || SharedPlace.TryWrite(transaction, Login.UserName, held, isThere))
                return place;
        }
    }
}

/// <summary>A login that had taken a place was refused after all.</summary>
internal readonly record struct PlaceGiven(string UserName, long Hold) : IGroupWork<bool>
{
    public bool IsLong => false;

    public bool Run(Transaction transaction)
    {
        var hold = Hold;
        return SharedPlace.Change(transaction, UserName, held => held.RemoveAll(place => place.Hold == hold) > 0);
    }
}
