using Microsoft.Extensions.Logging;

namespace UserManager.Plugins;

/// <summary>All that this plugin says.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{File}: {Count} records are to be replayed")]
    public static partial void Begun(this ILogger log, string file, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "{File}: all records are replayed, and the file is removed")]
    public static partial void Done(this ILogger log, string file);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File}:{Line}: the record was not acknowledged; it is tried again in {Seconds} s")]
    public static partial void NotAcknowledged(this ILogger log, string file, int line, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File}:{Line}: left out of the record: {Problem}")]
    public static partial void LineLeftOut(this ILogger log, string file, int line, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "{File}:{Line}: {Problem}: the record is put into {Refused}")]
    public static partial void Refused(this ILogger log, string file, int line, string problem, string refused);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File}:{Line}: the record ends in the middle: whoever wrote it had not acknowledged it, and it is passed over")]
    public static partial void CutShort(this ILogger log, string file, int line);
}
