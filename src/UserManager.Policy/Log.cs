using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>All that the policy can say.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "({Request}) Module {Module} failed in {Section} with {Exception}; its answer counts as fail")]
    public static partial void ModuleFailed(ILogger logger, long request, string module, string section, string exception);

    // The message may quote what is secret.
    [LoggerMessage(8, LogLevel.Debug, "({Request}) Module {Module}")]
    public static partial void ModuleFault(ILogger logger, long request, string module, Exception exception);

    [LoggerMessage(2, LogLevel.Error, "({Request}) Module {Module} took longer than {Timeout} in {Section}; its answer counts as fail and the request is given up")]
    public static partial void ModuleTimedOut(ILogger logger, long request, string module, string section, TimeSpan timeout);

    [LoggerMessage(3, LogLevel.Warning, "({Request}) No worker was free for module {Module} within {Timeout}; its answer counts as fail")]
    public static partial void WorkersBusy(ILogger logger, long request, string module, TimeSpan timeout);

    [LoggerMessage(4, LogLevel.Warning, "({Request}) The queue of the workers is full; module {Module} counts as fail")]
    public static partial void WorkersFull(ILogger logger, long request, string module);

    [LoggerMessage(5, LogLevel.Error, "({Request}) Module {Module} answered {Rcode} in {Section}, which is no return code; it counts as fail")]
    public static partial void NoRcode(ILogger logger, long request, string module, string section, int rcode);

    [LoggerMessage(6, LogLevel.Warning, "({Request}) The regular expression /{Pattern}/ took longer than {Limit}; the condition counts as false")]
    public static partial void RegexTimedOut(ILogger logger, long request, string pattern, TimeSpan limit);

    [LoggerMessage(7, LogLevel.Information, "Module {Module} is not enabled: {File}:{Line} is left out")]
    public static partial void LeftOut(ILogger logger, string module, string file, int line);

    [LoggerMessage(12, LogLevel.Warning, "({Request}) Module {Module} held its thread for {Milliseconds} ms in {Section}, and every request behind it: what waits has to be a blocking module. This is said once")]
    public static partial void HoldsThread(ILogger logger, long request, string module, string section, long milliseconds);

    [LoggerMessage(9, LogLevel.Error, "Module {Module} failed at its end with {Exception}: {Reason}")]
    public static partial void DisposeFailed(ILogger logger, string module, string exception, string reason);

    [LoggerMessage(13, LogLevel.Error, "Module {Module} takes nothing over from the one before: {Exception}: {Reason}")]
    public static partial void InheritFailed(ILogger logger, string module, string exception, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Plugin {Plugin}: modules {Modules} ({File})")]
    public static partial void PluginLoaded(this ILogger log, string plugin, string modules, string file);

    [LoggerMessage(Level = LogLevel.Information, Message = "Plugin {Plugin}: {File} takes the place of {Other}")]
    public static partial void PluginReplaced(this ILogger log, string plugin, string file, string other);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Dropped a packet from {Source}: no router has this address. To add it: /user-manager/router/add name=NAME address={Address} shared-secret=SECRET")]
    public static partial void UnknownClient(this ILogger log, Endpoint source, System.Net.IPAddress address);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Dropped a packet from {Source}, router {Router}: {Reason}. Most often the shared secrets differ. To set ours: /user-manager/router/set {Name} shared-secret=SECRET")]
    public static partial void WrongSecret(this ILogger log, DropReason reason, Endpoint source, string router, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Dropped an Access-Request from {Source}, router {Router}: it has no Message-Authenticator, and one is required (CVE-2024-3596). Best is to update the NAS or make it send one; otherwise /user-manager/router/set {Name} require-message-auth=no for this router, or /user-manager/set require-message-auth=no for all that inherit it")]
    public static partial void MessageAuthenticatorMissing(this ILogger log, Endpoint source, string router, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Dropped a packet from {Source}, router {Router}: {Reason}")]
    public static partial void Dropped(this ILogger log, DropReason reason, Endpoint source, string? router);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} more dropped packets were not shown")]
    public static partial void DropsNotShown(this ILogger log, long count);

    [LoggerMessage(Level = LogLevel.Information, Message = "({Id}) Rejected {User} from router {Router}: {Reason}")]
    private static partial void Rejected(this ILogger log, long id, string user, string router, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "({Id}) No answer to {Code} of {User} from router {Router}: {Reason}")]
    private static partial void NoReply(this ILogger log, long id, PacketCode code, string user, string router, string reason);

    public static void Rejected(this ILogger log, RequestContext context)
    {
        if (log.IsEnabled(LogLevel.Information))
            log.Rejected(context.Id, UserOf(context), context.Client.Name, context.Failure ?? "the policy says so");
    }

    public static void NoReply(this ILogger log, RequestContext context)
    {
        if (log.IsEnabled(LogLevel.Warning))
            log.NoReply(context.Id, context.Code, UserOf(context), context.Client.Name, context.Failure ?? "the policy says so");
    }

    // A name comes from the network: what is not printable does not reach a terminal.
    private static string UserOf(RequestContext context) =>
        context.IsAbandoned ? "(a module still works on it)"
        : context.Request.TryGetText(Rfc2865.UserName, out var name)
            ? string.Concat(name.Select(c => char.IsControl(c) ? '?' : c))
            : "(no User-Name)";
}
