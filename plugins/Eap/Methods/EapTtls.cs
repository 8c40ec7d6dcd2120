using System.Security.Cryptography;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Eap.Tls;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>EAP-TTLS version 0 (RFC 5281): PAP, CHAP, MS-CHAP, MS-CHAPv2 or an EAP method inside TLS.</summary>
[Module("eap_ttls")]
public sealed class EapTtls(TunnelOptions options, IModules modules, IVirtualServers servers) : TunnelMethod(options, modules, servers)
{
    private const uint Microsoft = 311;

    // The client proves who it is by these alone. It must not choose what else policies go by, such as Calling-Station-Id.
    private static readonly AttributeKey[] Taken =
    [
        Rfc2865.UserName, Rfc2865.UserPassword, Rfc2865.ChapPassword, Rfc2865.ChapChallenge, Rfc2869.EapMessage,
        MicrosoftVsa.MsChapChallenge, MicrosoftVsa.MsChapResponse, MicrosoftVsa.MsChap2Response,
    ];

    public override EapType Type => EapType.Ttls;

    public override OuterAuths Word => OuterAuths.EapTtls;

    private protected override Tunnel Tunnel => Tunnel.Ttls;

    private protected override ReadOnlySpan<byte> KeyLabel => "ttls keying material"u8;

    private protected override TlsAsk Ask { get; } = new() { SessionContext = "ttls" };

    // A session that is resumed needs no inner login (RFC 5281 §7.5); in TLS 1.3 an octet of zero says so (RFC 9427 §2).
    private protected override async ValueTask<EapStep?> OnEstablishedAsync(EapExchange exchange, TlsLogin login)
    {
        if (!login.Tls.IsResumed)
            return null;

        var tunnel = (TunnelLogin)login;
        if (!await ReauthorizeAsync(exchange, tunnel).ConfigureAwait(false))
            return EapStep.Failure(tunnel.Refusal);

        if (login.Tls.Version == System.Security.Authentication.SslProtocols.Tls13)
            login.Write([0]);

        return login.Out.WrittenCount == 0 ? Accept(exchange, tunnel) : null;
    }

    private protected override ValueTask<EapStep> OnSilenceAsync(EapExchange exchange, TlsLogin login) => ValueTask.FromResult(
        ((TunnelLogin)login).Accepted is not null ? Accept(exchange, (TunnelLogin)login) : EapStep.Failure("the client says nothing inside TTLS"));

    private protected override async ValueTask<EapStep> OnDataAsync(EapExchange exchange, TlsLogin login, byte[] plain)
    {
        var tunnel = (TunnelLogin)login;
        if (tunnel.Accepted is not null)
            return EapStep.Failure("the client goes on inside TTLS after its login was accepted");

        var given = new AttributeList(exchange.Context.Dictionary, plain.Length);
        if (Refusal(plain, given, tunnel) is { } reason)
            return EapStep.Failure(reason);

        CryptographicOperations.ZeroMemory(plain);
        var (code, inner) = await AskInnerAsync(exchange, tunnel, context => context.Request.AddAll(given)).ConfigureAwait(false);
        var method = MethodOf(given, inner);
        given.Clear();
        return code switch
        {
            PacketCode.AccessChallenge => Forward(exchange, tunnel, inner),
            PacketCode.AccessAccept => Accepted(exchange, tunnel, inner, method),
            _ => EapStep.Failure(tunnel.Refusal),
        };
    }

    // RFC 5281 §11.2.4: the peer checks the server's proof, and answers with nothing.
    private EapStep Accepted(EapExchange exchange, TunnelLogin login, RequestContext inner, OuterAuths method)
    {
        Remember(login, method);
        if (!inner.Reply.TryGet(MicrosoftVsa.MsChap2Success, out var proof))
            return Accept(exchange, login);

        login.Write(DiameterReader.Write(MicrosoftVsa.MsChap2Success.Type, Microsoft, proof));
        return Send(exchange, login);
    }

    private EapStep Forward(EapExchange exchange, TunnelLogin login, RequestContext inner)
    {
        if (!inner.Reply.TryGet(Rfc2869.EapMessage, out var message))
            return EapStep.Failure("the inner server asks for something that is no EAP request");

        login.Write(DiameterReader.Write(Rfc2869.EapMessage.Type, 0, message));
        return Send(exchange, login);
    }

    private static OuterAuths MethodOf(AttributeList given, RequestContext inner) =>
        given.Has(Rfc2869.EapMessage) ? EapMethodOf(inner)
        : given.Has(MicrosoftVsa.MsChap2Response) ? OuterAuths.MsChap2
        : given.Has(MicrosoftVsa.MsChapResponse) ? OuterAuths.MsChap1
        : given.Has(Rfc2865.ChapPassword) ? OuterAuths.Chap
        : OuterAuths.Pap;

    private static string? Refusal(byte[] plain, AttributeList given, TunnelLogin login)
    {
        var avps = new DiameterReader(plain);
        while (avps.Read())
        {
            var key = avps.Vendor != 0 ? AttributeKey.Vendor(avps.Vendor, avps.Code) : new AttributeKey(avps.Code);
            if (Array.IndexOf(Taken, key) >= 0 && (avps.Vendor == 0 || avps.Vendor == Microsoft))
                given.Add(key, key == Rfc2865.UserPassword ? avps.Value.TrimEnd((byte)0) : avps.Value);     // RFC 5281 §11.2.5: filled up with zeros
            else if (avps.IsMandatory)
                return $"the client sends attribute {key} inside TTLS, which is not taken from there";
        }

        return avps.Malformed ? "what the client sends inside TTLS cannot be read"
            : Name(given, login) ?? Challenge(given, login);
    }

    // RFC 5281 §11.2: User-Name stands beside the credentials; in EAP it may stand in the identity alone.
    private static string? Name(AttributeList given, TunnelLogin login)
    {
        if (given.TryGet(Rfc2869.EapMessage, out var message))
        {
            if (EapPacket.TryRead(message, out var packet) && packet.Type == EapType.Identity)
                login.InnerName = packet.Data.ToArray();

            given.Remove(Rfc2865.UserName);
            given.Add(Rfc2865.UserName, login.InnerName);
        }
        else if (given.TryGet(Rfc2865.UserName, out var name))
        {
            login.InnerName = name.ToArray();
        }

        return login.InnerName.Length == 0 ? "the client does not say who it is inside TTLS" : null;
    }

    // RFC 5281 §11.1: the challenge comes from the tunnel, so that a response made elsewhere is of no use. Its last octet is the identifier.
    private static string? Challenge(AttributeList given, TunnelLogin login)
    {
        var isChap = given.TryGet(Rfc2865.ChapPassword, out var response);
        if (!isChap && !given.TryGet(MicrosoftVsa.MsChap2Response, out response) && !given.TryGet(MicrosoftVsa.MsChapResponse, out response))
            return null;

        var length = given.Has(MicrosoftVsa.MsChapResponse) ? MsChap.ChallengeLength : MsChap.LongChallengeLength;
        given.TryGet(isChap ? Rfc2865.ChapChallenge : MicrosoftVsa.MsChapChallenge, out var challenge);
        Span<byte> expected = stackalloc byte[length + 1];
        login.Tls.Export("ttls challenge"u8, [], useContext: false, expected);
        return challenge.SequenceEqual(expected[..length]) && !response.IsEmpty && response[0] == expected[length]
            ? null
            : "the challenge inside TTLS is not the tunnel's";
    }
}
