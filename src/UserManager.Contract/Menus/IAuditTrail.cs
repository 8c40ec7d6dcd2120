namespace UserManager.Contract;

/// <summary>Who asks for something to be changed, as far as it is known.</summary>
/// <param name="User">The user's name; <c>system</c> for the server itself.</param>
/// <param name="From">Where from: <c>console</c>, <c>import users.rsc</c>, an address.</param>
public sealed record Caller(string User, string From)
{
    public static Caller System { get; } = new("system", "");

    /// <summary>The administrator of <c>/user</c> who asks; null for the server itself, and for who is let in by the operating system.</summary>
    public RecordId? Administrator { get; init; }
}

/// <summary>What is remembered of a change: who, when, what, and how it was before. Secrets are stars in it.</summary>
public sealed record AuditEntry(DateTimeOffset Time, Caller Caller, string Menu, string Action)
{
    /// <summary>The record that was changed; null for settings, for commands, and until an added one has its id.</summary>
    public RecordId? Record { get; init; }

    /// <summary>The changed fields as they were, <c>name=value name="other value"</c>; null for an add.</summary>
    public string? Before { get; init; }

    /// <summary>The changed fields as they are now; null for a removal.</summary>
    public string? After { get; init; }
}

/// <summary>Keeps what was changed.</summary>
public interface IAuditTrail
{
    /// <summary>Keeps a change that no table keeps together with itself. Durable when the task ends.</summary>
    ValueTask WriteAsync(AuditEntry entry, CancellationToken cancelled);
}

/// <summary>Records whose changes are stored in one transaction with what the audit trail keeps of them: neither is there without the other.</summary>
public interface IAuditedRecords : IMenuRecords
{
    /// <inheritdoc cref="IMenuRecords.AddAsync"/>
    ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, AuditEntry entry, CancellationToken cancelled);

    /// <inheritdoc cref="IMenuRecords.UpdateAsync"/>
    ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, AuditEntry entry, CancellationToken cancelled);

    /// <inheritdoc cref="IMenuRecords.RemoveAsync"/>
    ValueTask<bool> RemoveAsync(RecordId id, AuditEntry entry, CancellationToken cancelled);
}
