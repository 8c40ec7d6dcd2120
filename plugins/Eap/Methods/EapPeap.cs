using UserManager.Contract;
using UserManager.Domain;
using UserManager.Eap.Tls;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>PEAP version 0 (draft-kamath-pppext-peapv0, [MS-PEAP]): an EAP method inside TLS.</summary>
/// <remarks>
/// Inside, EAP packets travel without their header of four octets, save those of the extensions (Type 33), in which the result is told and
/// agreed to before EAP-Success. No crypto-binding.
/// </remarks>
[Module("eap_peap")]
public sealed class EapPeap(TunnelOptions options, IModules modules, IVirtualServers servers) : TunnelMethod(options, modules, servers)
{
    // Result TLV: mandatory, type 3, length 2, then 1 for success or 2 for failure.
    private static readonly byte[] ResultTlv = [0x80, 3, 0, 2, 0];
    private const byte Succeeded = 1, Failed = 2;

    public override EapType Type => EapType.Peap;

    public override OuterAuths Word => OuterAuths.EapPeap;

    private protected override Tunnel Tunnel => Tunnel.Peap;

    private protected override ReadOnlySpan<byte> KeyLabel => "client EAP encryption"u8;

    private protected override TlsAsk Ask { get; } = new() { SessionContext = "peap" };

    private protected override async ValueTask<EapStep?> OnEstablishedAsync(EapExchange exchange, TlsLogin login)
    {
        var tunnel = (TunnelLogin)login;
        if (login.Tls.IsResumed)
            return TellResult(exchange, tunnel, await ReauthorizeAsync(exchange, tunnel).ConfigureAwait(false));

        // TLS 1.2: the peer first acknowledges our Finished. TLS 1.3: it was the last to speak.
        return login.Tls.Version == System.Security.Authentication.SslProtocols.Tls13 ? AskIdentity(exchange, login) : null;
    }

    private protected override ValueTask<EapStep> OnSilenceAsync(EapExchange exchange, TlsLogin login) => ValueTask.FromResult(
        ((TunnelLogin)login).Phase == PeapPhase.Identity ? AskIdentity(exchange, login) : EapStep.Failure("the client says nothing inside PEAP"));

    private protected override async ValueTask<EapStep> OnDataAsync(EapExchange exchange, TlsLogin login, byte[] plain)
    {
        var tunnel = (TunnelLogin)login;
        switch (tunnel.Phase)
        {
            case PeapPhase.Result when tunnel.Accepted is null:
                return EapStep.Failure(tunnel.Refusal);
            case PeapPhase.Result:
                return IsAgreement(plain) ? Accept(exchange, tunnel) : EapStep.Failure("the client did not agree to the result of PEAP");
            case PeapPhase.Identity when plain[0] != (byte)EapType.Identity || plain.Length == 1:
                return EapStep.Failure("the client does not say who it is inside PEAP");
            case PeapPhase.Identity:
                tunnel.InnerName = plain[1..];
                tunnel.Phase = PeapPhase.Method;
                break;
        }

        return await ForwardAsync(exchange, tunnel, plain).ConfigureAwait(false);
    }

    private EapStep AskIdentity(EapExchange exchange, TlsLogin login)
    {
        login.Write([(byte)EapType.Identity]);
        return Send(exchange, login);
    }

    private async ValueTask<EapStep> ForwardAsync(EapExchange exchange, TunnelLogin login, byte[] plain)
    {
        var response = EapPacket.Write(EapCode.Response, login.InnerIdentifier, (EapType)plain[0], plain.AsSpan(1));
        var (code, inner) = await AskInnerAsync(exchange, login, context =>
        {
            context.Request.Add(Rfc2865.UserName, login.InnerName);
            context.Request.Add(Rfc2869.EapMessage, response);
        }).ConfigureAwait(false);

        if (code != PacketCode.AccessChallenge)
        {
            if (code == PacketCode.AccessAccept)
                Remember(login, EapMethodOf(inner));

            return TellResult(exchange, login, code == PacketCode.AccessAccept);
        }

        return SendInner(exchange, login, inner.Reply);
    }

    private EapStep SendInner(EapExchange exchange, TunnelLogin login, AttributeList reply)
    {
        if (!reply.TryGet(Rfc2869.EapMessage, out var message) || !EapPacket.TryRead(message, out var request) || request.Code != EapCode.Request)
            return EapStep.Failure("the inner server asks for something that is no EAP request");

        login.InnerIdentifier = request.Identifier;
        login.Write([(byte)request.Type, .. request.Data]);
        return Send(exchange, login);
    }

    private EapStep TellResult(EapExchange exchange, TunnelLogin login, bool success)
    {
        if (!success)
            login.Tls.MakeResumable(false);

        login.Phase = PeapPhase.Result;
        login.Write(EapPacket.Write(EapCode.Request, (byte)(exchange.Identifier + 1), EapType.Tlv, [.. ResultTlv, success ? Succeeded : Failed]));
        return Send(exchange, login);
    }

    // Other TLVs may stand beside it.
    private static bool IsAgreement(ReadOnlySpan<byte> plain)
    {
        if (!EapPacket.TryRead(plain, out var packet) || packet is not { Code: EapCode.Response, Type: EapType.Tlv })
            return false;

        for (var rest = packet.Data; rest.Length >= 4;)
        {
            var length = (rest[2] << 8) | rest[3];
            if (length > rest.Length - 4)
                return false;

            if ((rest[0] & 0x3F) == 0 && rest[1] == ResultTlv[1])
                return length == 2 && rest[4] == 0 && rest[5] == Succeeded;

            rest = rest[(4 + length)..];
        }

        return false;
    }
}
