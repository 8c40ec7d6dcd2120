using UserManager.Radius;

namespace UserManager.Contract;

/// <summary>A login of several rounds: what is kept of it while the peer works on its answer to an Access-Challenge.</summary>
/// <remarks>
/// The host parks it under a State that nobody can guess, bound to the router, for a limited time; the next request with that State gets it
/// back, with its <c>session-state</c> list. It is used by one request at a time. It ends, and is disposed, with an Access-Accept or
/// -Reject, when its time is over, or when it is the oldest of too many.
/// </remarks>
public sealed class Conversation : IDisposable
{
    private readonly List<(object Module, object Value)> _kept = [];
    private AttributeList? _sessionState;
    private bool _disposed;

    /// <summary>Challenges sent so far.</summary>
    public int Rounds { get; private set; }

    /// <summary>What a module has kept here.</summary>
    /// <param name="module">The module's own object: two instances of one class do not see each other's.</param>
    /// <returns>Null when there is none of this type.</returns>
    public T? Find<T>(object module)
        where T : class
    {
        foreach (var (owner, value) in _kept)
        {
            if (ReferenceEquals(owner, module) && value is T found)
                return found;
        }

        return null;
    }

    /// <summary>Keeps an object for the rounds to come. It is disposed with the conversation, if it can be.</summary>
    public void Keep(object module, object value) => _kept.Add((module, value));

    /// <summary>Keeps what the next round needs of this one. For the host.</summary>
    public void Park(RequestContext context)
    {
        Rounds++;
        _sessionState = null;
        if (context.SessionState.Count == 0)
            return;

        _sessionState = new AttributeList(context.Dictionary, context.SessionState.Octets.Length);
        _sessionState.AddAll(context.SessionState);
    }

    /// <summary>Disposes what modules have kept, the last first.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;

        _disposed = true;
        for (var i = _kept.Count - 1; i >= 0; i--)
            (_kept[i].Value as IDisposable)?.Dispose();

        _kept.Clear();
        _sessionState?.Clear();
    }

    /// <summary>Gives the next round its <c>session-state</c>.</summary>
    internal void Resume(AttributeList sessionState)
    {
        if (_sessionState is not null)
            sessionState.AddAll(_sessionState);
    }
}
