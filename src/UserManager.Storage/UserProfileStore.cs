using System.Collections.Concurrent;
using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>The profiles that users have, and what was used of them.</summary>
internal sealed class UserProfileStore(Database database, GroupWriter writer, ChangeFeed feed, ProfileCatalog catalog, TimeProvider clock)
    : IUserProfileStore
{
    public const string Menu = "/user-manager/user-profile";

    /// <summary>Of the words of <c>end-time</c>, as the column keeps them.</summary>
    private const long NotYetRunning = -1;

    private const long Unlimited = -2;

    private const string Columns = "id, profile, assigned, started, end_time, activated, used_up, download, upload, uptime";

    // A row for each counter of each. The counter begins at this column.
    private const int CounterColumn = 10;

    private const string WithCounters = $"""
        SELECT p.id, p.profile, p.assigned, p.started, p.end_time, p.activated, p.used_up, p.download, p.upload, p.uptime, {Counters.Columns}
          FROM user_profile AS p LEFT JOIN counter AS c ON c.user_profile = p.id
         WHERE p.`user` = @user
         ORDER BY p.id
        """;

    private readonly TimeZoneInfo _zone = clock.LocalTimeZone;
    private readonly ConcurrentDictionary<long, long> _removed = new();

    public ValueTask<IReadOnlyList<UserProfile>> OfUserAsync(long userId, CancellationToken cancelled) =>
        database.ReadAsync((Store: this, userId), static (connection, the) => the.Store.OfUser(connection, the.userId));

    public ValueTask<bool> StartAsync(long userProfileId, CancellationToken cancelled)
    {
        var now = clock.GetUtcNow();
        return ChangeAsync(userProfileId, one => one.StartedAt is null ? one.Start(now) : null, cancelled);
    }

    public ValueTask<bool> ActivateAsync(long userProfileId, CancellationToken cancelled)
    {
        var now = clock.GetUtcNow();
        return ChangeAsync(userProfileId, one => one.IsUsed(now, _zone) ? null : one.Activate(now), cancelled);
    }

    /// <summary>All of a user's. One whose profile is gone is left out.</summary>
    public IReadOnlyList<UserProfile> OfUser(Connection connection, long userId)
    {
        var profiles = catalog.Read(connection);
        var all = new List<UserProfile>();
        using var row = connection.Prepare(WithCounters).With("@user", userId).Read();
        while (row.Read())
        {
            if (!profiles.TryGetValue(row.Number(1), out var profile))
                continue;

            if (all.Count == 0 || all[^1].Id != row.Number(0))
                all.Add(Read(row, profile));

            if (profile.Limitations.Count > 0 && !row.IsNull(CounterColumn))
                all[^1] = all[^1] with { Counters = [.. all[^1].Counters, Counters.Read(row, CounterColumn)] };
        }

        return all;
    }

    /// <summary>As a login needs them: of those that are over only the last, to say what has become of it.</summary>
    public IReadOnlyList<UserProfile> ForLogin(Connection connection, long userId)
    {
        var all = OfUser(connection, userId);
        if (all.Count < 2)
            return all;

        var now = clock.GetUtcNow();
        return [.. all.Where((one, i) => i == all.Count - 1 || !one.IsUsed(now, _zone))];
    }

    /// <summary>The columns of a new one, by their fields.</summary>
    public IReadOnlyDictionary<string, object> Assigned(long profileId)
    {
        var now = clock.GetUtcNow();
        var values = new Dictionary<string, object> { ["assigned"] = now, ["end-time"] = "not-yet-running" };
        if (!Profiles().TryGetValue(profileId, out var profile) || UserProfile.Assign(0, profile, now) is not { StartedAt: { } started } one)
            return values;

        values["started"] = started;
        values["end-time"] = one.EndTime is { } end ? end : "unlimited";
        return values;
    }

    /// <summary>A profile; null when there is none.</summary>
    public Profile? FindProfile(long id) => Profiles().GetValueOrDefault(id);

    /// <summary>Gives a user a profile, in a transaction.</summary>
    /// <returns>Null when there is no such user.</returns>
    public static (long Id, string UserName)? Assign(Transaction transaction, long userId, Profile profile, DateTimeOffset now)
    {
        string name;
        using (var row = transaction.Prepare("SELECT name FROM user WHERE id = @id").With("@id", userId).Read())
        {
            if (!row.Read())
                return null;

            name = row.Text(0);
        }

        var one = UserProfile.Assign(transaction.NextId(Menu), profile, now);
        transaction.Prepare("INSERT INTO user_profile (id, `user`, profile, assigned, end_time) VALUES (@id, @user, @profile, @assigned, @end)")
            .With("@id", one.Id).With("@user", userId).With("@profile", profile.Id).With("@assigned", now.ToUnixTimeMilliseconds()).With("@end", NotYetRunning)
            .Execute();
        WriteTimes(transaction, one);
        transaction.Changed(Menu, one.Id);
        transaction.Changed(UserStore.Menu, userId);
        new SessionsToReview(userId, now.ToUnixTimeMilliseconds()).Run(transaction.Prepare(SessionsToReview.Text));
        return (one.Id, name);
    }

    /// <summary>The state of one of a user's. One whose profile is gone is used.</summary>
    public UserProfileState StateOf(long id, long userId)
    {
        var all = database.Read((Store: this, userId), static (connection, the) => the.Store.OfUser(connection, the.userId));
        return all.FirstOrDefault(one => one.Id == id) is { } found
            ? ProfileRules.StateOf(found, all, clock.GetUtcNow(), _zone)
            : UserProfileState.Used;
    }

    /// <summary>Whose it is; null when nobody knows any more.</summary>
    public long? UserOf(long id) => _removed.TryGetValue(id, out var user) ? user
        : database.Read(id, static (connection, id) => connection.Prepare("SELECT `user` FROM user_profile WHERE id = @id").With("@id", id).Number());

    /// <summary>Keeps whose it is while it is removed, for those who are told of the removal.</summary>
    public IDisposable Remember(long id)
    {
        if (UserOf(id) is { } user)
            _removed[id] = user;

        return new Removal(_removed, id);
    }

    /// <summary>Has the open sessions of a user looked at by the next job: what they are granted may be another now.</summary>
    public async ValueTask ReviewAsync(long userId, CancellationToken cancelled) =>
        await writer.CommitAsync<SessionsToReview, int>(new SessionsToReview(userId, clock.GetUtcNow().ToUnixTimeMilliseconds()), cancelled);

    private IReadOnlyDictionary<long, Profile> Profiles() => database.Read(catalog, static (connection, catalog) => catalog.Read(connection));

    private async ValueTask<bool> ChangeAsync(long id, Func<UserProfile, UserProfile?> change, CancellationToken cancelled)
    {
        // Not on the writer's connection: it sees what is not committed yet.
        var profiles = Profiles();
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var user = await writer.CommitAsync(transaction => Change(transaction, id, profiles, change, now), cancelled);
        if (user is null)
            return false;

        feed.Raise(new Change(UserStore.Menu, user.Value));
        return true;
    }

    private static long? Change(
        Transaction transaction, long id, IReadOnlyDictionary<long, Profile> profiles, Func<UserProfile, UserProfile?> change, long now)
    {
        if (Find(transaction, id, profiles) is not var (user, before) || change(before) is not { } after)
            return null;

        WriteTimes(transaction, after);
        transaction.Changed(Menu, id);
        transaction.Changed(UserStore.Menu, user);
        new SessionsToReview(user, now).Run(transaction.Prepare(SessionsToReview.Text));
        return user;
    }

    private static (long User, UserProfile One)? Find(Transaction transaction, long id, IReadOnlyDictionary<long, Profile> profiles)
    {
        (long User, UserProfile One) found;
        using (var row = transaction.Prepare($"SELECT {Columns}, `user` FROM user_profile WHERE id = @id").With("@id", id).Read())
        {
            if (!row.Read() || !profiles.TryGetValue(row.Number(1), out var profile))
                return null;

            found = (row.Number(10), Read(row, profile));
        }

        return found with { One = found.One with { Counters = Counters.Read(transaction.Prepare(Counters.Select), id) } };
    }

    private static UserProfile Read(Row row, Profile profile) => new()
    {
        Id = row.Number(0),
        Profile = profile,
        AssignedAt = Moment(row.Number(2)),
        StartedAt = row.IsNull(3) ? null : Moment(row.Number(3)),
        EndTime = row.Number(4) < 0 ? null : Moment(row.Number(4)),
        ActivatedAt = row.IsNull(5) ? null : Moment(row.Number(5)),
        IsUsedUp = row.Number(6) != 0,
        Usage = ReadUsage(row, 7),
    };

    public static Usage ReadUsage(Row row, int first) =>
        new(row.Number(first), row.Number(first + 1), TimeSpan.FromMilliseconds(row.Number(first + 2)));

    private static DateTimeOffset Moment(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    /// <summary>Writes when it runs.</summary>
    public static void WriteTimes(Transaction transaction, UserProfile one) => transaction
        .Prepare("UPDATE user_profile SET started = @started, end_time = @end, activated = @activated WHERE id = @id")
        .With("@started", one.StartedAt?.ToUnixTimeMilliseconds())
        .With("@end", one.EndTime?.ToUnixTimeMilliseconds() ?? (one.StartedAt is null ? NotYetRunning : Unlimited))
        .With("@activated", one.ActivatedAt?.ToUnixTimeMilliseconds())
        .With("@id", one.Id)
        .Execute();

    private sealed class Removal(ConcurrentDictionary<long, long> removed, long id) : IDisposable
    {
        public void Dispose() => removed.TryRemove(id, out _);
    }
}

/// <summary>Lets the time come at which the open sessions of a user are looked at.</summary>
internal readonly record struct SessionsToReview(long UserId, long At) : IGroupCommand<int>
{
    public static string Text => "UPDATE session SET look_at = @at WHERE `user` = (SELECT name FROM user WHERE id = @id) AND active = 1";

    public int Run(PreparedCommand command) => command.With("@at", At).With("@id", UserId).Execute();
}
