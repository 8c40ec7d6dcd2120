using System.Collections.Concurrent;
using System.Net.Sockets;
using UserManager.Contract;

namespace UserManager.Server.Listeners;

/// <summary>Answers made elsewhere than on the thread that received: sent together, as many as came up since the last were sent.</summary>
internal sealed class LateAnswers(Socket socket, SlotPool slots) : IThreadPoolWorkItem, IDisposable
{
    private readonly ConcurrentQueue<(RequestSlot Slot, int Length)> _ready = new();
    private readonly DatagramBatch _batch = new(socket);
    private readonly Lock _lock = new();
    private int _isScheduled;
    private bool _isClosed;
    private int _working;

    /// <summary>Requests begun and not yet answered.</summary>
    public int Working => Volatile.Read(ref _working);

    public void Begin() => Interlocked.Increment(ref _working);

    /// <summary>Sends the slot's answer to its return path, if there is one, then gives the slot back. Any thread may.</summary>
    public void Finish(RequestSlot slot, int length)
    {
        if (length == 0)
        {
            slots.Return(slot);
            Interlocked.Decrement(ref _working);
            return;
        }

        _ready.Enqueue((slot, length));
        if (!Round.TryDefer(this) && Interlocked.Exchange(ref _isScheduled, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    // Whoever comes sends what is there, also what a thread has left for the end of its round: a request of that round may hang.
    void IThreadPoolWorkItem.Execute()
    {
        Volatile.Write(ref _isScheduled, 0);
        lock (_lock)
            SendAll();
    }

    /// <summary>What is not sent by now is lost: the NAS asks again.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!_isClosed)
                _batch.Dispose();

            _isClosed = true;
        }
    }

    private void SendAll()
    {
        while (!_ready.IsEmpty)
        {
            var count = 0;
            for (; count < DatagramBatch.Capacity && _ready.TryDequeue(out var ready); count++)
            {
                if (!_isClosed)
                    _batch.Answer(ready.Slot.ReturnPath, ready.Slot.Answer.AsSpan(0, ready.Length));

                slots.Return(ready.Slot);
            }

            if (!_isClosed)
                _batch.Send();

            Interlocked.Add(ref _working, -count);
        }
    }
}
