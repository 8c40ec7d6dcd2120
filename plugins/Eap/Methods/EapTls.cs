using System.Text;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Eap.Tls;
using UserManager.Radius;

namespace UserManager.Plugins;

public sealed record EapTlsOptions
{
    /// <summary>The module with the certificate. Default tls_common.</summary>
    public string Tls { get; init; } = "tls_common";
}

/// <summary>EAP-TLS (RFC 5216, RFC 9190): both sides show a certificate; the client's is the user's.</summary>
[Module("eap_tls")]
public sealed class EapTls(EapTlsOptions options, IModules modules) : TlsMethod(modules.Find<TlsCommon>(options.Tls))
{
    public override EapType Type => EapType.Tls;

    public override OuterAuths Word => OuterAuths.EapTls;

    private protected override ReadOnlySpan<byte> KeyLabel => "client EAP encryption"u8;

    private protected override TlsAsk Ask { get; } = new() { ClientCertificate = ClientCertificateUse.Required, SessionContext = "tls" };

    private protected override ValueTask<EapStep?> OnEstablishedAsync(EapExchange exchange, TlsLogin login) =>
        ValueTask.FromResult(Established(exchange, login));

    private protected override ValueTask<EapStep> OnDataAsync(EapExchange exchange, TlsLogin login, byte[] plain) =>
        ValueTask.FromResult(EapStep.Failure("EAP-TLS carries no inner data"));

    private protected override ValueTask<EapStep> OnSilenceAsync(EapExchange exchange, TlsLogin login) =>
        ValueTask.FromResult(EapStep.Failure("the client goes on after the end of EAP-TLS"));

    private EapStep? Established(EapExchange exchange, TlsLogin login)
    {
        if (Refusal(exchange, login) is { } reason)
        {
            login.Tls.MakeResumable(false);
            return EapStep.Failure(reason);
        }

        login.Tls.MakeResumable(true);
        login.IsSuccess = true;

        // RFC 9190 §2.5: an octet of zero says that no more of the handshake follows.
        if (login.Tls.Version == System.Security.Authentication.SslProtocols.Tls13)
            login.Write([0]);

        // TLS 1.2, resumed: the client was the last to speak.
        return login.Out.WrittenCount == 0 ? Success(login) : null;
    }

    // Also of a resumed session: the user may be gone, or another.
    private static string? Refusal(EapExchange exchange, TlsLogin login)
    {
        if (exchange.Context.User is not { } account)
            return "no such user";

        // A session is one certificate's, and its names do not change: whom it was for then it is for now.
        string[] names = [AttributeList.Text(exchange.Identity.Span), account.User.Name];
        if (login.Tls.IsResumed && names.Contains(Encoding.UTF8.GetString(login.Tls.SessionData)))
            return null;

        using var certificate = login.Tls.PeerCertificate;
        if (certificate is null)
            return "there is no client certificate";

        var mismatch = "";
        if (Array.Find(names, name => ClientIdentity.Matches(certificate, name, out mismatch)) is not { } matched)
            return mismatch;

        login.Tls.SessionData = Encoding.UTF8.GetBytes(matched);
        return null;
    }
}
