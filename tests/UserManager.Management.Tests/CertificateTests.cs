using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserManager.Contract;

namespace UserManager.Management.Tests;

public sealed class CertificateTests : IDisposable
{
    private readonly Router _router = new(new ConsoleOptions { ShowSensitive = true, Version = "1.0", Width = 160 });

    public void Dispose()
    {
        if (Directory.Exists(_router.Files.Folder))
            Directory.Delete(_router.Files.Folder, recursive: true);
    }

    // --- the manual's example ----------------------------------------------------------------------------------------------------

    [Fact]
    public async Task Templates_of_the_manual_are_printed_as_the_manual_shows()
    {
        var printed = await _router.Run("""
            /certificate
            add name=CA-Template common-name=CAtemp key-usage=key-cert-sign,crl-sign
            add name=Server common-name=server
            add name=Client common-name=client
            print detail
            """);

        var usual = "digital-signature,key-encipherment,data-encipherment,key-cert-sign,crl-sign,tls-server,tls-client";
        var said = string.Join(' ', printed.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("""0 name="CA-Template" key-type=rsa common-name="CAtemp" key-size=2048 subject-alt-name="" days-valid=365 key-usage=key-cert-sign,crl-sign""", said);
        Assert.Contains($"""1 name="Server" key-type=rsa common-name="server" key-size=2048 subject-alt-name="" days-valid=365 key-usage={usual}""", said);
        Assert.Contains($"""2 name="Client" key-type=rsa common-name="client" key-size=2048 subject-alt-name="" days-valid=365 key-usage={usual}""", said);
    }

    [Fact]
    public async Task Signing_as_the_manual_does_gives_its_flags_in_its_order()
    {
        await _router.Run("""
            /certificate
            add name=CA-Template common-name=CAtemp key-usage=key-cert-sign,crl-sign
            add name=Server common-name=server
            add name=Client common-name=client
            sign CA-Template 
            sign Client      
            sign Server ca-crl-host=192.168.88.1 name=ServerCA
            """);

        var lines = (await _router.Run("/certificate print")).Split('\n');

        Assert.Matches("^0 K  A   T  CA-Template  CAtemp .* [0-9a-f]{64}$", lines[3]);
        Assert.Matches("^1 K  A   T  Client       client .* [0-9a-f]{64}$", lines[4]);
        Assert.Matches("^2 KL A   T  ServerCA     server .* [0-9a-f]{64}$", lines[5]);
        Assert.Contains("http://192.168.88.1/crl/" + await Get("ServerCA", "skid") + ".crl", Certificate("ServerCA").Extensions["2.5.29.31"]!.Format(false));
    }

    [Fact]
    public async Task Exporting_as_the_manual_does_writes_its_files()
    {
        await _router.Run("""
            /certificate
            add name=CA-Template common-name=CAtemp key-size=1024 key-usage=key-cert-sign,crl-sign
            add name=Client common-name=client key-size=1024
            sign CA-Template
            sign Client
            export-certificate CA-Template 
            export-certificate Client export-passphrase=yourpassphrase
            """);

        Assert.Equal(["cert_export_CA-Template.crt", "cert_export_Client.crt", "cert_export_Client.key"], Files());
        Assert.StartsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----", Text("cert_export_Client.key"));
    }

    // --- sign --------------------------------------------------------------------------------------------------------------------

    [Theory]
    [InlineData("1024", "rsa")]
    [InlineData("2048", "rsa")]
    [InlineData("prime256v1", "ec")]
    [InlineData("secp384r1", "ec")]
    [InlineData("secp521r1", "ec")]
    public async Task Every_key_makes_an_authority_and_what_it_issues_holds(string size, string type)
    {
        await _router.Run($"""
            /certificate
            add name=ca common-name=CA key-size={size} key-usage=key-cert-sign,crl-sign
            add name=leaf common-name=leaf key-size={size} country=LV state=S locality=L organization=O unit=U subject-alt-name=dns:a.example,IP:192.0.2.1,email:a@b
            sign ca
            sign leaf ca=ca
            """);

        Assert.True(Holds(Certificate("leaf"), Certificate("ca")));
        Assert.Equal("C=LV,ST=S,L=L,O=O,OU=U,CN=leaf", CertificateValues.Text(Certificate("leaf").SubjectName));
        Assert.Equal((type, size), (await Get("leaf", "key-type"), await Get("leaf", "key-size")));
        Assert.Equal("DNS:a.example,IP:192.0.2.1,email:a@b", await Get("leaf", "subject-alt-name"));
        Assert.Equal(("ca", "CN=CA"), (await Get("leaf", "ca"), await Get("leaf", "issuer")));
        Assert.Equal(await Get("ca", "skid"), await Get("leaf", "akid"));
        Assert.Equal(("2026-11-21 07:00:00", "2027-11-21 07:00:00", "52w1d"),
            (await Get("leaf", "invalid-before"), await Get("leaf", "invalid-after"), await Get("leaf", "expires-after")));
    }

    [Theory]
    [InlineData("1024", "md5", "1.2.840.113549.1.1.4")]
    [InlineData("1024", "sha1", "1.2.840.113549.1.1.5")]
    [InlineData("1024", "sha256", "1.2.840.113549.1.1.11")]
    [InlineData("1024", "sha384", "1.2.840.113549.1.1.12")]
    [InlineData("2048", "sha512", "1.2.840.113549.1.1.13")]
    [InlineData("prime256v1", "sha1", "1.2.840.10045.4.1")]
    [InlineData("prime256v1", "sha512", "1.2.840.10045.4.3.4")]
    public async Task Every_digest_signs(string size, string digest, string oid)
    {
        await _router.Run($"/certificate add name=x common-name=x key-size={size} digest-algorithm={digest}; /certificate sign x");

        Assert.Equal(oid, Certificate("x").SignatureAlgorithm.Value);
        Assert.Equal(digest, await Get("x", "digest-algorithm"));
    }

    [Fact]
    public async Task What_one_is_issued_to_speak_TLS_with_is_no_authority()
    {
        await SignedCaAsync();
        await _router.Run("/certificate add name=leaf common-name=leaf key-size=prime256v1; /certificate sign leaf ca=ca");

        Assert.False(Certificate("leaf").Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal("digital-signature,tls-server,tls-client", await Get("leaf", "key-usage"));     // EC: RFC 8813 §3
        Assert.Contains("is no authority", await _router.Refused("/certificate add name=y common-name=y; /certificate sign y ca=leaf"));
    }

    [Fact]
    public async Task An_authority_may_be_issued_and_completes_the_chain()
    {
        await SignedCaAsync();
        await _router.Run("""
            /certificate
            add name=sub common-name=Sub key-size=prime256v1 key-usage=key-cert-sign,crl-sign
            sign sub ca=ca
            add name=leaf common-name=leaf key-size=prime256v1 key-usage=tls-server
            sign leaf ca=sub
            """);

        Assert.True(Holds(Certificate("leaf"), Certificate("ca"), Certificate("sub")));
        Assert.Equal("no", await Get("sub", "trusted"));
    }

    [Fact]
    public async Task What_is_issued_ends_with_its_authority_at_the_latest()
    {
        await _router.Run("""
            /certificate
            add name=ca common-name=CA key-size=prime256v1 days-valid=10
            sign ca
            add name=leaf common-name=leaf key-size=prime256v1 days-valid=365
            sign leaf ca=ca
            """);

        Assert.Equal(await Get("ca", "invalid-after"), await Get("leaf", "invalid-after"));
    }

    [Fact]
    public async Task What_is_signed_is_fixed_but_for_name_and_trusted()
    {
        await SignedCaAsync();

        await _router.Run("/certificate set ca name=mine trusted=no");

        Assert.Equal("no", await Get("mine", "trusted"));
        Assert.Equal("failure: can not change common-name of a signed certificate", await _router.Refused("/certificate set mine common-name=other"));
        Assert.Equal("failure: can not change days-valid of a signed certificate", await _router.Refused("/certificate set mine days-valid=9"));
    }

    [Fact]
    public async Task What_cannot_be_is_refused_in_plain_words()
    {
        await SignedCaAsync();
        await _router.Run("/certificate add name=t common-name=t key-size=prime256v1 digest-algorithm=md5");

        Assert.Equal("failure: ca is signed already", await _router.Refused("/certificate sign ca"));
        Assert.Equal("failure: already have certificate with such name", await _router.Refused("/certificate sign t name=ca"));
        Assert.Equal("failure: digest-algorithm=md5 does not go with an EC key", await _router.Refused("/certificate sign t"));
        Assert.Contains("there are no smart cards here", await _router.Refused("/certificate sign t ca-on-smart-card=yes"));
        Assert.Contains("does not match any value of ca", await _router.Refused("/certificate sign t ca=nobody"));
        Assert.Contains("common-name", await _router.Refused("/certificate add name=z"));
        Assert.Contains("country is two letters", await _router.Refused("/certificate add name=z common-name=z country=Latvia"));
        Assert.Contains("does not match any value of key-size", await _router.Refused("/certificate add name=z common-name=z key-size=3000"));
        Assert.Contains("DNS:name, IP:address or email:address", await _router.Refused("/certificate add name=z common-name=z subject-alt-name=a.example"));
        Assert.Contains("too long", await _router.Refused($"/certificate add name=z common-name={new string('x', 65)}"));
        Assert.Contains("is a template", await _router.Refused("/certificate export-certificate t"));
        Assert.Contains("this server does not have yet", await _router.Refused("/certificate add-scep template=t"));
        Assert.Contains("this server does not have it", await _router.Refused("/certificate scep-server add ca-cert=ca"));
        Assert.Contains("did you mean sign", await _router.Refused("/certificate sgin t"));
        Assert.Contains("import lists", await _router.Refused("/certificate settings set crl-download=yes"));
    }

    [Fact]
    public async Task Template_is_left_when_signing_it_fails()
    {
        await _router.Run("/certificate add name=t common-name=t key-size=prime256v1 digest-algorithm=md5");
        await _router.Refused("/certificate sign t");

        Assert.Equal("1", (await _router.Run("/certificate print count-only")).Trim());
    }

    [Fact]
    public async Task Time_that_is_over_is_shown()
    {
        await SignedCaAsync();

        _router.Clock.Advance(TimeSpan.FromDays(365));

        Assert.Equal(("yes", "0s"), (await Get("ca", "expired"), await Get("ca", "expires-after")));
        Assert.Contains("time is over", await _router.Refused("/certificate add name=x common-name=x; /certificate sign x ca=ca"));
    }

    // --- requests ----------------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task A_request_can_be_made_and_signed_by_another()
    {
        await SignedCaAsync();
        await _router.Run("""
            /certificate
            add name=t common-name=asked key-size=prime256v1 subject-alt-name=DNS:asked.example
            create-certificate-request template=t key-passphrase=secret challenge-password=x
            sign-certificate-request file-name=certificate-request.pem ca=ca key-usage=digital-signature,tls-server days-valid=30
            import file-name=certificate-request_key.pem passphrase=secret
            """);

        Assert.True(Holds(Certificate("asked"), Certificate("ca")));
        Assert.Equal(("DNS:asked.example", "30", "yes"), (await Get("asked", "subject-alt-name"), await Get("asked", "days-valid"), await Get("asked", "private-key")));
        Assert.Equal("2", (await _router.Run("/certificate print count-only")).Trim());
    }

    [Fact]
    public async Task A_file_that_is_no_request_is_refused()
    {
        await SignedCaAsync();
        _router.Files.Write("x.pem", "nothing"u8);

        Assert.Contains("no certificate request", await _router.Refused("/certificate sign-certificate-request file-name=x.pem ca=ca"));
    }

    // --- import, export ----------------------------------------------------------------------------------------------------------

    [Theory]
    [InlineData("pem", ".crt")]
    [InlineData("der", ".der")]
    [InlineData("pkcs12", ".p12")]
    public async Task What_is_exported_comes_in_again_with_its_key(string type, string ending)
    {
        await SignedCaAsync();
        await _router.Run($"""
            /certificate
            add name=leaf common-name=leaf key-size=prime256v1
            sign leaf ca=ca
            export-certificate leaf type={type} export-passphrase=secret file-name=out
            """);
        var other = new Router();
        foreach (var file in Files())
            other.Files.Write(file, _router.Files.Read(file));

        var row = await other.Run($"/certificate import file-name=out{ending} passphrase=secret name=again trusted=no");
        if (type != "pkcs12")
            row = await other.Run("/certificate import file-name=out.key passphrase=secret");

        Assert.Contains("private-keys-imported: 1", row);
        Assert.Contains("decryption-failures: 0", row);
        Assert.Equal(await Get("leaf", "fingerprint"), (await other.Run("/certificate get again fingerprint")).Trim());
        Assert.Equal("yes", (await other.Run("/certificate get again private-key")).Trim());
        Directory.Delete(other.Files.Folder, recursive: true);
    }

    [Fact]
    public async Task Export_without_a_passphrase_holds_no_key()
    {
        await SignedCaAsync();
        await _router.Run("/certificate export-certificate ca type=pkcs12");

        var content = X509CertificateLoader.LoadPkcs12(_router.Files.Read("cert_export_ca.p12"), "");

        Assert.False(content.HasPrivateKey);
        Assert.DoesNotContain("cert_export_ca.key", Files());
    }

    [Fact]
    public async Task Import_answers_in_the_words_of_RouterOS_and_takes_nothing_twice()
    {
        await SignedCaAsync();
        await _router.Run("/certificate export-certificate ca export-passphrase=right file-name=x; /certificate remove ca");

        var first = await _router.Run("/certificate import file-name=x.crt");
        var wrong = await _router.Run("/certificate import file-name=x.key passphrase=wrong");
        var key = await _router.Run("/certificate import file-name=x.key passphrase=right");
        var again = await _router.Run("/certificate import file-name=x.crt");

        Assert.Equal(Row(certificates: 1, files: 1), first);
        Assert.Equal(Row(failures: 1), wrong);
        Assert.Equal(Row(keys: 1, files: 1), key);
        Assert.Equal(Row(), again);
        Assert.Equal(("yes", "yes"), (await Get("x.crt_0", "trusted"), await Get("x.crt_0", "private-key")));
    }

    [Fact]
    public async Task A_key_without_its_certificate_is_counted_and_not_kept()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _router.Files.Write("k.pem", System.Text.Encoding.ASCII.GetBytes(key.ExportECPrivateKeyPem()));

        Assert.Equal(Row(alone: 1), await _router.Run("/certificate import file-name=k.pem"));
        Assert.Equal("0", (await _router.Run("/certificate print count-only")).Trim());
    }

    [Fact]
    public async Task A_chain_in_one_file_comes_in_whole_with_numbered_names()
    {
        await SignedCaAsync();
        await _router.Run("/certificate add name=leaf common-name=leaf key-size=prime256v1; /certificate sign leaf ca=ca");
        _router.Files.Write("chain.pem", System.Text.Encoding.ASCII.GetBytes(
            "text before\n" + Certificate("leaf").ExportCertificatePem() + "\n" + Certificate("ca").ExportCertificatePem() + "\n"));
        await _router.Run("/certificate remove ca");

        await _router.Run("/certificate import file-name=chain.pem");

        Assert.Equal(("leaf", "CA"), (await Get("chain.pem_0", "common-name"), await Get("chain.pem_1", "common-name")));
    }

    [Fact]
    public async Task Files_are_looked_for_in_their_folder_only()
    {
        foreach (var name in (string[])["../x.pem", "/etc/ssl/certs/ca-certificates.crt", "a/../../x", "a\\\\x"])
            Assert.Contains("a name of a file in data/files is needed", await _router.Refused($"/certificate import file-name={name}"));

        Assert.Contains("no such file: x.pem", await _router.Refused("/certificate import file-name=x.pem"));
        await SignedCaAsync();
        Assert.Contains("a name of a file in data/files is needed", await _router.Refused("/certificate export-certificate ca file-name=../x"));
    }

    [Fact]
    public void Links_are_not_followed_out_of_the_folder_or_within()
    {
        _router.Files.Write("sub/plain", "x"u8);
        File.CreateSymbolicLink(Path.Combine(_router.Files.Folder, "link"), "/etc/passwd");
        Directory.CreateSymbolicLink(Path.Combine(_router.Files.Folder, "out"), "/etc");

        foreach (var name in (string[])["link", "out/passwd"])
        {
            Assert.Contains("symbolic links are not followed", Assert.Throws<MenuException>(() => _router.Files.Read(name)).Message);
            Assert.Contains("symbolic links are not followed", Assert.Throws<MenuException>(() => _router.Files.Write(name, "y"u8)).Message);
        }

        Assert.Equal("x"u8, _router.Files.Read("sub/plain"));
        Assert.Contains("is a folder", Assert.Throws<MenuException>(() => _router.Files.Write("sub", "y"u8)).Message);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_router.Files.Folder, "sub", "plain")));
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n")]
    [InlineData("0")]
    [InlineData("")]
    public async Task What_is_none_of_it_is_refused(string content)
    {
        _router.Files.Write("x", System.Text.Encoding.ASCII.GetBytes(content));

        Assert.Contains("there is no certificate", await _router.Refused("/certificate import file-name=x"));
    }

    // --- revoke ------------------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task Revoking_puts_it_on_the_list_and_the_list_grows_only()
    {
        await SignedCaAsync();
        await _router.Run("""
            /certificate
            add name=a common-name=a key-size=prime256v1
            add name=b common-name=b key-size=prime256v1
            sign a,b ca=ca
            issued-revoke a
            """);
        var first = List();
        _router.Clock.Advance(TimeSpan.FromHours(1));
        var b = Certificate("b").SerialNumber;
        await _router.Run("/certificate issued-revoke b; /certificate remove a");
        var second = List();

        Assert.Equal((1, 2), (first.Count, second.Count));
        Assert.True(second.Number > first.Number);
        Assert.True(second.IsIssuedBy(Certificate("ca")));
        Assert.Contains(b, Convert.ToHexString(second.Octets));
        Assert.Equal(("yes", "yes", "yes"), (await Get("b", "revoked"), await Get("b", "issued"), await Get("ca", "crl")));
        Assert.Equal("failure: b is revoked already", await _router.Refused("/certificate issued-revoke b"));
        Assert.Contains("was not issued by an authority that is here", await _router.Refused("/certificate issued-revoke ca"));
        Assert.Equal("2", (await _router.Run("/certificate/crl get 0 revoked")).Trim());
    }

    [Fact]
    public async Task A_list_is_taken_in_when_its_authority_is_here_and_not_an_older_one()
    {
        await SignedCaAsync();
        await _router.Run("/certificate add name=a common-name=a key-size=prime256v1; /certificate sign a ca=ca; /certificate export-certificate ca file-name=ca");
        var old = List();
        _router.Clock.Advance(TimeSpan.FromHours(1));
        await _router.Run("/certificate issued-revoke a");
        var other = new Router();
        other.Files.Write("ca.crt", _router.Files.Read("ca.crt"));
        other.Files.Write("old.crl", old.Octets);
        other.Files.Write("new.crl", List().Octets);

        Assert.Contains("import the authority's certificate first", await other.Refused("/certificate import file-name=new.crl"));
        Assert.Contains("crls-imported: 1", await other.Run("/certificate import file-name=ca.crt; /certificate import file-name=new.crl"));
        Assert.Contains("older", await other.Refused("/certificate import file-name=old.crl"));
        Assert.Equal("1", (await other.Run("/certificate/crl get 0 revoked")).Trim());
        Directory.Delete(other.Files.Folder, recursive: true);
    }

    // --- remove, settings --------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task Removing_an_authority_removes_what_it_issued_unless_that_is_in_use()
    {
        await SignedCaAsync();
        await _router.Run("""
            /certificate
            add name=sub common-name=Sub key-size=prime256v1 key-usage=key-cert-sign,crl-sign
            sign sub ca=ca
            add name=leaf common-name=leaf key-size=prime256v1
            sign leaf ca=sub
            /user-manager set certificate=leaf
            """);

        Assert.Equal("failure: can not remove, certificate is used by /user-manager certificate", await _router.Refused("/certificate remove leaf"));
        Assert.Equal("failure: can not remove, leaf, which it issued, is used by /user-manager certificate", await _router.Refused("/certificate remove ca"));
        Assert.Equal("3", (await _router.Run("/certificate print count-only")).Trim());

        await _router.Run("/user-manager set certificate=none; /certificate remove ca");
        Assert.Equal(("0", "0"), ((await _router.Run("/certificate print count-only")).Trim(), (await _router.Run("/certificate/crl print count-only")).Trim()));
    }

    [Fact]
    public async Task The_servers_certificate_is_chosen_by_name_and_needs_its_key()
    {
        await SignedCaAsync();
        await _router.Run("/certificate export-certificate ca file-name=ca; /certificate add name=t common-name=t");

        await _router.Run("/user-manager set certificate=ca");
        Assert.Equal("ca", (await _router.Run("/user-manager get certificate")).Trim());
        await _router.Run("/user-manager set certificate=*0 radsec-certificate=\"\"");
        Assert.Equal("none", (await _router.Run("/user-manager get certificate")).Trim());
        Assert.Contains("does not match any value of certificate", await _router.Refused("/user-manager set certificate=nobody"));
        Assert.Contains("has no private key here", await _router.Refused("/user-manager set certificate=t"));
    }

    [Fact]
    public async Task A_choice_whose_certificate_is_gone_prints_as_a_router_prints_it()
    {
        await SignedCaAsync();
        await _router.Run("/user-manager set certificate=ca");
        await _router.Records(UserManagerMenus.Certificate).RemoveAsync(new RecordId(2), TestContext.Current.CancellationToken);

        Assert.Equal("*0", (await _router.Run("/user-manager get certificate")).Trim());
    }

    [Fact]
    public async Task Exports_have_templates_and_never_a_key()
    {
        await SignedCaAsync();
        await _router.Run("/certificate add name=t common-name=t key-size=prime256v1");

        var export = await _router.Export();

        Assert.Contains("/certificate\nadd name=t common-name=t key-size=prime256v1\n", export);
        Assert.DoesNotContain("=ca", export);
        Assert.DoesNotContain("octets", await _router.Run("/certificate print detail show-sensitive; /certificate print as-value"));
    }

    // --- upkeep ------------------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task First_start_makes_an_authority_and_a_certificate_once()
    {
        var log = new Lines();
        await Upkeep(log).RunAsync(TestContext.Current.CancellationToken);
        await Upkeep(log).WriteFilesAsync(TestContext.Current.CancellationToken);
        await Upkeep(log).RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal("2", (await _router.Run("/certificate print count-only")).Trim());
        Assert.Equal("usermanager-server", (await _router.Run("/user-manager get certificate")).Trim());
        var server = Certificate("usermanager-server");
        Assert.True(Holds(server, X509CertificateLoader.LoadCertificate(_router.Files.Read("usermanager-ca.cer"))));
        Assert.Equal("1.3.6.1.5.5.7.3.1", server.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages[0].Value);
        Assert.True((server.NotAfter - server.NotBefore).TotalDays < 825);
        Assert.Equal("DNS:" + System.Net.Dns.GetHostName(), await Get("usermanager-server", "subject-alt-name"));
        Assert.Contains(log, line => line.Contains(Path.Combine(_router.Files.Folder, "usermanager-ca.pem")));
        Assert.Equal("usermanager-server", (await _router.Run("/ip/service get www-ssl certificate")).Trim());
        Assert.Equal(3, log.Count);
    }

    [Fact]
    public async Task First_start_that_was_broken_off_is_finished_by_the_next()
    {
        await Upkeep().RunAsync(TestContext.Current.CancellationToken);
        await _router.Records(UserManagerMenus.Settings).UpdateAsync(default, new Dictionary<string, object?> { ["certificate"] = null }, TestContext.Current.CancellationToken);
        await Upkeep().RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal("2", (await _router.Run("/certificate print count-only")).Trim());
        Assert.Equal("usermanager-server", (await _router.Run("/user-manager get certificate")).Trim());
    }

    [Fact]
    public async Task None_that_was_chosen_stays_none()
    {
        await _router.Run("/user-manager set certificate=none; /ip/service set www-ssl disabled=yes certificate=none");
        await Upkeep().RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal("0", (await _router.Run("/certificate print count-only")).Trim());
    }

    [Fact]
    public async Task Its_own_certificate_is_renewed_before_it_ends_under_name_and_id()
    {
        await Upkeep().RunAsync(TestContext.Current.CancellationToken);
        var (before, id) = (Certificate("usermanager-server"), await Get("usermanager-server", ".id"));
        _router.Clock.Advance(TimeSpan.FromDays(824 - 31));
        await Upkeep().RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal(before.SerialNumber, Certificate("usermanager-server").SerialNumber);

        _router.Clock.Advance(TimeSpan.FromDays(2));
        await Upkeep().RunAsync(TestContext.Current.CancellationToken);

        var after = Certificate("usermanager-server");
        Assert.NotEqual(before.SerialNumber, after.SerialNumber);
        Assert.False(before.GetPublicKey().SequenceEqual(after.GetPublicKey()));
        Assert.True(Holds(after, Certificate("usermanager-ca")));
        Assert.Equal((before.SubjectName.Name, id), (after.SubjectName.Name, await Get("usermanager-server", ".id")));
        Assert.Equal("yes", await Get("usermanager-server", "private-key"));
    }

    [Fact]
    public async Task What_cannot_be_renewed_here_is_warned_of_from_30_days_on()
    {
        await SignedCaAsync();
        await _router.Run("/user-manager set certificate=ca; /ip/service set www-ssl disabled=yes certificate=none");
        var log = new Lines();
        _router.Clock.Advance(TimeSpan.FromDays(334));
        await Upkeep(log).RunAsync(TestContext.Current.CancellationToken);
        Assert.Empty(log);

        _router.Clock.Advance(TimeSpan.FromDays(2));
        await Upkeep(log).RunAsync(TestContext.Current.CancellationToken);
        Assert.Contains("Certificate ca (/user-manager certificate) ends in 29 days", Assert.Single(log));

        _router.Clock.Advance(TimeSpan.FromDays(30));
        await Upkeep(log).RunAsync(TestContext.Current.CancellationToken);
        Assert.Contains("has ended", log[^1]);
    }

    // Nobody here can make it anew: the key of its authority is elsewhere.
    [Fact]
    public async Task A_list_that_was_imported_is_warned_of_from_three_days_on()
    {
        await SignedCaAsync();
        await _router.Run("/certificate export-certificate ca file-name=ca; /certificate add name=a common-name=a key-size=prime256v1; /certificate sign a ca=ca; /certificate issued-revoke a");
        _router.Files.Write("ca.crl", List().Octets);
        await _router.Run("/certificate remove ca; /certificate import file-name=ca.crt name=theirs; /certificate import file-name=ca.crl");
        await _router.Run("/certificate add name=own common-name=own key-size=prime256v1; /certificate sign own; /user-manager set certificate=own; /ip/service set www-ssl disabled=yes certificate=none");
        var log = new Lines();
        _router.Clock.Advance(TimeSpan.FromDays(26));
        await Upkeep(log).RunAsync(TestContext.Current.CancellationToken);
        Assert.Empty(log);

        _router.Clock.Advance(TimeSpan.FromDays(2));
        await Upkeep(log).RunAsync(TestContext.Current.CancellationToken);
        Assert.Contains("The list of revoked certificates of theirs is out of date at", Assert.Single(log));

        _router.Clock.Advance(TimeSpan.FromDays(3));
        await Upkeep(log).RunAsync(TestContext.Current.CancellationToken);
        Assert.Contains("all clients of that authority are refused until a newer one is imported", log[^1]);
    }

    [Fact]
    public async Task Lists_are_renewed_before_they_are_out_of_date_and_keep_what_they_name()
    {
        await SignedCaAsync();
        await _router.Run("/user-manager set certificate=none; /certificate add name=a common-name=a key-size=prime256v1; /certificate sign a ca=ca; /certificate issued-revoke a");
        var before = List();
        _router.Clock.Advance(TimeSpan.FromDays(16));
        await Upkeep().RunAsync(TestContext.Current.CancellationToken);
        await Upkeep().WriteFilesAsync(TestContext.Current.CancellationToken);

        var after = List();
        Assert.True(after.NextUpdate > before.NextUpdate && after.Number > before.Number);
        Assert.Equal(1, after.Count);
        Assert.Equal(after.Octets, _router.Files.Read($"crl/{await Get("ca", "skid")}.crl"));
    }

    // --- what the tests ask ------------------------------------------------------------------------------------------------------

    private async Task SignedCaAsync() =>
        await _router.Run("/certificate add name=ca common-name=CA key-size=prime256v1 key-usage=key-cert-sign,crl-sign; /certificate sign ca");

    private CertificateUpkeep Upkeep(Lines? log = null) =>
        new(_router.Tree, _router.Files, _router.Clock, new LinesLogger<CertificateUpkeep>(log ?? []));

    private async Task<string> Get(string name, string property) => (await _router.Run($"/certificate get {name} {property}"))[..^1];

    private X509Certificate2 Certificate(string name)
    {
        var records = _router.Records(UserManagerMenus.Certificate).ListAsync(new Dictionary<string, object> { ["name"] = name }, default);
        return CertificateValues.Load(records.ToBlockingEnumerable().Single());
    }

    private RevocationList List()
    {
        var record = _router.Records(UserManagerMenus.CertificateList).ListAsync(null, default).ToBlockingEnumerable().First();
        return RevocationList.Read(Convert.FromBase64String(record.Text(CertificateFields.ListOctets)))!;
    }

    private bool Holds(X509Certificate2 leaf, X509Certificate2 root, params X509Certificate2[] between)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.ExtraStore.AddRange(between);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = _router.Clock.GetUtcNow().UtcDateTime;
        return chain.Build(leaf);
    }

    private string[] Files() => [.. Directory.GetFiles(_router.Files.Folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    private string Text(string file) => System.Text.Encoding.ASCII.GetString(_router.Files.Read(file));

    private static string Row(int certificates = 0, int keys = 0, int files = 0, int failures = 0, int alone = 0) => $"""
             certificates-imported: {certificates}
             private-keys-imported: {keys}
                    files-imported: {files}
               decryption-failures: {failures}
          keys-with-no-certificate: {alone}

        """.ReplaceLineEndings("\n");
}
