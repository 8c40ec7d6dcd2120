using System.Buffers.Binary;
using System.Security.Cryptography;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>EAP-MSCHAPv2 (draft-kamath-pppext-eap-mschapv2): MS-CHAPv2 (RFC 2759) in EAP.</summary>
/// <remarks>
/// Wire form behind the Type field: OpCode, MS-CHAPv2-ID, MS-Length of two octets (these and all behind them), then for a challenge and a
/// response the size of the value, the value and a name; for a success and a failure a text. A peer answers those two with the OpCode alone.
/// </remarks>
[Module("eap_mschapv2")]
public sealed class EapMsChapV2 : IEapMethod
{
    private const byte Challenge = 1, Response = 2, Success = 3, Failure = 4;
    private const int HeaderLength = 4;

    /// <summary>Peer challenge 16, zeros 8, NT response 24, flags 1.</summary>
    private const int ResponseLength = 49;
    private const int NtResponseOffset = 24;

    private const string NoPassword = "no known good password that eap_mschapv2 could check";

    public EapType Type => EapType.MsChapV2;

    public OuterAuths Word => OuterAuths.EapMsChap2;

    private sealed record Login(byte Id, byte[] Challenge)
    {
        /// <summary>Keys of a right password, for when the peer has found our proof right.</summary>
        public byte[]? Msk { get; init; }

        /// <summary>The password was wrong: the peer has been told.</summary>
        public string? Refusal { get; init; }
    }

    public ValueTask<EapStep> BeginAsync(EapExchange exchange)
    {
        var login = new Login((byte)(exchange.Identifier + 1), RandomNumberGenerator.GetBytes(MsChap.LongChallengeLength));
        exchange.State = login;
        return ValueTask.FromResult(Packet(Challenge, login.Id, [MsChap.LongChallengeLength, .. login.Challenge, .. "UserManager"u8]));
    }

    public ValueTask<EapStep> ContinueAsync(EapExchange exchange, ReadOnlyMemory<byte> response) =>
        ValueTask.FromResult(Continue(exchange, (Login)exchange.State!, response.Span));

    private static EapStep Continue(EapExchange exchange, Login login, ReadOnlySpan<byte> response)
    {
        var code = response.IsEmpty ? (byte)0 : response[0];
        return (login, code) switch
        {
            ({ Refusal: { } reason }, _) => EapStep.Failure(reason),
            ({ Msk: { } msk }, Success) => EapStep.Success(new EapKeys(msk, [], [])),
            ({ Msk: not null }, Failure) => EapStep.Failure("the client did not accept the server's proof"),
            ({ Msk: null }, Response) => Check(exchange, login, response),
            _ => EapStep.Ignore,
        };
    }

    private static EapStep Check(EapExchange exchange, Login login, ReadOnlySpan<byte> packet)
    {
        if (packet.Length < HeaderLength + 1 + ResponseLength || packet[HeaderLength] != ResponseLength)
            return EapStep.Ignore;

        var name = packet[(HeaderLength + 1 + ResponseLength)..];
        Span<byte> ntHash = stackalloc byte[MsChap.HashLength];
        var step = Check(exchange, login, packet.Slice(HeaderLength + 1, ResponseLength), name[(name.IndexOf((byte)'\\') + 1)..], ntHash);
        CryptographicOperations.ZeroMemory(ntHash);
        return step;
    }

    // RFC 2759 §4: the name is hashed without DOMAIN\. For an unknown user the work is the same.
    private static EapStep Check(EapExchange exchange, Login login, ReadOnlySpan<byte> value, ReadOnlySpan<byte> name, Span<byte> ntHash)
    {
        var peerChallenge = value[..MsChap.LongChallengeLength];
        var ntResponse = value.Slice(NtResponseOffset, MsChap.ResponseLength);
        var number = 0;
        var isKnown = exchange.Context.TryGetNtHash(number, ntHash);
        var isRight = MsChap.VerifyV2(login.Challenge, peerChallenge, name, ntHash, ntResponse);
        while (isKnown && !isRight && exchange.Context.TryGetNtHash(++number, ntHash))
            isRight = MsChap.VerifyV2(login.Challenge, peerChallenge, name, ntHash, ntResponse);

        if (!isKnown || !isRight)
            return Refuse(exchange, login, isKnown ? "wrong password" : NoPassword);

        exchange.Context.PasswordWas(number);
        exchange.State = login with { Msk = Msk(ntHash, ntResponse) };
        var proof = new byte[MsChap.AuthenticatorResponseLength];
        MsChap.AuthenticatorResponse(ntHash, ntResponse, peerChallenge, login.Challenge, name, proof);
        return Packet(Success, login.Id, [.. proof, .. " M=OK"u8]);
    }

    // RFC 2759 §6: 691 is a wrong password; R=0, because a second try belongs to a new login.
    private static EapStep Refuse(EapExchange exchange, Login login, string reason)
    {
        exchange.State = login with { Refusal = reason };
        var text = $"E=691 R=0 C={Convert.ToHexString(RandomNumberGenerator.GetBytes(MsChap.LongChallengeLength))} V=3 M=Authentication failed";
        return Packet(Failure, login.Id, System.Text.Encoding.ASCII.GetBytes(text));
    }

    // The keys of the server's two directions (RFC 3079 §3), then zeros.
    private static byte[] Msk(ReadOnlySpan<byte> ntHash, ReadOnlySpan<byte> ntResponse)
    {
        var msk = new byte[64];
        MppeKeys.ForVersion2(ntHash, ntResponse, sendKey: msk.AsSpan(MppeKeys.KeyLength), receiveKey: msk);
        return msk;
    }

    private static EapStep Packet(byte code, byte id, ReadOnlySpan<byte> rest)
    {
        var packet = new byte[HeaderLength + rest.Length];
        (packet[0], packet[1]) = (code, id);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        rest.CopyTo(packet.AsSpan(HeaderLength));
        return EapStep.Request(packet);
    }
}
