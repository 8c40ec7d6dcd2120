using System.Security.Cryptography;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;
using Xunit;

namespace UserManager.Plugins.Tests;

public sealed class ChapTests
{
    // RFC 1994 §4.1, made: identifier 1, password hello, challenge 00..0f.
    private const string Response = "019cb21e90d620e0ccb84e3d1fe78ddee1";
    private static readonly byte[] Challenge = Convert.FromHexString("000102030405060708090a0b0c0d0e0f");

    private readonly Chap _chap = new();

    [Fact]
    public async Task A_request_with_CHAP_Password_is_taken_and_gets_its_challenge()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.ChapPassword, Convert.FromHexString(Response)));

        Assert.Equal(Rcode.Ok, await _chap.AuthorizeAsync(context));

        Assert.Equal("chap", context.AuthType());
        Assert.Equal(Convert.ToHexStringLower(context.Authenticator), context.Request.Hex(Rfc2865.ChapChallenge));
    }

    [Fact]
    public async Task A_challenge_that_came_stays()
    {
        var context = Login("hello");

        await _chap.AuthorizeAsync(context);

        Assert.Equal(Convert.ToHexStringLower(Challenge), context.Request.Hex(Rfc2865.ChapChallenge));
        Assert.Equal(1, context.Request.CountOf(Rfc2865.ChapChallenge));
    }

    [Fact]
    public async Task A_request_without_CHAP_Password_is_not_taken()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserPassword, "x"));

        Assert.Equal(Rcode.Noop, await _chap.AuthorizeAsync(context));

        Assert.Equal("(absent)", context.AuthType());
        Assert.False(context.Request.Has(Rfc2865.ChapChallenge));
    }

    [Fact]
    public async Task An_Auth_Type_that_is_set_stays()
    {
        var context = Login("hello");
        context.TrySetAuthType("pap");

        Assert.Equal(Rcode.Noop, await _chap.AuthorizeAsync(context));

        Assert.Equal("pap", context.AuthType());
    }

    [Theory]
    [InlineData("hello", Rcode.Ok)]
    [InlineData("Hello", Rcode.Reject)]
    [InlineData("", Rcode.Reject)]
    public async Task The_response_is_checked_against_Cleartext_Password(string known, Rcode expected)
    {
        var context = Login(known);

        Assert.Equal(expected, await _chap.AuthenticateAsync(context));

        Assert.Equal(expected == Rcode.Ok ? null : "wrong password", context.Failure);
    }

    [Fact]
    public async Task Without_CHAP_Challenge_the_Request_Authenticator_is_the_challenge()
    {
        var response = MD5.HashData([9, .. "hello"u8, .. new byte[16]]);      // a context without a datagram has zeros there
        var context = Requests.Access(r => r.Add(Rfc2865.ChapPassword, [9, .. response]));
        context.Control.Add(Internal.CleartextPassword, "hello");

        Assert.Equal(Rcode.Ok, await _chap.AuthenticateAsync(context));
    }

    [Fact]
    public async Task Without_a_known_password_nobody_gets_in()
    {
        var context = Login("hello");
        context.Control.Clear();

        Assert.Equal(Rcode.NotFound, await _chap.AuthenticateAsync(context));
    }

    [Fact]
    public async Task No_password_is_not_the_empty_password()
    {
        var response = MD5.HashData([9, .. new byte[16]]);
        var context = Requests.Access(r => r.Add(Rfc2865.ChapPassword, [9, .. response]));

        Assert.Equal(Rcode.NotFound, await _chap.AuthenticateAsync(context));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("019cb21e90d620e0ccb84e3d1fe78ddee100")]
    public async Task A_CHAP_Password_that_is_absent_or_of_another_size_is_invalid(string? response)
    {
        var context = Requests.Access(r =>
        {
            if (response is not null)
                r.Add(Rfc2865.ChapPassword, Convert.FromHexString(response));
        });
        context.Control.Add(Internal.CleartextPassword, "hello");

        Assert.Equal(Rcode.Invalid, await _chap.AuthenticateAsync(context));
    }

    [Fact]
    public async Task A_group_without_chap_is_rejected_with_the_right_password_too()
    {
        var context = Login("hello");
        context.User = Requests.Account(methods: ~OuterAuths.Chap);

        Assert.Equal(Rcode.Reject, await _chap.AuthenticateAsync(context));

        Assert.Equal("method chap is not in outer-auths of group default", context.Failure);
    }

    private static RequestContext Login(string known)
    {
        var context = Requests.Access(r =>
        {
            r.Add(Rfc2865.ChapPassword, Convert.FromHexString(Response));
            r.Add(Rfc2865.ChapChallenge, Challenge);
        });
        context.Control.Add(Internal.CleartextPassword, known);
        return context;
    }
}
