using System.Buffers.Binary;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>What an Accounting-Request says of its session.</summary>
internal static class Report
{
    private static readonly TimeSpan Plausible = TimeSpan.FromDays(1);

    public static SessionReport Read(RequestContext context, SessionEvent happened)
    {
        var request = context.Request;
        var (at, isReported) = When(context);
        return new SessionReport
        {
            Event = happened,
            Key = Key(context),
            At = at,
            ReceivedAt = context.ReceivedAt,
            AtIsReported = isReported,
            Uptime = TimeSpan.FromSeconds(Number(request, Rfc2866.AcctSessionTime) ?? 0),
            Download = Octets(request, Rfc2866.AcctOutputOctets, Rfc2869.AcctOutputGigawords),
            Upload = Octets(request, Rfc2866.AcctInputOctets, Rfc2869.AcctInputGigawords),
            NasUserName = Text(request, Rfc2865.UserName),
            AcctMultiSessionId = Text(request, Rfc2866.AcctMultiSessionId),
            NasIpAddress = NasIpAddress(context),
            SourceAddress = context.Source.Address.ToString(),
            NasIdentifier = Text(request, Rfc2865.NasIdentifier),
            NasPortType = (int?)Number(request, Rfc2865.NasPortType),
            UserAddress = Address(request, Rfc2865.FramedIpAddress, Rfc6911.FramedIpv6Address) ?? "",
            TerminateCause = (int?)Number(request, Rfc2866.AcctTerminateCause),
        };
    }

    /// <summary>The NAS that says it: NAS-IP-Address or NAS-IPv6-Address, else where the packet came from.</summary>
    public static string NasIpAddress(RequestContext context) =>
        Address(context.Request, Rfc2865.NasIpAddress, Rfc3162.NasIpv6Address) ?? context.Source.Address.ToString();

    /// <summary>When it happened: Event-Timestamp (RFC 2869 §5.3), else the time of arrival less Acct-Delay-Time (RFC 2866 §5.2).</summary>
    /// <returns>The time, and whether it is the NAS's own word. A word that is more than a day off is not taken: that clock is not set.</returns>
    public static (DateTimeOffset At, bool IsReported) When(RequestContext context)
    {
        var now = context.ReceivedAt;
        if (Number(context.Request, Rfc2869.EventTimestamp) is { } seconds
            && DateTimeOffset.FromUnixTimeSeconds(seconds) is var stamp
            && (stamp - now).Duration() <= Plausible)
        {
            return (stamp, true);
        }

        return Number(context.Request, Rfc2866.AcctDelayTime) is { } delay && delay <= Plausible.TotalSeconds
            ? (now.AddSeconds(-delay), true)
            : (now, false);
    }

    /// <summary>An attribute of four octets; null when absent or of another size.</summary>
    public static uint? Number(AttributeList request, AttributeKey key) =>
        request.TryGet(key, out var value) && value.Length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(value) : null;

    /// <summary>A login as the key of the session it may become, of the user it was checked for; NAS-Port alone tells nothing: many NASes count it up.</summary>
    public static SessionKey Login(RequestContext context, string userName)
    {
        var request = context.Request;
        return new SessionKey(
            context.Client.Id, Text(request, Rfc2866.AcctSessionId), userName, Text(request, Rfc2865.CallingStationId), Text(request, Rfc2869.NasPortId));
    }

    private static SessionKey Key(RequestContext context)
    {
        var request = context.Request;
        var name = context.TryGetUserName(out var octets) ? AttributeList.Text(octets) : "";
        var port = request.TryGetText(Rfc2869.NasPortId, out var id) ? id : Number(request, Rfc2865.NasPort)?.ToString() ?? "";
        return new SessionKey(
            context.Client.Id, Text(request, Rfc2866.AcctSessionId), name, Text(request, Rfc2865.CallingStationId), port);
    }

    /// <summary>The gigawords are the upper half of a count of 64 bits (RFC 2869 §5.1, §5.2); ours ends at 63.</summary>
    private static long Octets(AttributeList request, AttributeKey low, AttributeKey high)
    {
        var total = ((ulong)(Number(request, high) ?? 0) << 32) | (Number(request, low) ?? 0);
        return (long)Math.Min(total, long.MaxValue);
    }

    private static string Text(AttributeList request, AttributeKey key) => request.TryGetText(key, out var text) ? text : "";

    private static string? Address(AttributeList request, AttributeKey ipv4, AttributeKey ipv6) =>
        request.TryGetAddress(ipv4, out var address) || request.TryGetAddress(ipv6, out address) ? address.ToString() : null;
}
