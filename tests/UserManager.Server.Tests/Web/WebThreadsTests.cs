using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using UserManager.Server.Web;

namespace UserManager.Server.Tests.Web;

public sealed class WebThreadsTests : IDisposable
{
    private readonly WebThreads _threads = new();

    public void Dispose() => _threads.Dispose();

    [Fact]
    public async Task What_awaits_them_goes_on_on_one_of_them_and_stays_there()
    {
        await _threads;
        var first = Environment.CurrentManagedThreadId;
        Assert.Equal("web", Thread.CurrentThread.Name);
        await _threads;

        Assert.Equal(first, Environment.CurrentManagedThreadId);
    }

    // proc(5): the 19th field of stat is the nice value; the 2nd, in parentheses, may have blanks.
    [Fact]
    public async Task They_are_nicer_than_the_threads_that_answer_RADIUS()
    {
        var own = NiceOf("/proc/self/stat");
        await _threads;

        Assert.Equal(Math.Min(own + 5, 19), NiceOf("/proc/thread-self/stat"));
        Assert.Equal(own, NiceOf("/proc/self/stat"));

        static int NiceOf(string file) => int.Parse(File.ReadAllText(file).Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[16], null);
    }

    [Fact]
    public async Task One_that_is_held_keeps_nothing_waiting()
    {
        using var held = new ManualResetEventSlim();
        var holder = HoldAsync();
        await ComeAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        held.Set();
        await holder;

        async Task HoldAsync()
        {
            await _threads;
            held.Wait(TimeSpan.FromSeconds(60));
        }

        async Task ComeAsync()
        {
            for (var i = 0; i < 100; i++)
            {
                await _threads;
                await Task.Yield();
            }
        }
    }

    [Fact]
    public async Task When_they_have_ended_what_awaits_them_goes_on_where_it_is()
    {
        _threads.Dispose();
        var here = Environment.CurrentManagedThreadId;
        await _threads;

        Assert.Equal(here, Environment.CurrentManagedThreadId);
    }

    [Fact]
    public async Task Requests_are_answered_on_them_also_behind_a_slow_reader()
    {
        const int Pieces = 400;
        var piece = new byte[16 * 1024];
        var elsewhere = 0;
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, _threads.Serve));
        await using var app = builder.Build();
        app.Run(async http =>
        {
            Note();
            var output = _threads.BodyOf(http.Response);
            for (var i = 0; i < Pieces; i++)
            {
                await output.WriteAsync(piece);
                Note();
            }
        });
        await app.StartAsync(TestContext.Current.CancellationToken);

        using var client = new HttpClient();
        using var answer = await client.GetAsync(app.Urls.First(), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await using var body = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        long length = 0;
        for (int read; (read = await body.ReadAsync(piece, TestContext.Current.CancellationToken)) > 0;)
            length += read;

        Assert.Equal(Pieces * (long)piece.Length, length);
        Assert.Equal(0, elsewhere);

        void Note()
        {
            if (Thread.CurrentThread.Name != "web")
                Interlocked.Increment(ref elsewhere);
        }
    }
}
