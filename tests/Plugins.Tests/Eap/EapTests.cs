using System.Security.Cryptography;
using System.Text;
using UserManager.Domain;
using UserManager.Radius;
using Xunit;

namespace UserManager.Plugins.Tests.Eap;

/// <summary>What all methods share, tried by those without a tunnel.</summary>
public sealed class EapTests : IAsyncLifetime
{
    private readonly EapServer _server = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    // RFC 3579 §2.1: an empty EAP-Message is EAP-Start.
    [Fact]
    public async Task EAP_Start_is_answered_by_a_request_for_the_identity()
    {
        var answer = await _server.AskAsync([], null, "eapuser");

        Assert.Equal((PacketCode.AccessChallenge, EapCode.Request, EapType.Identity), (answer.Code, answer.Eap, answer.Type));
    }

    [Fact]
    public async Task MD5_is_right_with_the_password_and_wrong_without()
    {
        Assert.Equal((PacketCode.AccessAccept, EapCode.Success), Outcome(await Md5Async(EapServer.Password)));
        Assert.Equal((PacketCode.AccessReject, EapCode.Failure), Outcome(await Md5Async("wrong")));
        Assert.Equal(0, _server.Logins.Count);
    }

    // RFC 3748 §4.2: the Identifier of a success is the one of the last response.
    [Fact]
    public async Task The_packets_of_a_login_have_the_identifiers_they_are_to_have()
    {
        using var peer = new EapPeer(_server);
        var request = await peer.BeginAsync(EapType.Md5Challenge);
        var success = await peer.RespondAsync(EapType.Md5Challenge, Response(request, EapServer.Password));

        Assert.Equal((7 + 2, 7 + 2), (request.Identifier, success.Identifier));
    }

    [Fact]
    public async Task The_first_method_of_the_list_that_the_group_allows_is_offered()
    {
        _server.Add("few", "x", outer: OuterAuths.EapGtc | OuterAuths.EapMd5);

        Assert.Equal(EapType.Peap, (await new EapPeer(_server).BeginAsync()).Type);
        Assert.Equal(EapType.Md5Challenge, (await new EapPeer(_server, "few").BeginAsync()).Type);
    }

    // RFC 3748 §5.3.1. The peer's order does not count, ours does.
    [Fact]
    public async Task A_Nak_gets_the_first_of_our_methods_that_it_names()
    {
        using var peer = new EapPeer(_server);
        await peer.BeginAsync();

        Assert.Equal(EapType.Md5Challenge, (await peer.RespondAsync(EapType.Nak, [99, (byte)EapType.Gtc, (byte)EapType.Md5Challenge])).Type);
    }

    [Fact]
    public async Task A_Nak_for_what_the_group_does_not_allow_is_refused_with_the_reason()
    {
        _server.Add("few", "x", outer: OuterAuths.EapMd5);
        using var peer = new EapPeer(_server, "few");
        await peer.BeginAsync();

        var answer = await peer.RespondAsync(EapType.Nak, [(byte)EapType.Gtc]);

        Assert.Equal((PacketCode.AccessReject, EapCode.Failure), Outcome(answer));
        Assert.Contains("the client wants EAP types 6", _server.Trace.ToString());
    }

    [Fact]
    public async Task A_Nak_comes_once_and_at_the_beginning()
    {
        using var peer = new EapPeer(_server);
        await peer.BeginAsync(EapType.MsChapV2);

        var answer = await peer.RespondAsync(EapType.Nak, [(byte)EapType.Gtc]);

        Assert.Equal((PacketCode.AccessChallenge, EapType.MsChapV2), (answer.Code, answer.Type));
    }

    [Fact]
    public async Task A_group_that_allows_nothing_is_refused()
    {
        _server.Add("none", "x", outer: OuterAuths.Pap);

        Assert.Equal((PacketCode.AccessReject, EapCode.Failure), Outcome(await new EapPeer(_server, "none").BeginAsync()));
        Assert.Contains("group default allows no method", _server.Trace.ToString());
    }

