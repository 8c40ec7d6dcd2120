namespace UserManager.Contract;

/// <summary>Scheduled work. A module that implements it is run by the host, on one node at a time, from the start of its policy to its end.</summary>
/// <remarks>
/// It has a thread of the pool, never one that receives; still it works in small steps and awaits between them, so that it holds nobody
/// up: a job may be about hundreds of thousands of records. It is cancelled when the server stops, when its policy is replaced, and when the node
/// loses the job to another; what it has done by then must be fit to stay, and the next run goes on from there. An exception is
/// logged, and the job run again soon.
/// </remarks>
public interface IJob
{
    /// <summary>How long after the end of a run the next one is due. Read after each run, so it may be the time until something is due. Over 0.</summary>
    TimeSpan Interval { get; }

    /// <summary>It is about this host's own things, its files for instance: every node runs it. Default false: one node at a time.</summary>
    bool IsOfEachNode => false;

    /// <summary>Does what is due now.</summary>
    ValueTask RunAsync(CancellationToken cancelled);
}
