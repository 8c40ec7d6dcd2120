using Microsoft.Extensions.Logging;

namespace UserManager.Plugins;

/// <summary>All that this plugin can say.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "A session of {User} is ended: {Reason}")]
    public static partial void Ends(this ILogger log, string user, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "What was decided over a session of {User} could not be carried out; it is tried again with its next Interim-Update")]
    public static partial void NotEnforced(this ILogger log, string user, Exception fault);
}
