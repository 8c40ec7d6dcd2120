using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;
using Xunit;

namespace UserManager.Plugins.Tests;

public sealed class MsChapV1Tests
{
    // RFC 2433 §B.2: password MyPw.
    private const string Challenge = "102db5df085d3041";
    private const string LmResponse = "91881d0152ab0c33c524135ec24a95ee64e23cdc2d33347d";
    private const string NtResponse = "4e9d3c8f9cfd385d5bf4d3246791956ca4c351ab409a3d61";

    private const string Failure = "^E=691 R=1 C=[0-9A-F]{16} V=2$";

    private readonly MsChap _mschap = new(new MsChapOptions());

    [Fact]
    public async Task RFC_2433_gets_in()
    {
        var context = Login("MyPw", Challenge, NtResponse);

        Assert.Equal(Rcode.Ok, await _mschap.AuthorizeAsync(context));
        Assert.Equal(Rcode.Ok, await _mschap.AuthenticateAsync(context));

        Assert.False(context.Reply.Has(MicrosoftVsa.MsChap2Success));
        Assert.False(context.Reply.Has(MicrosoftVsa.MsChapError));
    }

    [Fact]
    public async Task The_keys_are_the_hash_of_the_hash_behind_an_LM_key_of_zeros()
    {
        var context = Login("bob", "b9634adc358b2ab3", "7a42408782f745ef90a86fd21b0d9294132750f4af66a419");

        Assert.Equal(Rcode.Ok, await _mschap.AuthenticateAsync(context));

        Assert.Equal("00000000000000009a936faf344359a0f1e3c9b5585b9f1f", context.Reply.Hex(MicrosoftVsa.MsChapMppeKeys));
        Assert.Equal("00000001", context.Reply.Hex(MicrosoftVsa.MsMppeEncryptionPolicy));
        Assert.Equal("00000006", context.Reply.Hex(MicrosoftVsa.MsMppeEncryptionTypes));
        Assert.False(context.Reply.Has(MicrosoftVsa.MsMppeSendKey));
    }

    [Theory]
    [InlineData("mypw")]
    [InlineData(null)]
    public async Task A_wrong_password_and_an_unknown_user_get_the_same_answer(string? known)
    {
        var context = Login(known, Challenge, NtResponse);

        Assert.Equal(Rcode.Reject, await _mschap.AuthenticateAsync(context));

        Assert.Equal(1, context.Reply.Count);
        Assert.Matches(Failure, Error(context));
    }

    [Fact]
    public async Task An_LM_response_alone_is_refused_and_the_log_knows_why()
    {
        var context = Login("MyPw", Challenge, NtResponse, flags: "00");

        Assert.Equal(Rcode.Reject, await _mschap.AuthenticateAsync(context));

        Assert.StartsWith("LM response only", context.Failure, StringComparison.Ordinal);
        Assert.Matches(Failure, Error(context));
    }

    [Fact]
    public async Task A_group_without_mschap1_is_rejected_with_the_right_password_too()
    {
        var context = Login("MyPw", Challenge, NtResponse);
        context.User = Requests.Account(methods: ~OuterAuths.MsChap1);

        Assert.Equal(Rcode.Reject, await _mschap.AuthenticateAsync(context));

        Assert.Equal("method mschap1 is not in outer-auths of group default", context.Failure);
        Assert.Matches(Failure, Error(context));
    }

    [Fact]
    public async Task A_challenge_that_is_too_short_is_invalid()
    {
        Assert.Equal(Rcode.Invalid, await _mschap.AuthenticateAsync(Login("MyPw", "102db5df085d30", NtResponse)));
    }

    private static RequestContext Login(string? known, string challenge, string ntResponse, string flags = "01")
    {
        var context = Requests.Access(r =>
        {
            r.Add(Rfc2865.UserName, "bob");
            r.Add(MicrosoftVsa.MsChapChallenge, Convert.FromHexString(challenge));
            r.Add(MicrosoftVsa.MsChapResponse, Convert.FromHexString("2a" + flags + LmResponse + ntResponse));
        });
        if (known is not null)
            context.Control.Add(Internal.CleartextPassword, known);

        return context;
    }

    private static string Error(RequestContext context)
    {
        Assert.True(context.Reply.TryGet(MicrosoftVsa.MsChapError, out var error));
        Assert.Equal(0x2a, error[0]);
        return AttributeList.Text(error[1..]);
    }
}
