using Microsoft.Extensions.Logging;

namespace UserManager.Policy;

/// <summary>All that the policy can say.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "({Request}) Module {Module} failed in {Section}; its answer counts as fail")]
    public static partial void ModuleFailed(ILogger logger, long request, string module, string section, Exception exception);

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
}
