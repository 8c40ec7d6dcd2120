using Microsoft.Extensions.Logging;

namespace UserManager.Management;

/// <summary>All that this project can say.</summary>
internal static partial class Log
{
    [LoggerMessage(400, LogLevel.Information, "EAP has a certificate for {Host}, made by an authority of this server's own. To choose another: /user-manager/set certificate=NAME")]
    public static partial void FirstCertificate(this ILogger log, string host);

    [LoggerMessage(401, LogLevel.Information, "The authority that clients of EAP must trust: {Pem} (beside it {Der}, for Windows and phones)")]
    public static partial void AuthorityWritten(this ILogger log, string pem, string der);

    [LoggerMessage(402, LogLevel.Information, "Certificate {Name} was renewed")]
    public static partial void CertificateRenewed(this ILogger log, string name);

    [LoggerMessage(403, LogLevel.Warning, "Certificate {Name} (/user-manager {Field}) ends in {Days} days, at {Until:u}: replace it, or clients will refuse this server")]
    public static partial void CertificateEnds(this ILogger log, string name, string field, int days, DateTimeOffset until);

    [LoggerMessage(404, LogLevel.Error, "Certificate {Name} (/user-manager {Field}) has ended at {Until:u}: clients refuse this server until it is replaced")]
    public static partial void CertificateEnded(this ILogger log, string name, string field, DateTimeOffset until);
}
