using System.Text;

namespace UserManager.Radius;

/// <summary>The secret shared with a client. Never printed.</summary>
public sealed class SharedSecret(string text)
{
    public ReadOnlySpan<byte> Octets => _octets;

    private readonly byte[] _octets = Encoding.UTF8.GetBytes(text);

    public override string ToString() => "***";
}
