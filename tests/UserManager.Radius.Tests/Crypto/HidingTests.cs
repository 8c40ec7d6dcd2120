using System.Text;

namespace UserManager.Radius.Tests;

public sealed class HidingTests
{
    private static readonly SharedSecret Secret = new("xyzzy5461");
    private static readonly byte[] Authenticator = Ours.Hex("0f403f9473978057bd83d5cb98f4227a");

    [Theory]    // the first is RFC 2865 §7.1, the others were computed by another program
    [InlineData("arctangent", "0dbe708d93d413ce3196e43f782a0aee")]
    [InlineData("", "6ccc13f9f2ba74ab5fe2e43f782a0aee")]
    [InlineData("aaaaaaaaaaaaaaa", "0dad729893db15ca3e83855e194b6bee")]
    [InlineData("aaaaaaaaaaaaaaaa", "0dad729893db15ca3e83855e194b6b8f")]
    [InlineData("aaaaaaaaaaaaaaaaa", "0dad729893db15ca3e83855e194b6b8fc4e731644efc306de24db5c35f64a884")]
    public void A_password_is_hidden_as_RFC_2865_section_5_2_says_and_revealed(string password, string hidden)
    {
        Span<byte> got = stackalloc byte[UserPassword.MaxLength];
        var length = UserPassword.Hide(Encoding.ASCII.GetBytes(password), Secret, Authenticator, got);
        Assert.Equal(hidden, Convert.ToHexStringLower(got[..length]));

        Span<byte> clear = stackalloc byte[UserPassword.MaxLength];
        length = UserPassword.Reveal(got[..length], Secret, Authenticator, clear);
        Assert.Equal(password, Encoding.ASCII.GetString(clear[..length]));
    }

    [Fact]
    public void A_password_is_cut_at_128_octets()
    {
        Span<byte> hidden = stackalloc byte[UserPassword.MaxLength];
        Assert.Equal(128, UserPassword.Hide(new byte[200], Secret, Authenticator, hidden));
    }

    [Fact]
    public void A_hidden_password_of_any_length_is_revealed_without_an_exception()
    {
        Span<byte> clear = stackalloc byte[UserPassword.MaxLength];
        for (var length = 0; length <= 253; length++)
            Assert.InRange(UserPassword.Reveal(new byte[length], Secret, Authenticator, clear), 0, Math.Min(length, 128));
    }

    [Theory]    // RFC 2868 publishes no numbers; computed by another program
    [InlineData("", 0x8001, "800132a4044d0a1a2538cf27b06bb2ba15f3")]
    [InlineData("foo", 0x9973, "9973051de6c55774c33f7c1e750992e6d24f")]
    [InlineData("0123456789abcde", 0x8abc, "8abc9583709145c948f77eb86e7b39da69d5")]
    [InlineData("0123456789abcdef", 0xffff, "ffff5216f8031e1d02b65bf75460472a3f6b750dadb11a60d1ab704254ce82fc592b")]
    public void A_value_is_salted_as_RFC_2868_section_3_5_says_and_revealed(string value, int salt, string hidden)
    {
        var secret = new SharedSecret("testing123");
        var authenticator = Ours.Hex("000102030405060708090a0b0c0d0e0f");
        Span<byte> got = stackalloc byte[256];
        var length = SaltedValue.Hide(Encoding.ASCII.GetBytes(value), secret, authenticator, (ushort)salt, got);
        Assert.Equal(hidden, Convert.ToHexStringLower(got[..length]));

        Span<byte> clear = stackalloc byte[256];
        Assert.True(SaltedValue.TryReveal(got[..length], secret, authenticator, clear, out length));
        Assert.Equal(value, Encoding.ASCII.GetString(clear[..length]));
    }

    [Fact]
    public void A_salted_value_whose_length_is_beyond_its_octets_is_refused()
    {
        Span<byte> hidden = stackalloc byte[18];
        SaltedValue.Hide("foo"u8, Secret, Authenticator, 0x8000, hidden);
        hidden[2] ^= 0xF0;
        Assert.False(SaltedValue.TryReveal(hidden, Secret, Authenticator, new byte[18], out _));
        Assert.False(SaltedValue.TryReveal([1], Secret, Authenticator, new byte[18], out _));
    }

    [Fact]
    public void A_salt_has_its_first_bit_set()
    {
        for (var i = 0; i < 64; i++)
            Assert.True(SaltedValue.NewSalt() >= 0x8000);
    }

    [Fact]
    public void An_Ascend_secret_is_hidden_and_revealed()
    {
        Span<byte> hidden = stackalloc byte[AscendSecret.Length];
        Span<byte> clear = stackalloc byte[AscendSecret.Length];
        AscendSecret.Hide("sesame"u8, Secret, Authenticator, hidden);
        var length = AscendSecret.Reveal(hidden, Secret, Authenticator, clear);
        Assert.Equal("sesame"u8, clear[..length]);
    }

    [Fact]
    public void Chap_of_RFC_1994_is_verified()
    {
        // MD5(01, hello, 00..0f), computed by another program
        var value = Ours.Hex("019cb21e90d620e0ccb84e3d1fe78ddee1");
        var challenge = Ours.Hex("000102030405060708090a0b0c0d0e0f");
        Assert.True(ChapPassword.Verify(value, "hello"u8, challenge));
        Assert.False(ChapPassword.Verify(value, "Hello"u8, challenge));
        Assert.False(ChapPassword.Verify(value.AsSpan(1), "hello"u8, challenge));
    }
}
