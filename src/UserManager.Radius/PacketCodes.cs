using System.Globalization;

namespace UserManager.Radius;

/// <summary>The names of packet codes as the field writes them: <c>Access-Request</c>, <c>CoA-ACK</c>.</summary>
public static class PacketCodes
{
    private static readonly (PacketCode Code, string Name)[] Names =
    [
        (PacketCode.AccessRequest, "Access-Request"),
        (PacketCode.AccessAccept, "Access-Accept"),
        (PacketCode.AccessReject, "Access-Reject"),
        (PacketCode.AccountingRequest, "Accounting-Request"),
        (PacketCode.AccountingResponse, "Accounting-Response"),
        (PacketCode.AccessChallenge, "Access-Challenge"),
        (PacketCode.StatusServer, "Status-Server"),
        (PacketCode.StatusClient, "Status-Client"),
        (PacketCode.DisconnectRequest, "Disconnect-Request"),
        (PacketCode.DisconnectAck, "Disconnect-ACK"),
        (PacketCode.DisconnectNak, "Disconnect-NAK"),
        (PacketCode.CoaRequest, "CoA-Request"),
        (PacketCode.CoaAck, "CoA-ACK"),
        (PacketCode.CoaNak, "CoA-NAK"),
        (PacketCode.ProtocolError, "Protocol-Error"),
    ];

    /// <summary>The name of a code; its number where it has none.</summary>
    public static string Name(PacketCode code)
    {
        foreach (var (known, name) in Names)
        {
            if (known == code)
                return name;
        }

        return ((byte)code).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Reads a name, without case.</summary>
    /// <param name="name">For instance <c>Access-Request</c>.</param>
    /// <param name="code">The code.</param>
    /// <param name="error">What is wrong, with the nearest known name, when false is returned.</param>
    public static bool TryParse(string name, out PacketCode code, out string error)
    {
        error = "";
        foreach (var (known, knownName) in Names)
        {
            if (knownName.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                code = known;
                return true;
            }
        }

        code = PacketCode.None;
        error = $"unknown packet code \"{name}\"{Words.DidYouMean(name, Names.Select(n => n.Name))}";
        return false;
    }
}
