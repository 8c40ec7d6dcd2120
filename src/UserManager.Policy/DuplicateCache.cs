using System.Buffers.Binary;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>What makes two datagrams copies of one request, save for the authenticator (RFC 5080 §2.2.2).</summary>
/// <param name="Port">The port it was received on.</param>
public readonly record struct RequestKey(Endpoint Source, ushort Port, PacketCode Code, byte Identifier);

/// <summary>How a datagram stands to those before it.</summary>
public enum DuplicateState
{
    /// <summary>Not seen before: work on it, then settle it.</summary>
    New,

    /// <summary>A copy of one that is still worked on: say nothing.</summary>
    InProgress,

    /// <summary>A copy of one answered before: the same answer again.</summary>
    Answered,
}

/// <summary>Remembers requests and their answers, so that a NAS's retransmission is answered and not worked on twice (RFC 5080 §2.2.2).</summary>
/// <remarks>
/// An answer is held for 5 s. A request that got none is forgotten at once, so that the next copy is worked on anew. A new
/// authenticator under the same key replaces the old entry: the NAS has given the old request up. Bounded: a full shard lets its
/// oldest answer go. One lock a shard, because workers settle answers too.
/// </remarks>
public sealed class DuplicateCache
{
    /// <summary>How long an answer is held: FreeRADIUS's cleanup_delay.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    /// <summary>A request worked on for longer is taken for lost: its next copy is new (FreeRADIUS's max_request_time).</summary>
    public static readonly TimeSpan LongestWork = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _clock;
    private readonly Shard[] _shards;

    /// <param name="clock">The clock that lifetimes are measured by.</param>
    /// <param name="capacity">Most requests remembered. Default 65536.</param>
    public DuplicateCache(TimeProvider clock, int capacity = 65536)
    {
        _clock = clock;
        _shards = new Shard[16];
        for (var i = 0; i < _shards.Length; i++)
            _shards[i] = new Shard(capacity / _shards.Length);
    }

    /// <summary>Requests and answers held now.</summary>
    public int Count => _shards.Sum(s => s.Count);

    /// <param name="key">Where the request came from and what it is called.</param>
    /// <param name="authenticator">Its Request Authenticator, 16 octets.</param>
    /// <param name="reply">Where an answer given before is copied to.</param>
    /// <param name="length">Octets of that answer.</param>
    public DuplicateState Begin(in RequestKey key, ReadOnlySpan<byte> authenticator, Span<byte> reply, out int length) =>
        Begin(key, authenticator, reply, out length, _clock.GetTimestamp());

    /// <summary>Ends the work on a request: its answer is kept, or the request forgotten when there is none.</summary>
    public void Settle(in RequestKey key, ReadOnlySpan<byte> authenticator, ReadOnlySpan<byte> reply) =>
        Settle(key, authenticator, reply, _clock.GetTimestamp());

    /// <summary>The same, for one who has read the clock already.</summary>
    internal DuplicateState Begin(in RequestKey key, ReadOnlySpan<byte> authenticator, Span<byte> reply, out int length, long timestamp) =>
        ShardOf(key).Begin(key, BinaryPrimitives.ReadUInt128BigEndian(authenticator), reply, out length, Milliseconds(timestamp));

    internal void Settle(in RequestKey key, ReadOnlySpan<byte> authenticator, ReadOnlySpan<byte> reply, long timestamp) =>
        ShardOf(key).Settle(key, BinaryPrimitives.ReadUInt128BigEndian(authenticator), reply, Milliseconds(timestamp));

    private long Milliseconds(long timestamp) => timestamp * 1000 / _clock.TimestampFrequency;

    private Shard ShardOf(in RequestKey key) => _shards[(key.GetHashCode() >> 16) & (_shards.Length - 1)];

    private sealed class Entry
    {
        public RequestKey Key;
        public UInt128 Authenticator;
        public byte[] Reply = [];
        public int Length;          // 0: still worked on
        public long Since;          // ms: when the work began, or when it was answered
        public Entry? Older;
        public Entry? Newer;
    }

    /// <summary>Entries by key, in one list from oldest to newest; what falls out is used again.</summary>
    private sealed class Shard(int capacity)
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<RequestKey, Entry> _entries = [];
        private readonly Stack<Entry> _free = new();
        private Entry? _oldest;
        private Entry? _newest;

        public int Count
        {
            get
            {
                lock (_lock)
                    return _entries.Count;
            }
        }

        public DuplicateState Begin(in RequestKey key, UInt128 authenticator, Span<byte> reply, out int length, long now)
        {
            length = 0;
            lock (_lock)
            {
                Expire(now);
                if (_entries.TryGetValue(key, out var entry))
                {
                    if (entry.Authenticator == authenticator && !IsOver(entry, now))
                    {
                        entry.Reply.AsSpan(0, entry.Length).CopyTo(reply);
                        length = entry.Length;
                        return length == 0 ? DuplicateState.InProgress : DuplicateState.Answered;
                    }

                    Remove(entry);
                }

                if (_entries.Count >= capacity)
                    Remove(_oldest!);

                Add(key, authenticator, now);
                return DuplicateState.New;
            }
        }

        public void Settle(in RequestKey key, UInt128 authenticator, ReadOnlySpan<byte> reply, long now)
        {
            lock (_lock)
            {
                if (!_entries.TryGetValue(key, out var entry) || entry.Authenticator != authenticator)
                    return;     // a new request took its place, or it was pushed out

                Unlink(entry);
                if (reply.IsEmpty)
                {
                    _entries.Remove(key);
                    _free.Push(entry);
                    return;
                }

                if (entry.Reply.Length < reply.Length)
                    entry.Reply = new byte[(reply.Length + 31) & ~31];

                reply.CopyTo(entry.Reply);
                entry.Length = reply.Length;
                entry.Since = now;
                Append(entry);
            }
        }

        private static bool IsOver(Entry entry, long now) =>
            now - entry.Since >= (entry.Length == 0 ? LongestWork : Lifetime).TotalMilliseconds;

        private void Expire(long now)
        {
            // An entry still worked on may stand before answers that are over: they go when it does, or when their key comes again.
            while (_oldest is not null && IsOver(_oldest, now))
                Remove(_oldest);
        }

        private void Add(in RequestKey key, UInt128 authenticator, long now)
        {
            if (!_free.TryPop(out var entry))
                entry = new Entry();

            (entry.Key, entry.Authenticator, entry.Length, entry.Since) = (key, authenticator, 0, now);
            _entries.Add(key, entry);
            Append(entry);
        }

        private void Remove(Entry entry)
        {
            Unlink(entry);
            _entries.Remove(entry.Key);
            _free.Push(entry);
        }

        private void Append(Entry entry)
        {
            (entry.Older, entry.Newer) = (_newest, null);
            if (_newest is null)
                _oldest = entry;
            else
                _newest.Newer = entry;

            _newest = entry;
        }

        private void Unlink(Entry entry)
        {
            if (entry.Older is null)
                _oldest = entry.Newer;
            else
                entry.Older.Newer = entry.Newer;

            if (entry.Newer is null)
                _newest = entry.Older;
            else
                entry.Newer.Older = entry.Older;

            (entry.Older, entry.Newer) = (null, null);
        }
    }
}
