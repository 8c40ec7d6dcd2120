using UserManager.Contract;
using UserManager.Domain;
using UserManager.Eap.Tls;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>What TTLS and PEAP share: the inner requests, what becomes of their answers, and resumption.</summary>
public abstract class TunnelMethod(TunnelOptions options, IModules modules, IVirtualServers servers)
    : TlsMethod(modules.Find<TlsCommon>(options.Tls))
{
    // What proves who somebody is, what belongs to one packet, and what the outer login is about.
    private static readonly AttributeKey[] NotCopiedIn =
    [
        Rfc2865.UserName, Rfc2865.UserPassword, Rfc2865.ChapPassword, Rfc2865.ChapChallenge, Rfc2865.State, Rfc2865.ProxyState,
        Rfc2869.EapMessage, Rfc2869.MessageAuthenticator, Rfc4072.EapKeyName,
        MicrosoftVsa.MsChapChallenge, MicrosoftVsa.MsChapResponse, MicrosoftVsa.MsChap2Response,
    ];

    // What belongs to the inner login alone: its keys are not the tunnel's (and RFC 3579 §2.6.5: no Reply-Message beside EAP).
    private static readonly AttributeKey[] NotCopiedOut =
    [
        Rfc2865.UserName, Rfc2865.State, Rfc2865.ProxyState, Rfc2865.ReplyMessage, Rfc2869.EapMessage, Rfc2869.MessageAuthenticator, Rfc4072.EapKeyName,
        MicrosoftVsa.MsMppeRecvKey, MicrosoftVsa.MsMppeSendKey, MicrosoftVsa.MsChapMppeKeys, MicrosoftVsa.MsMppeEncryptionPolicy,
        MicrosoftVsa.MsMppeEncryptionTypes, MicrosoftVsa.MsChap2Success, MicrosoftVsa.MsChapError,
    ];

    private readonly IVirtualServer _server = servers.Find(options.VirtualServer);

    private protected abstract Tunnel Tunnel { get; }

    private protected override TlsLogin NewLogin(ITlsConnection connection) => new TunnelLogin(connection);

    /// <summary>Runs an inner request.</summary>
    /// <param name="fill">Puts the inner credentials into its list.</param>
    /// <returns>The inner request with its answer; AccessReject also where there was none.</returns>
    private protected async ValueTask<(PacketCode Code, RequestContext Inner)> AskInnerAsync(EapExchange exchange, TunnelLogin login, Action<RequestContext> fill)
    {
        var inner = exchange.Context.CreateInner(Tunnel, login.Inner);
        fill(inner);
        inner.Request.Add(Freeradius.ProxiedTo, System.Net.IPAddress.Loopback);
        if (options.CopyRequestToTunnel)
            CopyIn(exchange.Context.Request, inner.Request);

        var code = await _server.RunAsync(inner).ConfigureAwait(false);
        if (inner.IsAbandoned)
        {
            login.Inner = null;         // a module still works with it
            login.Refusal = "a module of the inner request overran its time";
            return (PacketCode.AccessReject, inner);
        }

        if (code == PacketCode.AccessChallenge)
        {
            login.Inner = inner.Conversation;
            return (code, inner);
        }

        inner.Conversation?.Dispose();
        login.Inner = null;
        if (code == PacketCode.AccessAccept)
            Take(login, inner);
        else
            login.Refusal = Refused(inner);

        return (code == PacketCode.AccessAccept ? code : PacketCode.AccessReject, inner);
    }

    /// <summary>Notes who it is and how, so that the session can be resumed.</summary>
    /// <param name="method">The inner method by the outer word that it has: Pap for <c>ttls-pap</c>.</param>
    private protected static void Remember(TunnelLogin login, OuterAuths method)
    {
        login.Tls.SessionData = TunnelSession.Write(method, login.InnerName);
        login.Tls.MakeResumable(true);
    }

    /// <summary>The inner method of an EAP login that has ended.</summary>
    private protected static OuterAuths EapMethodOf(RequestContext inner) =>
        !inner.Request.TryGetNumber(Internal.EapType, out var type) ? OuterAuths.None : (EapType)type switch
        {
            EapType.Md5Challenge => OuterAuths.EapMd5,
            EapType.MsChapV2 => OuterAuths.EapMsChap2,
            EapType.Gtc => OuterAuths.EapGtc,
            _ => OuterAuths.None,
        };

    /// <summary>Authorises the inner user of a resumed session anew: the password is not asked for, all else is.</summary>
    /// <returns>False when that fails: then <see cref="TunnelLogin.Refusal"/> says why.</returns>
    private protected async ValueTask<bool> ReauthorizeAsync(EapExchange exchange, TunnelLogin login)
    {
        if (!TunnelSession.TryRead(login.Tls.SessionData, out var method, out var name))
        {
            login.Refusal = "the TLS session that is resumed is nobody's";
            return false;
        }

        login.InnerName = name;
        var (code, inner) = await AskInnerAsync(exchange, login, context =>
        {
            context.Request.Add(Rfc2865.UserName, name);
            context.Request.Set(Internal.EapSessionResumed, 1UL);
            context.TrySetAuthType("Accept");
        }).ConfigureAwait(false);

        var isAllowed = code == PacketCode.AccessAccept && (method == OuterAuths.None || inner.Allows(method));
        if (code == PacketCode.AccessAccept && !isAllowed)
            (login.Refusal, login.Accepted) = (Refused(inner), null);

        login.Tls.MakeResumable(isAllowed);
        return isAllowed;
    }

    /// <summary>The end: the Access-Accept gets what the inner one had.</summary>
    private protected EapStep Accept(EapExchange exchange, TunnelLogin login)
    {
        if (login.Accepted is not { } accepted)
            return EapStep.Failure("the inner login has not been accepted");

        var context = exchange.Context;
        context.User = accepted.User ?? context.User;
        if (options.UseTunneledReply)
            context.Reply.AddAll(accepted.Reply);

        if (options.UseInnerUserName)
            context.Reply.Set(Rfc2865.UserName, accepted.Name);

        return Success(login);
    }

    private static string Refused(RequestContext inner) => $"inner login refused: {inner.Failure ?? "the policy says so"}";

    private static void CopyIn(AttributeList from, AttributeList to)
    {
        foreach (ref readonly var entry in from.Entries)
        {
            if (!entry.Key.IsInternal && Array.IndexOf(NotCopiedIn, entry.Key) < 0 && !to.Has(entry.Key))
                to.Add(entry.Key, from.Value(in entry), entry.Tag);
        }
    }

    private static void Take(TunnelLogin login, RequestContext inner)
    {
        var reply = new AttributeList(inner.Dictionary, Math.Max(inner.Reply.Octets.Length, 1));
        foreach (ref readonly var entry in inner.Reply.Entries)
        {
            if (!entry.Key.IsInternal && Array.IndexOf(NotCopiedOut, entry.Key) < 0)
                reply.Add(entry.Key, inner.Reply.Value(in entry), entry.Tag);
        }

        var name = inner.Reply.TryGet(Rfc2865.UserName, out var given) ? given : login.InnerName;
        login.Accepted = new Accepted(inner.User, name.ToArray(), reply);
    }
}
