// REST load on a server at loopback: reads and writes at a given rate over kept-alive HTTPS connections, as panels send them. Prints one row: reads/s,
// writes/s, their times in µs, the server's CPU-µs a request, what went wrong, memory. rest.sh is its use. With --burn it asks nothing, and takes so much of the
// processor in the place of each request: what a login waits for when only that is taken.
using System.CommandLine;
using System.Diagnostics;
using System.Text;
using UserManager.Benchmarks;

var port = new Option<int>("--port") { Description = "Of HTTPS." };
var user = new Option<string>("--user") { DefaultValueFactory = _ => "admin" };
var password = new Option<string>("--password") { DefaultValueFactory = _ => "" };
var reads = new Option<int>("--reads") { Description = "Reads a second.", DefaultValueFactory = _ => 2000 };
var writes = new Option<int>("--writes") { Description = "Writes a second.", DefaultValueFactory = _ => 500 };
var users = new Option<int>("--users") { Description = "u000000 and so on.", DefaultValueFactory = _ => 10000 };
var seconds = new Option<int>("--duration") { DefaultValueFactory = _ => 10 };
var connections = new Option<int>("--connections") { Description = "Shared by reads and writes by their rates.", DefaultValueFactory = _ => 20 };
var burn = new Option<int>("--burn") { Description = "CPU-µs instead of each request." };
var process = new Option<int?>("--server") { Description = "The server's process id." };

var command = new RootCommand("REST load for a server on loopback.") { port, user, password, reads, writes, users, seconds, connections, burn, process };
command.SetAction(parsed => Run(parsed));
return command.Parse(args).Invoke();

int Run(ParseResult parsed)
{
    var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{parsed.GetValue(user)}:{parsed.GetValue(password)}"));
    var (all, many, rate) = (parsed.GetValue(connections), parsed.GetValue(users), (Reads: parsed.GetValue(reads), Writes: parsed.GetValue(writes)));
    var writers = rate.Writes == 0 ? 0 : rate.Reads == 0 ? all : Math.Clamp(all * rate.Writes / (rate.Reads + rate.Writes), 1, all - 1);
    var duration = TimeSpan.FromSeconds(parsed.GetValue(seconds));
    var burned = parsed.GetValue(burn);
    var reading = new Load(rate.Reads, all - writers, duration, worker => burned > 0 ? new Burner(burned) : new Reader(Connection(), worker, many));
    var writing = new Load(rate.Writes, writers, duration, worker => burned > 0 ? new Burner(burned) : new Writer(Connection(), worker, many));
    var workers = Enumerable.Range(0, all).Select(i => (Load: i < all - writers ? reading : writing, Number: i)).Select(w => (w.Load, Worker: w.Load.Worker(w.Number))).ToList();
    var server = new ServerCpu(parsed.GetValue(process));
    var begin = Stopwatch.GetTimestamp();
    var threads = workers.Select(w => new Thread(() => w.Load.Work(w.Worker, begin))).ToList();
    threads.ForEach(t => t.Start());
    threads.ForEach(t => t.Join());
    var took = Stopwatch.GetElapsedTime(begin).TotalSeconds;
    var wrong = reading.Wrong + writing.Wrong;
    Console.WriteLine(
        $"{reading.Count / took:F0} {writing.Count / took:F0} {reading.At(0.5)} {reading.At(0.99)} {writing.At(0.5)} {writing.At(0.99)} {server.Microseconds / Math.Max(1, reading.Count + writing.Count):F0} {wrong} {server.Memory}");
    if ((reading.Problem ?? writing.Problem) is { } problem)
        Console.Error.WriteLine($"first problem: {problem}");

    workers.ForEach(w => w.Worker.Dispose());
    return wrong == 0 ? 0 : 3;

    RestConnection Connection() => new(parsed.GetValue(port), credentials);
}
