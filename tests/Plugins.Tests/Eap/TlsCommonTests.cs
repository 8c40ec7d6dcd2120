using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Contract;
using UserManager.Eap.Tls;
using Xunit;

namespace UserManager.Plugins.Tests.Eap;

/// <summary>The server's end of TLS, while certificates change.</summary>
public sealed class TlsCommonTests : IDisposable
{
    private readonly Talks _talks = new();
    private readonly Store _store = new();

    public void Dispose() => _talks.Dispose();

    [Fact(Timeout = 60_000)]
    public async Task No_conversation_is_lost_while_certificates_change()
    {
        _store.Current = Set(_talks.ServerCertificate);
        using var common = new TlsCommon(new TlsCommonOptions(), _talks.Clock, NullLogger.Instance, _store);
        using var clients = new TlsClientContext(_talks.Client(SslProtocols.Tls13));
        CertificateSet[] sets = [Set(_talks.ServerCertificate), Set(_talks.Authority.Server())];
        var (talks, stop) = (0, false);

        // Each conversation spans changes of the certificate; some begin just as it changes.
        var threads = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(Talk, TaskCreationOptions.LongRunning)).ToList();
        for (var i = 0; Volatile.Read(ref talks) < 200; i++)
        {
            _store.Current = sets[i % 2] with { };
            _ = common.IsReady;         // whoever comes first makes the new server and ends the old
        }

        Volatile.Write(ref stop, true);
        await Task.WhenAll(threads);

        void Talk()
        {
            while (!Volatile.Read(ref stop))
            {
                using var begun = common.Accept(new TlsAsk());
                using var talk = Eap.Talk.Run(common.Accept(new TlsAsk()), clients);
                Assert.Equal(TlsState.Established, talk.State);
                Interlocked.Increment(ref talks);
            }
        }
    }

    [Fact]
    public void One_that_is_over_begins_no_conversation()
    {
        _store.Current = Set(_talks.ServerCertificate);
        var common = new TlsCommon(new TlsCommonOptions(), _talks.Clock, NullLogger.Instance, _store);
        using var begun = common.Accept(new TlsAsk());
        common.Dispose();
        _store.Current = Set(_talks.ServerCertificate);

        Assert.Throws<ObjectDisposedException>(() => common.Accept(new TlsAsk()));
        using var clients = new TlsClientContext(_talks.Client(SslProtocols.Tls13));
        using var talk = Talk.Run(begun, clients);
        Assert.Equal(TlsState.Established, talk.State);
    }

    [Theory]
    [InlineData(29, true)]
    [InlineData(31, false)]
    public void A_file_whose_certificate_ends_soon_is_named_in_the_log(int days, bool isNamed)
    {
        var file = Path.GetTempFileName();
        var leaf = _talks.Authority.Client(until: _talks.Clock.GetUtcNow().AddDays(days), purpose: Authority.ServerAuthentication);
        File.WriteAllText(file, leaf.Certificate + "\n" + leaf.PrivateKey);
        var log = new Lines();

        new TlsCommon(new TlsCommonOptions { CertificateFile = file }, _talks.Clock, log).Dispose();

        File.Delete(file);
        Assert.Equal(isNamed, log.Any(l => l.Contains($"The certificate of EAP in {file} ends at", StringComparison.Ordinal)));
    }

    private sealed class Lines : List<string>, ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Add(formatter(state, exception));
    }

    private CertificateSet Set(Leaf server)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(server.PrivateKey);
        return new CertificateSet
        {
            Server = new ServerCertificate { Name = "server", Certificate = server.Public, PrivateKey = key.ExportPkcs8PrivateKey() },
            TrustedAuthorities = [X509Certificate2.CreateFromPem(_talks.Authority.Pem)],
        };
    }

    private sealed class Store : ICertificateStore
    {
        private volatile CertificateSet _current = CertificateSet.Empty;

        public CertificateSet Current
        {
            get => _current;
            set => _current = value;
        }

        public event Action<CertificateSet>? Changed
        {
            add { }
            remove { }
        }
    }
}
