using Microsoft.Extensions.Logging;

namespace UserManager.Plugins;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "portal: {User} logged in from {From}")]
    public static partial void LoggedIn(this ILogger log, string user, string from);

    [LoggerMessage(LogLevel.Warning, "portal: a login as {User} from {From} was refused")]
    public static partial void LoginRefused(this ILogger log, string user, string from);

    [LoggerMessage(LogLevel.Warning, "portal: {User} could not begin to pay by {Method}: {Problem}")]
    public static partial void NotBegun(this ILogger log, string user, string method, string problem);
}
