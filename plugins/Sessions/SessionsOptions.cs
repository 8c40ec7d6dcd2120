using System.ComponentModel.DataAnnotations;

namespace UserManager.Plugins;

/// <summary>Options of <c>sessions</c>.</summary>
public sealed record SessionsOptions
{
    /// <summary>How long a login that was let in holds its place until accounting is heard of it. Default 60 s.</summary>
    public TimeSpan Reservation { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A session expires when so many Interim-Updates in a row are missing. 2..100, default 3.</summary>
    [Range(2, 100)]
    public int MissedInterims { get; init; } = 3;

    /// <summary>A session that has sent no Interim-Updates expires when nothing was heard of any session of its router for so long. Default 1 d.</summary>
    public TimeSpan RouterSilence { get; init; } = TimeSpan.FromDays(1);
}
