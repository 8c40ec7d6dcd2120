using System.Security.Cryptography;
using System.Text;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;
using Crypto = UserManager.Radius.MsChap;

namespace UserManager.Plugins;

/// <summary>What goes back to the peer: the server's proof and the keys, or the reason of the error.</summary>
internal sealed class MsChapReply(MsChapOptions options)
{
    private const ulong EncryptionAllowed = 1;
    private const ulong EncryptionRequired = 2;
    private const ulong Rc4Of128Bits = 4;
    private const ulong Rc4Of40Or128Bits = 6;

    /// <param name="reply">Where it goes.</param>
    /// <param name="response">The peer's.</param>
    /// <param name="name">The name that was hashed.</param>
    /// <param name="ntHash">Of the password.</param>
    public void Accept(AttributeList reply, in PeerResponse response, ReadOnlySpan<byte> name, ReadOnlySpan<byte> ntHash)
    {
        if (response.Version == 2)
            AddProof(reply, response, name, ntHash);

        if (!options.UseMppe)
            return;

        if (response.Version == 1)
            AddChapKeys(reply, ntHash);
        else
            AddStartKeys(reply, response, ntHash);

        AddUnlessSet(reply, MicrosoftVsa.MsMppeEncryptionPolicy, options.RequireEncryption ? EncryptionRequired : EncryptionAllowed);
        AddUnlessSet(reply, MicrosoftVsa.MsMppeEncryptionTypes, options.RequireStrong ? Rc4Of128Bits : Rc4Of40Or128Bits);
    }

    /// <summary>Adds MS-CHAP-Error: the identifier, then the text of RFC 2433 §5 or RFC 2759 §6.</summary>
    /// <param name="context">The request.</param>
    /// <param name="response">The peer's.</param>
    /// <param name="error">What the peer is told.</param>
    /// <param name="reason">What the log is told; null when it knows.</param>
    public Rcode Refuse(RequestContext context, in PeerResponse response, PeerError error, string? reason)
    {
        var retry = error == PeerError.WrongPassword && options.AllowRetry ? 1 : 0;
        var text = response.Version == 1
            ? $"E={error.Code} R={retry} C={NewChallenge(Crypto.ChallengeLength)} V=2"
            : $"E={error.Code} R={retry} C={NewChallenge(Crypto.LongChallengeLength)} V=3 M={error.Message ?? options.RetryMsg}";
        context.Reply.Set(MicrosoftVsa.MsChapError, [response.Identifier, .. Encoding.UTF8.GetBytes(text)]);
        if (reason is not null && error.Rule is { } rule)
            context.Refuse(new Refusal(context.User is null && rule == RefusalRule.WrongPassword ? RefusalRule.UnknownUser : rule), reason);
        else if (reason is not null)
            context.Fail(reason);

        return error.Rcode;
    }

    private static string NewChallenge(int length) => Convert.ToHexString(RandomNumberGenerator.GetBytes(length));

    private static void AddProof(AttributeList reply, in PeerResponse response, ReadOnlySpan<byte> name, ReadOnlySpan<byte> ntHash)
    {
        Span<byte> success = stackalloc byte[1 + Crypto.AuthenticatorResponseLength];
        success[0] = response.Identifier;
        Crypto.AuthenticatorResponse(ntHash, response.NtResponse, response.PeerChallenge, response.Challenge, name, success[1..]);
        reply.Add(MicrosoftVsa.MsChap2Success, success);
    }

    /// <summary>The LM key is zero, as FreeRADIUS 3.2 has it: no LM hash is kept, so 128 bits are the only strength that version 1 gets.</summary>
    private static void AddChapKeys(AttributeList reply, ReadOnlySpan<byte> ntHash)
    {
        Span<byte> keys = stackalloc byte[MppeKeys.ChapKeysLength];
        MppeKeys.ForVersion1([], ntHash, keys);
        reply.Add(MicrosoftVsa.MsChapMppeKeys, keys);
        CryptographicOperations.ZeroMemory(keys);
    }

    private static void AddStartKeys(AttributeList reply, in PeerResponse response, ReadOnlySpan<byte> ntHash)
    {
        Span<byte> keys = stackalloc byte[2 * MppeKeys.KeyLength];
        var send = keys[..MppeKeys.KeyLength];
        var receive = keys[MppeKeys.KeyLength..];
        MppeKeys.ForVersion2(ntHash, response.NtResponse, send, receive);
        reply.Add(MicrosoftVsa.MsMppeRecvKey, receive);
        reply.Add(MicrosoftVsa.MsMppeSendKey, send);
        CryptographicOperations.ZeroMemory(keys);
    }

    private static void AddUnlessSet(AttributeList reply, AttributeKey key, ulong number)
    {
        if (!reply.Has(key))
            reply.Add(key, number);
    }
}
