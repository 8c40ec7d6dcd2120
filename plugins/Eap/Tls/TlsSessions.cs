using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text.Json;
using UserManager.Contract;

namespace UserManager.Eap.Tls;

/// <summary>The sessions that may be resumed, in memory: the octets of each, who it was, and when it ends. Those of other nodes are asked for. Safe for many threads.</summary>
/// <remarks>What a client holds (a TLS 1.2 session id, a TLS 1.3 ticket) is only a random name of 32 octets, so that what is not or no longer in here cannot be
/// resumed, whatever ticket was sent before the inner authentication failed. Of too many the oldest go.</remarks>
/// <param name="clock">What lifetimes are measured by.</param>
/// <param name="lifetime">From the full handshake on, resumptions not counted; up to 7 days (RFC 8446 §4.6.1).</param>
/// <param name="capacity">Sessions kept, at least 1. One takes 0.5 to 3 kB.</param>
/// <param name="shared">By which the nodes know each other's sessions; null where there is one node.</param>
public sealed class TlsSessions(TimeProvider clock, TimeSpan lifetime, int capacity, ISharedCache? shared = null)
{
    /// <summary>The longest lifetime (RFC 8446 §4.6.1).</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(7);

    private readonly int _capacity = capacity > 0 ? capacity : throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "1 or more");
    private Kept _kept = new();

    /// <summary>How long a session can be resumed after its full handshake.</summary>
    public TimeSpan Lifetime { get; } = lifetime > TimeSpan.Zero && lifetime <= MaxLifetime
        ? lifetime
        : throw new ArgumentOutOfRangeException(nameof(lifetime), lifetime, "more than 0, up to 7 days");

    /// <summary>Sessions in it, those that are over and not yet dropped included.</summary>
    public int Count
    {
        get
        {
            var kept = _kept;
            lock (kept.Lock)
                return kept.ById.Count;
        }
    }

    /// <summary>Goes on with the sessions of another: from now on both have the same, each with its own lifetime and capacity.</summary>
    public void Share(TlsSessions other)
    {
        ArgumentNullException.ThrowIfNull(other);
        _kept = other._kept;
    }

    internal void Put(TlsSession session)
    {
        Keep(session);
        if (shared is null)
            return;

        var octets = JsonSerializer.SerializeToUtf8Bytes(session);
        shared.Put(NameOf(session.Id), octets, session.Began + Lifetime - clock.GetUtcNow());
        CryptographicOperations.ZeroMemory(octets);
    }

    private void Keep(TlsSession session)
    {
        var kept = _kept;
        lock (kept.Lock)
        {
            kept.Remove(session.Id);
            while (kept.OldestFirst.First is { } oldest && (kept.ById.Count >= _capacity || IsOver(oldest.Value)))
                kept.Remove(oldest.Value.Id);

            kept.ById.Add(session.Id, kept.OldestFirst.AddLast(session));
        }
    }

    /// <param name="session">A copy, whose <see cref="TlsSession.Octets"/> the caller wipes.</param>
    internal bool TryFind(string id, string context, [NotNullWhen(true)] out TlsSession? session)
    {
        var kept = _kept;
        lock (kept.Lock)
            session = kept.ById.TryGetValue(id, out var node) ? node.Value with { Octets = [.. node.Value.Octets] } : null;

        session ??= FindShared(id);
        if (session is not null && (session.Context != context || IsOver(session)))
        {
            CryptographicOperations.ZeroMemory(session.Octets);
            session = null;
        }

        return session is not null;
    }

    internal void Remove(string id)
    {
        var kept = _kept;
        lock (kept.Lock)
            kept.Remove(id);

        shared?.Remove(NameOf(id));
    }

    private TlsSession? FindShared(string id)
    {
        if (shared?.Find(NameOf(id)) is not { } octets)
            return null;

        try
        {
            return JsonSerializer.Deserialize<TlsSession>(octets);
        }
        catch (JsonException)
        {
            return null;        // of a node of another version
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    private static string NameOf(string id) => $"tls.{id}";

    private bool IsOver(TlsSession session) => session.Began + Lifetime <= clock.GetUtcNow();

    private sealed class Kept
    {
        public Lock Lock { get; } = new();

        public Dictionary<string, LinkedListNode<TlsSession>> ById { get; } = [];

        public LinkedList<TlsSession> OldestFirst { get; } = [];

        public void Remove(string id)
        {
            if (!ById.Remove(id, out var node))
                return;

            OldestFirst.Remove(node);
            CryptographicOperations.ZeroMemory(node.Value.Octets);
        }
    }
}

/// <summary>One resumable session: nothing but octets and words, so that it can be kept anywhere.</summary>
/// <param name="Id">The session id or ticket, in hex.</param>
/// <param name="Context">What it was made for; see <see cref="TlsAsk.SessionContext"/>.</param>
/// <param name="Octets">OpenSSL's serialised session, without the client's certificate. Secret.</param>
/// <param name="Certificate">The client's certificate, in DER; null without one.</param>
/// <param name="Chain">The certificates, in DER, that came with it.</param>
/// <param name="Data">See <see cref="ITlsConnection.SessionData"/>.</param>
/// <param name="Began">When the full handshake was.</param>
internal sealed record TlsSession(
    string Id, string Context, byte[] Octets, byte[]? Certificate, IReadOnlyList<byte[]> Chain, byte[] Data, DateTimeOffset Began)
{
    // SSL_SESSION_ASN1 of OpenSSL: peer [3] EXPLICIT X509 OPTIONAL.
    private static readonly Asn1Tag Peer = new(TagClass.ContextSpecific, 3, isConstructed: true);

    /// <summary>A serialised session without its certificate, which libssl would parse, key and all, whenever the session is resumed.</summary>
    public static byte[] WithoutCertificate(byte[] session)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            var reader = new AsnReader(session, AsnEncodingRules.BER).ReadSequence();
            while (reader.HasData)
            {
                var isPeer = reader.PeekTag() == Peer;
                var value = reader.ReadEncodedValue();
                if (!isPeer)
                    writer.WriteEncodedValue(value.Span);
            }
        }

        CryptographicOperations.ZeroMemory(session);
        return writer.Encode();
    }
}
