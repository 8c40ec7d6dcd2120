using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Server.Listeners;

/// <summary>A context and room for its answer: what a request needs from arrival to answer. Pooled.</summary>
internal sealed class RequestSlot
{
    public RequestContext Context { get; } = new(RadiusDictionary.Empty);

    public byte[] Answer { get; } = new byte[Packet.MaxLength];
}
