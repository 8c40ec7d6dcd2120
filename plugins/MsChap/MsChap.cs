using System.Security.Cryptography;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;
using Crypto = UserManager.Radius.MsChap;

namespace UserManager.Plugins;

/// <summary>Checks MS-CHAP (RFC 2433) and MS-CHAPv2 (RFC 2759) against the known good password in <c>control</c>, and sends the keys of MPPE.</summary>
/// <remarks>For an unknown user it does the same work and says the same as for a wrong password.</remarks>
[Module("mschap")]
public sealed class MsChap(MsChapOptions options) : IAuthorize, IAuthenticate
{
    private readonly MsChapReply _reply = new(options);

    /// <summary>Takes a request that carries a response to an MS-CHAP-Challenge, unless another module took it first.</summary>
    public ValueTask<Rcode> AuthorizeAsync(RequestContext context)
    {
        var request = context.Request;
        var isOurs = request.Has(MicrosoftVsa.MsChapChallenge)
            && (request.Has(MicrosoftVsa.MsChapResponse) || request.Has(MicrosoftVsa.MsChap2Response));
        return ValueTask.FromResult(isOurs && context.TrySetAuthType("mschap") ? Rcode.Ok : Rcode.Noop);
    }

    public ValueTask<Rcode> AuthenticateAsync(RequestContext context) => ValueTask.FromResult(Authenticate(context));

    private Rcode Authenticate(RequestContext context)
    {
        if (!PeerResponse.TryRead(context.Request, out var response))
        {
            context.Fail("Auth-Type is mschap, but MS-CHAP-Challenge or the response is missing or too short");
            return Rcode.Invalid;
        }

        if (!response.HasNtResponse)
            return _reply.Refuse(context, response, PeerError.WrongPassword, "LM response only: the client must send the NT response (RFC 2433 §5)");

        Span<byte> ntHash = stackalloc byte[Crypto.HashLength];
        var rcode = Check(context, response, ntHash);
        CryptographicOperations.ZeroMemory(ntHash);
        return rcode;
    }

    private Rcode Check(RequestContext context, in PeerResponse response, Span<byte> ntHash)
    {
        var name = HashedName(context.Request);
        var number = 0;
        var isKnown = context.TryGetNtHash(number, ntHash);
        var isRight = Verify(response, name, ntHash);
        while (isKnown && !isRight && context.TryGetNtHash(++number, ntHash))
            isRight = Verify(response, name, ntHash);

        if (!isKnown)
            return _reply.Refuse(context, response, PeerError.WrongPassword, context.User is null ? "no such user" : "no known good password that mschap could check");

        if (!isRight)
            return _reply.Refuse(context, response, PeerError.WrongPassword, "wrong password");

        if (Account.Fault(context) is { } fault)
            return _reply.Refuse(context, response, fault, fault.Message);

        if (!context.Allows(response.Version == 1 ? OuterAuths.MsChap1 : OuterAuths.MsChap2))
            return _reply.Refuse(context, response, PeerError.WrongPassword, null);

        context.PasswordWas(number);
        _reply.Accept(context.Reply, response, name, ntHash);
        return Rcode.Ok;
    }

    private static bool Verify(in PeerResponse response, ReadOnlySpan<byte> name, ReadOnlySpan<byte> ntHash) => response.Version == 1
        ? Crypto.Verify(response.Challenge, ntHash, response.NtResponse)
        : Crypto.VerifyV2(response.Challenge, response.PeerChallenge, name, ntHash, response.NtResponse);

    /// <summary>The name that the peer hashed: as typed, not stripped of its realm, but without <c>DOMAIN\</c>.</summary>
    private ReadOnlySpan<byte> HashedName(AttributeList request)
    {
        if (!request.TryGet(Internal.MsChapUserName, out var name))
            request.TryGet(Rfc2865.UserName, out name);

        return options.WithNtdomainHack ? name[(name.IndexOf((byte)'\\') + 1)..] : name;
    }
}
