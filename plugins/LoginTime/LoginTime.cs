using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Plugins;

public sealed record LoginTimeOptions
{
    /// <summary>A login that would have to end sooner is refused: some NASes take no shorter Session-Timeout. Default 60 s.</summary>
    public TimeSpan MinimumTimeout { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>FreeRADIUS's rlm_logintime: when <c>control:Login-Time</c> lets a user in, and until when. Times are those of the server's time zone.</summary>
[Module("logintime")]
[PairCompare("Current-Time")]
[PairCompare("Time-Of-Day")]
public sealed class LoginTime(LoginTimeOptions options, TimeProvider clock) : IAuthorize, IPairCompare
{
    private const string TimeOfDay = "Time-Of-Day";

    /// <summary>Refuses who comes outside of the times; who may be there for a while gets that as Session-Timeout, unless it is shorter already.</summary>
    public ValueTask<Rcode> AuthorizeAsync(RequestContext context)
    {
        if (!context.Control.TryGetText(Internal.LoginTime, out var times))
            return ValueTask.FromResult(Rcode.Noop);

        var minutes = WeekTimes.MinutesLeft(times, Now(context));
        if (minutes == WeekTimes.Unlimited)
            return ValueTask.FromResult(Rcode.Ok);

        if (minutes == 0 || minutes * 60 < options.MinimumTimeout.TotalSeconds)
        {
            context.Fail(minutes == 0 ? $"Login-Time {times} does not allow a login now" : $"Login-Time {times} allows {minutes * 60} s more, which is less than minimum-timeout");
            return ValueTask.FromResult(Rcode.Disallow);
        }

        context.LimitSession(minutes * 60);
        return ValueTask.FromResult(Rcode.Updated);
    }

    /// <summary><c>Current-Time == Wk0900-1700</c>: is it so now? <c>Time-Of-Day &gt;= 08:00:00</c>: what time is it?</summary>
    public int Compare(RequestContext context, AttributeDefinition attribute, ReadOnlySpan<byte> value)
    {
        var text = AttributeList.Text(value);
        if (attribute.Name != TimeOfDay)
            return WeekTimes.MinutesLeft(text, Now(context)) > 0 ? 0 : -1;

        return WeekTimes.TryReadTimeOfDay(text, out var time) ? (int)Now(context).TimeOfDay.TotalSeconds - time : -1;
    }

    private DateTime Now(RequestContext context) => TimeZoneInfo.ConvertTime(context.ReceivedAt, clock.LocalTimeZone).DateTime;
}
