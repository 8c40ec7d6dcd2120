namespace UserManager.Contract;

/// <summary>Goes on with many requests at once, so that what they have in common, the sending of their answers, is done once, after the last.</summary>
/// <remarks>For a module that ends the waiting of many requests together, as a group of writes that was committed does.</remarks>
public static class Round
{
    [ThreadStatic]
    private static List<IThreadPoolWorkItem>? deferred;

    [ThreadStatic]
    private static bool isRunning;

    /// <summary>Runs <paramref name="work"/>, then, on this thread, what was deferred meanwhile.</summary>
    public static void Run<T>(T state, Action<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (isRunning)
        {
            work(state);
            return;
        }

        isRunning = true;
        try
        {
            work(state);
        }
        finally
        {
            isRunning = false;
            RunDeferred();
        }
    }

    /// <summary>Leaves <paramref name="item"/> for the end of the round that this thread is in; once, however often it is left.</summary>
    /// <returns>False when it is in none.</returns>
    public static bool TryDefer(IThreadPoolWorkItem item)
    {
        if (!isRunning)
            return false;

        deferred ??= [];
        if (!deferred.Contains(item))
            deferred.Add(item);

        return true;
    }

    private static void RunDeferred()
    {
        if (deferred is not { Count: > 0 } items)
            return;

        deferred = null;
        foreach (var item in items)
            item.Execute();

        items.Clear();
        deferred ??= items;
    }
}
