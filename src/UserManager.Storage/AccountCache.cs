using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>A bounded memory of accounts by the octets of their names. A hit takes no lock and makes no garbage.</summary>
/// <remarks>
/// Second chance: entries stand in a ring, and a hit marks its entry. When the ring is full, a hand goes round that takes the place
/// of the first entry without a mark and wipes the marks it passes: what is used stays.
/// </remarks>
internal sealed class AccountCache
{
    private readonly Lock _gate = new();
    private readonly int _capacity;
    private readonly ConcurrentDictionary<byte[], Entry> _entries = new(Octets.Comparer);
    private readonly ConcurrentDictionary<byte[], Entry>.AlternateLookup<ReadOnlySpan<byte>> _byName;
    private readonly Dictionary<long, Entry> _byId = [];
    private readonly List<Entry?> _ring = [];
    private readonly Stack<int> _free = [];
    private int _hand;

    /// <param name="capacity">Most entries; about 400 octets each.</param>
    public AccountCache(int capacity)
    {
        _capacity = Math.Max(1, capacity);
        _byName = _entries.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public bool TryGet(ReadOnlySpan<byte> name, [NotNullWhen(true)] out Entry? entry)
    {
        if (!_byName.TryGetValue(name, out entry))
            return false;

        // Written only when it changes: other cores have the line too.
        if (!entry.IsUsed)
            entry.IsUsed = true;

        return true;
    }

    /// <summary>Unless there is one of that name: it may know of more usage.</summary>
    public void Add(Entry entry)
    {
        lock (_gate)
        {
            if (_byName.TryGetValue(entry.Name, out _))
                return;

            entry.Place = FindPlace();
            _ring[entry.Place] = entry;
            _entries[entry.Name] = entry;
            if (entry.Account is { } account)
                _byId[account.User.Id] = entry;
        }
    }

    public void Remove(long id)
    {
        lock (_gate)
        {
            if (!_byId.TryGetValue(id, out var entry))
                return;

            Forget(entry);
            _free.Push(entry.Place);
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _entries.Clear();
            _byId.Clear();
            _ring.Clear();
            _free.Clear();
            _hand = 0;
        }
    }

    private int FindPlace()
    {
        if (_free.TryPop(out var free))
            return free;

        if (_ring.Count < _capacity)
        {
            _ring.Add(null);
            return _ring.Count - 1;
        }

        while (true)
        {
            var place = _hand;
            _hand = (_hand + 1) % _ring.Count;
            var entry = _ring[place]!;
            if (!entry.IsUsed)
            {
                Forget(entry);
                return place;
            }

            entry.IsUsed = false;
        }
    }

    private void Forget(Entry entry)
    {
        _ring[entry.Place] = null;
        _entries.TryRemove(entry.Name, out _);
        if (entry.Account is { } account)
            _byId.Remove(account.User.Id);
    }

    /// <param name="name">As in the packets that ask for it.</param>
    /// <param name="account">Null for a name that nobody has.</param>
    internal sealed class Entry(byte[] name, UserAccount? account)
    {
        private UserAccount? _account = account;

        public byte[] Name { get; } = name;

        public UserAccount? Account => Volatile.Read(ref _account);

        /// <summary>Asked for since the hand was here.</summary>
        public bool IsUsed { get; set; }

        /// <summary>Where in the ring it stands.</summary>
        public int Place { get; set; }

        /// <summary>Takes one of the user's profiles as a report has left it. Reports may come here in any order: usage only grows.</summary>
        public void Credit(UserProfile credited)
        {
            while (Account is { } before && With(before.Profiles, credited) is { } profiles)
            {
                if (Interlocked.CompareExchange(ref _account, before with { Profiles = profiles }, before) == before)
                    return;
            }
        }

        /// <returns>Null when it is not among them, or is there with more usage.</returns>
        private static UserProfile[]? With(IReadOnlyList<UserProfile> all, UserProfile credited)
        {
            for (var i = 0; i < all.Count; i++)
            {
                if (all[i].Id != credited.Id || IsOlder(credited.Usage, all[i].Usage))
                    continue;

                UserProfile[] changed = [.. all];

                // What it is, and when it runs, is as the memory has it: that was read with the last change.
                changed[i] = all[i] with
                {
                    Usage = credited.Usage,
                    Counters = credited.Counters,
                    IsUsedUp = credited.IsUsedUp,
                    StartedAt = all[i].StartedAt ?? credited.StartedAt,
                    EndTime = all[i].StartedAt is null ? credited.EndTime : all[i].EndTime,
                };
                return changed;
            }

            return null;
        }

        private static bool IsOlder(Usage one, Usage other) =>
            one.Download < other.Download || one.Upload < other.Upload || one.Uptime < other.Uptime;
    }
}

/// <summary>Compares octets, in an array or where they stand in a packet.</summary>
internal sealed class Octets : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static Octets Comparer { get; } = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        var hash = default(HashCode);       // seeded at random in each process: names cannot be chosen to collide
        hash.AddBytes(alternate);
        return hash.ToHashCode();
    }

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
