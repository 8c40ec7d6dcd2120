using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>What came from one router and what went back to it.</summary>
public sealed class RouterCounters
{
    // The codes of what is served and answered are all below this (Status-Server is 12).
    private const int Codes = 16;

    private static readonly int Reasons = Enum.GetValues<DropReason>().Length;

    private readonly CounterRow _counts = new(Codes + Codes + Reasons + 1);

    internal RouterCounters(string name) => Name = name;

    /// <summary>The router's name; empty for the datagrams of unknown sources.</summary>
    public string Name { get; internal set; }

    /// <summary>Copies of requests that were answered again.</summary>
    public long Duplicates => _counts[Codes + Codes + Reasons];

    public long Requests(PacketCode code) => _counts[Bounded(code)];

    public long Replies(PacketCode code) => _counts[Codes + Bounded(code)];

    public long Drops(DropReason reason) => _counts[Codes + Codes + (int)reason];

    internal void Request(PacketCode code) => _counts.Add(Bounded(code));

    internal void Reply(PacketCode code) => _counts.Add(Codes + Bounded(code));

    internal void Drop(DropReason reason) => _counts.Add(Codes + Codes + (int)reason);

    internal void Duplicate() => _counts.Add(Codes + Codes + Reasons);

    private static int Bounded(PacketCode code) => (int)code % Codes;
}
