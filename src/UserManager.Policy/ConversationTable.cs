using System.Buffers.Binary;
using System.Security.Cryptography;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>What a State led to.</summary>
public enum ConversationState
{
    /// <summary>To nothing: it is not ours, of another router, replayed, over or shed.</summary>
    Unknown,

    /// <summary>To a login whose last request is still worked on: say nothing.</summary>
    Busy,

    /// <summary>To a login, which is the caller's now: park, give back or end it.</summary>
    Taken,
}

/// <summary>Logins of several rounds, by the State that the next request must bring (RFC 2865 §5.24).</summary>
/// <remarks>
/// Each round has a State of its own, so that an older one leads nowhere. Bounded in number and time. One lock, held for a look-up: a round
/// of EAP costs a thousand times as much. Conversations are disposed outside it.
/// </remarks>
public sealed class ConversationTable : IDisposable
{
    /// <summary>Octets of a State of ours.</summary>
    public const int StateLength = 16;

    // How often logins that nobody goes on with are looked for.
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, Entry> _entries = [];
    private readonly LinkedList<Entry> _waiting = [];       // the longest first
    private readonly TimeProvider _clock;
    private readonly int _capacity;
    private readonly TimeSpan _timeout;
    private readonly ITimer _sweep;
    private int _count;
    private long _shed;
    private long _expired;

    /// <param name="clock">The clock that waiting is measured by.</param>
    /// <param name="capacity">Most logins kept; one more sheds the oldest. Default 8192.</param>
    /// <param name="timeout">How long a login waits for its next round. Default 45 s.</param>
    public ConversationTable(TimeProvider clock, int capacity = 8192, TimeSpan? timeout = null)
    {
        (_clock, _capacity, _timeout) = (clock, capacity, timeout ?? TimeSpan.FromSeconds(45));
        _sweep = clock.CreateTimer(_ => Sweep(), null, SweepInterval, SweepInterval);
    }

    /// <summary>Logins open now.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Logins given up because there were too many.</summary>
    public long Shed => Interlocked.Read(ref _shed);

    /// <summary>Logins that waited too long.</summary>
    public long Expired => Interlocked.Read(ref _expired);

    /// <summary>A login under its State.</summary>
    public sealed class Entry
    {
        internal Entry(Conversation conversation, PolicyLease lease, long router)
        {
            (Conversation, Lease, Router) = (conversation, lease, router);
            Node = new LinkedListNode<Entry>(this);
        }

        public Conversation Conversation { get; }

        /// <summary>Of the policy that its first round ran through: the others do, too.</summary>
        public PolicyLease Lease { get; }

        internal long Router { get; }

        internal LinkedListNode<Entry> Node { get; }

        internal UInt128 Key { get; set; }

        internal long Since { get; set; }

        internal bool IsBusy { get; set; }
    }

    /// <summary>Takes the login that a State leads to.</summary>
    /// <param name="state">The value of the request's State.</param>
    /// <param name="router">The router it came from: the State of another one's is unknown here.</param>
    /// <param name="entry">Null unless taken.</param>
    public ConversationState TryTake(ReadOnlySpan<byte> state, long router, out Entry? entry)
    {
        entry = null;
        if (Count == 0)
            return ConversationState.Unknown;

        lock (_lock)
        {
            if (!_entries.TryGetValue(KeyOf(state), out var found) || found.Router != router)
                return ConversationState.Unknown;

            if (found.IsBusy)
                return ConversationState.Busy;

            if (IsOver(found))
                return ConversationState.Unknown;

            _waiting.Remove(found.Node);
            found.IsBusy = true;
            entry = found;
            return ConversationState.Taken;
        }
    }

    /// <summary>Keeps a login for its next round.</summary>
    /// <param name="entry">Taken before, or null for one that begins.</param>
    /// <param name="context">The request that is answered by a challenge; its reply gets the State, unless a module has put its own there.</param>
    /// <param name="lease">Of the policy that the request runs through.</param>
    public void Park(Entry? entry, RequestContext context, PolicyLease lease)
    {
        var conversation = context.OpenConversation();
        conversation.Park(context);
        if (!context.Reply.Has(Rfc2865.State))
            AddState(context.Reply);

        context.Reply.TryGet(Rfc2865.State, out var state);
        entry ??= new Entry(conversation, lease.Again(), context.Client.Id);
        if (Keep(entry, KeyOf(state)) is { } oldest)
        {
            Interlocked.Increment(ref _shed);
            End(oldest);
        }
    }

    /// <summary>Gives a login back as it was, if it was neither parked nor removed: its request got no answer and will come again.</summary>
    public void Return(Entry entry)
    {
        lock (_lock)
        {
            if (!entry.IsBusy)
                return;

            entry.IsBusy = false;
            Append(entry);
        }
    }

    /// <summary>Forgets a login. What it keeps is the caller's to dispose, unless a module that overran its time may still use it.</summary>
    public void Remove(Entry entry)
    {
        lock (_lock)
        {
            entry.IsBusy = false;
            if (_entries.Remove(entry.Key))
                _count--;
        }

        entry.Lease.Release();
    }

    /// <summary>Ends every login.</summary>
    public void Dispose()
    {
        _sweep.Dispose();
        Entry[] all;
        lock (_lock)
        {
            all = [.. _waiting];
            _waiting.Clear();
            _entries.Clear();
            _count = 0;
        }

        foreach (var entry in all)
            End(entry);
    }

    private static void End(Entry entry)
    {
        entry.Conversation.Dispose();
        entry.Lease.Release();
    }

    private static void AddState(AttributeList reply)
    {
        Span<byte> state = stackalloc byte[StateLength];
        RandomNumberGenerator.Fill(state);
        reply.Add(Rfc2865.State, state);
    }

    private Entry? Keep(Entry entry, UInt128 key)
    {
        lock (_lock)
        {
            if (_entries.Remove(entry.Key))
                _count--;

            (entry.Key, entry.IsBusy) = (key, false);
            if (!_entries.TryAdd(key, entry))
                return entry;           // a State of a module's own that another login has: this one cannot go on

            _count++;
            Append(entry);
            return _count > _capacity ? RemoveOldest() : null;
        }
    }

    private void Append(Entry entry)
    {
        entry.Since = _clock.GetTimestamp();
        _waiting.AddLast(entry.Node);
    }

    private Entry? RemoveOldest()
    {
        if (_waiting.First is not { } node)
            return null;

        _waiting.Remove(node);
        _entries.Remove(node.Value.Key);
        _count--;
        return node.Value;
    }

    private bool IsOver(Entry entry) => _clock.GetElapsedTime(entry.Since) >= _timeout;

    private void Sweep()
    {
        while (TakeOver() is { } entry)
        {
            Interlocked.Increment(ref _expired);
            End(entry);
        }
    }

    private Entry? TakeOver()
    {
        lock (_lock)
            return _waiting.First is { } node && IsOver(node.Value) ? RemoveOldest() : null;
    }

    // A State that a module has made itself may have any length.
    private static UInt128 KeyOf(ReadOnlySpan<byte> state)
    {
        if (state.Length == StateLength)
            return BinaryPrimitives.ReadUInt128BigEndian(state);

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(state, digest);
        return BinaryPrimitives.ReadUInt128BigEndian(digest);
    }
}
