using UserManager.Contract;

namespace UserManager.Management;

/// <summary>Refusals to remove what others refer to.</summary>
internal static class References
{
    /// <param name="field">The field by which the others refer to it; its noun too.</param>
    /// <param name="noun">What one of the others is called.</param>
    /// <exception cref="MenuException">One refers to it.</exception>
    public static async ValueTask RefuseUsedAsync(
        MenuRecord record, string field, IMenuRecords others, string noun, CancellationToken cancelled)
    {
        var equal = new Dictionary<string, object> { [field] = record.Id };
        await foreach (var other in others.ListAsync(equal, cancelled).ConfigureAwait(false))
            throw new MenuException($"failure: can not remove, {field} is used by {noun} {other.Id}");
    }
}
