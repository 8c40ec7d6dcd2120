using Microsoft.Extensions.Logging;
using UserManager.Contract;

namespace UserManager.Plugins;

/// <summary>All that this plugin says.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Place}")]
    public static partial void RarelyMeant(this ILogger log, FileProblem place);
}
