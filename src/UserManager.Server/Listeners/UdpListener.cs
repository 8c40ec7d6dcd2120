using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using UserManager.Policy;

namespace UserManager.Server.Listeners;

/// <summary>One UDP port: threads that receive, hand each datagram to <see cref="RequestHandler"/>, and send what it answers.</summary>
/// <remarks>
/// A request that only inline modules see is answered on the thread that received it, together with the rest of its batch. One
/// that has to wait keeps its slot, and is answered from wherever it ends.
/// </remarks>
internal sealed class UdpListener : IDisposable
{
    private readonly RequestPort _port;
    private readonly RequestHandler _handler;
    private readonly SlotPool _slots;
    private readonly ILogger _log;
    private readonly Socket[] _sockets;
    private readonly LateAnswers[] _later;
    private readonly Thread[] _threads;
    private readonly long[] _rounds;        // when each thread began its last round, in ms; a socket without datagrams returns every 0.5 s
    private volatile bool _stopping;

    /// <exception cref="SocketException">The port cannot be had.</exception>
    public UdpListener(RequestPort port, IPAddress address, int number, int threads, RequestHandler handler, SlotPool slots, ILogger log)
    {
        (_port, _handler, _slots, _log) = (port, handler, slots, log);
        Number = number;
        _sockets = PortSockets.Open(address, number, threads);
        _later = [.. _sockets.Select(s => new LateAnswers(s, slots))];
        _rounds = new long[threads];
        _threads = [.. _sockets.Select((s, i) => new Thread(() => Receive(s, i)) { Name = $"{port} {i}", IsBackground = true })];
    }

    public int Number { get; }

    /// <summary>Requests under way that are answered later than their batch.</summary>
    public int Working => _later.Sum(l => l.Working);

    /// <summary>Every thread went round within 10 s: none hangs, none has ended.</summary>
    public bool IsAlive => Array.TrueForAll(_rounds, round => Environment.TickCount64 - round < 10_000);

    /// <summary>Datagrams that the kernel dropped because they were not taken in time.</summary>
    public long SocketDrops => _sockets.Sum(PortSockets.Drops);

    public void Start()
    {
        Array.Fill(_rounds, Environment.TickCount64);
        foreach (var thread in _threads)
            thread.Start();
    }

    /// <summary>Ends receiving. What is under way may still be answered until <see cref="Dispose"/>.</summary>
    public void Stop()
    {
        _stopping = true;
        foreach (var socket in _sockets)
        {
            try
            {
                socket.Shutdown(SocketShutdown.Receive);
            }
            catch (SocketException)
            {
                // An unconnected socket says so, and wakes its receiver all the same.
            }
        }

        foreach (var thread in _threads)
        {
            if (thread.IsAlive)
                thread.Join();
        }
    }

    public void Dispose()
    {
        Stop();
        foreach (var later in _later)
            later.Dispose();

        foreach (var socket in _sockets)
            socket.Dispose();
    }

    private void Receive(Socket socket, int number)
    {
        var later = _later[number];
        using var batch = new DatagramBatch(socket);
        var slot = NextSlot();
        while (slot is not null && !_stopping)
        {
            Volatile.Write(ref _rounds[number], Environment.TickCount64);
            var count = batch.Receive();
            if (_stopping)
                break;              // a socket that was shut down "receives" an empty datagram

            if (count < 0)
                Pause();

            for (var i = 0; i < count && slot is not null; i++)
                slot = Handle(batch, i, slot, later);

            batch.Send();
        }

        if (slot is not null)
            _slots.Return(slot);
    }

    // The kernel is short of something: the thread goes on, because the port stays bound and nobody else would serve its share.
    private void Pause()
    {
        _log.ReceiveFailed(_port, Marshal.GetLastPInvokeErrorMessage());
        Thread.Sleep(100);
    }

    /// <returns>The slot for the next datagram: the same one, unless the request still needs it; null when the port closes.</returns>
    private RequestSlot? Handle(DatagramBatch batch, int index, RequestSlot slot, LateAnswers later)
    {
        try
        {
            var datagram = batch.Datagram(index);
            datagram.CopyTo(slot.Context.Request.Buffer.Span);
            var pending = _handler.HandleAsync(slot.Context, datagram.Length, batch.Source(index), _port, slot.Answer);
            if (pending.IsCompletedSuccessfully)
            {
                if (pending.Result is > 0 and var length)
                    batch.Answer(index, slot.Answer.AsSpan(0, length));

                return slot;
            }

            batch.Keep(index, slot.ReturnPath);
            later.Begin();
            _ = AnswerLaterAsync(pending, slot, later);
            return NextSlot();
        }
        catch (Exception fault)
        {
            // A bug of ours ends one request, never the thread that receives.
            _log.RequestFaulted(fault);
            return slot;
        }
    }

    // As many under way as there may be: the kernel's buffer holds, then drops, what comes meanwhile.
    private RequestSlot? NextSlot()
    {
        var wait = new SpinWait();
        while (!_stopping)
        {
            if (_slots.TryRent() is { } slot)
                return slot;

            wait.SpinOnce();
        }

        return null;
    }

    private async Task AnswerLaterAsync(ValueTask<int> pending, RequestSlot slot, LateAnswers later)
    {
        var length = 0;
        try
        {
            length = await pending.ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            _log.RequestFaulted(fault);
        }

        later.Finish(slot, length);
    }
}
