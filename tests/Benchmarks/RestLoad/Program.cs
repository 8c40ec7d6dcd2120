// REST load on a server at loopback: reads and writes at a given rate over kept-alive HTTPS connections, as panels send them. Prints one row: reads/s,
// writes/s, their times in µs, the server's CPU-µs a request, what went wrong, memory. rest.sh is its use.
using System.CommandLine;
using System.Diagnostics;
using System.Text;
using UserManager.Benchmarks;

var port = new Option<int>("--port") { Required = true };
var user = new Option<string>("--user") { DefaultValueFactory = _ => "admin" };
var password = new Option<string>("--password") { Required = true };
var reads = new Option<int>("--reads") { Description = "Reads a second.", DefaultValueFactory = _ => 2000 };
var writes = new Option<int>("--writes") { Description = "Writes a second.", DefaultValueFactory = _ => 500 };
var users = new Option<int>("--users") { Description = "u000000 and so on.", DefaultValueFactory = _ => 10000 };
var seconds = new Option<int>("--duration") { DefaultValueFactory = _ => 10 };
var connections = new Option<int>("--connections") { Description = "Shared by reads and writes by their rates.", DefaultValueFactory = _ => 20 };
var process = new Option<int?>("--server") { Description = "The server's process id." };

var command = new RootCommand("REST load for a server on loopback.") { port, user, password, reads, writes, users, seconds, connections, process };
command.SetAction(parsed => Run(parsed));
return command.Parse(args).Invoke();

int Run(ParseResult parsed)
{
    var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{parsed.GetValue(user)}:{parsed.GetValue(password)}"));
    var (all, many, rate) = (parsed.GetValue(connections), parsed.GetValue(users), (Reads: parsed.GetValue(reads), Writes: parsed.GetValue(writes)));
    var writers = rate.Writes == 0 ? 0 : rate.Reads == 0 ? all : Math.Clamp(all * rate.Writes / (rate.Reads + rate.Writes), 1, all - 1);
    var duration = TimeSpan.FromSeconds(parsed.GetValue(seconds));
    var reading = new Load(rate.Reads, all - writers, duration, worker => new Reader(worker, many));
    var writing = new Load(rate.Writes, writers, duration, worker => new Writer(worker, many));
    var open = Enumerable.Range(0, all).Select(_ => new RestConnection(parsed.GetValue(port), credentials)).ToList();
    var server = new ServerCpu(parsed.GetValue(process));
    var begin = Stopwatch.GetTimestamp();
    var threads = open.Select((connection, i) => new Thread(() => (i < all - writers ? reading : writing).Work(connection, begin, i))).ToList();
    threads.ForEach(t => t.Start());
    threads.ForEach(t => t.Join());
    var took = Stopwatch.GetElapsedTime(begin).TotalSeconds;
    var wrong = reading.Wrong + writing.Wrong;
    Console.WriteLine(
        $"{reading.Count / took:F0} {writing.Count / took:F0} {reading.At(0.5)} {reading.At(0.99)} {writing.At(0.5)} {writing.At(0.99)} {server.Microseconds / Math.Max(1, reading.Count + writing.Count):F0} {wrong} {server.Memory}");
    if ((reading.Problem ?? writing.Problem) is { } problem)
        Console.Error.WriteLine($"first problem: {problem}");

    open.ForEach(c => c.Dispose());
    return wrong == 0 ? 0 : 3;
}
