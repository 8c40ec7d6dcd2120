using System.Globalization;
using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Plugins;

/// <summary>What sessions have used together, and by the hours, days, months or years they began in.</summary>
internal sealed class ReportTotals(ReportRequest request)
{
    private const int MostBars = 92;

    // Of a day or two the hours are told; else days, which many become months or years in the end.
    private readonly bool _byHour = request.Sessions is { From: { } from, Until: { } until } && until - from <= TimeSpan.FromDays(2);
    private readonly SortedDictionary<DateTime, Usage> _parts = [];

    public long Sessions { get; private set; }

    public Usage Usage { get; private set; }

    public void Add(PastSession session)
    {
        var usage = new Usage(session.Download, session.Upload, session.Uptime);
        Sessions++;
        Usage += usage;
        var local = TimeZoneInfo.ConvertTime(session.Started, request.Zone).DateTime;
        var part = _byHour ? local.Date.AddHours(local.Hour) : local.Date;
        _parts[part] = _parts.GetValueOrDefault(part) + usage;
    }

    /// <summary>One for each part of the time, also for those in which nothing was.</summary>
    public IReadOnlyList<UsageBar> Bars()
    {
        var (from, until) = Ends();
        if (from >= until)
            return [];

        var days = (until - from).TotalDays;
        return _byHour ? Bars(from, until, t => t.AddHours(1), "HH:mm", t => t)
            : days <= MostBars ? Bars(from, until, t => t.AddDays(1), "yyyy-MM-dd", t => t)
            : days <= 366 * 6 ? Bars(new DateTime(from.Year, from.Month, 1), until, t => t.AddMonths(1), "yyyy-MM", t => new DateTime(t.Year, t.Month, 1))
            : Bars(new DateTime(from.Year, 1, 1), until, t => t.AddYears(1), "yyyy", t => new DateTime(t.Year, 1, 1));
    }

    // As far as it was asked for, but not beyond now, and where that was not said as far as there are sessions.
    private (DateTime From, DateTime Until) Ends()
    {
        var first = request.Sessions.From is { } from ? Local(from) : _parts.Count > 0 ? _parts.First().Key : DateTime.MaxValue;
        var last = request.Sessions.Until is { } until && until < request.Now ? Local(until) : Local(request.Now);
        return (_byHour ? first.Date.AddHours(first.Hour) : first.Date, last);
    }

    private DateTime Local(DateTimeOffset moment) => TimeZoneInfo.ConvertTime(moment, request.Zone).DateTime;

    private List<UsageBar> Bars(DateTime from, DateTime until, Func<DateTime, DateTime> next, string name, Func<DateTime, DateTime> partOf)
    {
        var sums = new Dictionary<DateTime, Usage>();
        foreach (var (time, usage) in _parts)
            sums[partOf(time)] = sums.GetValueOrDefault(partOf(time)) + usage;

        var bars = new List<UsageBar>();
        for (var at = from; at < until; at = next(at))
            bars.Add(new UsageBar(at.ToString(name, CultureInfo.InvariantCulture), sums.GetValueOrDefault(at).Download, sums.GetValueOrDefault(at).Upload));

        return bars;
    }
}

/// <summary>A bar of the chart. Octets.</summary>
internal sealed record UsageBar(string Name, long Download, long Upload);
