using System.Collections.Concurrent;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Server.Listeners;

/// <summary>What came of the requests that were sent, counted. Many threads add at once.</summary>
internal sealed class SenderCounters
{
    private readonly ConcurrentDictionary<(long Router, PacketCode Code, AnswerKind Kind), long> _answers = new();
    private readonly long[] _ignored = new long[Enum.GetValues<DropReason>().Length];

    /// <summary>Requests of a code to a router that were answered so.</summary>
    public long Answers(long router, PacketCode code, AnswerKind kind) => _answers.GetValueOrDefault((router, code, kind));

    /// <summary>Datagrams that came and were no answer.</summary>
    public long Ignored(DropReason reason) => Interlocked.Read(ref _ignored[(int)reason]);

    public void Count(long router, PacketCode code, AnswerKind kind) => _answers.AddOrUpdate((router, code, kind), 1, static (_, count) => count + 1);

    public void Ignore(DropReason reason) => Interlocked.Increment(ref _ignored[(int)reason]);
}
