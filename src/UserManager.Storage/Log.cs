using Microsoft.Extensions.Logging;

namespace UserManager.Storage;

/// <summary>All that this project can say.</summary>
internal static partial class Log
{
    [LoggerMessage(300, LogLevel.Error, "{Reason} Until it is back nothing is stored, and no accounting record is acknowledged.")]
    public static partial void DatabaseIsAway(this ILogger log, string reason);

    [LoggerMessage(301, LogLevel.Information, "{Database}: the database is back.")]
    public static partial void DatabaseIsBack(this ILogger log, string database);

    [LoggerMessage(302, LogLevel.Debug, "A transaction could not be rolled back: {Reason}")]
    public static partial void RollbackFailed(this ILogger log, string reason);

    [LoggerMessage(303, LogLevel.Warning, "libsqlite3.so.0 was not found: the copy of 2021 that ships with this program is used, without its later security fixes. Install the package libsqlite3-0.")]
    public static partial void BundledSqlite(this ILogger log);

    [LoggerMessage(304, LogLevel.Error, "The changes of other nodes cannot be read: {Reason}")]
    public static partial void ChangesUnreadable(this ILogger log, string reason);

    [LoggerMessage(305, LogLevel.Error, "A change of {Menu} could not be taken over")]
    public static partial void ChangeNotTaken(this ILogger log, string menu, Exception fault);

    [LoggerMessage(306, LogLevel.Warning, "{Owner}: its attribute {Attribute} is unknown and is not sent")]
    public static partial void UnknownAttribute(this ILogger log, string owner, string attribute);

    [LoggerMessage(307, LogLevel.Warning, "{Owner}: the value of its attribute {Attribute} is not of the attribute's type and is not sent")]
    public static partial void UnfitValue(this ILogger log, string owner, string attribute);

    [LoggerMessage(308, LogLevel.Error, "Router {Router}: its address {Address} is not an address or a network, so it is left out")]
    public static partial void BadRouterAddress(this ILogger log, string router, string address);

    [LoggerMessage(309, LogLevel.Warning, "Router {Router} has no shared secret, so it is not served. To set one: /user-manager/router/set {Name} shared-secret=SECRET")]
    public static partial void RouterWithoutSecret(this ILogger log, string router, string name);

    [LoggerMessage(310, LogLevel.Warning, "Router {Router} is to be served over RadSec, so it is not served over UDP. If it speaks UDP: /user-manager/router/set {Name} protocol=udp")]
    public static partial void RadSecRouter(this ILogger log, string router, string name);

    [LoggerMessage(311, LogLevel.Information, "{File}: the key that encrypts private keys and secrets in the database was made. Keep a copy: without it they are lost.")]
    public static partial void SecretKeyMade(this ILogger log, string file);

    [LoggerMessage(312, LogLevel.Error, "Certificate {Name} cannot be used: {Reason}")]
    public static partial void BadCertificate(this ILogger log, string name, string reason);

    [LoggerMessage(313, LogLevel.Error, "That this node lives could not be written: {Reason}")]
    public static partial void NodeNotTold(this ILogger log, string reason);

    [LoggerMessage(314, LogLevel.Error, "{Reason} Until it is back, modules that need it fail.")]
    public static partial void OtherDatabaseIsAway(this ILogger log, string reason);

    [LoggerMessage(315, LogLevel.Information, "{Database}: the database is back.")]
    public static partial void OtherDatabaseIsBack(this ILogger log, string database);

    [LoggerMessage(316, LogLevel.Error, "What the other nodes are to know of, such as TLS sessions, could not be written: {Reason}")]
    public static partial void CacheNotWritten(this ILogger log, string reason);

    [LoggerMessage(320, LogLevel.Warning, "User {User}: its otp-secret is not base32, so its own characters are the key. Authenticator apps want base32: /user-manager/user/set NAME otp-secret=generate")]
    public static partial void OtpSecretIsText(this ILogger log, string user);
}
