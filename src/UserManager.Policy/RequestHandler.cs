using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>The path of one datagram: start reading here.</summary>
/// <remarks>
/// <c>client by source address → framing → code → authenticators → duplicate cache → State → attributes → policy → reply</c>. It knows no
/// sockets, so a test can drive it. What is dropped is counted by its <see cref="DropReason"/> and explained in the log.
/// </remarks>
public sealed class RequestHandler(
    ClientTable clients,
    DuplicateCache duplicates,
    ConversationTable conversations,
    RequestCounters counters,
    ISettingsStore settings,
    TimeProvider clock,
    ILogger<RequestHandler> log)
{
    private readonly DropLog _drops = new(clock, log);
    private Policy? _policy;
    private long _lastId;

    /// <summary>The policy in force. A request finishes with the one it started with.</summary>
    /// <remarks>One that is taken from here has to be retired: <see cref="Policy.RetireAsync"/>.</remarks>
    public Policy Policy
    {
        get => Volatile.Read(ref _policy) ?? throw new InvalidOperationException("No policy is loaded yet.");
        set => Volatile.Write(ref _policy, value);
    }

    /// <summary>Where the way of each request is written to, line by line (<c>serve -X</c>); null when nobody listens.</summary>
    public Action<string>? Trace { get; set; }

    /// <summary>Where the latest decisions over logins are kept.</summary>
    public DecisionRing Decisions { get; init; } = new(0);

    /// <summary>Ends what is under way when the server stops.</summary>
    public CancellationToken Stopping { get; init; }

    /// <summary>Works on one datagram.</summary>
    /// <param name="context">Its request buffer begins with the datagram.</param>
    /// <param name="received">Octets that arrived.</param>
    /// <param name="source">Where from.</param>
    /// <param name="port">Which port they came to.</param>
    /// <param name="reply">Where the answer is written to; at least 4096 octets.</param>
    /// <returns>Octets of the answer; 0 when there is nothing to send.</returns>
    public ValueTask<int> HandleAsync(RequestContext context, int received, Endpoint source, RequestPort port, byte[] reply)
    {
        var started = clock.GetTimestamp();
        var datagram = context.Request.Buffer.Span[..received];
        if (!clients.TryFind(source, out var client))
            return Drop(DropReason.UnknownClient, source, null);

        if (Check(datagram, client, port, out var length) is var reason and not DropReason.None)
            return Drop(reason, source, client);

        var key = new RequestKey(source, (ushort)port, Packet.Code(datagram), Packet.Identifier(datagram));
        var state = duplicates.Begin(key, Packet.Authenticator(datagram), reply, out var answered, started);
        var router = counters.Of(client);
        if (state != DuplicateState.New)
        {
            // A NAS that asks again is nothing to be explained in the log.
            if (state == DuplicateState.InProgress)
                router.Drop(DropReason.DuplicateInProgress);
            else
                router.Duplicate();

            return new(answered);
        }

        if (conversations.TryTake(StateOf(datagram[..length]), client.Id, out var login) == ConversationState.Busy)
        {
            duplicates.Settle(key, Packet.Authenticator(datagram), [], started);
            return Drop(DropReason.ConversationBusy, source, client);
        }

        return WorkAsync(new Work(context, key, length, reply, router, login?.Lease.Again() ?? Hold(), started) { Login = login }, client);
    }

    /// <summary>A new request, and where its answer goes.</summary>
    /// <param name="Length">Octets of the packet at the start of the request's buffer.</param>
    /// <param name="Router">Its counters.</param>
    /// <param name="Lease">Of the policy it started with.</param>
    /// <param name="Started">The clock's timestamp when it came.</param>
    private readonly record struct Work(
        RequestContext Context, RequestKey Key, int Length, byte[] Reply, RouterCounters Router, PolicyLease Lease, long Started)
    {
        public Policy Policy => Lease.Policy;

        /// <summary>What State led to: it goes on with the policy it began with.</summary>
        public ConversationTable.Entry? Login { get; init; }
    }

    private PolicyLease Hold()
    {
        PolicyLease lease;
        while (!Policy.TryHold(out lease))
        {
            // It was replaced between the two looks: the next one is there already.
        }

        return lease;
    }

    // What has to wait is settled by FinishAsync; the rest, and whatever fails before, here.
    private ValueTask<int> WorkAsync(in Work work, Client client)
    {
        var (answered, waits) = (0, false);
        try
        {
            if (Begin(work, client) is var reason and not DropReason.None)
                return Drop(reason, work.Key.Source, client);

            var pending = RunAsync(work);
            if (pending.IsCompletedSuccessfully)
                return new(answered = Finish(work, pending.Result));

            waits = true;
            return FinishAsync(work, pending);
        }
        finally
        {
            if (!waits && Settle(work, answered) > RequestCounters.SlowInline)
                counters.Suspect(work.Context.Id);
        }
    }

    private async ValueTask<int> FinishAsync(Work work, ValueTask<PacketCode> pending)
    {
        var answered = 0;
        try
        {
            return answered = Finish(work, await pending.ConfigureAwait(false));
        }
        finally
        {
            Settle(work, answered);
        }
    }

    // Without an answer, as when anything failed, the request is forgotten: the NAS's next copy is worked on anew.
    /// <returns>How long it took.</returns>
    private TimeSpan Settle(in Work work, int answered)
    {
        if (work.Login is { } login)
            conversations.Return(login);

        work.Lease.Release();
        var ended = clock.GetTimestamp();
        var took = clock.GetElapsedTime(work.Started, ended);
        if (answered > 0)
            counters.Took(work.Key.Code, took);

        duplicates.Settle(work.Key, work.Context.Authenticator, work.Reply.AsSpan(0, answered), ended);
        return took;
    }

    private DropReason Begin(in Work work, Client client)
    {
        var context = work.Context;
        var id = Interlocked.Increment(ref _lastId);
        context.Begin(
            new RequestStart(id, work.Policy.Dictionary, client, work.Key.Source, clock.GetUtcNow())
            {
                Trace = Trace is { } write ? new RequestTrace(id, write) : null,
                Cancelled = Stopping,
                Conversation = work.Login?.Conversation,
            },
            work.Length);
        if (PacketDecoder.Decode(context.Request, work.Length, client.Secret, context.Authenticator) is var reason and not DropReason.None)
            return reason;

        work.Router.Request(context.Code);
        context.Trace?.Received(context);
        return DropReason.None;
    }

    /// <returns>The code of the answer; <see cref="PacketCode.None"/> for none.</returns>
    private static ValueTask<PacketCode> RunAsync(in Work work) => work.Key.Code switch
    {
        PacketCode.AccessRequest => work.Policy.Default.AuthorizeAndAuthenticateAsync(work.Context),
        PacketCode.AccountingRequest => work.Policy.Default.AccountAsync(work.Context),

        // Status-Server: the answer is that there is one (RFC 5997 §3).
        _ => new(work.Key.Port == (ushort)RequestPort.Accounting ? PacketCode.AccountingResponse : PacketCode.AccessAccept),
    };

    // A challenge decides nothing yet.
    private void Remember(in Work work, PacketCode code)
    {
        if (work.Key.Code == PacketCode.AccessRequest && code != PacketCode.AccessChallenge)
            Decisions.Add(work.Context, code);
    }

    private int Finish(in Work work, PacketCode code)
    {
        var context = work.Context;

        // A refusal would be a lie when the request was not looked into: the NAS asks again, or asks another server.
        var overload = context.IsOverloaded && (code is PacketCode.None or PacketCode.AccessReject);
        if (overload)
            code = PacketCode.None;

        KeepOrEnd(work, code);
        var length = code == PacketCode.None ? 0 : WriteReply(work, code);
        Remember(work, length == 0 ? PacketCode.None : code);
        context.Trace?.Answered(context, length == 0 ? PacketCode.None : code);
        if (length == 0)
        {
            work.Router.Drop(overload ? DropReason.Overload : DropReason.NoReply);
            log.NoReply(context);
        }
        else
        {
            work.Router.Reply(code);
            if (code == PacketCode.AccessReject)
                log.Rejected(context);
        }

        return length;
    }

    // A challenge keeps the login for its next round; without an answer it stays as it was; all else ends it.
    private void KeepOrEnd(in Work work, PacketCode code)
    {
        if (code == PacketCode.None && work.Login is not null && !work.Context.IsAbandoned)
            return;

        if (code == PacketCode.AccessChallenge && !work.Context.IsAbandoned)
        {
            conversations.Park(work.Login, work.Context, work.Lease);
            return;
        }

        if (work.Login is { } login)
            conversations.Remove(login);

        // What a module still works with is left to its finalizers.
        if (!work.Context.IsAbandoned)
            work.Context.Conversation?.Dispose();
    }

    private static int WriteReply(in Work work, PacketCode code)
    {
        var context = work.Context;
        var attributes = context.IsAbandoned ? BareReply(work) : context.Reply;
        if (!context.IsAbandoned)
            CopyProxyState(context);

        // Message-Authenticator stands first in every Access-* reply (CVE-2024-3596), and in the answer to a Status-Server.
        var signed = code != PacketCode.AccountingResponse || context.Code == PacketCode.StatusServer;
        return PacketWriter.WriteReply(work.Reply, code, context.Identifier, context.Authenticator, attributes, context.Client.Secret, signed);
    }

    // It goes back as it came, in order (RFC 2865 §5.33).
    private static void CopyProxyState(RequestContext context)
    {
        foreach (ref readonly var entry in context.Request.Entries)
        {
            if (entry.Key == Rfc2865.ProxyState)
                context.Reply.Add(entry.Key, context.Request.Value(in entry));
        }
    }

    // A module that overran its time may still write to the lists: they are not read, Proxy-State comes from the octets that were received.
    private static AttributeList BareReply(in Work work)
    {
        var reply = new AttributeList(work.Context.Dictionary);
        var received = new AttributeReader(work.Context.Request.Buffer.Span[Packet.HeaderLength..work.Length]);
        while (received.Read())
        {
            if (received.Type == Rfc2865.ProxyState.Type)
                reply.Add(Rfc2865.ProxyState, received.Value);
        }

        return reply;
    }

    private static ReadOnlySpan<byte> StateOf(ReadOnlySpan<byte> packet)
    {
        if (Packet.Code(packet) != PacketCode.AccessRequest)
            return default;

        var attributes = new AttributeReader(packet[Packet.HeaderLength..]);
        while (attributes.Read())
        {
            if (attributes.Type == Rfc2865.State.Type)
                return attributes.Value;
        }

        return default;
    }

    private DropReason Check(ReadOnlySpan<byte> datagram, Client client, RequestPort port, out int length)
    {
        if (PacketDecoder.CheckFraming(datagram, out length) is var framing and not DropReason.None)
            return framing;

        var packet = datagram[..length];
        var code = Packet.Code(packet);
        var served = port == RequestPort.Authentication ? PacketCode.AccessRequest : PacketCode.AccountingRequest;
        if (code != served && code != PacketCode.StatusServer)
            return DropReason.BadCode;

        return PacketDecoder.Verify(packet, client.Secret, requestAuthenticator: default) is var wrong and not DropReason.None ? wrong
            : code == PacketCode.AccessRequest ? CheckProtection(packet, client)
            : DropReason.None;
    }

    // CVE-2024-3596: what settings ask of an Access-Request. Where a Message-Authenticator must be whatever they say, the decoder has looked.
    private DropReason CheckProtection(ReadOnlySpan<byte> packet, Client client)
    {
        var proxied = false;
        var attributes = new AttributeReader(packet[Packet.HeaderLength..]);
        while (attributes.Read())
        {
            if (attributes.Type == MessageAuthenticator.Type)
                return DropReason.None;

            proxied |= attributes.Type == Rfc2865.ProxyState.Type;
        }

        return Requires(client) ? DropReason.MissingMessageAuthenticator
            : proxied ? DropReason.ProxyStateUnprotected
            : DropReason.None;
    }

    private bool Requires(Client client) => client.RequireMessageAuth switch
    {
        MessageAuthRule.Inherit => settings.Current.RequireMessageAuth,
        var rule => rule == MessageAuthRule.Yes,
    };

    private ValueTask<int> Drop(DropReason reason, in Endpoint source, Client? client)
    {
        counters.Of(client).Drop(reason);
        _drops.Write(reason, source, client);
        Trace?.Invoke($"(-) {source} dropped: {reason}");
        return new(0);
    }
}
