using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserManager.Contract;

namespace UserManager.Storage.Tests;

public sealed class CertificateStoreTests : IDisposable
{
    private static readonly Menu _certificates = new("/certificate")
    {
        Noun = "certificate",
        Fields =
        [
            new("name", FieldType.Text) { Unique = true },
            new("authority", FieldType.Bool),
            new("trusted", FieldType.Bool),
            new("revoked-at", FieldType.Date),
            new("certificate-octets", FieldType.Text),
            new("key-octets", FieldType.Text) { Sensitive = true },
        ],
    };

    private static readonly Menu _settings = new("/user-manager")
    {
        IsSettings = true,
        Fields =
        [
            new("certificate", FieldType.Reference) { Words = ["none"] },
            new("radsec-certificate", FieldType.Reference) { Words = ["none"] },
        ],
    };

    private static readonly Menu _lists = new("/certificate/crl") { Fields = [new("list-octets", FieldType.Text)] };

    private static readonly Menu _use = new("/certificate/settings") { IsSettings = true, Fields = [new("crl-use", FieldType.Bool)] };

    private readonly TestStore _store = new();
    private readonly Made _root = Make("CN=Root", null);

    private CertificateSet Current => _store.Node.Certificates.Current;

    public void Dispose() => _store.Dispose();

    [Fact]
    public void New_database_has_none()
    {
        Assert.Null(Current.Server);
        Assert.Empty(Current.TrustedAuthorities);
        Assert.False(Current.RequireRevocationLists);
    }

    [Fact]
    public async Task Chosen_certificate_has_its_key_and_the_authorities_between_it_and_the_root()
    {
        var middle = Make("CN=Middle", _root);
        var server = Make("CN=server", middle, isAuthority: false);
        await AddAsync("root", _root, trusted: true);
        await AddAsync("middle", middle, trusted: false);
        var id = await AddAsync("server", server, trusted: false);

        await ChooseAsync(("certificate", id), ("radsec-certificate", "none"));

        var chosen = Current.Server!;
        Assert.Equal(("server", server.Certificate.Thumbprint), (chosen.Name, chosen.Certificate.Thumbprint));
        Assert.Equal(server.Key.ExportPkcs8PrivateKey().Length, chosen.PrivateKey.Length);
        Assert.True(chosen.Certificate.HasPrivateKey);
        Assert.Equal(["CN=Middle"], chosen.Chain.Select(c => c.Subject));
        Assert.Equal(["CN=Root"], Current.TrustedAuthorities.Select(c => c.Subject));
        Assert.Equal(["CN=Middle"], Current.OtherAuthorities.Select(c => c.Subject));
        Assert.Null(Current.RadSec);
    }

    [Fact]
    public async Task Key_is_sealed_in_the_database()
    {
        await AddAsync("root", _root, trusted: true);

        Assert.Equal(1, _store.Number("SELECT COUNT(*) FROM certificate WHERE key_octets LIKE '$gcm$%'"));
    }

    [Fact]
    public async Task Revoked_authority_is_not_trusted()
    {
        var id = await AddAsync("root", _root, trusted: true);
        await _store.Node.Records(_certificates).UpdateAsync(id, TestStore.Changes(("revoked-at", _store.Clock.GetUtcNow())), default);

        Assert.Empty(Current.TrustedAuthorities);
    }

    [Fact]
    public async Task Lists_and_their_use_are_told()
    {
        await _store.Node.Records(_lists).AddAsync(TestStore.Values(("list-octets", Convert.ToBase64String([1, 2, 3]))), default);
        await _store.Node.Records(_use).UpdateAsync(default, TestStore.Changes(("crl-use", true)), default);

        Assert.Equal(new byte[] { 1, 2, 3 }, Assert.Single(Current.RevocationLists).ToArray());
        Assert.True(Current.RequireRevocationLists);
    }

    [Fact]
    public async Task Change_is_told_here_at_once_and_on_another_node_at_its_next_poll()
    {
        _ = _store.Node;
        var other = _store.Open();
        var (here, there) = (new List<CertificateSet>(), new List<CertificateSet>());
        _store.Node.Certificates.Changed += here.Add;
        other.Certificates.Changed += there.Add;

        var id = await AddAsync("root", _root, trusted: true);
        await ChooseAsync(("certificate", id));
        Assert.Equal("root", here[^1].Server!.Name);
        Assert.Empty(there);

        _store.Clock.Advance(ChangeFeed.Interval);
        Assert.Equal("root", there[^1].Server!.Name);
        Assert.Same(there[^1], other.Certificates.Current);
    }

    [Fact]
    public async Task One_that_cannot_be_read_is_told_of_and_the_others_serve()
    {
        await AddAsync("root", _root, trusted: true);
        await _store.Node.Records(_certificates).AddAsync(
            TestStore.Values(("name", "broken"), ("authority", true), ("trusted", true), ("certificate-octets", "AAAA")), default);

        Assert.Single(Current.TrustedAuthorities);
        Assert.Contains(_store.Log.Lines, line => line.StartsWith("Certificate broken cannot be used", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_in_the_place_of_another_is_one_write_and_may_have_its_name()
    {
        var records = _store.Node.Records(_certificates);
        var id = await records.AddAsync(TestStore.Values(("name", "x")), default);

        var replaced = await records.ReplaceAsync(id, TestStore.Values(("name", "x"), ("trusted", true)), default);

        Assert.Equal(new RecordId(id.Value + 1), replaced);
        Assert.True(Assert.Single(await records.AllAsync()).IsTrue("trusted"));
        Assert.Null(await records.ReplaceAsync(id, TestStore.Values(("name", "y")), default));
        Assert.Single(await records.AllAsync());
    }

    private async Task<RecordId> AddAsync(string name, Made made, bool trusted) =>
        await _store.Node.Records(_certificates).AddAsync(
            TestStore.Values(
                ("name", name),
                ("authority", made.IsAuthority),
                ("trusted", trusted),
                ("certificate-octets", Convert.ToBase64String(made.Certificate.RawData)),
                ("key-octets", Convert.ToBase64String(made.Key.ExportPkcs8PrivateKey()))),
            default);

    private async Task ChooseAsync(params (string, object?)[] choices) =>
        await _store.Node.Records(SettingsRecords.WithoutEnabled(_settings), "settings").UpdateAsync(default, TestStore.Changes(choices), default);

    private static Made Make(string name, Made? issuer, bool isAuthority = true)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var from = DateTimeOffset.UtcNow;
        if (issuer is not null)
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer.Certificate, true, false));

        var signer = X509SignatureGenerator.CreateForECDsa(issuer?.Key ?? key);
        return new Made(
            request.Create(issuer?.Certificate.SubjectName ?? request.SubjectName, signer, from, from.AddDays(1), [1, (byte)name.Length]), key, isAuthority);
    }

    private sealed record Made(X509Certificate2 Certificate, ECDsa Key, bool IsAuthority);
}
