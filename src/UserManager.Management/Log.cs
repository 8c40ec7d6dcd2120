using Microsoft.Extensions.Logging;

namespace UserManager.Management;

/// <summary>All that management can say.</summary>
internal static partial class Log
{
    [LoggerMessage(400, LogLevel.Information, "{User} ({From}) {Action} {What}: {Change}")]
    public static partial void Changed(this ILogger log, string user, string from, string action, string what, string change);

    [LoggerMessage(401, LogLevel.Information, "{User} ({From}): {Summary}")]
    public static partial void Imported(this ILogger log, string user, string from, string summary);
}
