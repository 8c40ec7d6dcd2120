using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;
using Xunit;

namespace UserManager.Plugins.Tests;

public sealed class MsChapV2Tests
{
    // RFC 2759 §9.2
    private const string User = "User";
    private const string Password = "clientPass";
    private const string NtHash = "44ebba8d5312b8d611474411f56989ae";
    private const string Challenge = "5b5d7c7d7b3f2f3e3c2c602132262628";
    private const string Response =
        "100021402324255e262a28295f2b3a337c7e000000000000000082309ecd8d708b5ea08faa3981cd83544233114a3d85d6df";
    private const string Success = "S=407A5589115FD0D6209F510FE9C04566932CDA56";

    private const string Failure = "^E=691 R=1 C=[0-9A-F]{32} V=3 M=Authentication failed$";

    private readonly MsChap _mschap = new(new MsChapOptions());

    [Fact]
    public async Task A_request_with_challenge_and_response_is_taken()
    {
        var context = Login();

        Assert.Equal(Rcode.Ok, await _mschap.AuthorizeAsync(context));

        Assert.Equal("mschap", context.AuthType());
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_request_without_challenge_or_response_is_not_taken(bool challenge, bool response)
    {
        var context = Requests.Access(r =>
        {
            if (challenge)
                r.Add(MicrosoftVsa.MsChapChallenge, Convert.FromHexString(Challenge));

            if (response)
                r.Add(MicrosoftVsa.MsChap2Response, Convert.FromHexString(Response));
        });

        Assert.Equal(Rcode.Noop, await _mschap.AuthorizeAsync(context));

        Assert.Equal("(absent)", context.AuthType());
    }

    [Fact]
    public async Task An_Auth_Type_that_is_set_stays()
    {
        var context = Login();
        context.TrySetAuthType("pap");

        Assert.Equal(Rcode.Noop, await _mschap.AuthorizeAsync(context));
    }

    [Theory]
    [InlineData("User")]
    [InlineData("CORP\\User")]
    public async Task RFC_2759_section_9_2_gets_in_and_the_server_proves_itself(string name)
    {
        var context = Login(name);

        Assert.Equal(Rcode.Ok, await _mschap.AuthenticateAsync(context));

        Assert.True(context.Reply.TryGet(MicrosoftVsa.MsChap2Success, out var success));
        Assert.Equal(43, success.Length);
        Assert.Equal(0x10, success[0]);
        Assert.Equal(Success, AttributeList.Text(success[1..]));
        Assert.False(context.Reply.Has(MicrosoftVsa.MsChapError));
        Assert.Null(context.Failure);
    }

    [Fact]
    public async Task RFC_3079_section_3_5_gives_the_keys()
    {
        var context = Login();

        await _mschap.AuthenticateAsync(context);

        Assert.Equal("8b7cdc149b993a1ba118cb153f56dccb", context.Reply.Hex(MicrosoftVsa.MsMppeSendKey));
        Assert.Equal("d5f0e9521e3ea9589645e86051c82226", context.Reply.Hex(MicrosoftVsa.MsMppeRecvKey));
        Assert.Equal("00000001", context.Reply.Hex(MicrosoftVsa.MsMppeEncryptionPolicy));
        Assert.Equal("00000006", context.Reply.Hex(MicrosoftVsa.MsMppeEncryptionTypes));
        Assert.False(context.Reply.Has(MicrosoftVsa.MsChapMppeKeys));
    }

    [Fact]
    public async Task An_NT_Password_is_as_good_as_the_clear_one()
    {
        var context = Login();
        context.Control.Clear();
        context.Control.Add(Internal.NtPassword, Convert.FromHexString(NtHash));

        Assert.Equal(Rcode.Ok, await _mschap.AuthenticateAsync(context));
    }

    [Fact]
    public async Task The_name_inside_EAP_is_the_one_that_was_hashed()
    {
        var context = Login("anonymous");
        context.Request.Add(Internal.MsChapUserName, User);

        Assert.Equal(Rcode.Ok, await _mschap.AuthenticateAsync(context));
    }

    [Fact]
    public async Task The_stripped_name_is_not_what_the_peer_hashed()
    {
        var context = Login();
        context.Request.Add(Internal.StrippedUserName, "another");

        Assert.Equal(Rcode.Ok, await _mschap.AuthenticateAsync(context));
    }

    [Fact]
    public async Task The_domain_is_hashed_when_the_option_says_so()
    {
        var context = Login("CORP\\User");

        Assert.Equal(Rcode.Reject, await new MsChap(new MsChapOptions { WithNtdomainHack = false }).AuthenticateAsync(context));
    }

    [Fact]
    public async Task The_options_choose_the_encryption()
    {
        var context = Login();

        await new MsChap(new MsChapOptions { RequireEncryption = true, RequireStrong = true }).AuthenticateAsync(context);

        Assert.Equal("00000002", context.Reply.Hex(MicrosoftVsa.MsMppeEncryptionPolicy));
        Assert.Equal("00000004", context.Reply.Hex(MicrosoftVsa.MsMppeEncryptionTypes));
    }

    [Fact]
    public async Task A_policy_s_own_encryption_stands()
    {
        var context = Login();
        context.Reply.Add(MicrosoftVsa.MsMppeEncryptionPolicy, 2);

        await _mschap.AuthenticateAsync(context);

        Assert.Equal("00000002", context.Reply.Hex(MicrosoftVsa.MsMppeEncryptionPolicy));
        Assert.Equal(1, context.Reply.CountOf(MicrosoftVsa.MsMppeEncryptionPolicy));
    }

    [Fact]
    public async Task Without_MPPE_there_is_the_proof_only()
    {
        var context = Login();

        Assert.Equal(Rcode.Ok, await new MsChap(new MsChapOptions { UseMppe = false }).AuthenticateAsync(context));

        Assert.Equal(1, context.Reply.Count);
        Assert.True(context.Reply.Has(MicrosoftVsa.MsChap2Success));
    }

    [Theory]
    [InlineData("clientpass")]
    [InlineData("")]
    [InlineData(null)]
    public async Task A_wrong_password_and_an_unknown_user_get_the_same_answer(string? known)
    {
        var context = Login(known: known);

        Assert.Equal(Rcode.Reject, await _mschap.AuthenticateAsync(context));

        Assert.Equal(1, context.Reply.Count);
        Assert.Matches(Failure, Error(context));
    }

    [Fact]
    public async Task No_password_is_not_the_password_whose_hash_is_zero()
    {
        Span<byte> response = stackalloc byte[24];
        var value = Convert.FromHexString(Response);
        Radius.MsChap.NtResponse(Convert.FromHexString(Challenge), value.AsSpan(2, 16), "User"u8, new byte[16], response);
        response.CopyTo(value.AsSpan(26));
        var context = Requests.Access(r => Fill(r, User, value));

        Assert.Equal(Rcode.Reject, await _mschap.AuthenticateAsync(context));
    }

    [Fact]
    public async Task The_challenge_to_try_again_with_is_a_new_one_each_time()
    {
        var (first, second) = (Login(known: "wrong"), Login(known: "wrong"));

        await _mschap.AuthenticateAsync(first);
        await _mschap.AuthenticateAsync(second);

        Assert.NotEqual(Error(first), Error(second));
    }

    [Fact]
    public async Task The_options_forbid_another_try_and_say_why()
    {
        var context = Login(known: "wrong");

        await new MsChap(new MsChapOptions { AllowRetry = false, RetryMsg = "Go away" }).AuthenticateAsync(context);

        Assert.Matches("^E=691 R=0 C=[0-9A-F]{32} V=3 M=Go away$", Error(context));
    }

    [Theory]
    [InlineData(0x0001, Rcode.Disallow, "^E=647 R=0 C=[0-9A-F]{32} V=3 M=Account disabled$")]
    [InlineData(0x0400, Rcode.Disallow, "^E=647 R=0 C=[0-9A-F]{32} V=3 M=Account disabled$")]
    [InlineData(0x20000, Rcode.Reject, "^E=648 R=0 C=[0-9A-F]{32} V=3 M=Password expired$")]
    public async Task The_account_s_state_is_told_to_who_knows_the_password(int state, Rcode expected, string error)
    {
        var context = Login();
        context.Control.Add(Internal.SmbAccountCtrl, (ulong)state);

        Assert.Equal(expected, await _mschap.AuthenticateAsync(context));

        Assert.Matches(error, Error(context));
        Assert.Equal(1, context.Reply.Count);
    }

    [Fact]
    public async Task The_account_s_state_is_not_told_to_who_does_not_know_the_password()
    {
        var context = Login(known: "wrong");
        context.Control.Add(Internal.SmbAccountCtrl, 1);

        Assert.Equal(Rcode.Reject, await _mschap.AuthenticateAsync(context));

        Assert.Matches(Failure, Error(context));
    }

    [Fact]
    public async Task A_disabled_user_that_a_policy_let_go_on_is_told_so()
    {
        var context = Login();
        context.User = Requests.Account(disabled: true);

        Assert.Equal(Rcode.Disallow, await _mschap.AuthenticateAsync(context));

        Assert.StartsWith("E=647 R=0", Error(context), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_without_mschap2_is_rejected_with_the_right_password_too()
    {
        var context = Login();
        context.User = Requests.Account(methods: ~OuterAuths.MsChap2);

        Assert.Equal(Rcode.Reject, await _mschap.AuthenticateAsync(context));

        Assert.Equal("method mschap2 is not in outer-auths of group default", context.Failure);
        Assert.Matches(Failure, Error(context));
    }

    [Theory]
    [InlineData("", Response)]
    [InlineData("5b5d7c7d7b3f2f3e", Response)]
    [InlineData(Challenge, "")]
    [InlineData(Challenge, "100021402324255e262a28295f2b3a337c7e000000000000000082309ecd8d708b5ea08faa3981cd83544233114a3d85d6")]
    public async Task A_challenge_or_response_that_is_too_short_is_invalid(string challenge, string response)
    {
        var context = Requests.Access(r =>
        {
            r.Add(Rfc2865.UserName, User);
            r.Add(MicrosoftVsa.MsChapChallenge, Convert.FromHexString(challenge));
            r.Add(MicrosoftVsa.MsChap2Response, Convert.FromHexString(response));
        });
        context.Control.Add(Internal.CleartextPassword, Password);

        Assert.Equal(Rcode.Invalid, await _mschap.AuthenticateAsync(context));

        Assert.Equal(0, context.Reply.Count);
    }

    [Fact]
    public async Task A_request_without_any_of_it_is_invalid() =>
        Assert.Equal(Rcode.Invalid, await _mschap.AuthenticateAsync(Requests.Access()));

    private static RequestContext Login(string name = User, string? known = Password)
    {
        var context = Requests.Access(r => Fill(r, name, Convert.FromHexString(Response)));
        if (known is not null)
            context.Control.Add(Internal.CleartextPassword, known);

        return context;
    }

    private static void Fill(AttributeList request, string name, byte[] response)
    {
        request.Add(Rfc2865.UserName, name);
        request.Add(MicrosoftVsa.MsChapChallenge, Convert.FromHexString(Challenge));
        request.Add(MicrosoftVsa.MsChap2Response, response);
    }

    private static string Error(RequestContext context)
    {
        Assert.True(context.Reply.TryGet(MicrosoftVsa.MsChapError, out var error));
        Assert.Equal(0x10, error[0]);
        return AttributeList.Text(error[1..]);
    }
}
