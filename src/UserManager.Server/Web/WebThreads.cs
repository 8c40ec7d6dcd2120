using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using UserManager.Policy;

namespace UserManager.Server.Web;

/// <summary>The threads that answer HTTP, from TLS on. They come behind those that answer RADIUS: a login has the processor first.</summary>
/// <remarks>
/// On Linux each thread has a nice value, and may raise its own without privileges; elsewhere these are threads like any other. Who awaits something else there
/// (a commit, a reader that is slow) goes on on a thread of the pool; <c>await threads</c> brings him back, and so does what the connection receives next.
/// </remarks>
internal sealed partial class WebThreads : IDisposable
{
    /// <summary>So much nicer than the process: where there is not enough for both, a third of the share of a thread that answers RADIUS (sched(7)). With 10 it is a
    /// tenth, and on a host that others keep busy a TLS handshake may take longer than is waited for.</summary>
    private const int Nicer = 5;

    // A plugin's route may hold one for long: the others go on.
    private static readonly int _count = Math.Max(4, Environment.ProcessorCount);

    [ThreadStatic]
    private static WebThreads? current;

    private readonly WorkQueue<Action> _queue = new();

    public WebThreads()
    {
        for (var i = 0; i < _count; i++)
            new Thread(Work) { IsBackground = true, Name = "web" }.Start();
    }

    /// <summary>What an endpoint's connections receive is worked on by these threads. Before what encrypts, so that TLS comes here, too.</summary>
    public void Serve(ListenOptions listen) => listen.Use(next => async connection =>
    {
        connection.Transport = new Transport(new Reader(connection.Transport.Input, this), connection.Transport.Output);
        await this;             // who asks elsewhere for what has just come would go on there
        await next(connection);
    });

    /// <summary>The body of an answer: whoever awaits that it is written goes on on these threads.</summary>
    public Stream BodyOf(HttpResponse response) => new Body(response.Body, this);

    public Awaiter GetAwaiter() => new(this);

    /// <summary>Ends the threads when they have done what is queued.</summary>
    public void Dispose() => _queue.End();

    private void Post(Action continuation)
    {
        if (!_queue.TryAdd(continuation))
            continuation();
    }

    private void Work()
    {
        current = this;
        if (OperatingSystem.IsLinux())
            _ = SetPriority(0, 0, GetPriority(0, 0) + Nicer);       // who 0: this thread

        while (_queue.Take() is { } next)
            next();
    }

    [LibraryImport("libc", EntryPoint = "getpriority")]
    private static partial int GetPriority(int which, uint who);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int priority);

    public readonly struct Awaiter(WebThreads threads) : ICriticalNotifyCompletion
    {
        public bool IsCompleted => current == threads;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => threads.Post(continuation);

        public void UnsafeOnCompleted(Action continuation) => threads.Post(continuation);
    }

    private sealed record Transport(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Reader(PipeReader inner, WebThreads threads) : PipeReader
    {
        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            var result = await inner.ReadAsync(cancellationToken).ConfigureAwait(false);
            await threads;
            return result;
        }

        public override bool TryRead(out ReadResult result) => inner.TryRead(out result);

        public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
    }

    // Whoever writes faster than it is read goes on on a thread of the pool: Kestrel wakes him there.
    private sealed class Body(Stream inner, WebThreads threads) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await inner.WriteAsync(buffer, cancellationToken);
            await threads;
        }

        public override async Task FlushAsync(CancellationToken cancellationToken)
        {
            await inner.FlushAsync(cancellationToken);
            await threads;
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush() => inner.Flush();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
