using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>A bounded memory of accounts by the octets of their names. A hit takes no lock and makes no garbage.</summary>
/// <remarks>
/// Two generations of half the capacity: when the young one is full it becomes the old one, and what the old one held unused is
/// forgotten. Not a strict order of last use, but cheap, and what is used stays.
/// </remarks>
internal sealed class AccountCache(int capacity)
{
    private readonly Lock _gate = new();
    private volatile Generation _young = new();
    private volatile Generation _old = new();

    public bool TryGet(ReadOnlySpan<byte> name, [NotNullWhen(true)] out Entry? entry) =>
        _young.ByName.TryGetValue(name, out entry) || TryKeep(name, out entry);

    public void Add(Entry entry)
    {
        lock (_gate)
            AddYoung(entry);
    }

    public void Remove(long id)
    {
        lock (_gate)
        {
            _young.Remove(id);
            _old.Remove(id);
        }
    }

    public void Clear()
    {
        lock (_gate)
            (_young, _old) = (new Generation(), new Generation());
    }

    private bool TryKeep(ReadOnlySpan<byte> name, [NotNullWhen(true)] out Entry? entry)
    {
        if (!_old.ByName.TryGetValue(name, out entry))
            return false;

        lock (_gate)
        {
            // Unless it was removed just now.
            if (_old.ByName.TryGetValue(name, out var found))
                AddYoung(found);
        }

        return true;
    }

    private void AddYoung(Entry entry)
    {
        if (_young.Count >= Math.Max(1, capacity / 2))
            (_old, _young) = (_young, new Generation());

        _young.Add(entry);
    }

    /// <param name="Id">The user's; 0 for a name that nobody has.</param>
    /// <param name="Account">Null for a name that nobody has.</param>
    internal sealed record Entry(byte[] Name, long Id, UserAccount? Account);

    private sealed class Generation
    {
        private readonly ConcurrentDictionary<byte[], Entry> _entries = new(Octets.Comparer);
        private readonly Dictionary<long, byte[]> _names = [];

        public Generation() => ByName = _entries.GetAlternateLookup<ReadOnlySpan<byte>>();

        public ConcurrentDictionary<byte[], Entry>.AlternateLookup<ReadOnlySpan<byte>> ByName { get; }

        public int Count { get; private set; }

        public void Add(Entry entry)
        {
            _entries[entry.Name] = entry;
            _names[entry.Id] = entry.Name;
            Count++;
        }

        public void Remove(long id)
        {
            if (_names.Remove(id, out var name))
                _entries.TryRemove(name, out _);
        }
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
