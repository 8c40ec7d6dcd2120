// How much EAP one server takes: many supplicants log in over and over, each with a TLS handshake of its own, and the server's CPU is read beside it.
// Prints one row: logins/s, times, CPU of the server a login, what went wrong, memory. eap.sh is its use.
using System.CommandLine;
using System.Diagnostics;
using System.Net;
using System.Security.Authentication;
using UserManager.Benchmarks;
using UserManager.Plugins.Tests.Eap;

var port = new Option<int>("--port") { Required = true };
var secret = new Option<string>("--secret") { DefaultValueFactory = _ => "testing123" };
var methodName = new Option<Method>("--method") { Description = "Tls, TtlsPap, TtlsMsChapV2 or PeapMsChapV2.", Required = true };
var version = new Option<string>("--tls") { Description = "1.2 or 1.3.", DefaultValueFactory = _ => "1.3" };
var count = new Option<int>("--count") { Description = "Logins.", DefaultValueFactory = _ => 2000 };
var window = new Option<int>("--window") { Description = "Supplicants at once.", DefaultValueFactory = _ => 32 };
var users = new Option<int>("--users") { Description = "u000000 and so on.", DefaultValueFactory = _ => 1000 };
var resume = new Option<bool>("--resume") { Description = "Each supplicant logs in once before, and then resumes." };
var open = new Option<bool>("--open") { Description = "Leave every login after the server's first flight: what do they hold?" };
var certificate = new Option<string?>("--certificate") { Description = "PEM of the client; its CN is u000000." };
var key = new Option<string?>("--key");
var authority = new Option<string?>("--ca") { Description = "PEM that the server's certificate is checked by." };
var process = new Option<int?>("--server") { Description = "The server's process id." };

var command = new RootCommand("EAP load for a server on loopback.")
{
    port, secret, methodName, version, count, window, users, resume, open, certificate, key, authority, process,
};
command.SetAction((parsed, _) => RunAsync(parsed));
return await command.Parse(args).InvokeAsync();

async Task<int> RunAsync(ParseResult parsed)
{
    var method = parsed.GetValue(methodName);
    var tls = parsed.GetValue(version) == "1.2" ? SslProtocols.Tls12 : SslProtocols.Tls13;
    using var context = new TlsClientContext(new TlsClientOptions
    {
        MinVersion = tls,
        MaxVersion = tls,
        Trusted = Text(parsed.GetValue(authority)),
        Certificate = method == Method.Tls ? Text(parsed.GetValue(certificate)) : null,
        PrivateKey = method == Method.Tls ? Text(parsed.GetValue(key)) : null,
    });
    var supplicants = parsed.GetValue(window);
    using var nas = new Nas(new IPEndPoint(IPAddress.Loopback, parsed.GetValue(port)), parsed.GetValue(secret)!, supplicants);
    var all = Enumerable.Range(0, supplicants)
        .Select(i => new Supplicant(nas, context, method, i, method == Method.Tls ? "u000000" : $"u{i % parsed.GetValue(users):D6}"))
        .ToArray();
    var resuming = parsed.GetValue(resume);
    if (resuming)
        await Task.WhenAll(all.Select(s => Task.Run(() => s.LoginAsync(resume: false, stop: false))));

    var server = new ServerProcess(parsed.GetValue(process));
    var result = await new Load(all, parsed.GetValue(count), resuming, parsed.GetValue(open)).RunAsync();
    result.Print(method, parsed.GetValue(version)!, resuming, nas, server);
    return result.Failed == 0 ? 0 : 3;
}

static string? Text(string? file) => file is null ? null : File.ReadAllText(file);

namespace UserManager.Benchmarks
{
    /// <summary>CPU and memory of a process since this was made.</summary>
    internal sealed class ServerProcess
    {
        private readonly int? _id;
        private readonly double _cpu;
        private readonly long _memory;

        public ServerProcess(int? id)
        {
            _id = id;
            (_cpu, _memory) = (Cpu(), Memory());
        }

        public double CpuMilliseconds => Cpu() - _cpu;

        public long MemoryBefore => _memory / 1024;

        public long MemoryNow => Memory() / 1024;

        // proc(5): utime and stime are the 14th and 15th field, in hundredths of a second; the 2nd, in parentheses, may have blanks.
        private double Cpu()
        {
            if (_id is null)
                return 0;

            var stat = File.ReadAllText($"/proc/{_id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (long.Parse(fields[11]) + long.Parse(fields[12])) * 10.0;
        }

        private long Memory() =>
            _id is null
                ? 0
                : long.Parse(new string([.. File.ReadLines($"/proc/{_id}/status").First(l => l.StartsWith("VmRSS", StringComparison.Ordinal)).Where(char.IsDigit)]));
    }

    /// <summary>Logins shared out to the supplicants.</summary>
    internal sealed class Load(Supplicant[] supplicants, int count, bool resume, bool stop)
    {
        private readonly int[] _outcomes = new int[Enum.GetValues<Outcome>().Length];
        private readonly List<double> _milliseconds = [];
        private int _next, _resumed;
        private string? _problem;
        private TimeSpan _took;

        public int Failed => _outcomes[(int)Outcome.Rejected] + _outcomes[(int)Outcome.Wrong] + _outcomes[(int)Outcome.Lost];

        public async Task<Load> RunAsync()
        {
            var begin = Stopwatch.GetTimestamp();
            await Task.WhenAll(supplicants.Select(s => Task.Run(() => WorkAsync(s)))).ConfigureAwait(false);
            _took = Stopwatch.GetElapsedTime(begin);
            return this;
        }

        public void Print(Method method, string tls, bool resuming, Nas nas, ServerProcess server)
        {
            _milliseconds.Sort();
            var cpu = server.CpuMilliseconds;
            Console.WriteLine(
                $"{method,-13} {tls,4} {(resuming ? "resumed" : stop ? "open" : "full"),-8} {count / _took.TotalSeconds,9:F0} {At(0.5),8:F1} {At(0.99),8:F1} {cpu / count,12:F2} "
                + $"{_outcomes[(int)Outcome.Rejected],9} {_outcomes[(int)Outcome.Wrong] + nas.Wrong,6} {_outcomes[(int)Outcome.Lost],6} {nas.Retransmitted,6} "
                + $"{server.MemoryBefore,7} {server.MemoryNow,7}");
            if (resuming && _resumed < count)
                Console.WriteLine($"  only {_resumed} of {count} resumed");

            if (_problem is not null)
                Console.WriteLine($"  first problem: {_problem}");
        }

        private double At(double part) => _milliseconds.Count == 0 ? 0 : _milliseconds[(int)(part * (_milliseconds.Count - 1))];

        private async Task WorkAsync(Supplicant supplicant)
        {
            while (Interlocked.Increment(ref _next) <= count)
            {
                var begin = Stopwatch.GetTimestamp();
                var outcome = await LoginAsync(supplicant).ConfigureAwait(false);
                Interlocked.Increment(ref _outcomes[(int)outcome]);
                lock (_milliseconds)
                {
                    _milliseconds.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                    _resumed += outcome == Outcome.Accepted && supplicant.WasResumed ? 1 : 0;
                }
            }
        }

        private async Task<Outcome> LoginAsync(Supplicant supplicant)
        {
            try
            {
                return await supplicant.LoginAsync(resume, stop).ConfigureAwait(false);
            }
            catch (InvalidOperationException problem)
            {
                _problem ??= problem.Message;
                return Outcome.Wrong;
            }
        }
    }
}
