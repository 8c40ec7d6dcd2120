using Microsoft.Extensions.Logging;

namespace UserManager.Management;

/// <summary>All that management can say.</summary>
internal static partial class Log
{
    [LoggerMessage(400, LogLevel.Information, "{User} ({From}) {Action} {What}: {Change}")]
    public static partial void Changed(this ILogger log, string user, string from, string action, string what, string change);

    [LoggerMessage(401, LogLevel.Information, "{User} ({From}): {Summary}")]
    public static partial void Imported(this ILogger log, string user, string from, string summary);

    [LoggerMessage(410, LogLevel.Information, "{Where} is {Name} from now on. To choose another one, set it")]
    public static partial void FirstCertificate(this ILogger log, string where, string name);

    [LoggerMessage(411, LogLevel.Information, "The authority that clients of EAP must trust: {Pem} (beside it {Der}, for Windows and phones)")]
    public static partial void AuthorityWritten(this ILogger log, string pem, string der);

    [LoggerMessage(412, LogLevel.Information, "Certificate {Name} was renewed")]
    public static partial void CertificateRenewed(this ILogger log, string name);

    [LoggerMessage(413, LogLevel.Warning, "Certificate {Name} ({Where}) ends in {Days} days, at {Until:u}: replace it, or clients will refuse this server")]
    public static partial void CertificateEnds(this ILogger log, string name, string where, int days, DateTimeOffset until);

    [LoggerMessage(415, LogLevel.Warning, "The list of revoked certificates of {Authority} is out of date at {Until:u}: import a newer one before, or all clients of that authority will be refused")]
    public static partial void ListEnds(this ILogger log, string authority, DateTimeOffset until);

    [LoggerMessage(416, LogLevel.Error, "The list of revoked certificates of {Authority} is out of date since {Until:u}: all clients of that authority are refused until a newer one is imported")]
    public static partial void ListEnded(this ILogger log, string authority, DateTimeOffset until);

    [LoggerMessage(414, LogLevel.Error, "Certificate {Name} ({Where}) has ended at {Until:u}: clients refuse this server until it is replaced")]
    public static partial void CertificateEnded(this ILogger log, string name, string where, DateTimeOffset until);
}
