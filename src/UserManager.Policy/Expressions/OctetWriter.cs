using System.Buffers;
using System.Text;

namespace UserManager.Policy;

/// <summary>Gathers octets in a buffer of the caller's; past its end in a pooled one.</summary>
internal ref struct OctetWriter(Span<byte> buffer)
{
    private Span<byte> _octets = buffer;
    private byte[]? _rented;

    public int Length { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _octets[..Length];

    /// <summary>True while all lies in the caller's buffer.</summary>
    public readonly bool IsLocal => _rented is null;

    public void Write(scoped ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(Room(octets.Length));
        Length += octets.Length;
    }

    public void Write(scoped ReadOnlySpan<char> text)
    {
        var room = Room(Encoding.UTF8.GetMaxByteCount(text.Length));
        Length += Encoding.UTF8.GetBytes(text, room);
    }

    public void Write<T>(T value, ReadOnlySpan<char> format = default)
        where T : IUtf8SpanFormattable
    {
        if (value.TryFormat(Room(64), out var written, format, null))
            Length += written;
    }

    /// <summary>Takes back what was written after <paramref name="length"/> octets.</summary>
    public void Truncate(int length) => Length = length;

    /// <summary>The octets from <paramref name="start"/> on, to be changed in place.</summary>
    public readonly Span<byte> Since(int start) => _octets[start..Length];

    public void Dispose()
    {
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented, clearArray: true);

        _rented = null;
    }

    private Span<byte> Room(int octets)
    {
        if (Length + octets > _octets.Length)
            Grow(Length + octets);

        return _octets[Length..];
    }

    private void Grow(int least)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(least, 2 * _octets.Length));
        Written.CopyTo(larger);
        Dispose();
        _octets = _rented = larger;
    }
}
