using System.Text;

namespace UserManager.Radius;

/// <summary>The secret shared with a NAS (RFC 2865 §3), with the two pads of HMAC-MD5 computed once. It never shows itself.</summary>
public sealed class SharedSecret
{
    private readonly byte[] _octets;
    private readonly Md5 _inner;
    private readonly Md5 _outer;

    /// <param name="octets">The secret, as the NAS has it. A copy is kept.</param>
    public SharedSecret(ReadOnlySpan<byte> octets)
    {
        _octets = octets.ToArray();
        (_inner, _outer) = HmacMd5.Pads(octets);
    }

    /// <param name="text">The secret as typed: its UTF-8 octets count.</param>
    public SharedSecret(string text)
        : this(Encoding.UTF8.GetBytes(text))
    {
    }

    /// <summary>The octets themselves: for hashing, never for showing.</summary>
    public ReadOnlySpan<byte> Octets => _octets;

    /// <summary>The state of MD5 after the inner pad (RFC 2104).</summary>
    internal ref readonly Md5 Inner => ref _inner;

    /// <summary>The state of MD5 after the outer pad (RFC 2104).</summary>
    internal ref readonly Md5 Outer => ref _outer;

    /// <summary>Three stars: a secret that slips into a log stays one.</summary>
    public override string ToString() => "***";
}