    [Fact]
    public async Task An_identity_that_is_no_user_may_do_what_default_anonymous_allows()
    {
        using var peer = new EapPeer(_server, "anonymous");

        Assert.Equal(EapType.Peap, (await peer.BeginAsync()).Type);
        Assert.Equal(EapType.Ttls, (await peer.RespondAsync(EapType.Nak, [(byte)EapType.Ttls])).Type);
        Assert.Equal(PacketCode.AccessReject, (await new EapPeer(_server, "anonymous").BeginAsync(EapType.Md5Challenge)).Code);

        _server.Anonymous = _server.Anonymous with { OuterAuths = OuterAuths.None };
        Assert.Equal(PacketCode.AccessReject, (await new EapPeer(_server, "anonymous").BeginAsync()).Code);
    }

    [Fact]
    public async Task A_disabled_user_is_refused_with_EAP_Failure()
    {
        _server.Add("gone", "x", disabled: true);

        Assert.Equal((PacketCode.AccessReject, EapCode.Failure), Outcome(await new EapPeer(_server, "gone").BeginAsync()));
    }

    // RFC 3579 §2.1: "the NAS MUST copy the contents of the Type-Data field of the EAP-Response/Identity ... into the User-Name attribute".
    [Fact]
    public async Task User_Name_is_the_identity_in_every_round_and_is_made_up_where_it_is_missing()
    {
        using var other = new EapPeer(_server) { UserName = "other" };
        using var none = new EapPeer(_server) { UserName = null };
        using var later = new EapPeer(_server);

        Assert.Equal((PacketCode.AccessReject, EapCode.Failure), Outcome(await other.BeginAsync()));
        Assert.Equal(EapType.Peap, (await none.BeginAsync()).Type);
        await later.BeginAsync();
        later.UserName = "other";
        Assert.Equal(PacketCode.AccessReject, (await later.RespondAsync(EapType.Nak, [4])).Code);
    }

    // RFC 3579 §2.2: not fatal; the request again, with Error-Cause 202.
    [Theory]
    [InlineData("another identifier")]
    [InlineData("another type")]
    [InlineData("not to be read")]
    public async Task A_response_that_makes_no_sense_is_ignored_and_the_login_goes_on(string what)
    {
        using var peer = new EapPeer(_server);
        var request = await peer.BeginAsync(EapType.Md5Challenge);
        var right = Response(request, EapServer.Password);

        var answer = what switch
        {
            "another identifier" => await peer.SendAsync(EapPacket.Write(EapCode.Response, (byte)(request.Identifier - 1), EapType.Md5Challenge, right)),
            "another type" => await peer.RespondAsync(EapType.Gtc, Encoding.UTF8.GetBytes(EapServer.Password)),
            _ => await peer.RespondAsync(EapType.Md5Challenge, [16, 1, 2]),
        };

        Assert.Equal(request.Octets, answer.Octets);
        Assert.True(answer.Reply!.TryGetNumber(Rfc3576.ErrorCause, out var cause));
        Assert.Equal(202UL, cause);
        Assert.Equal(PacketCode.AccessAccept, (await peer.RespondAsync(EapType.Md5Challenge, right)).Code);
    }

    // RFC 3579 §2.2: a fatal error is an Access-Reject with EAP-Failure.
    [Theory]
    [InlineData("02")]
    [InlineData("0207")]
    [InlineData("02070005")]
    [InlineData("0207000401")]
    [InlineData("02070040016561")]
    [InlineData("0207000501")]
    [InlineData("010700060161")]
    [InlineData("03070004")]
    [InlineData("09070006016561")]
    public async Task What_is_no_EAP_response_is_refused(string octets)
    {
        var answer = await _server.AskAsync(Convert.FromHexString(octets), null, "eapuser");

        // One octet is an EAP-Start of those who send a NUL.
        Assert.Equal(octets.Length == 2 ? (PacketCode.AccessChallenge, EapCode.Request) : (PacketCode.AccessReject, EapCode.Failure), Outcome(answer));
    }

