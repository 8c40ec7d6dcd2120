namespace UserManager.Plugins;

public sealed record DetailOptions
{
    /// <summary>The file, below <c>data/files</c>, with <c>%{...}</c>. Default <c>radacct/%{%{Packet-Src-IP-Address}:-%{Packet-Src-IPv6-Address}}/detail-%Y%m%d</c>.</summary>
    public string Filename { get; init; } = "radacct/%{%{Packet-Src-IP-Address}:-%{Packet-Src-IPv6-Address}}/detail-%Y%m%d";

    /// <summary>What is expanded in a file's name keeps letters, digits, <c>.</c>, <c>-</c> and <c>_</c>; the rest is written <c>=2F</c>. Default no: only <c>/</c> and control characters become <c>_</c>.</summary>
    public bool EscapeFilenames { get; init; }

    /// <summary>Of new files, octal. Default 0600.</summary>
    public string Permissions { get; init; } = "0600";

    /// <summary>The first line of a record, with <c>%{...}</c>. Default <c>%t</c>.</summary>
    public string Header { get; init; } = "%t";

    /// <summary>Whether files are locked while they are written (fcntl), as others that read them meanwhile do. Default no.</summary>
    public bool Locking { get; init; }

    /// <summary>Adds Packet-Src-IP-Address and Packet-Src-Port to each record. Default no.</summary>
    public bool LogPacketHeader { get; init; }

    /// <summary>Attributes that are not written. Secrets never are. Default none.</summary>
    public IReadOnlyList<string> Suppress { get; init; } = [];
}
