using UserManager.Policy;
using UserManager.Radius;

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

    [LoggerMessage(Level = LogLevel.Information, Message = "{Service}: listening on {Address} TCP port {Number}")]
    public static partial void WebPortOpened(this ILogger log, string service, string address, int number);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Service}: TCP port {Number} closed")]
    public static partial void WebPortClosed(this ILogger log, string service, int number);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Problem}")]
    public static partial void PortFailed(this ILogger log, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "The routers could not be read: those known before stay, and they are read again in a second")]
    public static partial void RoutersFailed(this ILogger log, Exception fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "The certificates could not be looked after: it is tried again tomorrow, or at the next start")]
    public static partial void CertificatesNeglected(this ILogger log, Exception fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Problem}")]
    public static partial void FilesNotWritten(this ILogger log, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "A request ended in a fault of the server's own")]
    public static partial void RequestFaulted(this ILogger log, Exception fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Port}: receiving failed, and goes on: {Problem}")]
    public static partial void ReceiveFailed(this ILogger log, RequestPort port, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message =
        "Reloaded ({Cause}): {Sites} sites, {Modules} modules in use of {Plugins} plugins, {Attributes} attributes")]
    public static partial void Reloaded(this ILogger log, string cause, int sites, int modules, int plugins, int attributes);

    [LoggerMessage(Level = LogLevel.Error, Message = "Not reloaded ({Cause}), what ran goes on. Problems: {Count}")]
    public static partial void NotReloaded(this ILogger log, string cause, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Problem}")]
    public static partial void Problem(this ILogger log, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "usermanager.yaml: {Key} was changed, which takes effect at the next start")]
    public static partial void AtNextStart(this ILogger log, string key);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Something still used the policy that was replaced {Seconds} s ago: its modules were ended all the same, and what they had under way fails")]
    public static partial void GraceOver(this ILogger log, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Changes of files in {Folder} are not seen: {Problem}. To take them up: usermanager exec /system/reload, or SIGHUP")]
    public static partial void NotWatched(this ILogger log, string folder, string problem);

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

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Code} to router {Router} was not sent: {Problem}")]
    public static partial void RequestNotSent(this ILogger log, PacketCode code, string router, string problem);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A datagram from {Source} is no answer to a request of ours: {Reason}")]
    public static partial void AnswerIgnored(this ILogger log, Radius.Endpoint source, DropReason reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "An answer could not be read: {Problem}")]
    public static partial void AnswerNotRead(this ILogger log, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Session of {User} is over ({Cause}): {Answer}")]
    public static partial void Disconnected(this ILogger log, string user, string cause, string answer);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session of {User} was to end ({Cause}), but: {Answer}")]
    public static partial void NotDisconnected(this ILogger log, string user, string cause, string answer);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session of {User} could not be changed and is ended instead: {Answer}")]
    public static partial void NotChanged(this ILogger log, string user, string answer);

    [LoggerMessage(Level = LogLevel.Warning, Message = "User {User} was changed, but too many others before it: its open sessions go on as they are")]
    public static partial void SessionsLeftAlone(this ILogger log, string user);

    [LoggerMessage(Level = LogLevel.Error, Message = "User {User} was changed, but its open sessions could not be reached")]
    public static partial void SessionsNotReached(this ILogger log, string user, Exception fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "The job {Job} failed; it is tried again soon")]
    public static partial void JobFailed(this ILogger log, string job, Exception fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The job {Job} was stopped: its lease went to another node")]
    public static partial void JobLost(this ILogger log, string job);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease of the job {Job} was not written: {Problem}")]
    public static partial void LeaseNotRenewed(this ILogger log, string job, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Login failure for {Who} from {Address} via rest-api: {Why}")]
    public static partial void LoginFailed(this ILogger log, string who, string address, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "When {Who} logged in could not be kept: {Problem}")]
    public static partial void LoginNotKept(this ILogger log, string who, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "An answer of REST was broken off: {Problem}")]
    public static partial void RestBrokenOff(this ILogger log, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "{File} is in the database now, for all nodes")]
    public static partial void GeneratedTaken(this ILogger log, string file);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} is not taken into the database and served no more: {Problem}. Move it elsewhere, or remove it.")]
    public static partial void GeneratedLeft(this ILogger log, string file, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping")]
    public static partial void Stopping(this ILogger log);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stopped with {Count} requests under way")]
    public static partial void StoppedInTheMiddle(this ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "module {Module}: {Route} failed")]
    public static partial void RouteFailed(this ILogger log, string module, string route, Exception fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "The routers that the module {Module} knows cannot be read: {Reason} Those that it knew go on being served.")]
    public static partial void ClientsUnreadable(this ILogger log, string module, string reason);
}
