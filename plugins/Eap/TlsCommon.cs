using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Eap.Tls;

namespace UserManager.Plugins;

/// <summary>The server's end of TLS, for the methods that share one certificate and one cache of sessions.</summary>
/// <remarks>It stands in no section: <c>eap_tls</c>, <c>eap_ttls</c> and <c>eap_peap</c> name it by their option <c>tls</c>.</remarks>
[Module("tls_common")]
public sealed partial class TlsCommon : IInherit, IDisposable
{
    // As for the certificates of /certificate.
    private static readonly TimeSpan Warning = TimeSpan.FromDays(30);

    private readonly TlsCommonOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly ICertificateStore? _certificates;
    private readonly TlsSessions? _sessions;
    private readonly Lock _lock = new();
    private TlsServer? _server;
    private CertificateSet? _madeOf;
    private bool _isOver;

    public TlsCommon(TlsCommonOptions options, TimeProvider clock, ILogger log, ICertificateStore? certificates = null, ISharedCache? shared = null)
    {
        (_options, _clock, _log, _certificates) = (options, clock, log, certificates);
        _sessions = options.SessionLifetime > TimeSpan.Zero ? new TlsSessions(clock, options.SessionLifetime, options.MaxSessions, shared) : null;
        if (options.CertificateFile.Length > 0)
            _server = OfFilesNow();         // what is wrong with them is said at load
    }

    /// <summary>There is a certificate to show.</summary>
    public bool IsReady => Server is not null;

    /// <summary>Octets of TLS in one EAP packet.</summary>
    public int FragmentSize => _options.FragmentSize;

    // A new set of certificates makes a new server at the next login; those under way keep theirs.
    private TlsServer? Server
    {
        get
        {
            if (_options.CertificateFile.Length > 0 || _certificates is null)
                return _server;

            lock (_lock)
            {
                var set = _certificates.Current;
                if (!_isOver && !ReferenceEquals(set, _madeOf))
                    Replace(set);

                return _server;
            }
        }
    }

    /// <summary>Begins a conversation.</summary>
    /// <exception cref="InvalidOperationException">There is no certificate any more.</exception>
    internal ITlsConnection Accept(TlsAsk ask)
    {
        while (Server is { } server)
        {
            try
            {
                return server.Accept(ask);
            }
            catch (ObjectDisposedException) when (!ReferenceEquals(server, Server))
            {
                // Replaced between the two lines above: its certificates are not shown any more.
            }
        }

        throw new InvalidOperationException("there is no certificate for EAP: /user-manager/set certificate=NAME");
    }

    /// <summary>TLS sessions outlast a reload of the policy; those who resume them are authorised by the new one.</summary>
    public void Inherit(object before)
    {
        if (_sessions is not null && ((TlsCommon)before)._sessions is { } kept)
            _sessions.Share(kept);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            _server?.Dispose();
        }
    }

    private void Replace(CertificateSet set)
    {
        _madeOf = set;
        var old = _server;
        try
        {
            _server = set.Server is { } shown ? new TlsServer(Of(set, shown)) : null;
            old?.Dispose();
        }
        catch (TlsException wrong)
        {
            CannotUse(_log, wrong.Message);             // the one before goes on, if there is one
        }
    }

    private TlsServer OfFilesNow()
    {
        var options = OfFiles();
        var server = new TlsServer(options);
        using var shown = X509CertificateLoader.LoadCertificate(PemBlocks.Read(options.Certificate, "CERTIFICATE", "server certificate")[0]);
        DateTimeOffset until = shown.NotAfter;
        if (until - _clock.GetUtcNow() < Warning)
            FileEnds(_log, _options.CertificateFile, until);

        return server;
    }

    private TlsServerOptions Of(CertificateSet set, ServerCertificate shown) => With(new TlsServerOptions
    {
        Certificate = TlsServerOptions.Pem([shown.Certificate, .. shown.Chain]),
        PrivateKey = shown.PrivateKey,
        TrustedCertificates = TlsServerOptions.Pem(set.TrustedAuthorities),
        Crls = Pem("X509 CRL", set.RevocationLists),
        CrlUse = set.RequireRevocationLists || _options.RequireCrl ? CrlUse.Strict : CrlUse.WhenPresent,
    });

    private TlsServerOptions OfFiles() => With(new TlsServerOptions
    {
        Certificate = Read("certificate-file", _options.CertificateFile),
        PrivateKey = Read("private-key-file", _options.PrivateKeyFile.Length > 0 ? _options.PrivateKeyFile : _options.CertificateFile),
        PrivateKeyPassword = _options.PrivateKeyPassword.Length > 0 ? _options.PrivateKeyPassword : null,
        TrustedCertificates = Read("ca-file", _options.CaFile),
        Crls = Read("crl-file", _options.CrlFile),
        CrlUse = _options.RequireCrl ? CrlUse.Strict : CrlUse.WhenPresent,
    });

    private TlsServerOptions With(TlsServerOptions certificates) => certificates with
    {
        MinVersion = Version("tls-min-version", _options.TlsMinVersion),
        MaxVersion = Version("tls-max-version", _options.TlsMaxVersion),
        CipherList = _options.CipherList.Length > 0 ? _options.CipherList : null,
        CipherSuites = _options.CipherSuites.Length > 0 ? _options.CipherSuites : null,
        Sessions = _sessions,
        Clock = _clock,
    };

    private static SslProtocols Version(string option, string text) => text switch
    {
        "1.2" => SslProtocols.Tls12,
        "1.3" => SslProtocols.Tls13,
        _ => throw new TlsException($"{option}: {text} is no version of TLS that is spoken: 1.2 or 1.3"),
    };

    private static byte[] Read(string option, string file)
    {
        try
        {
            return file.Length == 0 ? [] : File.ReadAllBytes(file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new TlsException($"{option}: {problem.Message}");
        }
    }

    private static byte[] Pem(string label, IReadOnlyList<ReadOnlyMemory<byte>> blocks) =>
        System.Text.Encoding.ASCII.GetBytes(string.Join('\n', blocks.Select(der => System.Security.Cryptography.PemEncoding.WriteString(label, der.Span))));

    [LoggerMessage(LogLevel.Warning, "The certificate of EAP in {File} ends at {Until:u}: replace it, or clients will refuse this server")]
    private static partial void FileEnds(ILogger log, string file, DateTimeOffset until);

    [LoggerMessage(LogLevel.Error, "The certificates for EAP cannot be used: {Reason}")]
    private static partial void CannotUse(ILogger log, string reason);
}
