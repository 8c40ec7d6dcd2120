using System.Security.Authentication;
using System.Text;
using UserManager.Eap.Tls;
using Xunit;

namespace UserManager.Plugins.Tests.Eap;

public sealed class TlsResumptionTests : IDisposable
{
    private readonly Talks _talks = new();

    public static TheoryData<SslProtocols> Versions => TlsHandshakeTests.Versions;

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_session_is_resumed_and_knows_whose_it_was(SslProtocols version)
    {
        using var first = Login(version, "alice");

        using var again = Login(version, null, first);

        Assert.True(again.IsResumed);
        Assert.Equal(TlsState.Established, again.Talk.State);
        Assert.True(again.Talk.Client.IsResumed);
        Assert.Equal("alice"u8, again.Talk.Server.SessionData);
        var keys = new byte[64];
        again.Talk.Server.Export("client EAP encryption"u8, [], false, keys);
        Assert.Equal(again.Talk.Client.Export("client EAP encryption", [], false, 64), keys);
    }

    // RFC 9190 §2.1.2: resumption can follow resumption, each TLS 1.3 one by the ticket of the last.
    [Theory]
    [MemberData(nameof(Versions))]
    public void It_is_resumed_over_and_over_and_takes_one_place(SslProtocols version)
    {
        var last = Login(version, "alice");
        for (var i = 0; i < 5; i++)
        {
            var next = Login(version, null, last, resumable: true);
            Assert.True(next.IsResumed);
            Assert.Equal("alice"u8, next.Talk.Server.SessionData);
            last.Dispose();
            last = next;
        }

        last.Dispose();
        Assert.Equal(1, _talks.Sessions.Count);
    }

