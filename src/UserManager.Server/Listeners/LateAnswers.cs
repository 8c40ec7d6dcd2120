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
    private int _isSending;
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
        if (Interlocked.Exchange(ref _isSending, 1) == 0 && !Round.TryDefer(this))
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        do
        {
            lock (_lock)
                SendAll();

            Interlocked.Exchange(ref _isSending, 0);
        }
        while (!_ready.IsEmpty && Interlocked.Exchange(ref _isSending, 1) == 0);
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
