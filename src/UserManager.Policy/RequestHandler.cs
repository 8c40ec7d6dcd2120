using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>The path of one datagram: start reading here.</summary>
/// <remarks>
/// <c>client by source address → framing → code → authenticators → duplicate cache → attributes → policy → reply</c>. It knows no
/// sockets, so a test can drive it. What is dropped is counted by its <see cref="DropReason"/> and explained in the log.
/// </remarks>
public sealed class RequestHandler(
    ClientTable clients,
    DuplicateCache duplicates,
    RequestCounters counters,
    ISettingsStore settings,
    TimeProvider clock,
    ILogger<RequestHandler> log)
{
    private readonly DropLog _drops = new(clock, log);
    private Policy? _policy;
    private long _lastId;

    /// <summary>The policy in force. A request finishes with the one it started with.</summary>
    public Policy Policy
    {
        get => Volatile.Read(ref _policy) ?? throw new InvalidOperationException("No policy is loaded yet.");
        set => Volatile.Write(ref _policy, value);
    }

    /// <summary>Where the way of each request is written to, line by line (<c>serve -X</c>); null when nobody listens.</summary>
    public Action<string>? Trace { get; set; }

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
        var datagram = context.Request.Buffer.Span[..received];
        if (!clients.TryFind(source, out var client))
            return Drop(DropReason.UnknownClient, source, null);

        if (Check(datagram, client, port, out var length) is var reason and not DropReason.None)
            return Drop(reason, source, client);

        var key = new RequestKey(source, (ushort)port, Packet.Code(datagram), Packet.Identifier(datagram));
        var state = duplicates.Begin(key, Packet.Authenticator(datagram), reply, out var answered);
        if (state != DuplicateState.New)
        {
            counters.Duplicate();
            return new(answered);
        }

        return WorkAsync(context, length, client, key, reply);
    }

    private ValueTask<int> WorkAsync(RequestContext context, int length, Client client, in RequestKey key, byte[] reply)
    {
        var policy = Policy;
        var id = Interlocked.Increment(ref _lastId);
        context.Begin(
            new RequestStart(id, policy.Dictionary, client, key.Source, clock.GetUtcNow())
            {
                Trace = Trace is { } write ? new RequestTrace(id, write) : null,
                Cancelled = Stopping,
            },
            length);
        if (PacketDecoder.Decode(context.Request, length, client.Secret, context.Authenticator) is var reason and not DropReason.None)
        {
            duplicates.Settle(key, context.Authenticator, []);
            return Drop(reason, key.Source, client);
        }

        counters.Request(context.Code);
        context.Trace?.Received(context);
        var pending = RunAsync(context, policy);
        return pending.IsCompletedSuccessfully
            ? new(Finish(context, pending.Result, key, reply))
            : FinishAsync(context, pending, key, reply);
    }

    /// <returns>The code of the answer; <see cref="PacketCode.None"/> for none.</returns>
    private static ValueTask<PacketCode> RunAsync(RequestContext context, Policy policy) => context.Code switch
    {
        PacketCode.AccessRequest => policy.Default.AuthorizeAndAuthenticateAsync(context),
        PacketCode.AccountingRequest => AccountAsync(context, policy),
        _ => new(PacketCode.AccessAccept),      // Status-Server: the answer is that there is one (RFC 5997 §3)
    };

    private static async ValueTask<PacketCode> AccountAsync(RequestContext context, Policy policy) =>
        await policy.Default.AccountAsync(context).ConfigureAwait(false) ? PacketCode.AccountingResponse : PacketCode.None;

    private async ValueTask<int> FinishAsync(RequestContext context, ValueTask<PacketCode> pending, RequestKey key, byte[] reply)
    {
        var code = PacketCode.None;
        try
        {
            code = await pending.ConfigureAwait(false);
        }
        finally
        {
            // Also when it failed: the request is forgotten, so that the NAS's next copy is worked on anew.
            if (code == PacketCode.None)
                duplicates.Settle(key, context.Authenticator, []);
        }

        return Finish(context, code, key, reply);
    }

    private int Finish(RequestContext context, PacketCode code, in RequestKey key, byte[] reply)
    {
        if (context.Code == PacketCode.StatusServer && key.Port == (ushort)RequestPort.Accounting)
            code = PacketCode.AccountingResponse;

        var length = code == PacketCode.None ? 0 : WriteReply(context, code, reply);
        context.Trace?.Answered(context, length == 0 ? PacketCode.None : code);
        duplicates.Settle(key, context.Authenticator, reply.AsSpan(0, length));
        if (length == 0)
        {
            counters.Drop(context.Code == PacketCode.AccountingRequest ? DropReason.StoreFailed : DropReason.NoReply);
            log.NoReply(context);
        }
        else
        {
            counters.Reply(code);
            if (code == PacketCode.AccessReject)
                log.Rejected(context);
        }

        return length;
    }

    private static int WriteReply(RequestContext context, PacketCode code, Span<byte> reply)
    {
        // A module that overran its time may still write to the lists: what it left there is not read, the answer is a bare one.
        var attributes = context.IsAbandoned ? new AttributeList(context.Dictionary) : context.Reply;
        if (!context.IsAbandoned)
            CopyProxyState(context);

        // Message-Authenticator stands first in every Access-* reply (CVE-2024-3596), and in the answer to a Status-Server.
        var signed = code != PacketCode.AccountingResponse || context.Code == PacketCode.StatusServer;
        return PacketWriter.WriteReply(reply, code, context.Identifier, context.Authenticator, attributes, context.Client.Secret, signed);
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

    private DropReason Check(ReadOnlySpan<byte> datagram, Client client, RequestPort port, out int length)
    {
        if (PacketDecoder.CheckFraming(datagram, out length) is var framing and not DropReason.None)
            return framing;

        var packet = datagram[..length];
        var code = Packet.Code(packet);
        var served = port == RequestPort.Authentication ? PacketCode.AccessRequest : PacketCode.AccountingRequest;
        if (code != served && code != PacketCode.StatusServer)
            return DropReason.BadCode;

        if (code == PacketCode.AccountingRequest && !Authenticators.VerifyRequest(packet, client.Secret))
            return DropReason.BadRequestAuthenticator;

        return CheckMessageAuthenticator(packet, client, code);
    }

    // CVE-2024-3596 and RFC 3579 §3.1, RFC 5997 §3: where it must be, and that it must be right wherever it is.
    private DropReason CheckMessageAuthenticator(ReadOnlySpan<byte> packet, Client client, PacketCode code)
    {
        var (eap, proxied) = (false, false);
        var attributes = new AttributeReader(packet[Packet.HeaderLength..]);
        while (attributes.Read())
        {
            eap |= attributes.Type == Rfc2869.EapMessage.Type;
            proxied |= attributes.Type == Rfc2865.ProxyState.Type;
        }

        if (attributes.Malformed)
            return DropReason.MalformedAttribute;

        var over = code == PacketCode.AccountingRequest ? Authenticators.Zero : Packet.Authenticator(packet);
        if (!MessageAuthenticator.Verify(packet, over, client.Secret, out var present))
            return DropReason.BadMessageAuthenticator;

        if (present || code == PacketCode.AccountingRequest)
            return DropReason.None;

        if (eap || code == PacketCode.StatusServer || Requires(client))
            return DropReason.MissingMessageAuthenticator;

        return proxied ? DropReason.ProxyStateUnprotected : DropReason.None;
    }

    private bool Requires(Client client) => client.RequireMessageAuth switch
    {
        MessageAuthRule.Inherit => settings.Current.RequireMessageAuth,
        var rule => rule == MessageAuthRule.Yes,
    };

    private ValueTask<int> Drop(DropReason reason, in Endpoint source, Client? client)
    {
        counters.Drop(reason);
        _drops.Write(reason, source, client);
        Trace?.Invoke($"(-) {source} dropped: {reason}");
        return new(0);
    }
}
