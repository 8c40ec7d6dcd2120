using System.Security.Cryptography;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>EAP-MD5 (RFC 3748 §5.4): CHAP in EAP. It makes no keys, so that Wi-Fi cannot use it.</summary>
/// <remarks>Wire form of both sides: the size of the value, the value, a name.</remarks>
[Module("eap_md5")]
public sealed class EapMd5 : IEapMethod
{
    private const int Size = 16;

    public EapType Type => EapType.Md5Challenge;

    public OuterAuths Word => OuterAuths.EapMd5;

    public ValueTask<EapStep> BeginAsync(EapExchange exchange)
    {
        var challenge = RandomNumberGenerator.GetBytes(Size);
        exchange.State = challenge;
        return ValueTask.FromResult(EapStep.Request((byte[])[Size, .. challenge]));
    }

    public ValueTask<EapStep> ContinueAsync(EapExchange exchange, ReadOnlyMemory<byte> response) =>
        ValueTask.FromResult(response.Length > Size && response.Span[0] == Size ? Check(exchange, response.Span.Slice(1, Size)) : EapStep.Ignore);

    private static EapStep Check(EapExchange exchange, ReadOnlySpan<byte> value)
    {
        var number = 0;
        var isKnown = exchange.Context.TryGetPassword(number, out var known);
        var isRight = ChapPassword.Verify([exchange.Identifier, .. value], known, (byte[])exchange.State!);    // for an unknown user too
        while (isKnown && !isRight && exchange.Context.TryGetPassword(++number, out known))
            isRight = ChapPassword.Verify([exchange.Identifier, .. value], known, (byte[])exchange.State!);

        if (!isKnown || !isRight)
            return EapStep.Failure(isKnown ? "wrong password" : "no Cleartext-Password, which eap_md5 needs");

        exchange.Context.PasswordWas(number);
        return EapStep.Success();
    }
}
