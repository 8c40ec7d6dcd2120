namespace UserManager.Contract;

/// <summary>Where the records of a menu are kept. The host has one over a table of its database; a plugin may bring another.</summary>
/// <remarks>Values are checked before they come here. Writes are durable, and honoured by this node, when the task ends.</remarks>
public interface IMenuRecords
{
    /// <summary>All records by id, or those whose values equal the given ones. Streams: nothing holds them all.</summary>
    /// <remarks>A computed yes-or-no field (<c>active</c>) may be among the given ones.</remarks>
    IAsyncEnumerable<MenuRecord> ListAsync(IReadOnlyDictionary<string, object>? equal, CancellationToken cancelled);

    /// <summary>As <see cref="ListAsync(IReadOnlyDictionary{string, object}?, CancellationToken)"/>, for a caller that looks at some fields alone.</summary>
    /// <param name="equal">As there.</param>
    /// <param name="fields">Those it looks at; a record may lack the others. Null for all.</param>
    /// <param name="cancelled">As there.</param>
    IAsyncEnumerable<MenuRecord> ListAsync(IReadOnlyDictionary<string, object>? equal, IReadOnlyCollection<string>? fields, CancellationToken cancelled) =>
        ListAsync(equal, cancelled);

    ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled);

    ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled);

    /// <summary>Writes the given values and no others; a null value unsets.</summary>
    /// <returns>False when there is no such record.</returns>
    ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled);

    /// <returns>False when there is no such record.</returns>
    ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled);

    /// <summary>A new record in the place of another, which may have its name. In a database it is one transaction.</summary>
    /// <returns>The new one's id; null when there is no such record: then nothing is added.</returns>
    async ValueTask<RecordId?> ReplaceAsync(RecordId id, IReadOnlyDictionary<string, object> values, CancellationToken cancelled) =>
        await RemoveAsync(id, cancelled).ConfigureAwait(false) ? await AddAsync(values, cancelled).ConfigureAwait(false) : null;
}

/// <summary>The records of a menu whose host has not given it any.</summary>
internal sealed class NoRecords : IMenuRecords
{
    public static NoRecords Instance { get; } = new();

    public async IAsyncEnumerable<MenuRecord> ListAsync(
        IReadOnlyDictionary<string, object>? equal,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancelled)
    {
        await Task.CompletedTask;
        yield break;
    }

    public ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled) => ValueTask.FromResult<MenuRecord?>(null);

    public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled) =>
        throw new MenuException("failure: this menu keeps no records");

    public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled) =>
        ValueTask.FromResult(false);

    public ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled) => ValueTask.FromResult(false);
}
