using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;
using Xunit;

namespace UserManager.Plugins.Tests;

public sealed class PapTests
{
    private const string NtHashOfClientPass = "44ebba8d5312b8d611474411f56989ae";      // RFC 2759 §9.2

    private readonly Pap _pap = new();

    [Fact]
    public async Task A_request_with_User_Password_is_taken()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserPassword, "bob"));

        Assert.Equal(Rcode.Updated, await _pap.AuthorizeAsync(context));

        Assert.Equal("pap", context.AuthType());
    }

    [Fact]
    public async Task A_request_without_User_Password_is_not_taken()
    {
        var context = Requests.Access();

        Assert.Equal(Rcode.Noop, await _pap.AuthorizeAsync(context));

        Assert.Equal("(absent)", context.AuthType());
    }

    [Fact]
    public async Task An_Auth_Type_that_is_set_stays()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserPassword, "bob"));
        context.TrySetAuthType("chap");

        Assert.Equal(Rcode.Noop, await _pap.AuthorizeAsync(context));

        Assert.Equal("chap", context.AuthType());
    }

    [Theory]
    [InlineData("arctangent", "arctangent", Rcode.Ok)]
    [InlineData("arctangent", "Arctangent", Rcode.Reject)]
    [InlineData("arctangent", "arctangen", Rcode.Reject)]
    [InlineData("arctangent", "", Rcode.Reject)]
    [InlineData("", "", Rcode.Ok)]
    [InlineData("", "x", Rcode.Reject)]
    [InlineData("pässwörd", "pässwörd", Rcode.Ok)]
    public async Task The_password_is_compared_with_Cleartext_Password(string known, string sent, Rcode expected)
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserPassword, sent));
        context.Control.Add(Internal.CleartextPassword, known);

        Assert.Equal(expected, await _pap.AuthenticateAsync(context));

        Assert.Equal(expected == Rcode.Ok ? null : "wrong password", context.Failure);
        Assert.Equal(0, context.Reply.Count);
    }

    [Theory]
    [InlineData("clientPass", Rcode.Ok)]
    [InlineData("clientpass", Rcode.Reject)]
    public async Task The_password_is_compared_with_NT_Password(string sent, Rcode expected)
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserPassword, sent));
        context.Control.Add(Internal.NtPassword, Convert.FromHexString(NtHashOfClientPass));

        Assert.Equal(expected, await _pap.AuthenticateAsync(context));
    }

    [Fact]
    public async Task NT_Password_may_be_written_in_hexadecimal()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserPassword, "clientPass"));
        context.Control.Add(Internal.NtPassword, NtHashOfClientPass);

        Assert.Equal(Rcode.Ok, await _pap.AuthenticateAsync(context));
    }

    [Theory]
    [InlineData("00")]
    [InlineData("44ebba8d5312b8d611474411f56989xx")]
    public async Task An_NT_Password_that_is_no_hash_is_no_known_password(string known)
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserPassword, "clientPass"));
        context.Control.Add(Internal.NtPassword, known);

        Assert.Equal(Rcode.NotFound, await _pap.AuthenticateAsync(context));
    }

    [Fact]
    public async Task Without_a_known_password_nobody_gets_in()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserPassword, ""));

        Assert.Equal(Rcode.NotFound, await _pap.AuthenticateAsync(context));

        Assert.Equal(0, context.Reply.Count);
    }

    [Fact]
    public async Task Without_User_Password_the_request_is_invalid()
    {
        var context = Requests.Access();
        context.Control.Add(Internal.CleartextPassword, "");

        Assert.Equal(Rcode.Invalid, await _pap.AuthenticateAsync(context));
    }

    [Fact]
    public async Task A_group_without_pap_is_rejected_with_the_right_password_too()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserPassword, "bob"));
        context.Control.Add(Internal.CleartextPassword, "bob");
        context.User = Requests.Account(methods: ~OuterAuths.Pap);

        Assert.Equal(Rcode.Reject, await _pap.AuthenticateAsync(context));

        Assert.Equal("method pap is not in outer-auths of group default", context.Failure);
    }

    [Fact]
    public async Task A_disabled_user_that_a_policy_let_go_on_is_rejected()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserPassword, "bob"));
        context.Control.Add(Internal.CleartextPassword, "bob");
        context.User = Requests.Account(disabled: true);

        Assert.Equal(Rcode.Reject, await _pap.AuthenticateAsync(context));

        Assert.Equal("user is disabled", context.Failure);
    }

    [Fact]
    public async Task The_reason_is_what_policies_read_as_Module_Failure_Message()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserPassword, "wrong"));
        context.Control.Add(Internal.CleartextPassword, "right");

        await _pap.AuthenticateAsync(context);

        Assert.Equal("wrong password", context.Request.Text(Internal.ModuleFailureMessage));
    }
}
