using System.Net;
using System.Net.Sockets;
using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Plugins;

/// <summary>Records accounting (RFC 2866) in the database's sessions, counts them (shared-users), and ends those that nobody speaks of any more.</summary>
[Module("sessions")]
public sealed class Sessions(SessionsOptions options, ISessionStore sessions, ISettingsStore settings, ILiveSessions live, TimeProvider clock)
    : IAccounting, ISession, IJob
{
    private const int AccountingOn = 7;
    private const int AccountingOff = 8;

    // What a NAS waits before it asks again is often a second.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(800);

    private readonly Silence _silence = new(options, sessions, clock);

    TimeSpan IJob.Interval => TimeSpan.FromMinutes(1);

    /// <summary>Expires the sessions whose NAS fell silent.</summary>
    ValueTask IJob.RunAsync(CancellationToken cancelled) => _silence.ExpireAsync(cancelled);

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

    /// <summary>Takes one of the user's places, where these are limited. When all are taken its oldest session is ended first.</summary>
    public ValueTask<Rcode> SessionAsync(RequestContext context) =>
        context.User is { } account && LimitOf(context, account) is { } limit
            ? AdmitAsync(context, Report.Login(context, account.User.Name), limit)
            : ValueTask.FromResult(Rcode.Ok);

    /// <returns>Null for any number.</returns>
    private int? LimitOf(RequestContext context, UserAccount account) =>
        context.Control.TryGetNumber(Radius.Internal.SimultaneousUse, out var number)
            ? number == 0 ? null : (int)Math.Min(number, int.MaxValue)
            : LoginRules.Places(account.User, settings.Current.UseProfiles ? account.Profiles : null, context.ReceivedAt, clock.LocalTimeZone);

    private async ValueTask<Rcode> AdmitAsync(RequestContext context, SessionKey login, int limit)
    {
        var begun = clock.GetTimestamp();
        var place = await sessions.ReserveAsync(login, limit, options.Reservation, context.Cancelled);
        while (!place.IsTaken)
        {
            if (place.Oldest is not { } oldest || Patience - clock.GetElapsedTime(begun) is not { Ticks: > 0 } left)
                return Full(context, limit, "and none of them is a session that could be ended");

            context.Debug($"{limit} of {limit} places are taken: ending the session {oldest.Key.AcctSessionId}, the oldest");
            var answer = await live.DisconnectAsync(
                oldest, SessionWords.SimultaneousSessions, Retransmission.Hasty with { Duration = left }, context.Cancelled);
            if (!answer.IsOver)
                return Full(context, limit, $"and the oldest, {oldest.Key.AcctSessionId}, could not be ended: {answer.Explanation}");

            place = await sessions.ReserveAsync(login, limit, options.Reservation, context.Cancelled);
        }

        if (place.Hold != 0)
            context.UndoUnlessAccepted(() => sessions.ReleaseAsync(login, place.Hold));

        return Rcode.Ok;
    }

    private static Rcode Full(RequestContext context, int limit, string why)
    {
        var refusal = new Refusal(RefusalRule.SharedUsers) { Used = limit, Limit = limit };
        context.Refuse(refusal, $"{refusal.Explain()} {why}");
        return Rcode.Reject;
    }

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
