using System.Runtime.CompilerServices;
using UserManager.Contract;

namespace UserManager.Server.Additions;

/// <summary>A plugin's menu as the tree has it: whatever of the plugin runs holds its policy, so that its module stays until it is done.</summary>
internal static class HeldMenu
{
    /// <param name="records">Those of the host's table; null where the menu brings its own.</param>
    public static Menu Of(Policy.Policy policy, Menu menu, IMenuRecords? records) => menu with
    {
        Records = records ?? new HeldRecords(policy, menu.Records),
        Commands = [.. menu.Commands.Select(c => Of(policy, c))],
        OnChange = menu.OnChange is { } change ? (what, cancelled) => HoldAsync(policy, () => change(what, cancelled)) : null,
        OnRemove = menu.OnRemove is { } remove ? (what, cancelled) => HoldAsync(policy, () => remove(what, cancelled)) : null,
    };

    public static Command Of(Policy.Policy policy, Command command) =>
        command with { RunAsync = (call, cancelled) => HoldAsync(policy, () => command.RunAsync(call, cancelled)) };

    private static Policy.PolicyLease Hold(Policy.Policy policy) =>
        policy.TryHold(out var lease) ? lease : throw new MenuException("failure: the configuration was reloaded meanwhile: ask again");

    private static async ValueTask HoldAsync(Policy.Policy policy, Func<ValueTask> run)
    {
        var lease = Hold(policy);
        try
        {
            await run();
        }
        finally
        {
            lease.Release();
        }
    }

    private static async ValueTask<T> HoldAsync<T>(Policy.Policy policy, Func<ValueTask<T>> run)
    {
        var lease = Hold(policy);
        try
        {
            return await run();
        }
        finally
        {
            lease.Release();
        }
    }

    private sealed class HeldRecords(Policy.Policy policy, IMenuRecords records) : IMenuRecords
    {
        public async IAsyncEnumerable<MenuRecord> ListAsync(IReadOnlyDictionary<string, object>? equal, [EnumeratorCancellation] CancellationToken cancelled)
        {
            var lease = Hold(policy);
            try
            {
                await foreach (var record in records.ListAsync(equal, cancelled))
                    yield return record;
            }
            finally
            {
                lease.Release();
            }
        }

        public ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled) => HoldAsync(policy, () => records.FindAsync(id, cancelled));

        public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled) =>
            HoldAsync(policy, () => records.AddAsync(values, cancelled));

        public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled) =>
            HoldAsync(policy, () => records.UpdateAsync(id, values, cancelled));

        public ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled) => HoldAsync(policy, () => records.RemoveAsync(id, cancelled));

        public ValueTask<RecordId?> ReplaceAsync(RecordId id, IReadOnlyDictionary<string, object> values, CancellationToken cancelled) =>
            HoldAsync(policy, () => records.ReplaceAsync(id, values, cancelled));
    }
}
