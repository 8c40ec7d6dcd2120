using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Plugins.Tests.Eap;

/// <summary>A method as an integrator would write one: the peer counts down from three.</summary>
[Module("eap_countdown")]
public sealed class EapCountdown : IEapMethod
{
    public EapType Type => (EapType)200;

    public ValueTask<EapStep> BeginAsync(EapExchange exchange)
    {
        exchange.State = 3;
        return ValueTask.FromResult(EapStep.Request("3"u8.ToArray()));
    }

    public ValueTask<EapStep> ContinueAsync(EapExchange exchange, ReadOnlyMemory<byte> response)
    {
        var number = (int)exchange.State! - 1;
        if (response.Length != 1 || response.Span[0] != '0' + number)
            return ValueTask.FromResult(EapStep.Failure($"{number} was expected"));

        exchange.State = number;
        return ValueTask.FromResult(number == 0 ? EapStep.Success(new EapKeys(new byte[64], [], [200])) : EapStep.Request(response));
    }
}
