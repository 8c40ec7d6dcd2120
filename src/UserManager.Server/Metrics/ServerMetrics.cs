using System.Diagnostics;
using UserManager.Contract;
using UserManager.Policy;
using UserManager.Radius;
using UserManager.Server.Listeners;
using UserManager.Storage;

namespace UserManager.Server.Metrics;

/// <summary>All that is measured, each metric declared once. Nothing is worked out before somebody asks.</summary>
internal sealed class ServerMetrics(RequestCounters counters, Stores stores, Ports ports, WorkerPool workers, DuplicateCache duplicates, string version)
{
    private static readonly PacketCode[] Requests = [PacketCode.AccessRequest, PacketCode.AccountingRequest, PacketCode.StatusServer];

    private static readonly PacketCode[] Replies =
        [PacketCode.AccessAccept, PacketCode.AccessReject, PacketCode.AccessChallenge, PacketCode.AccountingResponse];

    private static readonly DropReason[] Reasons = [.. Enum.GetValues<DropReason>().Where(r => r != DropReason.None)];

    public RequestCounters Counters => counters;

    public IReadOnlyList<Metric> All => field ??=
    [
        Counter("usermanager_requests_total", "Requests that were worked on, by router and code.", () => ByRouter(Requests, "code", (r, c) => r.Requests(c), PacketCodes.Name)),
        Counter("usermanager_replies_total", "Answers, by router and code.", () => ByRouter(Replies, "code", (r, c) => r.Replies(c), PacketCodes.Name)),
        Counter("usermanager_duplicates_total", "Copies of requests that were answered again, by router.", () => counters.Routers.Select(r => One(r.Duplicates, ("router", r.Name)))),
        Counter("usermanager_dropped_total", "Datagrams discarded in silence, by router (empty: no router has the source address) and reason.", Drops),
        Counter("usermanager_socket_dropped_total", "Datagrams that the kernel dropped because the server did not take them in time.", () => ports.SocketDrops().Select(d => One(d.Drops, ("port", Word(d.Port))))),
        Counter("usermanager_module_results_total", "Answers of modules, by module, section and rcode.", ModuleResults),
        Counter("usermanager_slow_inline_total", "Calls of inline modules that were seen to hold up a receiving thread for over 1 ms. One request in 64 is looked at, and those after a slow one.", () => Slow()),
        Histogram("usermanager_request_duration_seconds", "Time from a datagram's arrival until its answer was ready, by code.", () => counters.Durations.Select(d => Times(d.Durations, ("code", PacketCodes.Name(d.Code))))),
        Histogram("usermanager_module_duration_seconds", "Time that calls of modules took which had to wait for a worker, the database or another machine.", () => Waits()),
        Gauge("usermanager_requests_in_progress", "Requests that wait for a module or a commit.", () => ports.Working),
        Gauge("usermanager_requests_in_progress_limit", "Most requests that may be under way (max-requests).", () => ports.MaxRequests),
        Gauge("usermanager_duplicate_cache_entries", "Requests and answers remembered for duplicates.", () => duplicates.Count),
        Gauge("usermanager_worker_queue_length", "Calls of blocking modules that wait for a worker.", () => workers.Waiting),
        Counter("usermanager_worker_refused_total", "Calls of blocking modules that found the workers' queue full.", () => [One(workers.Refused)]),
        Gauge("usermanager_database_up", "1 when the last write and read of the database worked, 0 when they did not, or its disk was full in the last 30 s.", () => stores.Status.Failure is null ? 1 : 0),
        Gauge("usermanager_database_queue_length", "Writes that wait for their transaction.", () => stores.Status.Waiting),
        Counter("usermanager_database_commits_total", "Transactions committed.", () => [One(stores.Status.Commits)]),
        Counter("usermanager_database_writes_total", "Writes committed; divided by the commits, the size of a group.", () => [One(stores.Status.Writes)]),
        new("usermanager_sessions_open", MetricKind.Gauge, "Open accounting sessions, on all nodes.", OpenSessions),
        Gauge("usermanager_certificate_end_time_seconds", "When a certificate that this server shows ends, in seconds since 1970, by its use: eap or radsec.", CertificateEnds),
        Gauge("usermanager_port_open", "1 for each RADIUS port that is open.", () => ports.Open.Select(p => One(1, ("port", Word(p.Key)), ("number", $"{p.Value}")))),
        Counter("process_cpu_seconds_total", "CPU time of the process, user and system.", () => [One(Environment.CpuUsage.TotalTime.TotalSeconds)]),
        Gauge("process_resident_memory_bytes", "Memory of the process.", () => Environment.WorkingSet),
        Gauge("process_start_time_seconds", "When the process started, in seconds since 1970.", StartTime),
        Gauge("usermanager_build_info", "1, with the version.", () => [One(1, ("version", version))]),
    ];

