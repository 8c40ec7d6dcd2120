using Microsoft.Extensions.Logging;

namespace UserManager.Plugins;

/// <summary>All that this plugin says.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Module}: {Problem}")]
    public static partial void StatementFailed(this ILogger log, string module, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Module}: {Problem}; the request counts as fail")]
    public static partial void BadItem(this ILogger log, string module, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Module}: the router {Router} (id {Id}): {What}")]
    public static partial void Router(this ILogger log, string module, string router, string id, string what);
}
