using UserManager.Contract;
using UserManager.Radius;

public sealed record OfficeHoursOptions
{
    /// <summary>Local time from which logins are allowed. Default 08:00.</summary>
    public TimeOnly From { get; init; } = new(8, 0);

    /// <summary>Local time at which logins end, exclusive. Default 18:00.</summary>
    public TimeOnly Until { get; init; } = new(18, 0);
}

[Module("office_hours")]
public sealed class OfficeHours(OfficeHoursOptions options, TimeProvider clock) : IAuthorize
{
    public ValueTask<Rcode> AuthorizeAsync(RequestContext context)
    {
        var now = TimeOnly.FromDateTime(clock.GetLocalNow().DateTime);
        if (now.IsBetween(options.From, options.Until))
            return ValueTask.FromResult(Rcode.Noop);

        context.Reply.Add(Rfc2865.ReplyMessage, $"Logins are open from {options.From} to {options.Until}");
        return ValueTask.FromResult(Rcode.Reject);
    }
}
