using System.Text;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Plugins;

public sealed record EapGtcOptions
{
    /// <summary>What the user is asked for. Default "Password: ".</summary>
    public string Challenge { get; init; } = "Password: ";
}

/// <summary>EAP-GTC (RFC 3748 §5.6): the password in clear. Use it inside a tunnel.</summary>
[Module("eap_gtc")]
public sealed class EapGtc(EapGtcOptions options) : IEapMethod
{
    public EapType Type => EapType.Gtc;

    public OuterAuths Word => OuterAuths.EapGtc;

    public ValueTask<EapStep> BeginAsync(EapExchange exchange) =>
        ValueTask.FromResult(EapStep.Request(Encoding.UTF8.GetBytes(options.Challenge)));

    public async ValueTask<EapStep> ContinueAsync(EapExchange exchange, ReadOnlyMemory<byte> response) =>
        await exchange.Context.CheckPasswordAsync(response.Span) switch
        {
            Rcode.Ok => EapStep.Success(),
            Rcode.NotFound => EapStep.Failure("no known good password that eap_gtc could check"),
            Rcode.Invalid => EapStep.Failure("the known good password cannot be checked"),
            _ => EapStep.Failure("wrong password"),
        };
}
