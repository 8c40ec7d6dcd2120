using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace UserManager.Radius;

/// <summary>An ordered list of attributes over one buffer of octets.</summary>
/// <remarks>
/// Values are kept in the form of the wire (an address is four octets), without header and tag, and are read when asked for.
/// For a request the buffer is the one the datagram was received into, with room behind it for what had to be put together or
/// revealed; the other lists own a buffer that grows. Not thread-safe: a list belongs to its request.
/// </remarks>
public sealed class AttributeList
{
    private AttributeEntry[] _entries;
    private byte[] _buffer;
    private int _used;

    public AttributeList(RadiusDictionary dictionary, int capacity = 512)
    {
        Dictionary = dictionary;
        _entries = new AttributeEntry[16];
        _buffer = new byte[capacity];
    }

    /// <summary>The dictionary that names are looked up in.</summary>
    public RadiusDictionary Dictionary { get; private set; }

    public int Count { get; private set; }

    public ref readonly AttributeEntry this[int index] => ref Entries[index];

    public ReadOnlySpan<AttributeEntry> Entries => _entries.AsSpan(0, Count);

    /// <summary>The whole buffer, to receive a datagram into. Call <see cref="Reset"/> with its length afterwards.</summary>
    public Memory<byte> Buffer => _buffer;

    /// <summary>The octets in use.</summary>
    public ReadOnlySpan<byte> Octets => _buffer.AsSpan(0, _used);

    /// <summary>The value of an entry of this list. Valid until the list is changed.</summary>
    public ReadOnlySpan<byte> Value(in AttributeEntry entry) => _buffer.AsSpan(entry.Offset, entry.Length);

    public ReadOnlySpan<byte> Value(int index) => Value(in this[index]);

    /// <summary>Empties the list and wipes what it held.</summary>
    /// <param name="dictionary">What names mean from now on.</param>
    /// <param name="used">Octets at the start of the buffer that stay: a datagram just received.</param>
    public void Reset(RadiusDictionary dictionary, int used = 0)
    {
        Dictionary = dictionary;
        if (_used > used)
            _buffer.AsSpan(used, _used - used).Clear();

        _entries.AsSpan(0, Count).Clear();
        Count = 0;
        _used = used;
    }

    public bool Has(AttributeKey key) => IndexOf(key) >= 0;

    /// <returns>The index of the first entry with this key at or after <paramref name="start"/>; -1 when there is none.</returns>
    public int IndexOf(AttributeKey key, int start = 0)
    {
        for (var i = start; i < Count; i++)
        {
            if (_entries[i].Key == key)
                return i;
        }

        return -1;
    }

    public int CountOf(AttributeKey key)
    {
        var count = 0;
        for (var i = IndexOf(key); i >= 0; i = IndexOf(key, i + 1))
            count++;

        return count;
    }

    /// <summary>The octets of the first attribute with this key.</summary>
    public bool TryGet(AttributeKey key, out ReadOnlySpan<byte> value)
    {
        var index = IndexOf(key);
        value = index < 0 ? default : Value(index);
        return index >= 0;
    }

    /// <summary>The first attribute with this key as text: UTF-8 where it is, otherwise Latin-1, so that no octet is lost.</summary>
    public bool TryGetText(AttributeKey key, out string text)
    {
        var found = TryGet(key, out var value);
        text = found ? Text(value) : "";
        return found;
    }

    /// <summary>An integer, byte, short, signed or date. False when absent or of another size.</summary>
    public bool TryGetNumber(AttributeKey key, out ulong number)
    {
        number = 0;
        if (!TryGet(key, out var value) || value.Length is not (1 or 2 or 4 or 8))
            return false;

        foreach (var octet in value)
            number = (number << 8) | octet;

        return true;
    }

    /// <summary>An IPv4 or IPv6 address, by its size. False when absent or of another size.</summary>
    public bool TryGetAddress(AttributeKey key, out IPAddress address)
    {
        var found = TryGet(key, out var value) && value.Length is 4 or 16;
        address = found ? new IPAddress(value) : IPAddress.None;
        return found;
    }

    /// <summary>Appends a value in wire form. A value that does not fit the attribute's type is kept as raw octets.</summary>
    public void Add(AttributeKey key, ReadOnlySpan<byte> value, byte tag = 0) => Insert(Count, key, value, tag);

