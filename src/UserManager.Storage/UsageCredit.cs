using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>Credits what a session has used to a user-profile, in the transaction of the session's own record.</summary>
internal static class UsageCredit
{
    private const string Add = """
        UPDATE user_profile
           SET download = download + @download, upload = upload + @upload, uptime = uptime + @uptime
         WHERE id = @id
        """;

    private const string Total = "SELECT download, upload, uptime FROM user_profile WHERE id = @id";

    private const string UseUp = "UPDATE user_profile SET used_up = 1 WHERE id = @id";

    /// <param name="one">The user-profile, as it was when last read: its usage and counters may be older than the database's.</param>
    /// <param name="delta">What was used since the last report of the session.</param>
    /// <param name="at">When it was reported: the delta counts in the periods and windows of this moment.</param>
    /// <returns>The user-profile as the transaction leaves it; null when there is no such one any more.</returns>
    public static UserProfile? Run(Transaction transaction, UserProfile one, Usage delta, DateTimeOffset at, TimeZoneInfo zone)
    {
        var added = transaction.Prepare(Add)
            .With("@download", delta.Download).With("@upload", delta.Upload).With("@uptime", (long)delta.Uptime.TotalMilliseconds)
            .With("@id", one.Id)
            .Execute();
        if (added == 0)
            return null;

        var after = ReadTotal(transaction, one.Id);
        var credited = WithCounters(transaction, one with { Usage = after - delta }, at, zone) with { Usage = after };
        if (credited.StartedAt is null)
        {
            // A session that was switched to it is its first login.
            credited = credited.Start(at);
            UserProfileStore.WriteTimes(transaction, credited);
        }

        if (credited.IsUsedUp || credited.Exhausted(at, zone) is null)
            return credited;

        transaction.Prepare(UseUp).With("@id", one.Id).Execute();
        return credited with { IsUsedUp = true };
    }

    private static Usage ReadTotal(Transaction transaction, long id)
    {
        using var row = transaction.Prepare(Total).With("@id", id).Read();
        return row.Read() ? UserProfileStore.ReadUsage(row, 0) : default;
    }

    /// <summary>Begins the counters anew whose period or window has changed. Seldom: then the rows are read, which others may have written.</summary>
    private static UserProfile WithCounters(Transaction transaction, UserProfile before, DateTimeOffset at, TimeZoneInfo zone)
    {
        if (!AnyChanges(before, at, zone))
            return before;

        before = before with { Counters = Counters.Read(transaction.Prepare(Counters.Select), before.Id) };
        var counters = new List<Counter>();
        foreach (var limitation in before.Profile.Limitations)
        {
            var stored = before.Stored(limitation, zone);
            var counter = stored.At(limitation, before.Usage, at, zone);
            counters.Add(counter);
            if (counter != stored)
                Counters.Write(transaction, before.Id, counter);
        }

        return before with { Counters = counters };
    }

    private static bool AnyChanges(UserProfile before, DateTimeOffset at, TimeZoneInfo zone)
    {
        var limitations = before.Profile.Limitations;
        for (var i = 0; i < limitations.Count; i++)
        {
            var stored = before.Stored(limitations[i], zone);
            if (stored.At(limitations[i], before.Usage, at, zone) != stored)
                return true;
        }

        return false;
    }
}
