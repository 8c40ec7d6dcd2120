using Microsoft.Extensions.Logging;

namespace UserManager.Plugins;

/// <summary>All that the module says.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "report {Name}: made {File}, of {Sessions} sessions")]
    public static partial void Made(this ILogger log, string name, string file, long sessions);

    [LoggerMessage(Level = LogLevel.Warning, Message = "report {Name}: {Problem}")]
    public static partial void NotMade(this ILogger log, string name, string problem);
}
