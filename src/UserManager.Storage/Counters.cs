using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>The rows of <c>counter</c>.</summary>
internal static class Counters
{
    /// <summary>What is read of the table <c>c</c>.</summary>
    public const string Columns = "c.limitation, c.period_start, c.download, c.upload, c.uptime, c.closed_download, c.closed_upload, c.closed_uptime";

    public const string Select = $"SELECT {Columns} FROM counter AS c WHERE user_profile = @profile";

    private const string Update = """
        UPDATE counter
           SET period_start = @start, download = @download, upload = @upload, uptime = @uptime,
               closed_download = @closedDownload, closed_upload = @closedUpload, closed_uptime = @closedUptime
         WHERE user_profile = @profile AND limitation = @limitation
        """;

    private const string Insert = """
        INSERT INTO counter
            (user_profile, limitation, period_start, download, upload, uptime, closed_download, closed_upload, closed_uptime)
        VALUES
            (@profile, @limitation, @start, @download, @upload, @uptime, @closedDownload, @closedUpload, @closedUptime)
        """;

    /// <param name="select">The statement <see cref="Select"/>.</param>
    public static IReadOnlyList<Counter> Read(PreparedCommand select, long userProfile)
    {
        List<Counter>? counters = null;
        using var row = select.With("@profile", userProfile).Read();
        while (row.Read())
            (counters ??= []).Add(Read(row, 0));

        return counters ?? (IReadOnlyList<Counter>)[];
    }

    /// <param name="row">With <see cref="Columns"/>.</param>
    /// <param name="first">The first of them.</param>
    public static Counter Read(Row row, int first) => new(
        row.Number(first),
        DateTimeOffset.FromUnixTimeMilliseconds(row.Number(first + 1)),
        UserProfileStore.ReadUsage(row, first + 2),
        row.IsNull(first + 5) ? null : UserProfileStore.ReadUsage(row, first + 5));

    public static void Write(Transaction transaction, long userProfile, in Counter counter)
    {
        if (With(transaction.Prepare(Update), userProfile, counter).Execute() == 0)
            With(transaction.Prepare(Insert), userProfile, counter).Execute();
    }

    private static PreparedCommand With(PreparedCommand command, long userProfile, in Counter counter) => command
        .With("@profile", userProfile).With("@limitation", counter.LimitationId)
        .With("@start", counter.PeriodStart.ToUnixTimeMilliseconds())
        .With("@download", counter.Base.Download).With("@upload", counter.Base.Upload)
        .With("@uptime", Milliseconds(counter.Base.Uptime))
        .With("@closedDownload", counter.Closed?.Download).With("@closedUpload", counter.Closed?.Upload)
        .With("@closedUptime", counter.Closed is { } closed ? Milliseconds(closed.Uptime) : null);

    private static long? Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