    [Fact]
    public async Task A_response_without_State_or_with_a_wrong_one_is_refused()
    {
        using var peer = new EapPeer(_server);
        await peer.BeginAsync();
        var response = EapPacket.Write(EapCode.Response, peer.Last.Identifier, EapType.Nak, [4]);

        Assert.Equal((PacketCode.AccessReject, EapCode.Failure), Outcome(await _server.AskAsync(response, null, "eapuser")));
        Assert.Equal((PacketCode.AccessReject, EapCode.Failure), Outcome(await _server.AskAsync(response, new byte[16], "eapuser")));
        Assert.Equal(PacketCode.AccessChallenge, (await peer.SendAsync(response)).Code);
    }

    [Fact]
    public async Task A_login_has_an_end_in_rounds()
    {
        using var peer = new EapPeer(_server);
        await peer.BeginAsync(EapType.Md5Challenge);
        while (peer.Last.Code == PacketCode.AccessChallenge)
            await peer.RespondAsync(EapType.Gtc, "again"u8);

        Assert.Equal((PacketCode.AccessReject, EapCode.Failure), Outcome(peer.Last));
        Assert.InRange(peer.Sent, Plugins.Eap.MostRounds, Plugins.Eap.MostRounds + 5);
    }

    [Fact]
    public async Task GTC_takes_the_password_in_clear_and_the_log_does_not_show_it()
    {
        using var peer = new EapPeer(_server);
        var request = await peer.BeginAsync(EapType.Gtc);

        Assert.Equal("Password: ", Encoding.UTF8.GetString(request.Data));
        Assert.Equal(PacketCode.AccessAccept, (await peer.RespondAsync(EapType.Gtc, Encoding.UTF8.GetBytes(EapServer.Password))).Code);
        Assert.DoesNotContain(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(EapServer.Password)), _server.Trace.ToString());
    }

    // draft-kamath-pppext-eap-mschapv2 §2.4: R=0, the peer acknowledges, then EAP-Failure.
    [Fact]
    public async Task MSCHAPv2_tells_a_wrong_password_before_it_refuses()
    {
        using var peer = new EapPeer(_server);
        var request = await peer.BeginAsync(EapType.MsChapV2);

        var told = await peer.RespondAsync(EapType.MsChapV2, MsChapV2(request.Data, "wrong"));
        Assert.Equal((PacketCode.AccessChallenge, 4), (told.Code, told.Data[0]));
        Assert.StartsWith("E=691 R=0 C=", Encoding.ASCII.GetString(told.Data, 4, told.Data.Length - 4));

        Assert.Equal((PacketCode.AccessReject, EapCode.Failure), Outcome(await peer.RespondAsync(EapType.MsChapV2, [4])));
    }

    // RFC 3748 §7.10: the halves of the MSK; RFC 3079 §3: the server receives with what the peer sends with.
    [Fact]
    public async Task MSCHAPv2_gives_the_NAS_the_keys_of_the_password()
    {
        using var peer = new EapPeer(_server);
        var request = await peer.BeginAsync(EapType.MsChapV2);
        var response = MsChapV2(request.Data, EapServer.Password);
        var proof = await peer.RespondAsync(EapType.MsChapV2, response);
        var accept = await peer.RespondAsync(EapType.MsChapV2, [3]);

        var msk = new byte[64];
        MppeKeys.ForVersion2(NtHash(EapServer.Password), response.AsSpan(29, 24), msk.AsSpan(16), msk);
        Assert.Equal(3, proof.Data[0]);
        Assert.Equal((PacketCode.AccessAccept, EapCode.Success), Outcome(accept));
        Assert.Equal(Convert.ToHexStringLower(msk), accept.Reply!.Hex(MicrosoftVsa.MsMppeRecvKey) + accept.Reply!.Hex(MicrosoftVsa.MsMppeSendKey));
        Assert.DoesNotContain(Convert.ToHexStringLower(msk.AsSpan(0, 16)), _server.Trace.ToString());
    }

    [Fact]
    public async Task MSCHAPv2_accepts_nobody_who_claims_success_before_the_password()
    {
        using var peer = new EapPeer(_server);
        await peer.BeginAsync(EapType.MsChapV2);

        Assert.Equal(PacketCode.AccessChallenge, (await peer.RespondAsync(EapType.MsChapV2, [3])).Code);
    }

    // The policy turns the accept around: what goes out says failure, and no keys.
    [Fact]
    public async Task A_refusal_after_the_method_has_accepted_is_an_EAP_Failure()
    {
        await using var server = new EapServer(("sites/default.yaml", """
            authorize: [ eap, users ]
            authenticate: { eap: [ eap ] }
            post-auth: [ reject, { Post-Auth-Type: { Reject: [ eap ] } } ]
            """));
        using var peer = new EapPeer(server);
        var answer = await peer.RespondAsync(EapType.Md5Challenge, Response(await peer.BeginAsync(EapType.Md5Challenge), EapServer.Password));

        Assert.Equal((PacketCode.AccessReject, EapCode.Failure), Outcome(answer));
        Assert.Equal("(absent)", answer.Reply!.Hex(MicrosoftVsa.MsMppeRecvKey));
    }

    [Fact]
    public async Task Without_a_certificate_the_methods_that_need_one_are_passed_over_and_come_back_with_it()
    {
        _server.Certificates(null);
        Assert.Equal(EapType.MsChapV2, (await new EapPeer(_server).BeginAsync()).Type);

        _server.Certificates(_server.Authority.Server());
        Assert.Equal(EapType.Peap, (await new EapPeer(_server).BeginAsync()).Type);
    }

    [Fact]
    public async Task A_method_of_an_integrator_s_is_one_as_the_built_in_ones_are()
    {
        await using var server = new EapServer(("modules/eap.yaml", "methods: [ countdown, md5 ]"));
        using var peer = new EapPeer(server);

        Assert.Equal("3", Encoding.ASCII.GetString((await peer.BeginAsync()).Data));
        Assert.Equal("2", Encoding.ASCII.GetString((await peer.RespondAsync((EapType)200, "2"u8)).Data));
        await peer.RespondAsync((EapType)200, "1"u8);
        var accept = await peer.RespondAsync((EapType)200, "0"u8);

        Assert.Equal((PacketCode.AccessAccept, EapCode.Success), Outcome(accept));
        Assert.Equal(32, accept.Reply!.TryGet(MicrosoftVsa.MsMppeSendKey, out var key) ? key.Length : 0);
    }

    [Theory]
    [InlineData("methods: [ nope ]", "no plugin has a module \"eap_nope\"")]
    [InlineData("methods: [ md5, eap_md5 ]", "names two methods of type 4")]
    public void Methods_that_cannot_be_are_refused_at_load(string options, string message) =>
        Assert.Contains(message, Assert.Throws<Policy.ConfigurationException>(() => new EapServer(("modules/eap.yaml", options))).Message);

    internal static (PacketCode, EapCode) Outcome(Answer answer) => (answer.Code, answer.Eap);

    internal static byte[] MsChapV2(byte[] challenge, string password, string name = "eapuser")
    {
        var peerChallenge = RandomNumberGenerator.GetBytes(16);
        var response = new byte[24];
        Radius.MsChap.NtResponse(challenge.AsSpan(5, 16), peerChallenge, Encoding.UTF8.GetBytes(name), NtHash(password), response);
        byte[] rest = [49, .. peerChallenge, .. new byte[8], .. response, 0, .. Encoding.UTF8.GetBytes(name)];
        return [2, challenge[1], 0, (byte)(rest.Length + 4), .. rest];
    }

    private static byte[] NtHash(string password)
    {
        var hash = new byte[16];
        Radius.MsChap.NtHash(Encoding.UTF8.GetBytes(password), hash);
        return hash;
    }

    internal static byte[] Response(Answer request, string password)
    {
        var hash = MD5.HashData([request.Identifier, .. Encoding.UTF8.GetBytes(password), .. request.Data.AsSpan(1, 16)]);
        return [16, .. hash, .. "eapuser"u8];
    }

    private async Task<Answer> Md5Async(string password)
    {
        using var peer = new EapPeer(_server);
        var request = await peer.BeginAsync(EapType.Md5Challenge);
        return await peer.RespondAsync(EapType.Md5Challenge, Response(request, password));
    }
}
