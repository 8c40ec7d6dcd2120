using System.Security.Cryptography;

namespace UserManager.Radius;

/// <summary>Message-Authenticator: HMAC-MD5 over the whole packet (RFC 3579 §3.2).</summary>
public static class MessageAuthenticator
{
    /// <summary>The Type octet.</summary>
    public const byte Type = 80;

    /// <summary>Octets of the attribute with its header.</summary>
    public const int AttributeLength = 18;

    private const int ValueLength = AttributeLength - 2;

    /// <summary>Looks for the attribute.</summary>
    /// <param name="packet">A packet with its header.</param>
    /// <param name="offset">Where its sixteen octets begin in the packet; 0 when there is none.</param>
    /// <returns>False when it stands twice, is not 18 octets long, or the attributes cannot be walked.</returns>
    public static bool TryFind(ReadOnlySpan<byte> packet, out int offset)
    {
        offset = 0;
        var reader = new AttributeReader(packet[Packet.HeaderLength..]);
        while (reader.Read())
        {
            if (reader.Type != Type)
                continue;

            if (offset != 0 || reader.Value.Length != ValueLength)
                return false;

            offset = Packet.HeaderLength + reader.Offset;
        }

        return !reader.Malformed;
    }

    /// <summary>Computes the code.</summary>
    /// <param name="packet">The packet with its header; neither its Authenticator nor the attribute's octets are read.</param>
    /// <param name="offset">Where the attribute's sixteen octets begin.</param>
    /// <param name="authenticator">
    /// What stands in the Authenticator while it is computed: the packet's own in an Access-Request and Status-Server, the
    /// request's in every reply, zeros in Accounting-, CoA- and Disconnect-Requests (RFC 5176 §3.4).
    /// </param>
    /// <param name="secret">Shared with the NAS.</param>
    /// <param name="code">Sixteen octets; may be the attribute's own.</param>
    public static void Compute(
        ReadOnlySpan<byte> packet, int offset, ReadOnlySpan<byte> authenticator, SharedSecret secret, Span<byte> code)
    {
        var inner = HmacMd5.Begin(secret);
        inner.Append(packet[..4]);
        inner.Append(authenticator);
        inner.Append(packet[Packet.HeaderLength..offset]);
        inner.Append(Authenticators.Zero);
        inner.Append(packet[(offset + ValueLength)..]);
        HmacMd5.Finish(secret, ref inner, code);
    }

    /// <summary>True when the code at <paramref name="offset"/> is right; see <see cref="Compute"/> for the parameters.</summary>
    public static bool Verify(ReadOnlySpan<byte> packet, int offset, ReadOnlySpan<byte> authenticator, SharedSecret secret)
    {
        Span<byte> expected = stackalloc byte[ValueLength];
        Compute(packet, offset, authenticator, secret, expected);
        return CryptographicOperations.FixedTimeEquals(expected, packet.Slice(offset, ValueLength));
    }

    /// <summary>Checks the attribute of a packet, if it has one.</summary>
    /// <param name="packet">The packet with its header.</param>
    /// <param name="authenticator">See <see cref="Compute"/>.</param>
    /// <param name="secret">Shared with the NAS.</param>
    /// <param name="present">True when the packet has the attribute.</param>
    /// <returns>False when it stands twice, has a wrong length or does not verify; true when it is right or absent.</returns>
    public static bool Verify(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> authenticator, SharedSecret secret, out bool present)
    {
        var found = TryFind(packet, out var offset);
        present = offset != 0;
        return found && (!present || Verify(packet, offset, authenticator, secret));
    }
}
