using UserManager.Contract;
using UserManager.Radius;

/// <summary>EAP-OTP (RFC 3748 §5.5): the user is asked for a password, and sends it in clear.</summary>
[Module("eap_otp")]
public sealed class EapOtp : IEapMethod
{
    public EapType Type => (EapType)5;

    public ValueTask<EapStep> BeginAsync(EapExchange exchange) =>
        ValueTask.FromResult(EapStep.Request("One-time password: "u8.ToArray()));

    public ValueTask<EapStep> ContinueAsync(EapExchange exchange, ReadOnlyMemory<byte> response) =>
        ValueTask.FromResult(exchange.Context.CheckPassword(response.Span) == Rcode.Ok
            ? EapStep.Success()
            : EapStep.Failure("wrong one-time password"));
}
