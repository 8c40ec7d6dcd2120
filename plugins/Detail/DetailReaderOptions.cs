using System.ComponentModel.DataAnnotations;

namespace UserManager.Plugins;

public sealed record DetailReaderOptions
{
    /// <summary>The files that are replayed, below <c>data/files</c>; <c>*</c> and <c>?</c> may stand in the last part. Default radacct/detail-*.</summary>
    public string Filename { get; init; } = "radacct/detail-*";

    /// <summary>The site whose <c>preacct</c> and <c>accounting</c> take the records. Default default.</summary>
    public string VirtualServer { get; init; } = "default";

    /// <summary>How much of the time it works, in percent: at 10 it waits nine times as long as a record took. Default 10.</summary>
    [Range(1, 100)]
    public int LoadFactor { get; init; } = 10;

    /// <summary>How often it looks for a file. Default 1 s.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>After how long a record that was not acknowledged is tried again. Default 30 s.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Ends with the first file that it has read. Default no.</summary>
    public bool OneShot { get; init; }
}
