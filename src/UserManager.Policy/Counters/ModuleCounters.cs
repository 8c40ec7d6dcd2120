using UserManager.Contract;

namespace UserManager.Policy;

/// <summary>What a module answered in one section.</summary>
public sealed class ModuleCounters
{
    private readonly CounterRow _counts = new(Rcodes.Count + 1);

    internal ModuleCounters(string module, string section) => (Module, Section) = (module, section);

    /// <summary>Its name in policies.</summary>
    public string Module { get; }

    public string Section { get; }

    /// <summary>How long calls took that had to wait, for a worker, a commit or another machine.</summary>
    public DurationHistogram Waits { get; } = new();

    /// <summary>Calls of an inline module that were seen to take over 1 ms without waiting: they held up the thread that receives.</summary>
    public long SlowInline => _counts[Rcodes.Count];

    public long Results(Rcode rcode) => _counts[(int)rcode];

    internal void Result(Rcode rcode) => _counts.Add((int)rcode);

    internal void Slow() => _counts.Add(Rcodes.Count);
}
