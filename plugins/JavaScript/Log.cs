using Microsoft.Extensions.Logging;

namespace UserManager.Plugins.JavaScript;

/// <summary>All that this plugin says.</summary>
internal static partial class Log
{
    [LoggerMessage(Message = "({Request}) {Hook}: {Text}")]
    public static partial void FromHook(this ILogger log, LogLevel level, long request, string hook, string text);

    [LoggerMessage(Level = LogLevel.Error, Message = "({Request}) {Place}: {Problem}; the hook counts as fail")]
    public static partial void HookFailed(this ILogger log, long request, string place, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message =
        "The hook {Hook} is disabled: {Count} times it could not be ended in time. It counts as fail until it is mended and the configuration reloaded")]
    public static partial void HookDisabled(this ILogger log, string hook, int count);
}
