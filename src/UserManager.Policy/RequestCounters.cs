using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>What came and what went, counted. Many threads add at once.</summary>
public sealed class RequestCounters
{
    private readonly long[] _drops = new long[Enum.GetValues<DropReason>().Length];
    private readonly long[] _requests = new long[256];
    private readonly long[] _replies = new long[256];
    private long _duplicates;

    /// <summary>Copies of requests, answered again or still worked on.</summary>
    public long Duplicates => Interlocked.Read(ref _duplicates);

    public long Drops(DropReason reason) => Interlocked.Read(ref _drops[(int)reason]);

    public long Requests(PacketCode code) => Interlocked.Read(ref _requests[(int)code]);

    public long Replies(PacketCode code) => Interlocked.Read(ref _replies[(int)code]);

    internal void Drop(DropReason reason) => Interlocked.Increment(ref _drops[(int)reason]);

    internal void Request(PacketCode code) => Interlocked.Increment(ref _requests[(int)code]);

    internal void Reply(PacketCode code) => Interlocked.Increment(ref _replies[(int)code]);

    internal void Duplicate() => Interlocked.Increment(ref _duplicates);
}
