using System.Security.Cryptography;

namespace UserManager.Radius.Tests;

public sealed class HashTests
{
    [Theory]
    [InlineData("", "d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("abc", "900150983cd24fb0d6963f7d28e17f72")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345678901234567890", "57edf4a22be3c955ac49da2e2107b67a")]
    public void Md5_gives_the_digests_of_RFC_1321_appendix_A_5(string text, string digest)
    {
        Span<byte> got = stackalloc byte[Md5.Size];
        Md5.Hash(System.Text.Encoding.ASCII.GetBytes(text), got);
        Assert.Equal(digest, Convert.ToHexStringLower(got));
    }

    [Fact]
    public void Md5_in_segments_is_that_of_the_whole_at_every_length_around_its_block()
    {
        var octets = new byte[200];
        new Random(1).NextBytes(octets);
        Span<byte> got = stackalloc byte[Md5.Size];
        for (var length = 0; length <= octets.Length; length++)
        {
            var md5 = new Md5();
            for (var at = 0; at < length; at += 7)
                md5.Append(octets.AsSpan(at, Math.Min(7, length - at)));

            md5.Finish(got);
            Assert.Equal(MD5.HashData(octets.AsSpan(0, length)), got);
        }
    }

    [Theory]
    [InlineData("abc", "a9993e364706816aba3e25717850c26c9cd0d89d")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1")]
    public void Sha1_gives_the_digests_of_RFC_3174_section_7_3(string text, string digest)
    {
        Span<byte> got = stackalloc byte[Sha1.Size];
        Sha1.Hash(System.Text.Encoding.ASCII.GetBytes(text), got);
        Assert.Equal(digest, Convert.ToHexStringLower(got));
    }

    [Fact]
    public void Sha1_is_the_platform_s_at_every_length_around_its_block()
    {
        var octets = new byte[200];
        new Random(1).NextBytes(octets);
        Span<byte> got = stackalloc byte[Sha1.Size];
        for (var length = 0; length <= octets.Length; length++)
        {
            Sha1.Hash(octets.AsSpan(0, length), got);
            Assert.Equal(SHA1.HashData(octets.AsSpan(0, length)), got);
        }
    }

    [Theory]
    [InlineData("", "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f")]
    [InlineData("abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "75388b16512776cc5dba5da1fd890150b0c6455cb4f58b1952522525")]
    public void Sha224_gives_the_digests_of_FIPS_180(string text, string digest)
    {
        Span<byte> got = stackalloc byte[Sha224.Size];
        Sha224.Hash(System.Text.Encoding.ASCII.GetBytes(text), got);
        Assert.Equal(digest, Convert.ToHexStringLower(got));
    }

    [Theory]
    [InlineData("", "31d6cfe0d16ae931b73c59d7e0c089c0")]
    [InlineData("abc", "a448017aaf21d8525fc10ae87aa6729d")]
    [InlineData("message digest", "d9130a8164549fe818874806e1c7014b")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345678901234567890", "e33b4ddc9c38f2199c3e7b164fcc0536")]
    public void Md4_gives_the_digests_of_RFC_1320_appendix_A_5(string text, string digest)
    {
        Span<byte> got = stackalloc byte[Md4.Size];
        Md4.Hash(System.Text.Encoding.ASCII.GetBytes(text), got);
        Assert.Equal(digest, Convert.ToHexStringLower(got));
    }

    [Fact]
    public void Hmac_gives_the_codes_of_RFC_2104()
    {
        Span<byte> got = stackalloc byte[Md5.Size];
        HmacMd5.Hash(new SharedSecret(Enumerable.Repeat((byte)0x0b, 16).ToArray()), "Hi There"u8, got);
        Assert.Equal("9294727a3638bb1c13f48ef8158bfc9d", Convert.ToHexStringLower(got));

        HmacMd5.Hash(new SharedSecret("Jefe"), "what do ya want for nothing?"u8, got);
        Assert.Equal("750c783e6ab0b503eaa86e310a5db738", Convert.ToHexStringLower(got));
    }

    [Fact]
    public void Hmac_of_a_key_longer_than_a_block_is_the_platforms()
    {
        var key = new byte[100];
        new Random(2).NextBytes(key);
        Span<byte> got = stackalloc byte[Md5.Size];
        HmacMd5.Hash(new SharedSecret(key), "text"u8, got);
        Assert.Equal(HMACMD5.HashData(key, "text"u8), got);
    }

    [Theory]    // a well-known example, and all zeros; keys without their parity bits
    [InlineData("12695bc9b7b7f8", "0123456789abcdef", "85e813540f0ab405")]
    [InlineData("00000000000000", "0000000000000000", "8ca64de9c1b123a7")]
    public void Des_encrypts_a_block(string key, string block, string encrypted)
    {
        Span<byte> got = stackalloc byte[Des.BlockLength];
        Des.Encrypt(Ours.Hex(key), Ours.Hex(block), got);
        Assert.Equal(encrypted, Convert.ToHexStringLower(got));
    }

    [Fact]
    public void A_secret_does_not_show_itself() => Assert.Equal("***", $"{new SharedSecret("testing123")}");
}
