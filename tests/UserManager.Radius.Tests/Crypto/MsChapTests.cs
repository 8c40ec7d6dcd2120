using System.Text;

namespace UserManager.Radius.Tests;

/// <summary>The examples of RFC 2759 §9.2 (user <c>User</c>, password <c>clientPass</c>), RFC 2433 and RFC 3079 §3.5.</summary>
public sealed class MsChapTests
{
    private static readonly byte[] AuthenticatorChallenge = Ours.Hex("5B5D7C7D7B3F2F3E3C2C602132262628");
    private static readonly byte[] PeerChallenge = Ours.Hex("21402324255E262A28295F2B3A337C7E");
    private static readonly byte[] NtHash = Ours.Hex("44EBBA8D5312B8D611474411F56989AE");
    private static readonly byte[] NtResponse = Ours.Hex("82309ECD8D708B5EA08FAA3981CD83544233114A3D85D6DF");

    [Fact]
    public void The_NT_hash_is_that_of_RFC_2759_section_9_2()
    {
        Span<byte> hash = stackalloc byte[MsChap.HashLength];
        MsChap.NtHash("clientPass"u8, hash);
        Assert.Equal(NtHash, hash);
    }

    [Fact]
    public void The_challenge_and_response_are_those_of_RFC_2759_section_9_2()
    {
        Span<byte> challenge = stackalloc byte[MsChap.ChallengeLength];
        MsChap.ChallengeHash(PeerChallenge, AuthenticatorChallenge, "User"u8, challenge);
        Assert.Equal("D02E4386BCE91226", Convert.ToHexString(challenge));

        Span<byte> response = stackalloc byte[MsChap.ResponseLength];
        MsChap.NtResponse(AuthenticatorChallenge, PeerChallenge, "User"u8, NtHash, response);
        Assert.Equal(NtResponse, response);
        Assert.True(MsChap.VerifyV2(AuthenticatorChallenge, PeerChallenge, "User"u8, NtHash, response));
        Assert.False(MsChap.VerifyV2(AuthenticatorChallenge, PeerChallenge, "user"u8, NtHash, response));
        Assert.False(MsChap.VerifyV2(AuthenticatorChallenge.AsSpan(1), PeerChallenge, "User"u8, NtHash, response));
    }

    [Fact]
    public void The_authenticator_response_is_that_of_RFC_2759_section_9_2()
    {
        Span<byte> text = stackalloc byte[MsChap.AuthenticatorResponseLength];
        MsChap.AuthenticatorResponse(NtHash, NtResponse, PeerChallenge, AuthenticatorChallenge, "User"u8, text);
        Assert.Equal("S=407A5589115FD0D6209F510FE9C04566932CDA56", Encoding.ASCII.GetString(text));
    }

    [Fact]
    public void Version_1_gives_the_responses_of_RFC_2433()
    {
        var challenge = Ours.Hex("102DB5DF085D3041");
        Span<byte> hash = stackalloc byte[MsChap.HashLength];
        Span<byte> response = stackalloc byte[MsChap.ResponseLength];

        MsChap.NtHash("MyPw"u8, hash);
        MsChap.ChallengeResponse(challenge, hash, response);
        Assert.Equal("FC156AF7EDCD6C0EDDE3337D427F4EAC", Convert.ToHexString(hash));
        Assert.Equal("4E9D3C8F9CFD385D5BF4D3246791956CA4C351AB409A3D61", Convert.ToHexString(response));
        Assert.True(MsChap.Verify(challenge, hash, response));

        MsChap.LmHash("MyPw"u8, hash);
        MsChap.ChallengeResponse(challenge, hash, response);
        Assert.Equal("75BA30198E6D1975AAD3B435B51404EE", Convert.ToHexString(hash));
        Assert.Equal("91881D0152AB0C33C524135EC24A95EE64E23CDC2D33347D", Convert.ToHexString(response));

        response[23] ^= 1;
        Assert.False(MsChap.Verify(challenge, hash, response));
    }

    [Fact]
    public void Mppe_keys_are_those_of_RFC_3079_section_3_5()
    {
        Span<byte> master = stackalloc byte[MppeKeys.KeyLength];
        Span<byte> send = stackalloc byte[MppeKeys.KeyLength];
        Span<byte> receive = stackalloc byte[MppeKeys.KeyLength];
        MppeKeys.MasterKey(NtHash, NtResponse, master);
        MppeKeys.ForVersion2(NtHash, NtResponse, send, receive);
        Assert.Equal("FDECE3717A8C838CB388E527AE3CDD31", Convert.ToHexString(master));
        Assert.Equal("8B7CDC149B993A1BA118CB153F56DCCB", Convert.ToHexString(send));
        Assert.Equal("D5F0E9521E3EA9589645E86051C82226", Convert.ToHexString(receive));
    }

    [Fact]
    public void Keys_of_version_1_are_the_hash_of_the_NT_hash()
    {
        Span<byte> keys = stackalloc byte[MppeKeys.ChapKeysLength];
        MppeKeys.ForVersion1([], NtHash, keys);
        Assert.Equal("000000000000000041C00C584BD2D91C4017A2A12FA59F3F", Convert.ToHexString(keys));
    }

    [Theory]    // the same word in UTF-8 and, because it is no UTF-8, in Latin-1
    [InlineData("70c3a47373")]
    [InlineData("70e47373")]
    public void A_password_is_UTF_8_where_it_can_be(string octets)
    {
        Span<byte> expected = stackalloc byte[MsChap.HashLength];
        Md4.Hash(Encoding.Unicode.GetBytes("päss"), expected);
        Span<byte> hash = stackalloc byte[MsChap.HashLength];
        MsChap.NtHash(Ours.Hex(octets), hash);
        Assert.Equal(expected, hash);
    }
}
