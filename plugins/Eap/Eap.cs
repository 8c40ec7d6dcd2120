using System.Security.Cryptography;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>EAP over RADIUS (RFC 3748, RFC 3579): identity, negotiation and the packets that all methods share.</summary>
/// <remarks>A method is a module that implements <see cref="IEapMethod"/>; <c>methods:</c> names them, built in or not.</remarks>
[Module("eap")]
public sealed class Eap : IAuthorize, IAuthenticate, IPostAuth
{
    /// <summary>Responses of one login, after which it is refused: 64 KB in fragments of 250 octets, and as much for the rest.</summary>
    internal const int MostRounds = 512;

    private const string Prefix = "eap_";
    private const int KeyLength = 32;

    // RFC 3579 §2.2: Error-Cause "Invalid EAP Packet (Ignored)".
    private const ulong InvalidEapPacket = 202;

    private readonly IGroupStore _groups;
    private readonly IEapMethod[] _methods;

    public Eap(EapOptions options, IModules modules, IGroupStore groups)
    {
        _groups = groups;
        _methods = [.. options.Methods.Select(name => Find(modules, name))];
        if (_methods.GroupBy(method => method.Type).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new InvalidOperationException($"methods: names two methods of type {(int)twice.Key}");
    }

    /// <summary>Takes a request with an EAP-Message, unless another module took it first; answers EAP-Start (RFC 3579 §2.1) at once.</summary>
    public ValueTask<Rcode> AuthorizeAsync(RequestContext context) => ValueTask.FromResult(Authorize(context));

    /// <summary>One round.</summary>
    [Blocking]
    public async ValueTask<Rcode> AuthenticateAsync(RequestContext context)
    {
        if (!context.Request.TryGet(Rfc2869.EapMessage, out var message) || !EapPacket.TryRead(message, out var packet))
            return Invalid(context, "Auth-Type is eap, but there is no EAP-Message that could be read");

        var login = context.Conversation?.Find<EapLogin>(this);
        if (login is not null)
            return await ContinueAsync(context, login, packet.Identifier, packet.Type, packet.Data.ToArray()).ConfigureAwait(false);

        return packet.Type == EapType.Identity
            ? await BeginAsync(context, packet.Identifier, packet.Data.ToArray()).ConfigureAwait(false)
            : Refuse(context, packet.Identifier, "EAP response without a login that it belongs to: its State is missing, was used before, or its time is over");
    }

    /// <summary>An Access-Reject tells the peer: EAP-Failure, also when the policy refused and not the method (RFC 3579 §2.6.3).</summary>
    public ValueTask<Rcode> PostAuthAsync(RequestContext context)
    {
        if (context.ReplyCode != PacketCode.AccessReject || !context.Request.TryGet(Rfc2869.EapMessage, out var message))
            return ValueTask.FromResult(Rcode.Noop);

        var failure = EapPacket.Write(EapCode.Failure, message.Length > 1 ? message[1] : (byte)0);
        if (context.Reply.TryGet(Rfc2869.EapMessage, out var said) && said.SequenceEqual(failure))
            return ValueTask.FromResult(Rcode.Noop);

        context.Reply.Set(Rfc2869.EapMessage, failure);
        return ValueTask.FromResult(Rcode.Updated);
    }

    private static IEapMethod Find(IModules modules, string name) =>
        modules.Find<IEapMethod>(name.StartsWith(Prefix, StringComparison.Ordinal) ? name : Prefix + name);

    private Rcode Authorize(RequestContext context)
    {
        if (!context.Request.TryGet(Rfc2869.EapMessage, out var message))
            return Rcode.Noop;

        if (message.Length <= 1)
            return AskForIdentity(context);

        if (!EapPacket.TryRead(message, out var packet) || packet.Code != EapCode.Response)
            return Invalid(context, "EAP-Message is no EAP response");

        var login = context.Conversation?.Find<EapLogin>(this);
        if (!IsOfIdentity(context, packet, login))
            return Rcode.Invalid;

        context.User ??= login?.User;
        return !context.TrySetAuthType("eap") ? Rcode.Noop
            : login is { HasBegun: true, Method.NeedsPassword: false } ? Rcode.Ok
            : Rcode.Updated;
    }

    private static Rcode AskForIdentity(RequestContext context)
    {
        context.Reply.Add(Rfc2869.EapMessage, EapPacket.Write(EapCode.Request, RandomNumberGenerator.GetBytes(1)[0], EapType.Identity, []));
        context.Control.Set(Internal.ResponsePacketType, (ulong)PacketCode.AccessChallenge);
        return Rcode.Handled;
    }

    // RFC 3579 §2.1: the NAS copies the identity to User-Name, in every round.
    private static bool IsOfIdentity(RequestContext context, in EapPacket packet, EapLogin? login)
    {
        if (login is null && packet.Type != EapType.Identity)
            return true;            // a response to nothing of ours: authenticate refuses it

        var identity = login is null ? packet.Data : login.Identity;
        if (identity.IsEmpty)
        {
            context.Fail("the EAP identity is empty");
            return false;
        }

        if (!context.Request.TryGet(Rfc2865.UserName, out var name))
        {
            context.Request.Add(Rfc2865.UserName, identity);
            return true;
        }

        if (name.SequenceEqual(identity))
            return true;

        context.Fail("User-Name is not the EAP identity");
        return false;
    }

    private async ValueTask<Rcode> BeginAsync(RequestContext context, byte identifier, byte[] identity)
    {
        if (context.User is { User.Disabled: true })
            return Refuse(context, identifier, "user is disabled");

        var group = await GroupAsync(context).ConfigureAwait(false);
        var method = Array.Find(_methods, method => IsOffered(method, context.Tunnel, group));
        if (method is null)
            return Refuse(context, identifier, $"group {group?.Name} allows no method that eap has (methods: of eap.yaml, and a certificate for tls, ttls and peap)");

        var login = new EapLogin(identity) { Method = method, User = context.User };
        context.OpenConversation().Keep(this, login);
        return await StepAsync(context, login, identifier, null).ConfigureAwait(false);
    }

    private async ValueTask<Rcode> ContinueAsync(RequestContext context, EapLogin login, byte identifier, EapType type, byte[] data)
    {
        if (++login.Rounds > MostRounds)
            return Refuse(context, identifier, $"EAP took more than {MostRounds} rounds");

        if (identifier != login.Identifier)
            return Ignore(context, login, "EAP response to another request than the last one");

        if (type == EapType.Nak && !login.HasBegun)
            return await NegotiateAsync(context, login, identifier, data).ConfigureAwait(false);

        if (type != login.Method.Type)
            return Ignore(context, login, $"EAP response of type {(int)type} to a request of type {(int)login.Method.Type}");

        login.HasBegun = true;
        return await StepAsync(context, login, identifier, data).ConfigureAwait(false);
    }

    // RFC 3748 §5.3.1: the peer lists what it would rather have. Ours is the order that counts.
    private async ValueTask<Rcode> NegotiateAsync(RequestContext context, EapLogin login, byte identifier, byte[] wanted)
    {
        var group = await GroupAsync(context).ConfigureAwait(false);
        var method = Array.Find(_methods, m => m != login.Method && wanted.Contains((byte)m.Type) && IsOffered(m, context.Tunnel, group));
        if (method is null)
            return Refuse(context, identifier, $"the client wants EAP types {string.Join(", ", wanted)}: none is in methods: of eap.yaml, allowed to group {group?.Name} and ready");

        login.Dispose();
        (login.Method, login.HasBegun) = (method, true);
        return await StepAsync(context, login, identifier, null).ConfigureAwait(false);
    }

    // Outside, an identity that is no user is a member of default-anonymous. Inside, it is offered what every user may be, so that
    // the methods tell nobody which names there are.
    private async ValueTask<UserGroup?> GroupAsync(RequestContext context) =>
        context.User?.Group ?? (context.Tunnel == Tunnel.None ? await _groups.FindAnonymousAsync(context.Cancelled).ConfigureAwait(false) : null);

    private static bool IsOffered(IEapMethod method, Tunnel tunnel, UserGroup? group)
    {
        if (!method.IsReady)
            return false;

        if (method.Word == OuterAuths.None)
            return tunnel != Tunnel.Peap;

        return tunnel == Tunnel.None
            ? (group!.OuterAuths & method.Word) != 0
            : (tunnel.Inside(method.Word) & (group?.InnerAuths ?? (InnerAuths)~0)) != 0;
    }

    private static async ValueTask<Rcode> StepAsync(RequestContext context, EapLogin login, byte identifier, byte[]? response)
    {
        // In every round: what the group may do can have changed since the method was chosen. Afterwards the user may be the inner one.
        if (login.Method.Word != OuterAuths.None && !context.Allows(login.Method.Word))
            return Refuse(context, identifier, null);

        var exchange = new EapExchange { Context = context, Identity = login.Identity, Identifier = identifier, State = login.State };
        var step = response is null
            ? await login.Method.BeginAsync(exchange).ConfigureAwait(false)
            : await login.Method.ContinueAsync(exchange, response).ConfigureAwait(false);
        login.State = exchange.State;
        context.Debug($"eap: type {(int)login.Method.Type}: {step.Kind}");
        return step.Kind switch
        {
            EapStepKind.Request => Ask(context, login, EapPacket.Write(EapCode.Request, (byte)(identifier + 1), login.Method.Type, step.Data.Span)),
            EapStepKind.Success => Accept(context, login, identifier, step.Keys),
            EapStepKind.Failure => Refuse(context, identifier, step.Reason),
            _ => Ignore(context, login, "EAP response that its method cannot read"),
        };
    }

    private static Rcode Ask(RequestContext context, EapLogin login, byte[] request)
    {
        login.Request = request;
        return Challenge(context, request);
    }

    // RFC 3579 §2.2: not fatal; the NAS shall go on with the next response to the same request.
    private static Rcode Ignore(RequestContext context, EapLogin login, string reason)
    {
        context.Debug($"eap: {reason}: ignored");
        context.Reply.Set(Rfc3576.ErrorCause, InvalidEapPacket);
        return Challenge(context, login.Request);
    }

    private static Rcode Challenge(RequestContext context, byte[] request)
    {
        context.Reply.Set(Rfc2869.EapMessage, request);
        context.Control.Set(Internal.ResponsePacketType, (ulong)PacketCode.AccessChallenge);
        return Rcode.Handled;
    }

    private static Rcode Accept(RequestContext context, EapLogin login, byte identifier, EapKeys? keys)
    {
        var (request, reply) = (context.Request, context.Reply);
        request.Set(Internal.EapType, (ulong)login.Method.Type);
        reply.Set(Rfc2869.EapMessage, EapPacket.Write(EapCode.Success, identifier));
        if (!reply.Has(Rfc2865.UserName))
            reply.Add(Rfc2865.UserName, login.Identity);

        if (keys is not null)
            AddKeys(context, keys);

        return Rcode.Ok;
    }

    // RFC 2548 §2.4.2, RFC 3579 §3.16: of the MSK the first half is what the NAS receives with. The rest is for modules: it is internal.
    private static void AddKeys(RequestContext context, EapKeys keys)
    {
        var reply = context.Reply;
        reply.Set(MicrosoftVsa.MsMppeRecvKey, keys.Msk.AsSpan(0, KeyLength));
        reply.Set(MicrosoftVsa.MsMppeSendKey, keys.Msk.AsSpan(KeyLength, KeyLength));
        reply.Set(Internal.EapMsk, keys.Msk);
        if (keys.Emsk.Length > 0)
            reply.Set(Internal.EapEmsk, keys.Emsk);

        if (keys.SessionId.Length > 0)
            reply.Set(Internal.EapSessionId, keys.SessionId);

        // RFC 4072 §2.8.3: a NAS that asks (802.1AE) gets the Session-Id.
        if (context.Request.Has(Rfc4072.EapKeyName) && keys.SessionId.Length > 0)
            reply.Set(Rfc4072.EapKeyName, keys.SessionId);
    }

    private static Rcode Refuse(RequestContext context, byte identifier, string? reason)
    {
        if (reason is not null)
            context.Fail(reason);

        context.Reply.Set(Rfc2869.EapMessage, EapPacket.Write(EapCode.Failure, identifier));
        return Rcode.Reject;
    }

    private static Rcode Invalid(RequestContext context, string reason)
    {
        context.Fail(reason);
        return Rcode.Invalid;
    }
}
