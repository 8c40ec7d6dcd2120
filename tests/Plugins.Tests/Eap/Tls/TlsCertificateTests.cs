using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserManager.Eap.Tls;
using Xunit;

namespace UserManager.Plugins.Tests.Eap;

/// <summary>Which client certificates are taken, and what is said of the others.</summary>
public sealed class TlsCertificateTests : IDisposable
{
    private readonly Talks _talks = new();

    public static TheoryData<SslProtocols> Versions => TlsHandshakeTests.Versions;

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_stranger_s_certificate_is_refused(SslProtocols version)
    {
        using var other = new Authority("Other CA", _talks.Clock.GetUtcNow());
        var mallory = other.Client("mallory");

        Refused(version, mallory, $"the client certificate is signed by a CA that is not trusted here (CN=mallory, serial {Serial(mallory)})", "unknown ca");
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void One_that_has_expired_or_is_not_valid_yet_is_refused(SslProtocols version)
    {
        var now = _talks.Clock.GetUtcNow();
        var old = _talks.Authority.Client("old", from: now.AddDays(-9), until: now.AddSeconds(-2));
        var early = _talks.Authority.Client("early", from: now.AddMinutes(5));

        Refused(version, old, $"the client certificate has expired (CN=old, serial {Serial(old)})", "expired");
        Refused(version, early, $"the client certificate is not valid yet (CN=early, serial {Serial(early)})", "bad certificate");
    }

    [Fact]
    public void Time_is_the_clock_s()
    {
        var client = _talks.Client(SslProtocols.Tls13, _talks.Authority.Client(until: _talks.Clock.GetUtcNow().AddDays(30)));
        using var before = Talk.Run(_talks.Options, client, ClientCertificateUse.Required);
        _talks.Clock.Advance(TimeSpan.FromDays(31));
        using var after = Talk.Run(_talks.Options, client, ClientCertificateUse.Required);

        Assert.Equal(TlsState.Established, before.State);
        Assert.StartsWith("the client certificate has expired", after.Server.FailureReason, StringComparison.Ordinal);
    }

    // RFC 5280 §4.2.1.12: where purposes are named, a client's must be among them.
    [Theory]
    [MemberData(nameof(Versions))]
    public void One_for_servers_is_not_one_for_clients(SslProtocols version)
    {
        var server = _talks.Authority.Client("radius", purpose: Authority.ServerAuthentication);

        Refused(version, server, $"the client certificate is not made for TLS clients (extended key usage) (CN=radius, serial {Serial(server)})", "unsupported certificate");
    }

    [Fact]
    public void One_that_names_no_purpose_is_for_any()
    {
        using var talk = Talk.Run(_talks.Options, _talks.Client(SslProtocols.Tls13, _talks.Authority.Client(purpose: null)), ClientCertificateUse.Required);

        Assert.Equal(TlsState.Established, talk.State);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void None_is_refused_only_where_one_is_required(SslProtocols version)
    {
        using var allowed = Talk.Run(_talks.Options, _talks.Client(version), ClientCertificateUse.Allowed);
        Assert.Equal(TlsState.Established, allowed.State);

        using var required = Talk.Run(_talks.Options, _talks.Client(version), ClientCertificateUse.Required);
        Assert.Equal((TlsState.Failed, "no client certificate was sent"), (required.State, required.Server.FailureReason));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_wrong_certificate_is_refused_also_where_none_would_do(SslProtocols version)
    {
        using var other = new Authority("Other CA", _talks.Clock.GetUtcNow());

        using var talk = Talk.Run(_talks.Options, _talks.Client(version, other.Client()), ClientCertificateUse.Allowed);

        Assert.Equal(TlsState.Failed, talk.State);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_revoked_one_is_refused(SslProtocols version)
    {
        var bob = _talks.Authority.Client("bob");
        _talks.Authority.Revoke(bob);
        var crl = Talks.Octets(_talks.Authority.Crl());

        Refused(version, bob, $"the client certificate is revoked (CN=bob, serial {Serial(bob)})", "revoked", _talks.Options with { Crls = crl });
        using var alice = Talk.Run(_talks.Options with { Crls = crl }, _talks.Client(version, _talks.Alice), ClientCertificateUse.Required);
        using var unasked = Talk.Run(_talks.Options with { Crls = crl, CrlUse = CrlUse.No }, _talks.Client(version, bob), ClientCertificateUse.Required);
        Assert.Equal((TlsState.Established, TlsState.Established), (alice.State, unasked.State));
    }

    [Fact]
    public void A_list_may_stand_among_the_trusted_certificates_or_be_DER()
    {
        var bob = _talks.Authority.Client("bob");
        _talks.Authority.Revoke(bob);
        var crl = _talks.Authority.Crl();
        var der = Convert.FromBase64String(crl[PemEncoding.Find(crl).Base64Data]);

        using var among = Talk.Run(
            _talks.Options with { TrustedCertificates = Talks.Octets(_talks.Authority.Pem + "\n" + crl) }, _talks.Client(SslProtocols.Tls13, bob), ClientCertificateUse.Required);
        using var binary = Talk.Run(_talks.Options with { Crls = der }, _talks.Client(SslProtocols.Tls13, bob), ClientCertificateUse.Required);

        Assert.StartsWith("the client certificate is revoked", among.Server.FailureReason, StringComparison.Ordinal);
        Assert.StartsWith("the client certificate is revoked", binary.Server.FailureReason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CrlUse.WhenPresent, null)]
    [InlineData(CrlUse.No, null)]
    [InlineData(CrlUse.Strict, "the client certificate cannot be checked: there is no revocation list of its issuer")]
    public void Without_a_list_of_the_issuer_the_option_decides(CrlUse use, string? reason)
    {
        using var other = new Authority("Other CA", _talks.Clock.GetUtcNow());
        var options = _talks.Options with { Crls = Talks.Octets(other.Crl()), CrlUse = use };

        using var talk = Talk.Run(options, _talks.Client(SslProtocols.Tls13, _talks.Alice), ClientCertificateUse.Required);

        Assert.Equal(reason is null ? TlsState.Established : TlsState.Failed, talk.State);
        if (reason is not null)
            Assert.StartsWith(reason, talk.Server.FailureReason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_past_its_time_refuses()
    {
        var options = _talks.Options with { Crls = Talks.Octets(_talks.Authority.Crl()) };
        _talks.Clock.Advance(TimeSpan.FromDays(8));

        using var talk = Talk.Run(options, _talks.Client(SslProtocols.Tls13, _talks.Alice), ClientCertificateUse.Required);

        Assert.StartsWith("the client certificate cannot be checked: the revocation list of its issuer is past its time", talk.Server.FailureReason, StringComparison.Ordinal);
    }

    // What was verified is kept, no longer than it holds: one server sees all of these.
    [Theory]
    [InlineData(2 * 24, "the client certificate has expired")]
    [InlineData(8 * 24, "the client certificate cannot be checked: the revocation list of its issuer is past its time")]
    public void One_that_was_good_is_refused_when_it_or_its_list_has_ended(int hours, string reason)
    {
        var until = _talks.Clock.GetUtcNow().AddDays(hours > 7 * 24 ? 30 : 1);
        using var server = new TlsServer(_talks.Options with { Crls = Talks.Octets(_talks.Authority.Crl()) });
        using var clients = new TlsClientContext(_talks.Client(SslProtocols.Tls13, _talks.Authority.Client(until: until)));
        var ask = new TlsAsk { ClientCertificate = ClientCertificateUse.Required };
        using var first = Talk.Run(server, clients, ask);
        using var session = first.Client.Session();
        first.Server.MakeResumable(true);
        using var second = Talk.Run(server, clients, ask);
        _talks.Clock.Advance(TimeSpan.FromHours(hours));

        using var resumed = Talk.Run(server, clients, ask, session);
        using var full = Talk.Run(server, clients, ask);

        Assert.Equal((TlsState.Established, TlsState.Established), (first.State, second.State));
        Assert.StartsWith(reason, resumed.Server.FailureReason, StringComparison.Ordinal);
        Assert.StartsWith(reason, full.Server.FailureReason, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_was_good_speaks_for_no_other()
    {
        using var server = new TlsServer(_talks.Options);
        using var middle = new Authority("Middle CA", _talks.Clock.GetUtcNow(), _talks.Authority);
        var bob = middle.Client("bob");
        var ask = new TlsAsk { ClientCertificate = ClientCertificateUse.Required };

        Assert.Equal(
            [TlsState.Established, TlsState.Established, TlsState.Failed],
            new[] { _talks.Alice, bob with { Certificate = bob.Certificate + "\n" + middle.Pem }, bob }.Select(leaf =>
            {
                using var clients = new TlsClientContext(_talks.Client(SslProtocols.Tls13, leaf));
                using var talk = Talk.Run(server, clients, ask);
                return talk.State;
            }));
    }

    [Fact]
    public void A_revoked_middle_CA_takes_its_clients_with_it()
    {
        using var middle = new Authority("Middle CA", _talks.Clock.GetUtcNow(), _talks.Authority);
        var bob = middle.Client("bob");
        var chained = bob with { Certificate = bob.Certificate + "\n" + middle.Pem };
        _talks.Authority.Revoke(new Leaf(middle.Pem, ""));

        using var good = Talk.Run(_talks.Options, _talks.Client(SslProtocols.Tls13, chained), ClientCertificateUse.Required);
        using var revoked = Talk.Run(
            _talks.Options with { Crls = Talks.Octets(_talks.Authority.Crl()) }, _talks.Client(SslProtocols.Tls13, chained), ClientCertificateUse.Required);

        Assert.Equal(TlsState.Established, good.State);
        Assert.StartsWith("the client certificate is revoked (CN=Middle CA", revoked.Server.FailureReason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_with_control_characters_does_not_reach_the_log_as_it_is()
    {
        using var other = new Authority("Other CA", _talks.Clock.GetUtcNow());

        using var talk = Talk.Run(_talks.Options, _talks.Client(SslProtocols.Tls13, other.Client("a\nb")), ClientCertificateUse.Required);

        Assert.Contains("a?b", talk.Server.FailureReason, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_chain_of_64_KB_is_taken_and_one_of_1_MB_refused(SslProtocols version)
    {
        var large = _talks.Authority.Client("alice", r => r.CertificateExtensions.Add(new X509Extension("1.3.6.1.4.1.55555.1", new byte[64 * 1024], critical: false)));
        var huge = _talks.Authority.Client("alice", r => r.CertificateExtensions.Add(new X509Extension("1.3.6.1.4.1.55555.1", new byte[1024 * 1024], critical: false)));

        using var taken = Talk.Run(_talks.Options, _talks.Client(version, large), ClientCertificateUse.Required);
        Assert.Null(taken.Server.FailureReason);
        Assert.Equal(TlsState.Established, taken.State);

        using var server = new TlsServer(_talks.Options);
        using var clients = new TlsClientContext(_talks.Client(version, huge));
        using var whole = Talk.Run(server, clients, new TlsAsk { ClientCertificate = ClientCertificateUse.Required });
        Assert.Matches("^a flight of [0-9]+ octets is too large$", whole.Server.FailureReason);

        // The same in two flights, of which the first is small enough: libssl sees the length the message announces.
        using var again = new Talk(server.Accept(new TlsAsk { ClientCertificate = ClientCertificateUse.Required }), new TlsClient(clients));
        var flight = again.Client.Advance(again.ToServer(again.Client.Advance([])));
        again.ToServer(flight.AsSpan(..100_000));
        Assert.Equal((TlsState.Failed, "a message of the client is too large"), (again.State, again.Server.FailureReason));
    }

    public void Dispose() => _talks.Dispose();

    private void Refused(SslProtocols version, Leaf client, string reason, string alert, TlsServerOptions? options = null)
    {
        using var talk = Talk.Run(options ?? _talks.Options, _talks.Client(version, client), ClientCertificateUse.Required);

        Assert.Equal((TlsState.Failed, reason), (talk.State, talk.Server.FailureReason));
        Assert.Contains(alert, talk.Client.Error, StringComparison.Ordinal);          // the alert was sent
    }

    private static string Serial(Leaf leaf)
    {
        using var certificate = leaf.Public;
        return certificate.SerialNumber;
    }
}
