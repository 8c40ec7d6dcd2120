using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>The table <c>audit</c>. What is older than it is to be kept goes as new rows come.</summary>
internal sealed class AuditTrail(GroupWriter writer, TimeSpan kept) : IAuditTrail
{
    public const string Menu = "/system/audit";

    private const int PruneEvery = 256;
    private const int MostPruned = 4 * PruneEvery;

    /// <exception cref="MenuException">It cannot be stored.</exception>
    public async ValueTask WriteAsync(AuditEntry entry, CancellationToken cancelled) =>
        await writer.CommitForMenuAsync(transaction => Write(transaction, entry), cancelled);

    /// <summary>Writes a row in the transaction of the change.</summary>
    /// <returns>Its id.</returns>
    public long Write(Transaction transaction, AuditEntry entry)
    {
        var id = transaction.NextId(Menu);
        transaction
            .Prepare(
                "INSERT INTO audit (id, time, `user`, `from`, menu, record, action, `before`, `after`) "
                + "VALUES (@id, @time, @user, @from, @menu, @record, @action, @before, @after)")
            .With("@id", id).With("@time", entry.Time.ToUnixTimeMilliseconds()).With("@user", entry.Caller.User).With("@from", entry.Caller.From)
            .With("@menu", entry.Menu).With("@record", entry.Record?.ToString()).With("@action", entry.Action)
            .With("@before", entry.Before).With("@after", entry.After)
            .Execute();
        if (id % PruneEvery == 0)
            Prune(transaction, entry.Time - kept);

        return id;
    }

    // Rows are in the order of their time: only the oldest are looked at, so that this never takes long.
    private static void Prune(Transaction transaction, DateTimeOffset before)
    {
        if (transaction.Prepare("SELECT MIN(id) FROM audit").Number() is not { } oldest)
            return;

        transaction.Prepare("DELETE FROM audit WHERE id < @id AND time < @time")
            .With("@id", oldest + MostPruned).With("@time", before.ToUnixTimeMilliseconds())
            .Execute();
    }
}
