using System.Data.Common;

namespace UserManager.Storage;

/// <summary>Leases: what only one node at a time may do. They run out by the database's clock, so the nodes' clocks do not matter.</summary>
public sealed class LeaseStore
{
    private readonly GroupWriter _writer;

    internal LeaseStore(GroupWriter writer) => _writer = writer;

    /// <summary>Takes a lease that nobody holds, whose time is over, or that <paramref name="owner"/> holds already.</summary>
    /// <returns>True when it is the owner's now, for <paramref name="duration"/>.</returns>
    public ValueTask<bool> TryTakeAsync(string name, string owner, TimeSpan duration, CancellationToken cancelled) =>
        _writer.CommitAsync(transaction => TryTake(transaction, new LeaseTaken(name, owner, (long)duration.TotalMilliseconds)), cancelled);

    /// <returns>False when it ran out or another took it: what it was for must stop.</returns>
    public ValueTask<bool> RenewAsync(string name, string owner, TimeSpan duration, CancellationToken cancelled) =>
        _writer.CommitAsync<LeaseRenewed, bool>(new LeaseRenewed(name, owner, (long)duration.TotalMilliseconds), cancelled);

    /// <returns>False when it was not the owner's.</returns>
    public ValueTask<bool> ReleaseAsync(string name, string owner, CancellationToken cancelled) =>
        _writer.CommitAsync<LeaseReleased, bool>(new LeaseReleased(name, owner), cancelled);

    private static bool TryTake(Transaction transaction, LeaseTaken lease)
    {
        if (lease.Run(transaction.Prepare(LeaseTaken.Text)))
            return true;

        if (transaction.Prepare("SELECT expires_at FROM lease WHERE name = @name").With("@name", lease.Name).Number() is not null)
            return false;

        try
        {
            return transaction.Prepare("INSERT INTO lease (name, owner, expires_at) VALUES (@name, @owner, {now} + @duration)")
                .With("@name", lease.Name).With("@owner", lease.Owner).With("@duration", lease.Milliseconds)
                .Execute() == 1;
        }
        catch (DbException fault) when (transaction.IsUniqueViolation(fault))
        {
            return false;       // another node came first
        }
    }
}

internal readonly record struct LeaseTaken(string Name, string Owner, long Milliseconds) : IGroupCommand<bool>
{
    public static string Text => """
        UPDATE lease SET owner = @owner, expires_at = {now} + @duration WHERE name = @name AND (owner = @owner OR expires_at <= {now})
        """;

    public bool Run(PreparedCommand command) =>
        command.With("@name", Name).With("@owner", Owner).With("@duration", Milliseconds).Execute() == 1;
}

internal readonly record struct LeaseRenewed(string Name, string Owner, long Milliseconds) : IGroupCommand<bool>
{
    public static string Text => """
        UPDATE lease SET expires_at = {now} + @duration WHERE name = @name AND owner = @owner AND expires_at > {now}
        """;

    public bool Run(PreparedCommand command) =>
        command.With("@name", Name).With("@owner", Owner).With("@duration", Milliseconds).Execute() == 1;
}

internal readonly record struct LeaseReleased(string Name, string Owner) : IGroupCommand<bool>
{
    public static string Text => "UPDATE lease SET expires_at = 0 WHERE name = @name AND owner = @owner AND expires_at > {now}";

    public bool Run(PreparedCommand command) => command.With("@name", Name).With("@owner", Owner).Execute() == 1;
}
