using System.Security.Cryptography;

namespace UserManager.Radius;

/// <summary>The Authenticator field of requests and replies (RFC 2865 §3, RFC 2866 §3, RFC 5176 §2.3).</summary>
public static class Authenticators
{
    /// <summary>Sixteen zero octets: what stands in the field while a Request Authenticator is computed.</summary>
    public static ReadOnlySpan<byte> Zero => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>MD5(Code, Identifier, Length, Request Authenticator, Attributes, Secret) of a reply.</summary>
    /// <param name="packet">The reply, from its Code to the end of its attributes; what stands in its Authenticator is not read.</param>
    /// <param name="requestAuthenticator">Of the request that is answered.</param>
    /// <param name="secret">Shared with the NAS.</param>
    /// <param name="authenticator">Sixteen octets; may be the packet's own field.</param>
    public static void ComputeResponse(
        ReadOnlySpan<byte> packet, ReadOnlySpan<byte> requestAuthenticator, SharedSecret secret, Span<byte> authenticator)
    {
        var md5 = new Md5();
        md5.Append(packet[..4]);
        md5.Append(requestAuthenticator);
        md5.Append(packet[Packet.HeaderLength..]);
        md5.Append(secret.Octets);
        md5.Finish(authenticator);
    }

    /// <summary>MD5 over an Accounting-, CoA- or Disconnect-Request with a field of zeros (RFC 2866 §3).</summary>
    /// <param name="packet">The request, from its Code to the end of its attributes.</param>
    /// <param name="secret">Shared with the NAS.</param>
    /// <param name="authenticator">Sixteen octets; may be the packet's own field.</param>
    public static void ComputeRequest(ReadOnlySpan<byte> packet, SharedSecret secret, Span<byte> authenticator) =>
        ComputeResponse(packet, Zero, secret, authenticator);

    /// <summary>True when a reply was made for this request, by one who knows the secret.</summary>
    public static bool VerifyResponse(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> requestAuthenticator, SharedSecret secret)
    {
        Span<byte> expected = stackalloc byte[Packet.AuthenticatorLength];
        ComputeResponse(packet, requestAuthenticator, secret, expected);
        return CryptographicOperations.FixedTimeEquals(expected, Packet.Authenticator(packet));
    }

    /// <summary>True when the Request Authenticator of an Accounting-, CoA- or Disconnect-Request is right.</summary>
    public static bool VerifyRequest(ReadOnlySpan<byte> packet, SharedSecret secret) => VerifyResponse(packet, Zero, secret);
}
