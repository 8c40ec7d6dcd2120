using UserManager.Policy;

namespace UserManager.Server;

/// <summary>All that the process says beside its requests.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "UserManager {Version} serves from {Database}; console: {Socket}")]
    public static partial void Started(this ILogger log, string version, string database, string socket);

    [LoggerMessage(Level = LogLevel.Information, Message =
        "RADIUS is off: the UDP ports are closed. To turn it on: usermanager exec \"/user-manager/set enabled=yes\"")]
    public static partial void Disabled(this ILogger log);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Port}: listening on {Address} UDP port {Number}")]
    public static partial void PortOpened(this ILogger log, RequestPort port, string address, int number);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Port}: UDP port {Number} closed")]
    public static partial void PortClosed(this ILogger log, RequestPort port, int number);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Problem}")]
    public static partial void PortFailed(this ILogger log, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "The routers could not be read: those known before stay, and they are read again in a second")]
    public static partial void RoutersFailed(this ILogger log, Exception fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "A request ended in a fault of the server's own")]
    public static partial void RequestFaulted(this ILogger log, Exception fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Port}: receiving failed, and goes on: {Problem}")]
    public static partial void ReceiveFailed(this ILogger log, RequestPort port, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "SIGHUP: nothing is reloaded yet; changed policies, plugins and settings are taken up by a restart")]
    public static partial void NoReload(this ILogger log);

    [LoggerMessage(Level = LogLevel.Error, Message = "A thread that receives does not go on: systemd's watchdog is not kept quiet any longer")]
    public static partial void NotWell(this ILogger log);

    [LoggerMessage(Level = LogLevel.Warning, Message = "systemd cannot be told at {Address}: {Problem}")]
    public static partial void NotNotified(this ILogger log, string address, string problem);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Message}")]
    public static partial void ScriptDebug(this ILogger log, string message);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Message}")]
    public static partial void ScriptInfo(this ILogger log, string message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Message}")]
    public static partial void ScriptWarning(this ILogger log, string message);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Message}")]
    public static partial void ScriptError(this ILogger log, string message);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping")]
    public static partial void Stopping(this ILogger log);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stopped with {Count} requests under way")]
    public static partial void StoppedInTheMiddle(this ILogger log, int count);
}
