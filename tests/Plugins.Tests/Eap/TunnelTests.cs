using System.Security.Authentication;
using System.Text;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Eap.Tls;
using UserManager.Radius;
using Xunit;

namespace UserManager.Plugins.Tests.Eap;

/// <summary>EAP-TLS, TTLS and PEAP through the shipped policy, with the inner server.</summary>
[Collection(nameof(OpenConnections))]
public sealed class TunnelTests : IAsyncLifetime
{
    private const uint Microsoft = 311;

    private readonly EapServer _server = new();
    private readonly List<IDisposable> _contexts = [];

    public static TheoryData<SslProtocols> Versions => [SslProtocols.Tls12, SslProtocols.Tls13];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _contexts.ForEach(context => context.Dispose());
        await _server.DisposeAsync();
    }

    // --- EAP-TLS --------------------------------------------------------------------------------------------------------------

    // RFC 5216 §2.3, RFC 9190 §2.3; RFC 9190 §2.5: the octet of zero.
    [Theory]
    [MemberData(nameof(Versions))]
    public async Task TLS_gives_the_NAS_the_keys_that_the_client_has(SslProtocols version)
    {
        using var peer = new EapPeer(_server) { More = request => request.Add(Rfc4072.EapKeyName, "?") };
        await peer.BeginAsync(EapType.Tls);
        var inner = await peer.HandshakeAsync(Clients(version, _server.Authority.Client("eapuser")));
        await peer.RespondAsync(EapType.Tls, [0]);

        var isNew = version == SslProtocols.Tls13;
        Assert.Equal(isNew ? [0] : [], inner);
        Assert.Equal((PacketCode.AccessAccept, EapCode.Success), EapTests.Outcome(peer.Last));
        var material = isNew
            ? peer.Tls!.Export("EXPORTER_EAP_TLS_Key_Material", [13], true, 128)
            : peer.Tls!.Export("client EAP encryption", [], false, 128);
        Assert.Equal(Convert.ToHexStringLower(material.AsSpan(0, 64)), Keys(peer.Last));

        // RFC 4072 §2.8.3: Session-Id, for who asks. Type, then 64 octets.
        var name = peer.Last.Reply!.Hex(Rfc4072.EapKeyName);
        Assert.Equal(130, name.Length);
        Assert.StartsWith("0d", name);
        if (isNew)
            Assert.EndsWith(Convert.ToHexStringLower(peer.Tls.Export("EXPORTER_EAP_TLS_Method-Id", [13], true, 64)), name);
    }

    [Fact]
    public async Task A_certificate_of_somebody_else_is_refused_with_the_reason_in_the_log()
    {
        using var peer = new EapPeer(_server);
        await peer.BeginAsync(EapType.Tls);
        await peer.HandshakeAsync(Clients(SslProtocols.Tls13, _server.Authority.Client("mallory")));

        Assert.Equal((PacketCode.AccessReject, EapCode.Failure), EapTests.Outcome(peer.Last));
        Assert.Contains("the client certificate is for mallory (CN), not for \"eapuser\"", _server.Trace.ToString());
    }

    [Fact]
    public async Task TLS_is_for_users_of_a_group_that_has_it()
    {
        _server.Add("eapuser", "x", outer: OuterAuths.EapPeap);

        Assert.Equal(PacketCode.AccessReject, (await new EapPeer(_server).BeginAsync(EapType.Tls)).Code);
    }

    // RFC 5216 §2.1.3: the alert first, the failure when the client has seen it.
    [Fact]
    public async Task A_revoked_certificate_is_told_by_an_alert_and_then_refused()
    {
        var client = _server.Authority.Client("eapuser");
        _server.Authority.Revoke(client);
        _server.Certificates(_server.Authority.Server(), _server.Authority.Crl());
        using var peer = new EapPeer(_server);
        await peer.BeginAsync(EapType.Tls);
        await peer.HandshakeAsync(Clients(SslProtocols.Tls12, client));

        Assert.Equal(PacketCode.AccessChallenge, peer.Last.Code);
        Assert.Equal((PacketCode.AccessReject, EapCode.Failure), EapTests.Outcome(await peer.RespondAsync(EapType.Tls, [0])));
        Assert.Contains("revoked", _server.Trace.ToString());
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_resumed_session_is_authorised_anew(SslProtocols version)
    {
        var clients = Clients(version, _server.Authority.Client("eapuser"));
        using var first = await TlsAsync(clients, null);
        using var session = first.Tls!.Session();

        using (var second = await TlsAsync(clients, session))
        {
            Assert.True(second.Tls!.IsResumed);
            Assert.Equal(PacketCode.AccessAccept, second.Last.Code);
        }

        _server.Add("eapuser", "x", disabled: true);
        using var peer = new EapPeer(_server);
        Assert.Equal(PacketCode.AccessReject, (await peer.BeginAsync()).Code);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_session_is_not_another_user_s_who_has_it(SslProtocols version)
    {
        _server.Add("other", "x");
        var clients = Clients(version, _server.Authority.Client("eapuser"));
        using var first = await TlsAsync(clients, null);
        using var session = first.Tls!.Session();

        using var peer = new EapPeer(_server, "other");
        await peer.BeginAsync(EapType.Tls);
        await peer.HandshakeAsync(clients, session);

        Assert.True(peer.Tls!.IsResumed);
        Assert.Equal(PacketCode.AccessReject, peer.Last.Code);
        Assert.Contains("the client certificate is for eapuser (CN), not for \"other\"", _server.Trace.ToString());
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_session_outlasts_a_reload_of_the_policy_and_is_authorised_by_the_new_one(SslProtocols version)
    {
        var clients = Clients(version);
        using var first = await TtlsAsync(clients, null, Pap(EapServer.Password));
        using var session = first.Tls!.Session();

        await _server.ReloadAsync();
        using var second = await ResumeAsync(clients, session);
        using var next = second.Tls!.Session();
        _server.Add("eapuser", EapServer.Password, inner: InnerAuths.TtlsChap);
        await _server.ReloadAsync();
        using var third = await ResumeAsync(clients, next);

        Assert.Equal((PacketCode.AccessAccept, PacketCode.AccessReject), (second.Last.Code, third.Last.Code));
    }

    // --- TTLS -----------------------------------------------------------------------------------------------------------------

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task TTLS_takes_PAP_and_the_keys_are_the_tunnel_s(SslProtocols version)
    {
        using var peer = await TtlsAsync(version, "anonymous", Pap(EapServer.Password));

        Assert.Equal((PacketCode.AccessAccept, EapCode.Success), EapTests.Outcome(peer.Last));
        var material = version == SslProtocols.Tls13
            ? peer.Tls!.Export("EXPORTER_EAP_TLS_Key_Material", [21], true, 128)
            : peer.Tls!.Export("ttls keying material", [], false, 128);
        Assert.Equal(Convert.ToHexStringLower(material.AsSpan(0, 64)), Keys(peer.Last));
    }

    [Fact]
    public async Task The_NAS_gets_the_name_and_attributes_of_the_inner_user()
    {
        _server.Add("outer", "x", attributes: new ReplyAttribute(Rfc2869.FramedPool, "theirs"u8.ToArray(), false, AttributePackets.AccessAccept));
        _server.Add("eapuser", EapServer.Password, attributes: new ReplyAttribute(Rfc2869.FramedPool, "ours"u8.ToArray(), false, AttributePackets.AccessAccept));

        using var peer = await TtlsAsync(SslProtocols.Tls13, "outer", Pap(EapServer.Password));

        Assert.Equal(("ours", "eapuser"), (peer.Last.Reply!.Text(Rfc2869.FramedPool), peer.Last.Reply!.Text(Rfc2865.UserName)));
        Assert.Equal(1, peer.Last.Reply!.CountOf(Rfc2869.FramedPool));
    }

    [Fact]
    public async Task The_inner_name_and_attributes_stay_inside_where_the_options_say_so()
    {
        await using var server = new EapServer(("modules/eap_ttls.yaml", "use-inner-user-name: no\nuse-tunneled-reply: no"));
        using var peer = new EapPeer(server, "anonymous");
        await peer.BeginAsync(EapType.Ttls);
        using var clients = new TlsClientContext(new TlsClientOptions { Trusted = server.Authority.Pem });
        await peer.HandshakeAsync(clients);
        await peer.TalkAsync(Pap(EapServer.Password));

        Assert.Equal((PacketCode.AccessAccept, "anonymous"), (peer.Last.Code, peer.Last.Reply!.Text(Rfc2865.UserName)));
    }

    [Theory]
    [InlineData(InnerAuths.TtlsPap, PacketCode.AccessAccept)]
    [InlineData(InnerAuths.TtlsChap | InnerAuths.PeapGtc, PacketCode.AccessReject)]
    public async Task Inside_the_group_s_inner_auths_decide(InnerAuths allowed, PacketCode expected)
    {
        _server.Add("eapuser", EapServer.Password, inner: allowed);

        using var peer = await TtlsAsync(SslProtocols.Tls13, "anonymous", Pap(EapServer.Password));

        Assert.Equal(expected, peer.Last.Code);
        if (expected == PacketCode.AccessReject)
            Assert.Contains("method ttls-pap is not in inner-auths of group default", _server.Trace.ToString());
    }

    [Fact]
    public async Task Outside_the_group_of_the_outer_identity_decides()
    {
        _server.Add("outer", "x", outer: OuterAuths.EapPeap);

        Assert.Equal(PacketCode.AccessReject, (await new EapPeer(_server, "outer").BeginAsync(EapType.Ttls)).Code);
    }

    [Fact]
    public async Task The_outer_auths_of_the_inner_user_s_group_do_not_count()
    {
        _server.Add("eapuser", EapServer.Password, outer: OuterAuths.Pap);

        using var peer = await TtlsAsync(SslProtocols.Tls13, "anonymous", Pap(EapServer.Password));

        Assert.Equal(PacketCode.AccessAccept, peer.Last.Code);
    }

    [Fact]
    public async Task A_name_that_nobody_has_is_refused_inside_PEAP_as_a_wrong_password_is()
    {
        using var peer = new EapPeer(_server, "anonymous");
        await peer.BeginAsync(EapType.Peap);
        await peer.HandshakeAsync(Clients(SslProtocols.Tls13));
        var challenge = await peer.TalkAsync([1, .. "nobody"u8]);
        Assert.Equal(26, challenge[0]);

        var failure = await peer.TalkAsync([26, .. EapTests.MsChapV2(challenge[1..], EapServer.Password)]);

        Assert.StartsWith("E=691 R=0", Encoding.ASCII.GetString(failure, 5, failure.Length - 5));
    }

    [Fact]
    public async Task The_inner_request_has_the_caller_of_the_outer_one()
    {
        _server.Add("eapuser", EapServer.Password, callerId: "02-00-00-00-00-01");
        using var right = await TtlsAsync(SslProtocols.Tls13, "anonymous", Pap(EapServer.Password));
        _server.Add("eapuser", EapServer.Password, callerId: "02-00-00-00-00-02");
        using var wrong = await TtlsAsync(SslProtocols.Tls13, "anonymous", Pap(EapServer.Password));

        Assert.Equal((PacketCode.AccessAccept, PacketCode.AccessReject), (right.Last.Code, wrong.Last.Code));
    }

    // RFC 5281 §10.1 (the M flag). A client that could choose its caller would choose the right one.
    [Fact]
    public async Task The_client_cannot_say_inside_where_it_calls_from()
    {
        _server.Add("eapuser", EapServer.Password, callerId: "02-00-00-00-00-02");

        using var peer = await TtlsAsync(
            SslProtocols.Tls13, "anonymous", [.. DiameterReader.Write(31, 0, "02-00-00-00-00-02"u8), .. Pap(EapServer.Password)]);

        Assert.Equal(PacketCode.AccessReject, peer.Last.Code);
        Assert.Contains("attribute 31 inside TTLS", _server.Trace.ToString());
    }

    // RFC 5281 §11.1: the challenge is the tunnel's, not one that a client brings along.
    [Fact]
    public async Task A_CHAP_response_to_a_challenge_of_the_client_s_own_is_refused()
    {
        byte[] challenge = new byte[16], chap = new byte[17];
        ChapPassword.Compute(0, Encoding.UTF8.GetBytes(EapServer.Password), challenge, chap.AsSpan(1));

        using var peer = await TtlsAsync(
            SslProtocols.Tls12, "anonymous",
            [.. DiameterReader.Write(1, 0, "eapuser"u8), .. DiameterReader.Write(60, 0, challenge), .. DiameterReader.Write(3, 0, chap)]);

        Assert.Equal(PacketCode.AccessReject, peer.Last.Code);
        Assert.Contains("the challenge inside TTLS is not the tunnel's", _server.Trace.ToString());
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_login_that_failed_inside_cannot_be_resumed(SslProtocols version)
    {
        var clients = Clients(version);
        using var first = await TtlsAsync(clients, null, Pap("wrong"));
        Assert.Equal(PacketCode.AccessReject, first.Last.Code);
        using var session = first.Tls!.Session();

        using var second = new EapPeer(_server, "anonymous");
        await second.BeginAsync(EapType.Ttls);
        await second.HandshakeAsync(clients, session);

        Assert.False(second.Tls!.IsResumed);
        Assert.NotEqual(PacketCode.AccessAccept, second.Last.Code);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_tunnel_is_resumed_without_the_password_and_the_inner_user_authorised_anew(SslProtocols version)
    {
        var clients = Clients(version);
        using var first = await TtlsAsync(clients, null, Pap(EapServer.Password));
        Assert.Equal(PacketCode.AccessAccept, first.Last.Code);
        using var session = first.Tls!.Session();

        using var second = await ResumeAsync(clients, session);
        Assert.Equal((PacketCode.AccessAccept, "eapuser"), (second.Last.Code, second.Last.Reply!.Text(Rfc2865.UserName)));

        // Of TLS 1.3 a ticket is good for once, and the resumed login gave a new one.
        using var next = second.Tls!.Session();
        _server.Add("eapuser", EapServer.Password, inner: InnerAuths.TtlsChap);
        using (var third = await ResumeAsync(clients, next))
            Assert.Equal(PacketCode.AccessReject, third.Last.Code);

        Assert.Contains("ttls-pap is not in inner-auths", _server.Trace.ToString());
    }

    [Fact]
    public async Task A_session_of_TTLS_is_none_of_PEAP()
    {
        var clients = Clients(SslProtocols.Tls12);
        using var first = await TtlsAsync(clients, null, Pap(EapServer.Password));
        using var session = first.Tls!.Session();
        using var second = new EapPeer(_server, "anonymous");
        await second.BeginAsync(EapType.Peap);
        await second.HandshakeAsync(clients, session);

        Assert.False(second.Tls!.IsResumed);
    }

    // --- PEAP -----------------------------------------------------------------------------------------------------------------

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task PEAP_takes_MSCHAPv2_and_both_sides_agree_to_the_result(SslProtocols version)
    {
        using var peer = new EapPeer(_server, "anonymous");
        await peer.BeginAsync(EapType.Peap);
        var identity = await peer.HandshakeAsync(Clients(version));
        if (identity.Length == 0)
            identity = await peer.TalkAsync([]);

        Assert.Equal([1], identity);
        var challenge = await peer.TalkAsync([1, .. "eapuser"u8]);
        Assert.Equal(26, challenge[0]);
        var proof = await peer.TalkAsync([26, .. EapTests.MsChapV2(challenge[1..], EapServer.Password)]);
        Assert.Equal(3, proof[1]);
        var result = await peer.TalkAsync([26, 3]);
        Assert.Equal("0b21800300020001", Convert.ToHexStringLower(result.AsSpan(3)));

        await peer.TalkAsync([2, result[1], 0, 11, 33, 0x80, 3, 0, 2, 0, 1]);

        Assert.Equal((PacketCode.AccessAccept, EapCode.Success), EapTests.Outcome(peer.Last));
        var material = version == SslProtocols.Tls13
            ? peer.Tls!.Export("EXPORTER_EAP_TLS_Key_Material", [25], true, 128)
            : peer.Tls!.Export("client EAP encryption", [], false, 128);
        Assert.Equal(Convert.ToHexStringLower(material.AsSpan(0, 64)), Keys(peer.Last));
    }

    [Fact]
    public async Task PEAP_takes_no_method_that_is_not_for_it()
    {
        _server.Add("eapuser", EapServer.Password, inner: InnerAuths.TtlsEapMd5 | InnerAuths.TtlsEapMsChap2);
        using var peer = new EapPeer(_server, "anonymous");
        await peer.BeginAsync(EapType.Peap);
        await peer.HandshakeAsync(Clients(SslProtocols.Tls13));
        var result = await peer.TalkAsync([1, .. "eapuser"u8]);

        Assert.Equal("0b21800300020002", Convert.ToHexStringLower(result.AsSpan(3)));
        await peer.TalkAsync([2, result[1], 0, 11, 33, 0x80, 3, 0, 2, 0, 2]);
        Assert.Equal((PacketCode.AccessReject, EapCode.Failure), EapTests.Outcome(peer.Last));
    }

    [Fact]
    public async Task A_client_that_claims_the_result_of_PEAP_before_its_password_is_refused()
    {
        using var peer = new EapPeer(_server, "anonymous");
        await peer.BeginAsync(EapType.Peap);
        await peer.HandshakeAsync(Clients(SslProtocols.Tls13));

        await peer.TalkAsync([2, 1, 0, 11, 33, 0x80, 3, 0, 2, 0, 1]);

        Assert.Equal(PacketCode.AccessReject, peer.Last.Code);
    }

    // --- fragments ------------------------------------------------------------------------------------------------------------

    [Theory]
    [InlineData("more without data")]
    [InlineData("longer than announced")]
    [InlineData("shorter than announced")]
    [InlineData("another length")]
    [InlineData("too long")]
    [InlineData("endless")]
    public async Task Fragments_that_break_the_rules_end_in_a_reject(string what)
    {
        var open = TlsServer.OpenConnections;
        using var peer = new EapPeer(_server, "anonymous");
        await peer.BeginAsync(EapType.Peap);
        byte[] part = new byte[100];
        switch (what)
        {
            case "more without data":
                await peer.RespondAsync(EapType.Peap, [0x40]);
                break;
            case "longer than announced":
                await peer.RespondAsync(EapType.Peap, EapPeer.Fragment(part, 150, true));
                await peer.RespondAsync(EapType.Peap, EapPeer.Fragment(part, 0, true));
                break;
            case "shorter than announced":
                await peer.RespondAsync(EapType.Peap, EapPeer.Fragment(part, 300, true));
                await peer.RespondAsync(EapType.Peap, EapPeer.Fragment(part, 0, false));
                break;
            case "another length":
                await peer.RespondAsync(EapType.Peap, EapPeer.Fragment(part, 300, true));
                await peer.RespondAsync(EapType.Peap, EapPeer.Fragment(part, 301, true));
                break;
            case "too long":
                await peer.RespondAsync(EapType.Peap, EapPeer.Fragment(part, 1024 * 1024, true));
                break;
            default:
                while (peer.Last.Code == PacketCode.AccessChallenge)
                    await peer.RespondAsync(EapType.Peap, EapPeer.Fragment(new byte[1000], 0, true));

                Assert.InRange(peer.Sent, 100, 140);
                break;
        }

        Assert.Equal((PacketCode.AccessReject, EapCode.Failure), EapTests.Outcome(peer.Last));
        Assert.Equal(open, TlsServer.OpenConnections);
    }

    // Ours are acknowledged one by one; what comes instead of an acknowledgement ends it.
    [Fact]
    public async Task Data_while_our_fragments_wait_is_refused()
    {
        await using var server = new EapServer(("modules/tls_common.yaml", "fragment-size: 200"));
        using var peer = new EapPeer(server, "anonymous");
        await peer.BeginAsync(EapType.Peap);
        using var clients = new TlsClientContext(new TlsClientOptions { Trusted = server.Authority.Pem });
        using var client = new TlsClient(clients);
        await peer.RespondAsync(EapType.Peap, EapPeer.Fragment(client.Advance([]), 0, false));
        Assert.Equal(0xC0, peer.Last.Data[0]);
        Assert.Equal(205, peer.Last.Data.Length);

        Assert.Equal(PacketCode.AccessReject, (await peer.RespondAsync(EapType.Peap, EapPeer.Fragment(new byte[50], 0, false))).Code);
    }

    [Fact]
    public async Task Fragments_fit_what_the_NAS_says_it_can_carry()
    {
        using var peer = new EapPeer(_server, "anonymous") { More = request => request.Add(Rfc2865.FramedMtu, 300UL) };
        await peer.BeginAsync(EapType.Peap);
        using var client = new TlsClient(Clients(SslProtocols.Tls12));
        await peer.RespondAsync(EapType.Peap, EapPeer.Fragment(client.Advance([]), 0, false));

        Assert.InRange(peer.Last.Octets.Length, 250, 300);
    }

    // RFC 5216 §2.1.5: a chain of 64 KB comes through, one of a megabyte does not.
    [Fact]
    public async Task A_chain_of_64_KB_is_taken()
    {
        var client = _server.Authority.Client("eapuser");
        var padding = string.Concat(Enumerable.Repeat(client.Certificate + "\n", 64 * 1024 / client.Public.RawData.Length));
        using var peer = new EapPeer(_server);
        await peer.BeginAsync(EapType.Tls);
        await peer.HandshakeAsync(Clients(SslProtocols.Tls13, client with { Certificate = client.Certificate + "\n" + padding }));
        await peer.RespondAsync(EapType.Tls, [0]);

        Assert.InRange(peer.Sent, 250, 350);
        Assert.Equal(PacketCode.AccessAccept, peer.Last.Code);
    }

    // --- junk -----------------------------------------------------------------------------------------------------------------

    /// <summary>Exchanges that begin well and are then changed: octets flipped, cut off, put in, lengths that lie, packets of before.</summary>
    [Fact]
    public async Task Twenty_thousand_changed_exchanges_neither_throw_nor_leak()
    {
        const int Exchanges = 20_000;
        var open = TlsServer.OpenConnections;
        var random = new Random(4711);
        var clients = Clients(SslProtocols.Tls13, _server.Authority.Client("eapuser"));
        var old = Clients(SslProtocols.Tls12, _server.Authority.Client("eapuser"));
        var outcomes = new Dictionary<PacketCode, int>();
        for (var i = 0; i < Exchanges; i++)
        {
            // Every sixteenth with all of a handshake; the others break off before its costly part.
            var at = random.Next(i % 16 == 0 ? 8 : 3);
            var sent = 0;
            using var peer = new EapPeer(_server, i % 2 == 0 ? "eapuser" : "anonymous") { Mutate = packet => sent++ >= at ? Changed(packet, random) : packet };
            await RunAsync(peer, i, i % 3 == 0 ? old : clients);
            outcomes[peer.Last.Code] = outcomes.GetValueOrDefault(peer.Last.Code) + 1;
            if (i % 1000 == 0)
                Waste();
        }

        Assert.DoesNotContain("took longer", _server.Trace.ToString());
        Assert.DoesNotContain("Exception", _server.Trace.ToString());
        Assert.InRange(outcomes.GetValueOrDefault(PacketCode.AccessReject), Exchanges / 10, Exchanges);
        Assert.InRange(TlsServer.OpenConnections - open, 1, _server.Logins.Count);

        _server.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((0, open), (_server.Logins.Count, TlsServer.OpenConnections));

        void Waste()
        {
            Assert.DoesNotContain("Exception", _server.Trace.ToString());
            _server.Trace.Clear();
        }
    }

    private static async Task RunAsync(EapPeer peer, int i, TlsClientContext clients)
    {
        EapType[] types = [EapType.Tls, EapType.Ttls, EapType.Peap, EapType.MsChapV2, EapType.Md5Challenge, EapType.Gtc];
        var type = types[i % types.Length];
        await peer.BeginAsync(type);
        if (peer.Last.Code != PacketCode.AccessChallenge)
            return;

        if (type is not (EapType.Tls or EapType.Ttls or EapType.Peap))
        {
            await peer.RespondAsync(type, peer.Last.Data);
            await peer.RespondAsync(type, [3]);
            return;
        }

        try
        {
            await peer.HandshakeAsync(clients);
            if (peer.Last.Code == PacketCode.AccessChallenge && peer.Tls!.Established)
                await peer.TalkAsync(type == EapType.Ttls ? Pap(EapServer.Password) : [1, .. "eapuser"u8]);
        }
        catch (InvalidOperationException)
        {
            // The client's libssl has given up. The server's faults are in the trace, not here.
        }
    }

    private static byte[] Changed(byte[] packet, Random random)
    {
        var changed = packet.ToArray();
        switch (random.Next(8))
        {
            case 0:
                return changed[..random.Next(changed.Length)];
            case 1:
                return [.. changed, .. new byte[random.Next(1, 200)]];
            case 2:
                changed[2 + random.Next(2)] ^= (byte)random.Next(1, 256);
                return changed;
            case 3:
                changed[random.Next(Math.Min(changed.Length, 12))] ^= (byte)(1 << random.Next(8));
                return changed;
            case 4:
                random.NextBytes(changed.AsSpan(random.Next(changed.Length)));
                return changed;
            case 5:
                return packet;
            default:
                for (var n = random.Next(1, 6); n > 0; n--)
                    changed[random.Next(changed.Length)] = (byte)random.Next(256);

                return changed;
        }
    }

    private static byte[] Pap(string password, string name = "eapuser")
    {
        var padded = new byte[(password.Length + 15) & ~15];
        Encoding.UTF8.GetBytes(password).CopyTo(padded, 0);
        return [.. DiameterReader.Write(1, 0, Encoding.UTF8.GetBytes(name)), .. DiameterReader.Write(2, 0, padded)];
    }

    private static string Keys(Answer accept) => accept.Reply!.Hex(MicrosoftVsa.MsMppeRecvKey) + accept.Reply!.Hex(MicrosoftVsa.MsMppeSendKey);

    private TlsClientContext Clients(SslProtocols version, Leaf? certificate = null)
    {
        var clients = new TlsClientContext(new TlsClientOptions
        {
            MinVersion = version,
            MaxVersion = version,
            Trusted = _server.Authority.Pem,
            Certificate = certificate?.Certificate,
            PrivateKey = certificate?.PrivateKey,
        });
        _contexts.Add(clients);
        return clients;
    }

    // --- one-time passwords ---------------------------------------------------------------------------------------------------

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_one_time_password_is_taken_inside_TTLS_and_PEAP_and_used_up_where_the_settings_say_so(int steps)
    {
        var otp = OtpSecret.Parse("mysecret")!;
        _server.Settings = new Settings { OtpReuse = false };
        _server.Users["eapuser"] = _server.Users["eapuser"] with { OtpSecret = otp };

        using var ttls = await TtlsAsync(SslProtocols.Tls13, "anonymous", Pap(EapServer.Password + Code(steps)));
        Assert.Equal((PacketCode.AccessAccept, EapCode.Success), EapTests.Outcome(ttls.Last));
        Assert.Equal([OneTimePassword.StepAt(_server.Clock.GetUtcNow()) + steps], _server.Steps);

        using var again = await TtlsAsync(SslProtocols.Tls13, "anonymous", Pap(EapServer.Password + Code(steps)));
        Assert.Equal((PacketCode.AccessReject, EapCode.Failure), EapTests.Outcome(again.Last));
        using var without = await TtlsAsync(SslProtocols.Tls13, "anonymous", Pap(EapServer.Password));
        Assert.Equal((PacketCode.AccessReject, EapCode.Failure), EapTests.Outcome(without.Last));

        _server.Clock.Advance(TimeSpan.FromSeconds(90));
        using var peer = new EapPeer(_server, "anonymous");
        await peer.BeginAsync(EapType.Peap);
        await peer.HandshakeAsync(Clients(SslProtocols.Tls13));
        var challenge = await peer.TalkAsync([1, .. "eapuser"u8]);
        var proof = await peer.TalkAsync([26, .. EapTests.MsChapV2(challenge[1..], EapServer.Password + Code(steps))]);
        Assert.Equal(3, proof[1]);
        var checkedAt = OneTimePassword.StepAt(_server.Clock.GetUtcNow());

        // The login ends a round later, and it may be in the next step by then.
        _server.Clock.Advance(TimeSpan.FromSeconds(30));
        var result = await peer.TalkAsync([26, 3]);
        await peer.TalkAsync([2, result[1], 0, 11, 33, 0x80, 3, 0, 2, 0, 1]);
        Assert.Equal((PacketCode.AccessAccept, EapCode.Success), EapTests.Outcome(peer.Last));
        Assert.Equal(checkedAt + steps, _server.Steps[^1]);

        string Code(int offset)
        {
            var digits = new byte[OneTimePassword.Digits];
            OneTimePassword.Write(otp.Key, OneTimePassword.StepAt(_server.Clock.GetUtcNow()) + offset, digits);
            return Encoding.ASCII.GetString(digits);
        }
    }

    private async Task<EapPeer> TlsAsync(TlsClientContext clients, TlsClientSession? session)
    {
        var peer = new EapPeer(_server);
        await peer.BeginAsync(EapType.Tls);
        await peer.HandshakeAsync(clients, session);
        if (peer.Last.Code == PacketCode.AccessChallenge)
            await peer.RespondAsync(EapType.Tls, [0]);

        Assert.Equal(PacketCode.AccessAccept, peer.Last.Code);
        return peer;
    }

    private Task<EapPeer> TtlsAsync(SslProtocols version, string identity, byte[] inner) => TtlsAsync(Clients(version), null, inner, identity);

    private async Task<EapPeer> TtlsAsync(TlsClientContext clients, TlsClientSession? session, byte[] inner, string identity = "anonymous")
    {
        var peer = new EapPeer(_server, identity);
        await peer.BeginAsync(EapType.Ttls);
        await peer.HandshakeAsync(clients, session);
        await peer.TalkAsync(inner);
        return peer;
    }

    private async Task<EapPeer> ResumeAsync(TlsClientContext clients, TlsClientSession session)
    {
        var peer = new EapPeer(_server, "anonymous");
        await peer.BeginAsync(EapType.Ttls);
        await peer.HandshakeAsync(clients, session);
        Assert.True(peer.Tls!.IsResumed);
        if (peer.Last.Code == PacketCode.AccessChallenge)
            await peer.RespondAsync(EapType.Ttls, [0]);

        return peer;
    }
}
