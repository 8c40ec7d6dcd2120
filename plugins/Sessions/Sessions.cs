using System.Net;
using System.Net.Sockets;
using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Plugins;

/// <summary>Records accounting (RFC 2866) in the database's sessions.</summary>
[Module("sessions")]
public sealed class Sessions(ISessionStore sessions) : IAccounting, ISession
{
    private const int AccountingOn = 7;
    private const int AccountingOff = 8;

    /// <summary>Ends when the record is durable. A store that fails throws, and then the NAS gets no answer and sends again.</summary>
    public ValueTask<Rcode> AccountingAsync(RequestContext context) =>
        Report.Number(context.Request, Radius.Rfc2866.AcctStatusType) switch
        {
            1 => RecordAsync(context, SessionEvent.Start),
            2 => RecordAsync(context, SessionEvent.Stop),
            3 => RecordAsync(context, SessionEvent.Interim),
            AccountingOn or AccountingOff => CloseAllAsync(context),
            null => ValueTask.FromResult(Invalid(context, "Acct-Status-Type is missing (RFC 2866 §5.1)")),
            _ => ValueTask.FromResult(Rcode.Ok),            // Tunnel-Start and its kin, Failed: nothing to keep; noop would get no answer
        };

    /// <summary>Lets every login pass: how many sessions a user may have is not counted yet.</summary>
    public ValueTask<Rcode> SessionAsync(RequestContext context) => ValueTask.FromResult(Rcode.Ok);

    private ValueTask<Rcode> RecordAsync(RequestContext context, SessionEvent happened)
    {
        var report = Report.Read(context, happened);
        return report.Key.AcctSessionId.Length == 0
            ? ValueTask.FromResult(Invalid(context, "Acct-Session-Id is missing (RFC 2866 §5.5)"))
            : StoreAsync(context, report);
    }

    private async ValueTask<Rcode> StoreAsync(RequestContext context, SessionReport report)
    {
        context.Session = await sessions.RecordAsync(report, context.Cancelled);
        return Rcode.Ok;
    }

    private async ValueTask<Rcode> CloseAllAsync(RequestContext context)
    {
        var (at, _) = Report.When(context);
        var nas = IsNetwork(context.Client.Address) ? Report.NasIpAddress(context) : null;
        await sessions.CloseAllAsync(context.Client.Id, nas, at, context.Cancelled);
        return Rcode.Ok;
    }

    // A router that is a network stands for many NASes, of which one restarted.
    private static bool IsNetwork(IPNetwork address) =>
        address.PrefixLength < (address.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32);

    private static Rcode Invalid(RequestContext context, string reason)
    {
        context.Fail(reason);
        return Rcode.Invalid;
    }
}
