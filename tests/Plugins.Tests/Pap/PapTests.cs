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

    // Made with Python's hashlib, openssl passwd and perl's crypt.
    [Theory]
    [InlineData("MD5-Password", "a71e49a97820329296832b2440cdd04b")]
    [InlineData("MD5-Password", "px5JqXggMpKWgyskQM3QSw==")]
    [InlineData("SMD5-Password", "vDs99sjfpfcimV+EYT8iBwECAwQFBgcI")]
    [InlineData("SMD5-Password", "bc3b3df6c8dfa5f722995f84613f22070102030405060708")]
    [InlineData("SHA-Password", "e1aed626107b06dc45ae4926d47e37c32686bcd6")]
    [InlineData("SHA1-Password", "4a7WJhB7BtxFrkkm1H43wyaGvNY=")]
    [InlineData("SSHA-Password", "8cJIxJSG6SgBQ+IsmiklH5M8kHEBAgMEBQYHCA==")]
    [InlineData("SHA2-Password", "e2814af426f5dba11f1ef65365a925e07d2caec45f278cfd36a53f4d")]
    [InlineData("SHA2-Password", "4oFK9Cb126EfHvZTZakl4H0srsRfJ4z9NqU/TQ==")]
    [InlineData("SSHA2-224-Password", "IdrNpC8W2kuF0ZuG5PhFEo/S7l0BwoVXx8bgfAECAwQFBgcI")]
    [InlineData("SHA2-Password", "e3b16016cc4b861951b6b4a6e8c626a741f75f587f2773fc4847a4ce20c9c837")]
    [InlineData("SHA2-Password", "47FgFsxLhhlRtrSm6MYmp0H3X1h/J3P8SEekziDJyDc=")]
    [InlineData("SSHA2-256-Password", "JCqYMxV5xByFfguCLAyiNID6GK0LPzKQnXTELbd9ycYBAgMEBQYHCA==")]
    [InlineData("SHA2-Password", "5d8fc3485db1bc7a2e676ffc44f61fc1993e25fee6ed63650876a1f700ec789ec885358999288ddd72b02517feb15427")]
    [InlineData("SHA2-Password", "XY/DSF2xvHouZ2/8RPYfwZk+Jf7m7WNlCHah9wDseJ7IhTWJmSiN3XKwJRf+sVQn")]
    [InlineData("SSHA2-384-Password", "VnPi1d7htYpL5+J5SZNmgy7DZ2hFbNEUSnU5YCBmm6Tr1cV594TBIE8HpL8nqTIhAQIDBAUGBwg=")]
    [InlineData("SHA2-Password", "a891045b360224076d292af676a47b3d9b7b980869e0d83254db1fa7b1322832d66d51b8cb6e72be46f86603d7882550ef057fa0eb5f351e462ec90be0063aa8")]
    [InlineData("SHA2-Password", "qJEEWzYCJAdtKSr2dqR7PZt7mAhp4NgyVNsfp7EyKDLWbVG4y25yvkb4ZgPXiCVQ7wV/oOtfNR5GLskL4AY6qA==")]
    [InlineData("SSHA2-512-Password", "B7eZ/o4DO5Bz3x3uKMlCxebVRJwioEdhyCYC3q6B1tOubXsxzzl1QxSXmMageF9W/x4fLUXWVMUT9r/HsWhdNwECAwQFBgcI")]
    [InlineData("SSHA3-256-Password", "exbaLGPURKB+q4uqyNTadsg59Mu5Ui0L1QfC1U0ZxxgBAgMEBQYHCA==")]
    [InlineData("SSHA3-384-Password", "wsHRMCDJksd/J+6K+aDU9OskFOZqKwkEjJnasjcjkEDyNhme0pYPDwB5i4i1udleAQIDBAUGBwg=")]
    [InlineData("SSHA3-512-Password", "t3XQoAX3cBzRF0tQHvUInG8jCf6e2cFnj3u6s0DXLW0AUcrBRJ3E0jlxxkWkA2b8519rdVU6C8gwVJ1M0w+uqAECAwQFBgcI")]
    [InlineData("PBKDF2-Password", "HMACSHA2+256:AAAD6A==:AQIDBAUGBwg=:HacPFwhRrT5iWmuPL9OmrzlTdLxRSCam6syFPt6qzgw=")]
    [InlineData("PBKDF2-Password", "HMACSHA1:AAAD6A==:AQIDBAUGBwg=:s+qFJ8Phdm+sqUlSLb/Da3M0tYg=")]
    [InlineData("PBKDF2-Password", "$PBKDF2$HMACSHA2+512:AAAD6A==:AQIDBAUGBwg=:lsllISIWYDEQVcWT43WY3JIqWWHc3AzSg5p9Wq8B8V9IZy8rrPh2/nalSyIVTFNW35aWgjIEWyox6C7KFxcDHg==")]
    [InlineData("PBKDF2-Password", "$pbkdf2-sha256$1000$AQIDBAUGBwg$HacPFwhRrT5iWmuPL9OmrzlTdLxRSCam6syFPt6qzgw")]
    [InlineData("PBKDF2-SHA1-Password", "1000$AQIDBAUGBwg$s.qFJ8Phdm.sqUlSLb/Da3M0tYg")]
    [InlineData("PBKDF2-SHA256-Password", "1000$AQIDBAUGBwg$HacPFwhRrT5iWmuPL9OmrzlTdLxRSCam6syFPt6qzgw")]
    [InlineData("PBKDF2-SHA512-Password", "1000$AQIDBAUGBwg$lsllISIWYDEQVcWT43WY3JIqWWHc3AzSg5p9Wq8B8V9IZy8rrPh2/nalSyIVTFNW35aWgjIEWyox6C7KFxcDHg")]
    [InlineData("PBKDF2-SHA256-LEGACY-Password", "AAAD6AABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj/yTF1Ps54LHPre1lWGRT2aTQQ00JGtttQxphpGk1Xnme3rum5wq051XcXKyglK8un9dHnGTfe+9PhTZEEMg6NHPd0V9FcvAlsHyVeNX/JgN6K9XjqtRv+REcN/tHXltoEi+lgqui561sZmHf79/kYkgyqYiOf6TVIi/p6fxqnWHFBqy4wsEN45ArWOmflrsMjPDiuaTJKk9ZZrIey5Xjn+k4ZR+quqzfVTq6lfjj2mL8FZ2T7gHpiO1wYRmyPLHCMqr171uyyuNdhtBnfyFNQIXV0D7dnSF3ZAdzOEZglqrJ4HEvKVmsRjnlGbKi+DBHaht8Agk+rhg+MiZpr4ZIFj")]
    [InlineData("NT-Password", "87881b937317c24d1ab2709be6eb3543")]
    [InlineData("NT-Password", "h4gbk3MXwk0asnCb5us1Qw==")]
    [InlineData("Crypt-Password", "abTk71qDTQKMY")]
    [InlineData("Crypt-Password", "$1$saltsalt$ZHrQuYVzpm8xScW2nLOpx1")]
    [InlineData("Crypt-Password", "$5$saltsalt$VcUVqBAQqYx.8RP2LAVsJOEc/EA0jeYo/KEpn93z4wB")]
    [InlineData("Crypt-Password", "$6$saltsalt$eYTdePZTzOVOYWJofVF25Qosxo7LsHBaInZ7JfY3siAJj/MCvHWxkoEdVLIfDRx7CNZod2axjay111gRmOCxx.")]
    [InlineData("Crypt-Password", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.cctaiD0U2M/Mwau3LFWPgDY8/I6NK8K")]
    [InlineData("Crypt-Password", "$y$j75$saltsaltsalt$0TghhfzwConPh0aGT7Fui91NCvDiNvICeESMP.Sqss.")]
    public async Task A_password_is_checked_with_its_hash(string attribute, string known)
    {
        Assert.Equal(Rcode.Ok, await CheckAsync("s3cret pässword", attribute, known));
        Assert.Equal(Rcode.Reject, await CheckAsync("s3cret Pässword", attribute, known));
    }

    [Theory]
    [InlineData("{clear}s3cret pässword")]
    [InlineData("{MD5}px5JqXggMpKWgyskQM3QSw==")]
    [InlineData("{base64_md5}px5JqXggMpKWgyskQM3QSw==")]
    [InlineData("{smd5}vDs99sjfpfcimV+EYT8iBwECAwQFBgcI")]
    [InlineData("{SHA}4a7WJhB7BtxFrkkm1H43wyaGvNY=")]
    [InlineData("{SSHA}8cJIxJSG6SgBQ+IsmiklH5M8kHEBAgMEBQYHCA==")]
    [InlineData("{sha2}qJEEWzYCJAdtKSr2dqR7PZt7mAhp4NgyVNsfp7EyKDLWbVG4y25yvkb4ZgPXiCVQ7wV/oOtfNR5GLskL4AY6qA==")]
    [InlineData("{SHA256}47FgFsxLhhlRtrSm6MYmp0H3X1h/J3P8SEekziDJyDc=")]
    [InlineData("{ssha512}B7eZ/o4DO5Bz3x3uKMlCxebVRJwioEdhyCYC3q6B1tOubXsxzzl1QxSXmMageF9W/x4fLUXWVMUT9r/HsWhdNwECAwQFBgcI")]
    [InlineData("{nt}87881b937317c24d1ab2709be6eb3543")]
    [InlineData("{x-nthash}87881b937317c24d1ab2709be6eb3543")]
    [InlineData("{crypt}$1$saltsalt$ZHrQuYVzpm8xScW2nLOpx1")]
    [InlineData("{x-pbkdf2}HMACSHA2+256:AAAD6A==:AQIDBAUGBwg=:HacPFwhRrT5iWmuPL9OmrzlTdLxRSCam6syFPt6qzgw=")]
    [InlineData("{PBKDF2-SHA256}1000$AQIDBAUGBwg$HacPFwhRrT5iWmuPL9OmrzlTdLxRSCam6syFPt6qzgw")]
    [InlineData("e1NTSEF9OGNKSXhKU0c2U2dCUStJc21pa2xINU04a0hFQkFnTUVCUVlIQ0E9PQ==")]
    public async Task A_header_says_what_a_password_is(string known)
    {
        Assert.Equal(Rcode.Ok, await CheckAsync("s3cret pässword", "Password-With-Header", known));
        Assert.Equal(Rcode.Reject, await CheckAsync("s3cret Pässword", "Password-With-Header", known));
    }

    [Fact]
    public async Task A_header_is_read_for_the_modules_behind_it()
    {
        var context = Requests.Access();
        context.Control.Add(Internal.PasswordWithHeader, "{nt}87881b937317c24d1ab2709be6eb3543");

        Assert.Equal(Rcode.Noop, await _pap.AuthorizeAsync(context));

        Span<byte> hash = stackalloc byte[16];
        Assert.True(context.TryGetNtHash(hash));
        Assert.Equal("87881b937317c24d1ab2709be6eb3543", Convert.ToHexStringLower(hash));
        Assert.False(context.Control.Has(Internal.PasswordWithHeader));
    }

    [Fact]
    public async Task Without_a_header_it_is_the_password_in_clear() =>
        Assert.Equal(Rcode.Ok, await CheckAsync("s3cret", "Password-With-Header", "s3cret"));

    [Theory]
    [InlineData("MD5-Password", "abcd", "MD5-Password cannot be checked: it has 4 octets, not 16")]
    [InlineData("SHA2-Password", "abcd", "SHA2-Password cannot be checked: it has 4 octets, not 28, 32, 48, 64")]
    [InlineData("SSHA-Password", "abcd", "SSHA-Password cannot be checked: it has 4 octets, not 20 or more")]
    [InlineData("Crypt-Password", "$9$x$y", "Crypt-Password cannot be checked: its method is none that libcrypt has")]
    [InlineData("Crypt-Password", "*", "Crypt-Password cannot be checked: its method is none that libcrypt has")]
    [InlineData("PBKDF2-Password", "x", "PBKDF2-Password cannot be checked: it is not DIGEST:ITERATIONS:SALT:HASH")]
    [InlineData("PBKDF2-Password", "HMACSHA2+256:AAAD6A==:AQIDBAUGBwg=:", "PBKDF2-Password cannot be checked: its hash has 0 octets, not 32")]
    [InlineData("PBKDF2-Password", "HMACSHA2+256:AAAD6A==:AQIDBAUGBwg=:HacP", "PBKDF2-Password cannot be checked: its hash has 3 octets, not 32")]
    [InlineData("PBKDF2-Password", "$pbkdf2-sha256$1000$AQIDBAUGBwg$", "PBKDF2-Password cannot be checked: its hash has 0 octets, not 32")]
    [InlineData("PBKDF2-SHA512-Password", "1000$AQIDBAUGBwg$", "PBKDF2-SHA512-Password cannot be checked: its hash has 0 octets, not 64")]
    [InlineData("PBKDF2-SHA256-Password", "99999999999$AAAA$AAAA", "PBKDF2-SHA256-Password cannot be checked: its number of iterations is none")]
    public async Task A_hash_that_cannot_be_read_lets_nobody_in_and_says_why(string attribute, string known, string reason)
    {
        var context = Request("abcd", attribute, known);

        Assert.Equal(Rcode.Invalid, await _pap.AuthenticateAsync(context));

        Assert.Equal(reason, context.Failure);
    }

    // crypt(3) reads up to the first zero.
    [Fact]
    public async Task What_stands_behind_a_zero_is_not_ignored() =>
        Assert.Equal(Rcode.Reject, await CheckAsync("s3cret pässword\0", "Crypt-Password", "$1$saltsalt$ZHrQuYVzpm8xScW2nLOpx1"));

    private ValueTask<Rcode> CheckAsync(string password, string attribute, string known) => _pap.AuthenticateAsync(Request(password, attribute, known));

    private static RequestContext Request(string password, string attribute, string known)
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserPassword, password));
        Assert.True(Requests.Dictionary.TryFind(attribute, out var definition));
        context.Control.Add(definition.Key, known);
        return context;
    }
}
