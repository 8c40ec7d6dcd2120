using System.Text;
using Xunit;

namespace UserManager.Domain.Tests;

/// <summary>The manual's "Using TOTP": six digits behind the password, from a shared secret.</summary>
public sealed class OneTimePasswordTests
{
    // RFC 6238 appendix B, SHA-1: its eight digits end in our six.
    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1111111111, "050471")]
    [InlineData(1234567890, "005924")]
    [InlineData(2000000000, "279037")]
    [InlineData(20000000000, "353130")]
    public void Codes_are_those_of_RFC_6238(long seconds, string code)
    {
        var digits = new byte[OneTimePassword.Digits];

        OneTimePassword.Write("12345678901234567890"u8, OneTimePassword.StepAt(DateTimeOffset.FromUnixTimeSeconds(seconds)), digits);

        Assert.Equal(code, Encoding.ASCII.GetString(digits));
    }

    // RFC 4648 §10.
    [Theory]
    [InlineData("MZXW6YTBOI======", "foobar")]
    [InlineData("mzxw6ytboi", "foobar")]
    [InlineData("mzxw 6ytb oi", "foobar")]
    [InlineData("MY======", "f")]
    [InlineData("MZXW6", "foo")]
    public void A_secret_is_base32_in_any_case_and_blanks_do_not_count(string text, string key)
    {
        var secret = OtpSecret.Parse(text)!;

        Assert.True(secret.IsBase32);
        Assert.Equal(key, Encoding.ASCII.GetString(secret.Key));
    }

    // As every authenticator app reads it.
    [Fact]
    public void The_manuals_mysecret_is_base32() => Assert.Equal("6624414493", Convert.ToHexString(OtpSecret.Parse("mysecret")!.Key));

    [Theory]
    [InlineData("secret-1")]
    [InlineData("0189")]
    [InlineData("pässwort")]
    [InlineData("=")]
    public void Other_text_is_the_key_itself(string text)
    {
        var secret = OtpSecret.Parse(text)!;

        Assert.False(secret.IsBase32);
        Assert.Equal(text, Encoding.UTF8.GetString(secret.Key));
    }

    [Fact]
    public void No_text_is_no_secret() => Assert.Null(OtpSecret.Parse(""));

    [Fact]
    public void A_generated_secret_has_160_bits_and_is_another_each_time()
    {
        var text = OtpSecret.Generate();

        Assert.Equal(20, OtpSecret.Parse(text)!.Key.Length);
        Assert.NotEqual(text, OtpSecret.Generate());
    }

    [Fact]
    public void The_uri_is_what_authenticator_apps_scan() => Assert.Equal(
        "otpauth://totp/User%20Manager:bob%40example.net?secret=MZXW6YTBOI&issuer=User%20Manager&algorithm=SHA1&digits=6&period=30",
        OtpSecret.Parse("mzxw 6ytb oi===")!.Uri("User Manager", "bob@example.net"));
}
