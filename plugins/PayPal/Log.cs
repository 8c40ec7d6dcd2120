using Microsoft.Extensions.Logging;

namespace UserManager.Plugins;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Warning, "Payment *{Id:X}: PayPal: {Problem}")]
    public static partial void Refused(this ILogger log, long id, string problem);

    [LoggerMessage(LogLevel.Warning, "Payment *{Id:X}: what has become of it is asked again: {Problem}")]
    public static partial void InDoubt(this ILogger log, long id, string problem);

    [LoggerMessage(LogLevel.Warning, "Payment *{Id:X}: PayPal has given money back ({Status}), transaction {Transaction}; the profile that was bought stays: /user-manager/user-profile")]
    public static partial void TakenBack(this ILogger log, long id, string status, string transaction);

    [LoggerMessage(LogLevel.Information, "Payment *{Id:X}: {Status}, transaction {Transaction}")]
    public static partial void Settled(this ILogger log, long id, string status, string transaction);

    [LoggerMessage(LogLevel.Warning, "A notification that PayPal does not know as its own was dropped")]
    public static partial void Forged(this ILogger log);
}