    // A ticket is out before the inner authentication: without leave it must be good for nothing.
    [Theory]
    [MemberData(nameof(Versions))]
    public void What_was_not_allowed_or_forbidden_afterwards_is_not_resumed(SslProtocols version)
    {
        using var undecided = Login(version, "alice", resumable: null);
        using var forbidden = Login(version, "alice", resumable: false);
        using var allowed = Login(version, "alice");
        allowed.Talk.Server.MakeResumable(false);

        foreach (var login in (Login[])[undecided, forbidden, allowed])
        {
            using var again = Login(version, null, login, resumable: null);
            Assert.Equal((TlsState.Established, false), (again.Talk.State, again.IsResumed));
            Assert.Empty(again.Talk.Server.SessionData);
        }

        Assert.Equal(0, _talks.Sessions.Count);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_resumed_login_that_is_refused_forgets_the_session_it_came_from(SslProtocols version)
    {
        using var first = Login(version, "alice");
        using var refused = Login(version, null, first, resumable: false);
        Assert.True(refused.IsResumed);

        using var again = Login(version, null, first);

        Assert.False(again.IsResumed);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Its_lifetime_counts_from_the_full_handshake(SslProtocols version)
    {
        using var first = Login(version, "alice");
        _talks.Clock.Advance(TimeSpan.FromHours(20));
        using var second = Login(version, null, first, resumable: true);
        _talks.Clock.Advance(TimeSpan.FromHours(4) - TimeSpan.FromSeconds(1));
        using var third = Login(version, null, second, resumable: true);
        _talks.Clock.Advance(TimeSpan.FromSeconds(1));
        using var fourth = Login(version, null, third, resumable: true);

        Assert.Equal((true, true, false), (second.IsResumed, third.IsResumed, fourth.IsResumed));
        Assert.Equal(1, _talks.Sessions.Count);         // what was over went when the new one came
    }

    // A client that comes to another node: what is in the database is all that the two share.
    [Theory]
    [MemberData(nameof(Versions))]
    public void A_session_of_one_node_is_resumed_at_another_unless_it_was_forbidden_or_is_over(SslProtocols version)
    {
        var cache = new FakeSharedCache();
        var (a, b) = (Node(), Node());
        using var first = Login(version, "alice", use: ClientCertificateUse.Required, certificate: _talks.Alice, options: a);
        using var forbidden = Login(version, "alice", use: ClientCertificateUse.Required, certificate: _talks.Alice, options: a);
        forbidden.Talk.Server.MakeResumable(false);

        using var again = Again(first, b);
        using var third = Again(again, a);
        using var never = Again(forbidden, b);
        _talks.Clock.Advance(TimeSpan.FromHours(24));
        using var late = Again(third, Node());

        Assert.Equal((true, true, false, false), (again.IsResumed, third.IsResumed, never.IsResumed, late.IsResumed));
        Assert.Equal("alice"u8, third.Talk.Server.SessionData);
        using var certificate = third.Talk.Server.PeerCertificate;
        Assert.Equal("CN=alice", certificate!.Subject);

        TlsServerOptions Node() => _talks.Options with { Sessions = new TlsSessions(_talks.Clock, TimeSpan.FromHours(24), 100, cache) };
        Login Again(Login login, TlsServerOptions node) => Login(
            version, null, login, use: ClientCertificateUse.Required, certificate: _talks.Alice, options: node);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void One_method_s_session_is_not_another_s(SslProtocols version)
    {
        using var peap = Login(version, "alice", context: "peap");

        using var ttls = Login(version, null, peap, context: "ttls");

        Assert.Equal((TlsState.Established, false), (ttls.Talk.State, ttls.IsResumed));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_session_without_a_certificate_does_not_stand_for_one(SslProtocols version)
    {
        using var without = Login(version, "alice");

        using var required = Login(version, null, without, use: ClientCertificateUse.Required, certificate: _talks.Alice);

        Assert.Equal((TlsState.Established, false), (required.Talk.State, required.IsResumed));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void The_client_s_certificate_comes_back_with_the_session(SslProtocols version)
    {
        using var first = Login(version, "alice", use: ClientCertificateUse.Required, certificate: _talks.Alice);
        using var again = Login(version, null, first, use: ClientCertificateUse.Required, certificate: _talks.Alice);

        Assert.True(again.IsResumed);
        using var certificate = again.Talk.Server.PeerCertificate;
        Assert.Equal("CN=alice", certificate!.Subject);
    }

    // RFC 9190 §5.7: what was true of the certificate then need not be true now.
    [Theory]
    [MemberData(nameof(Versions))]
    public void A_session_whose_certificate_was_revoked_since_is_not_resumed_and_the_login_fails(SslProtocols version)
    {
        using var middle = new Authority("Middle CA", _talks.Clock.GetUtcNow(), _talks.Authority);
        var bob = middle.Client("bob");
        bob = bob with { Certificate = bob.Certificate + "\n" + middle.Pem };
        using var first = Login(version, "bob", use: ClientCertificateUse.Required, certificate: bob);
        using var still = Login(version, null, first, use: ClientCertificateUse.Required, certificate: bob, resumable: true,
            options: _talks.Options with { Crls = Talks.Octets(middle.Crl()) });
        middle.Revoke(bob);

        using var revoked = Login(version, null, still, use: ClientCertificateUse.Required, certificate: bob,
            options: _talks.Options with { Crls = Talks.Octets(middle.Crl()) });

        Assert.True(still.IsResumed);                   // the middle CA's certificate, which only the first login sent, was kept
        Assert.Equal(TlsState.Failed, revoked.Talk.State);
        Assert.StartsWith("the client certificate is revoked (CN=bob", revoked.Talk.Server.FailureReason, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_session_whose_certificate_expired_since_is_not_resumed(SslProtocols version)
    {
        var brief = _talks.Authority.Client(until: _talks.Clock.GetUtcNow().AddHours(1));
        using var first = Login(version, "alice", use: ClientCertificateUse.Required, certificate: brief);
        _talks.Clock.Advance(TimeSpan.FromHours(2));

        using var again = Login(version, null, first, use: ClientCertificateUse.Required, certificate: brief);

        Assert.StartsWith("the client certificate has expired", again.Talk.Server.FailureReason, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Without_a_place_for_sessions_nothing_is_resumed(SslProtocols version)
    {
        using var first = Login(version, "alice", options: _talks.Options with { Sessions = null });

        using var again = Login(version, null, first, options: _talks.Options with { Sessions = null });

        Assert.Equal((TlsState.Established, false), (again.Talk.State, again.IsResumed));
    }

    [Fact]
    public void Of_too_many_the_oldest_go()
    {
        var sessions = new TlsSessions(_talks.Clock, TimeSpan.FromHours(1), capacity: 2);
        var options = _talks.Options with { Sessions = sessions };
        var logins = Enumerable.Range(0, 3).Select(_ => Login(SslProtocols.Tls13, "alice", options: options)).ToArray();

        Assert.Equal(2, sessions.Count);
        Assert.Equal([false, true, true], logins.Select(login =>
        {
            using var again = Login(SslProtocols.Tls13, null, login, resumable: null, options: options);
            return again.IsResumed;
        }));
        foreach (var login in logins)
            login.Dispose();
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(7 * 24 * 60 + 1, 10)]
    [InlineData(60, 0)]
    public void Lifetime_and_capacity_have_ranges(int minutes, int capacity) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new TlsSessions(_talks.Clock, TimeSpan.FromMinutes(minutes), capacity));

    public void Dispose() => _talks.Dispose();

    /// <param name="who">SessionData; null leaves what is there.</param>
    /// <param name="resumable">Null: nobody decides.</param>
    private Login Login(
        SslProtocols version,
        string? who,
        Login? resume = null,
        bool? resumable = true,
        string context = "",
        ClientCertificateUse use = ClientCertificateUse.No,
        Leaf? certificate = null,
        TlsServerOptions? options = null)
    {
        var talk = Talk.Run(options ?? _talks.Options, _talks.Client(version, certificate), use, resume?.Session, context);
        var session = talk.Client.Session();
        if (talk.State == TlsState.Established)
        {
            if (who is not null)
                talk.Server.SessionData = Encoding.ASCII.GetBytes(who);

            if (resumable is { } allowed)
                talk.Server.MakeResumable(allowed);
        }

        return new Login(talk, session);
    }
}

/// <summary>The database of several nodes.</summary>
internal sealed class FakeSharedCache : UserManager.Contract.ISharedCache
{
    private readonly Dictionary<string, byte[]> _kept = [];

    public void Put(string name, ReadOnlySpan<byte> octets, TimeSpan lifetime) => _kept[name] = octets.ToArray();

    public byte[]? Find(string name) => _kept.TryGetValue(name, out var octets) ? [.. octets] : null;

    public void Remove(string name) => _kept.Remove(name);
}

internal sealed record Login(Talk Talk, TlsClientSession Session) : IDisposable
{
    public bool IsResumed => Talk.Server.IsResumed;

    public void Dispose()
    {
        Session.Dispose();
        Talk.Dispose();
    }
}
