using System.Diagnostics.CodeAnalysis;
using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>A failure of the store in the words of a menu: who asked is told it, as he is told any other refusal.</summary>
internal static class MenuFailures
{
    public static bool TryExplain(Exception fault, [NotNullWhen(true)] out MenuException? plain)
    {
        plain = fault is DatabaseException or OverloadException ? new MenuException($"failure: {fault.Message}") : null;
        return plain is not null;
    }

    /// <exception cref="MenuException">It cannot be read.</exception>
    public static async ValueTask<T> ReadForMenuAsync<TState, T>(this Database database, TState state, Func<Connection, TState, T> read)
    {
        try
        {
            return await database.ReadAsync(state, read).ConfigureAwait(false);
        }
        catch (Exception fault) when (TryExplain(fault, out var plain))
        {
            throw plain;
        }
    }

    /// <exception cref="MenuException">It cannot be written.</exception>
    public static async ValueTask<T> CommitForMenuAsync<T>(this GroupWriter writer, Func<Transaction, T> steps, CancellationToken cancelled)
    {
        try
        {
            return await writer.CommitAsync(steps, cancelled).ConfigureAwait(false);
        }
        catch (Exception fault) when (TryExplain(fault, out var plain))
        {
            throw plain;
        }
    }
}
