namespace EndToEnd.Tests;

/// <summary>What came back: the code, and each attribute as it stands in the packet. Message-Authenticator is ours alone.</summary>
internal sealed record RadiusAnswer(int Code, string Attributes)
{
    public static RadiusAnswer Of(byte[]? packet)
    {
        if (packet is null)
            return new RadiusAnswer(0, "");

        var attributes = new List<string>();
        for (var at = 20; at + 2 <= packet.Length; at += packet[at + 1])
        {
            if (packet[at] != 80)
                attributes.Add($"{packet[at]}:{Convert.ToHexStringLower(packet.AsSpan(at + 2, packet[at + 1] - 2))}");
        }

        return new RadiusAnswer(packet[0], string.Join(' ', attributes));
    }
}
