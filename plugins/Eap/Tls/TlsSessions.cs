using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace UserManager.Eap.Tls;

/// <summary>The sessions that may be resumed, in memory: the octets of each, who it was, and when it ends. Safe for many threads.</summary>
/// <remarks>What a client holds (a TLS 1.2 session id, a TLS 1.3 ticket) is only a random name of 32 octets, so that what is not or no longer in here cannot be
/// resumed, whatever ticket was sent before the inner authentication failed. Of too many the oldest go.</remarks>
/// <param name="clock">What lifetimes are measured by.</param>
/// <param name="lifetime">From the full handshake on, resumptions not counted; up to 7 days (RFC 8446 §4.6.1).</param>
/// <param name="capacity">Sessions kept, at least 1. One takes 0.5 to 3 kB.</param>
public sealed class TlsSessions(TimeProvider clock, TimeSpan lifetime, int capacity)
{
    /// <summary>The longest lifetime (RFC 8446 §4.6.1).</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(7);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<TlsSession>> _byId = [];
    private readonly LinkedList<TlsSession> _oldestFirst = [];
    private readonly int _capacity = capacity > 0 ? capacity : throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "1 or more");

    /// <summary>How long a session can be resumed after its full handshake.</summary>
    public TimeSpan Lifetime { get; } = lifetime > TimeSpan.Zero && lifetime <= MaxLifetime
        ? lifetime
        : throw new ArgumentOutOfRangeException(nameof(lifetime), lifetime, "more than 0, up to 7 days");

    /// <summary>Sessions in it, those that are over and not yet dropped included.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _byId.Count;
        }
    }

    internal DateTimeOffset EndOfANewOne() => clock.GetUtcNow() + Lifetime;

    internal void Put(TlsSession session)
    {
        lock (_lock)
        {
            RemoveLocked(session.Id);
            while (_oldestFirst.First is { } oldest && (_byId.Count >= _capacity || oldest.Value.Ends <= clock.GetUtcNow()))
                RemoveLocked(oldest.Value.Id);

            _byId.Add(session.Id, _oldestFirst.AddLast(session));
        }
    }

    /// <param name="session">A copy, whose <see cref="TlsSession.Octets"/> the caller wipes.</param>
    internal bool TryFind(string id, string context, [NotNullWhen(true)] out TlsSession? session)
    {
        lock (_lock)
        {
            session = _byId.TryGetValue(id, out var node) && node.Value.Context == context && node.Value.Ends > clock.GetUtcNow()
                ? node.Value with { Octets = [.. node.Value.Octets] }
                : null;
            return session is not null;
        }
    }

    internal void Remove(string id)
    {
        lock (_lock)
            RemoveLocked(id);
    }

    private void RemoveLocked(string id)
    {
        if (!_byId.Remove(id, out var node))
            return;

        _oldestFirst.Remove(node);
        CryptographicOperations.ZeroMemory(node.Value.Octets);
    }
}

/// <summary>One resumable session: nothing but octets and words, so that it can be kept anywhere.</summary>
/// <param name="Id">The session id or ticket, in hex.</param>
/// <param name="Context">What it was made for; see <see cref="TlsAsk.SessionContext"/>.</param>
/// <param name="Octets">OpenSSL's serialised session, the client's certificate included. Secret.</param>
/// <param name="Chain">The certificates, in DER, that came with the client's.</param>
/// <param name="Data">See <see cref="ITlsConnection.SessionData"/>.</param>
/// <param name="Ends">When it cannot be resumed any more.</param>
internal sealed record TlsSession(string Id, string Context, byte[] Octets, IReadOnlyList<byte[]> Chain, byte[] Data, DateTimeOffset Ends);
