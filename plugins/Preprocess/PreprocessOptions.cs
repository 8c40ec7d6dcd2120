namespace UserManager.Plugins;

public sealed record PreprocessOptions
{
    /// <summary>Adds NAS-IP-Address (NAS-IPv6-Address) from the datagram's source when the NAS sent none. Default yes.</summary>
    public bool NasIpAddress { get; init; } = true;

    /// <summary>In preacct: adds Acct-Unique-Session-Id, as FreeRADIUS's policy acct_unique works it out. Default yes.</summary>
    public bool AcctUniqueSessionId { get; init; } = true;

    /// <summary>Takes blanks off both ends of User-Name. Default no.</summary>
    public bool TrimUserName { get; init; }

    /// <summary>Turns the ASCII letters of User-Name to lower case. Default no. MS-CHAPv2 hashes the name as typed, so it fails for who types capitals.</summary>
    public bool LowerUserName { get; init; }

    /// <summary>Writes a MAC address in Calling-Station-Id as 00-11-22-AA-BB-CC, whatever the NAS's form. Default no.</summary>
    public bool RewriteCallingStationId { get; init; }

    /// <summary>Cisco and Quintum repeat the name in the value, h323-conf-id = "h323-conf-id=1 2": takes it off. Default no.</summary>
    public bool WithCiscoVsaHack { get; init; }

    /// <summary>Turns Ascend's NAS-Port, 1LLCC with line and channel, into a number from 0. Default no.</summary>
    public bool WithAscendHack { get; init; }

    /// <summary>Channels of a line, for <see cref="WithAscendHack"/>. Default 23.</summary>
    public int AscendChannelsPerLine { get; init; } = 23;
}
