using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>MS-CHAP-Response or MS-CHAP2-Response with its challenge (RFC 2548 §2.1.3, §2.3.2).</summary>
/// <remarks>
/// Wire form of both: identifier, flags, 24 octets, NT response of 24 octets. In version 1 the first 24 are the LM response, and bit 0 of
/// the flags says that the NT response is there; in version 2 they are the peer challenge of 16 octets and 8 of zeros.
/// </remarks>
internal readonly ref struct PeerResponse
{
    private const int Length = 50;
    private const int NtOffset = 26;
    private const byte NtFlag = 1;

    private PeerResponse(int version, ReadOnlySpan<byte> challenge, ReadOnlySpan<byte> value)
    {
        Version = version;
        Identifier = value[0];
        HasNtResponse = version == 2 || (value[1] & NtFlag) != 0;
        Challenge = challenge;
        PeerChallenge = value.Slice(2, Radius.MsChap.LongChallengeLength);
        NtResponse = value[NtOffset..Length];
    }

    /// <summary>1 or 2.</summary>
    public int Version { get; }

    public byte Identifier { get; }

    /// <summary>False when the peer answered with the LM response alone.</summary>
    public bool HasNtResponse { get; }

    /// <summary>MS-CHAP-Challenge: 8 octets in version 1, 16 in version 2.</summary>
    public ReadOnlySpan<byte> Challenge { get; }

    /// <summary>Version 2 only.</summary>
    public ReadOnlySpan<byte> PeerChallenge { get; }

    public ReadOnlySpan<byte> NtResponse { get; }

    public static bool TryRead(AttributeList request, out PeerResponse response)
    {
        response = default;
        var version = request.TryGet(MicrosoftVsa.MsChapResponse, out var value) ? 1
            : request.TryGet(MicrosoftVsa.MsChap2Response, out value) ? 2
            : 0;
        var size = version == 1 ? Radius.MsChap.ChallengeLength : Radius.MsChap.LongChallengeLength;
        if (version == 0
            || value.Length < Length
            || !request.TryGet(MicrosoftVsa.MsChapChallenge, out var challenge)
            || challenge.Length < size)
        {
            return false;
        }

        response = new PeerResponse(version, challenge[..size], value);
        return true;
    }
}