    private IEnumerable<Sample> ByRouter(PacketCode[] codes, string label, Func<RouterCounters, PacketCode, long> read, Func<PacketCode, string> name) =>
        from router in counters.Routers
        from code in codes
        select One(read(router, code), ("router", router.Name), (label, name(code)));

    // Reasons that never happened would be most of the page.
    private IEnumerable<Sample> Drops() =>
        from router in counters.Routers.Append(counters.Unknown)
        from reason in Reasons
        let drops = router.Drops(reason)
        where drops > 0
        select One(drops, ("router", router.Name), ("reason", $"{reason}"));

    private IEnumerable<Sample> ModuleResults() =>
        from module in counters.Modules
        from rcode in Enumerable.Range(0, Rcodes.Count).Select(number => (Rcode)number)
        let results = module.Results(rcode)
        where results > 0
        select One(results, ("module", module.Module), ("section", module.Section), ("rcode", rcode.Name()));

    private IEnumerable<Sample> Slow() =>
        counters.Modules.GroupBy(m => m.Module).Select(g => One(g.Sum(m => m.SlowInline), ("module", g.Key)));

    private IEnumerable<Sample> Waits() =>
        counters.Modules.Where(m => m.Waits.Sum > TimeSpan.Zero).Select(m => Times(m.Waits, ("module", m.Module), ("section", m.Section)));

    // A database that cannot be read says so in another metric.
    private IEnumerable<Sample> CertificateEnds()
    {
        var certificates = stores.Certificates.Current;
        return from shown in new[] { (Use: "eap", Certificate: certificates.Server), (Use: "radsec", Certificate: certificates.RadSec) }
               where shown.Certificate is not null
               select One(new DateTimeOffset(shown.Certificate.Certificate.NotAfter).ToUnixTimeSeconds(), ("use", shown.Use), ("certificate", shown.Certificate.Name));
    }

    private IEnumerable<Sample> OpenSessions()
    {
        try
        {
            return [One(stores.CountOpenSessions())];
        }
        catch (DatabaseException)
        {
            return [];
        }
    }

    private static double StartTime()
    {
        using var process = Process.GetCurrentProcess();
        return new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0;
    }

    private static Metric Counter(string name, string help, Func<IEnumerable<Sample>> read) => new(name, MetricKind.Counter, help, read);

    private static Metric Histogram(string name, string help, Func<IEnumerable<Sample>> read) => new(name, MetricKind.Histogram, help, read);

    private static Metric Gauge(string name, string help, Func<double> read) => new(name, MetricKind.Gauge, help, () => [One(read())]);

    private static Metric Gauge(string name, string help, Func<IEnumerable<Sample>> read) => new(name, MetricKind.Gauge, help, read);

    private static Sample One(double value, params (string Name, string Value)[] labels) => new(Labels(labels), value);

    private static Sample Times(DurationHistogram histogram, params (string Name, string Value)[] labels) => new(Labels(labels), 0) { Histogram = histogram };

    private static KeyValuePair<string, string>[] Labels((string Name, string Value)[] labels) =>
        Array.ConvertAll(labels, label => new KeyValuePair<string, string>(label.Name, label.Value));

    private static string Word(RequestPort port) => port == RequestPort.Authentication ? "authentication" : "accounting";
}
