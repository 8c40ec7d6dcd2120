using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Server.Listeners;

/// <summary>A context, room for its answer and the way back: what a request needs from arrival to answer. Pooled.</summary>
internal sealed class RequestSlot
{
    public RequestContext Context { get; } = new(RadiusDictionary.Empty);

    public byte[] Answer { get; } = new byte[Packet.MaxLength];

    /// <summary>Set when the answer comes later.</summary>
    public ReturnPath ReturnPath { get; } = new();
}
