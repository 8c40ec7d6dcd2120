using System.Security.Cryptography;
using System.Text;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;
using Xunit;

namespace UserManager.Plugins.Tests;

/// <summary>"Using TOTP for user authentication" of the manual: six digits behind the password, with every method.</summary>
public sealed class OneTimePasswordTests
{
    private const string Secret = "mysecret";
    private const string Password = "mypass";

    private readonly FakeSettings _settings = new();
    private readonly FakeUsers _users = new(Account());

    [Theory]
    [InlineData("pap")]
    [InlineData("chap")]
    [InlineData("mschap")]
    [InlineData("mschapv2")]
    public async Task The_password_with_the_code_behind_it_is_right_and_without_it_is_wrong(string method)
    {
        Assert.Equal(Rcode.Ok, await LogInAsync(method, Password + Code(0)));
        Assert.Equal(Rcode.Reject, await LogInAsync(method, Password));
        Assert.Equal(Rcode.Reject, await LogInAsync(method, Password + "000000"));
        Assert.Equal(Rcode.Reject, await LogInAsync(method, "other" + Code(0)));
    }

    // RFC 6238 §5.2: one step either way.
    [Theory]
    [InlineData("pap", -1, Rcode.Ok)]
    [InlineData("chap", 1, Rcode.Ok)]
    [InlineData("mschap", -1, Rcode.Ok)]
    [InlineData("mschapv2", 1, Rcode.Ok)]
    [InlineData("pap", -2, Rcode.Reject)]
    [InlineData("mschapv2", 2, Rcode.Reject)]
    public async Task The_clock_of_who_made_the_code_may_be_a_step_off(string method, int steps, Rcode rcode) =>
        Assert.Equal(rcode, await LogInAsync(method, Password + Code(steps)));

    // "… until a new TOTP token is generated."
    [Fact]
    public async Task A_code_may_be_used_again_until_its_step_is_over()
    {
        for (var i = 0; i < 2; i++)
        {
            var context = await AuthorizeAsync("pap", Password + Code(0));
            Assert.Equal(Rcode.Ok, await new Pap().AuthenticateAsync(context));
            Assert.Equal(Rcode.Noop, await new Users(_users, _settings).PostAuthAsync(context));
        }
    }

    [Theory]
    [InlineData("pap")]
    [InlineData("chap")]
    [InlineData("mschap")]
    [InlineData("mschapv2")]
    public async Task With_otp_reuse_no_each_code_is_good_once_and_an_earlier_one_not_any_more(string method)
    {
        _settings.Current = new Settings { OtpReuse = false };

        Assert.Equal(Rcode.Ok, await FinishAsync(-1));
        Assert.Equal(Rcode.Ok, await FinishAsync(0));
        Assert.Equal(Rcode.Reject, await FinishAsync(0));
        Assert.Equal(Rcode.Reject, await FinishAsync(-1));
        Assert.Equal(Rcode.Ok, await FinishAsync(1));

        async Task<Rcode> FinishAsync(int steps)
        {
            var context = await AuthorizeAsync(method, Password + Code(steps));
            Assert.Equal(Rcode.Ok, await ModuleOf(method).AuthenticateAsync(context));
            return await new Users(_users, _settings).PostAuthAsync(context);
        }
    }

    [Fact]
    public async Task An_empty_password_makes_it_a_login_by_the_code_alone()
    {
        var users = new FakeUsers(Account(""));
        var context = Request("pap", Code(0));
        await new Users(users, _settings).AuthorizeAsync(context);

        Assert.Equal(Rcode.Ok, await new Pap().AuthenticateAsync(context));
    }

    [Fact]
    public async Task A_password_longer_than_usual_is_taken_whole()
    {
        var password = new string('x', 300);
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "bob"));

        await new Users(new FakeUsers(Account(password)), _settings).AuthorizeAsync(context);

        Assert.Equal(password + Code(0), context.Control.Text(Internal.CleartextPassword));
        Assert.Equal(3, context.Control.CountOf(Internal.CleartextPassword));
    }

    private static UserAccount Account(string password = Password)
    {
        var account = Requests.Account(password: password);
        return account with { User = account.User with { OtpSecret = Secret }, OtpSecret = OtpSecret.Parse(Secret) };
    }

    /// <summary>The code of so many steps from now, as an authenticator app shows it.</summary>
    private static string Code(int steps)
    {
        var digits = new byte[OneTimePassword.Digits];
        OneTimePassword.Write(OtpSecret.Parse(Secret)!.Key, OneTimePassword.StepAt(Requests.Now) + steps, digits);
        return Encoding.ASCII.GetString(digits);
    }

    private async Task<Rcode> LogInAsync(string method, string typed) =>
        await ModuleOf(method).AuthenticateAsync(await AuthorizeAsync(method, typed));

    private async Task<RequestContext> AuthorizeAsync(string method, string typed)
    {
        var context = Request(method, typed);
        Assert.Equal(Rcode.Updated, await new Users(_users, _settings).AuthorizeAsync(context));
        return context;
    }

    private static IAuthenticate ModuleOf(string method) => method switch
    {
        "pap" => new Pap(),
        "chap" => new Chap(),
        _ => new MsChap(new MsChapOptions()),
    };

    /// <summary>What a client sends that was typed this password.</summary>
    private static RequestContext Request(string method, string typed) => Requests.Access(r =>
    {
        r.Add(Rfc2865.UserName, "bob");
        var password = Encoding.UTF8.GetBytes(typed);
        var challenge = RandomNumberGenerator.GetBytes(16);
        switch (method)
        {
            case "pap":
                r.Add(Rfc2865.UserPassword, password);
                break;
            case "chap":
                r.Add(Rfc2865.ChapChallenge, challenge);
                r.Add(Rfc2865.ChapPassword, [7, .. MD5.HashData([7, .. password, .. challenge])]);
                break;
            case "mschap":
                Respond(r, MicrosoftVsa.MsChapResponse, challenge[..8], 1, password);
                break;
            default:
                Respond(r, MicrosoftVsa.MsChap2Response, challenge, 2, password);
                break;
        }
    });

    private static void Respond(AttributeList request, AttributeKey key, byte[] challenge, int version, byte[] password)
    {
        var (hash, answer, peer) = (new byte[16], new byte[24], RandomNumberGenerator.GetBytes(16));
        Radius.MsChap.NtHash(password, hash);
        var hashed = new byte[8];
        if (version == 1)
            challenge.CopyTo(hashed, 0);
        else
            SHA1.HashData([.. peer, .. challenge, .. "bob"u8])[..8].CopyTo(hashed, 0);

        Radius.MsChap.ChallengeResponse(hashed, hash, answer);
        byte[] first = version == 1 ? [0, 1, .. new byte[24]] : [0, 0, .. peer, .. new byte[8]];
        request.Add(MicrosoftVsa.MsChapChallenge, challenge);
        request.Add(key, (byte[])[.. first, .. answer]);
    }
}
