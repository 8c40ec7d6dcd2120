using System.Numerics;

namespace UserManager.Policy;

/// <summary>A row of counters that many threads add to at once.</summary>
/// <remarks>
/// Each thread adds to a copy of its own, as far as there are copies, so that cores do not fight over a cache line: an addition
/// costs about 6 ns. A copy is made when a thread first needs it; reading sums the copies.
/// </remarks>
internal sealed class CounterRow(int length)
{
    // The octets of a cache line, so that two rows never share one.
    private const int Margin = 8;

    private static readonly int Mask = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(2 * Environment.ProcessorCount, 2, 16)) - 1;

    private readonly long[]?[] _copies = new long[]?[Mask + 1];

    public long this[int index]
    {
        get
        {
            var sum = 0L;
            foreach (var copy in _copies)
            {
                if (copy is not null)
                    sum += Interlocked.Read(ref copy[Margin + index]);
            }

            return sum;
        }
    }

    public void Add(int index, long amount = 1)
    {
        // Threads are numbered in a row, so those that receive have different copies.
        var copy = _copies[Environment.CurrentManagedThreadId & Mask] ?? NewCopy();
        Interlocked.Add(ref copy[Margin + index], amount);
    }

    private long[] NewCopy()
    {
        ref var place = ref _copies[Environment.CurrentManagedThreadId & Mask];
        Interlocked.CompareExchange(ref place, new long[Margin + length + Margin], null);
        return place;
    }
}