    public void Add(AttributeKey key, string text) => Add(key, Encoding.UTF8.GetBytes(text));

    /// <summary>Appends a number, in the size that the attribute's type has: four octets when it is unknown here.</summary>
    public void Add(AttributeKey key, ulong number)
    {
        Span<byte> octets = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(octets, number);
        var size = Dictionary.TryFind(key, out var definition) ? RadiusDictionary.FixedSize(definition.Type) : 4;
        Add(key, octets[(8 - (size is 1 or 2 or 8 ? size : 4))..]);
    }

    public void Add(AttributeKey key, IPAddress address)
    {
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out var length);
        Add(key, octets[..length]);
    }

    /// <summary>Removes every attribute with this key and appends one.</summary>
    public void Set(AttributeKey key, ReadOnlySpan<byte> value, byte tag = 0)
    {
        Remove(key);
        Add(key, value, tag);
    }

    public void Set(AttributeKey key, string text)
    {
        Remove(key);
        Add(key, text);
    }

    public void Set(AttributeKey key, ulong number)
    {
        Remove(key);
        Add(key, number);
    }

    /// <summary>Puts a value in wire form before the entry at <paramref name="index"/>.</summary>
    public void Insert(int index, AttributeKey key, ReadOnlySpan<byte> value, byte tag = 0)
    {
        Dictionary.TryFind(key, out var definition);
        if (definition is not null && !RadiusDictionary.Fits(definition, value))
            definition = null;

        var offset = Append(value);
        InsertEntry(index, new AttributeEntry(key, definition, offset, value.Length, tag));
    }

    /// <summary>Appends all attributes of another list.</summary>
    public void AddAll(AttributeList other)
    {
        foreach (ref readonly var entry in other.Entries)
            InsertEntry(Count, entry with { Offset = Append(other.Value(in entry)) });
    }

    /// <summary>Takes in an entry whose value already lies in this list's buffer: how a packet is decoded without a copy.</summary>
    public void AddEntry(in AttributeEntry entry) => InsertEntry(Count, entry);

    /// <summary>Reserves octets behind what is in use: for a value that has to be put together or revealed.</summary>
    /// <returns>Where they begin.</returns>
    public int Reserve(int length)
    {
        if (_used + length > _buffer.Length)
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _used + length));

        _used += length;
        return _used - length;
    }

    /// <summary>The octets of this buffer, to be written to: see <see cref="Reserve"/>.</summary>
    public Span<byte> Writable(int offset, int length) => _buffer.AsSpan(offset, length);

    /// <summary>Gives back the last octets reserved, when fewer were needed.</summary>
    public void Release(int length) => _used -= length;

    public void RemoveAt(int index)
    {
        _entries.AsSpan(index + 1, Count - index - 1).CopyTo(_entries.AsSpan(index));
        _entries[--Count] = default;
    }

    /// <summary>Drops the entries from <paramref name="count"/> on: those of a value that turned out to be malformed.</summary>
    internal void Truncate(int count)
    {
        _entries.AsSpan(count, Count - count).Clear();
        Count = count;
    }

    /// <returns>How many were removed.</returns>
    public int Remove(AttributeKey key)
    {
        var removed = 0;
        for (var i = IndexOf(key); i >= 0; i = IndexOf(key, i))
        {
            RemoveAt(i);
            removed++;
        }

        return removed;
    }

    public void Clear() => Reset(Dictionary);

    /// <summary>Octets as text: UTF-8 where they are, otherwise Latin-1.</summary>
    public static string Text(ReadOnlySpan<byte> value) =>
        System.Text.Unicode.Utf8.IsValid(value) ? Encoding.UTF8.GetString(value) : Encoding.Latin1.GetString(value);

    private int Append(ReadOnlySpan<byte> value)
    {
        var offset = Reserve(value.Length);
        value.CopyTo(_buffer.AsSpan(offset));
        return offset;
    }

    private void InsertEntry(int index, in AttributeEntry entry)
    {
        if (Count == _entries.Length)
            Array.Resize(ref _entries, Count * 2);

        _entries.AsSpan(index, Count - index).CopyTo(_entries.AsSpan(index + 1));
        _entries[index] = entry;
        Count++;
    }
}
