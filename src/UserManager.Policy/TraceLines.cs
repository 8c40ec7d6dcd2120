using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>What <c>-X</c> prints of packets, beside the way through the chain.</summary>
internal static class TraceLines
{
    /// <summary>What stands in the place of a value that is not shown.</summary>
    public const string Secret = "<<< secret >>>";

    public static void Received(this RequestTrace trace, RequestContext context)
    {
        trace.Write($"Received {PacketCodes.Name(context.Code)} Id {context.Identifier} from {context.Source}, router {context.Client.Name}, length {Packet.Length(context.Request.Octets)}");
        Attributes(trace, context.Request);
    }

    public static void Answered(this RequestTrace trace, RequestContext context, PacketCode code)
    {
        if (code == PacketCode.None)
        {
            trace.Write("Sending nothing");
            return;
        }

        trace.Write($"Sent {PacketCodes.Name(code)} Id {context.Identifier} to {context.Source}");
        if (!context.IsAbandoned)
            Attributes(trace, context.Reply);
    }

    private static void Attributes(RequestTrace trace, AttributeList list)
    {
        foreach (ref readonly var entry in list.Entries)
        {
            trace.Write(entry.Definition is { } secret && (AttributeText.IsSecret(secret) || IsPassword(in entry, list))
                ? $"  {secret.Name} = {Secret}"
                : $"  {AttributeText.Print(in entry, list)}");
        }
    }

    // EAP-GTC: the password in clear.
    private static bool IsPassword(in AttributeEntry entry, AttributeList list) =>
        entry.Key == Rfc2869.EapMessage
        && EapPacket.TryRead(list.Value(in entry), out var packet)
        && packet is { Code: EapCode.Response, Type: EapType.Gtc };
}
