using UserManager.Testing;

namespace UserManager.Management.Tests;

/// <summary>What we make is judged by openssl, and what openssl makes is taken in.</summary>
public sealed class OpensslTests : IDisposable
{
    private readonly Router _router = new();

    public OpensslTests() => Directory.CreateDirectory(_router.Files.Folder);

    public void Dispose() => Directory.Delete(_router.Files.Folder, recursive: true);

    [Theory]
    [InlineData("rsa:2048", "-traditional", "", "")]
    [InlineData("rsa:2048", "", "", "")]
    [InlineData("rsa:2048", "-traditional", "-aes256", "secret")]
    [InlineData("rsa:2048", "-traditional", "-des3", "secret")]
    [InlineData("rsa:2048", "", "-aes256", "secret")]
    [InlineData("ec:P-256", "-traditional", "", "")]
    [InlineData("ec:P-256", "-traditional", "-aes128", "secret")]
    [InlineData("ec:P-384", "", "-aes256", "secret")]
    [InlineData("ec:P-521", "", "", "")]
    public async Task Every_form_of_a_key_in_PEM_is_read(string kind, string form, string cipher, string passphrase)
    {
        await MakeAsync(kind);
        await Openssl($"pkey -in key.pem {form} {cipher} -out out.key -passout pass:{passphrase}");
        await _router.Run("/certificate import file-name=cert.pem name=c");

        var wrong = cipher.Length > 0 ? await _router.Run("/certificate import file-name=out.key passphrase=wrong") : "decryption-failures: 1";
        var right = await _router.Run($"/certificate import file-name=out.key passphrase=\"{passphrase}\"");

        Assert.Contains("decryption-failures: 1", wrong);
        Assert.Contains("private-keys-imported: 1", right);
    }

    [Theory]
    [InlineData("rsa:2048", "-traditional")]
    [InlineData("rsa:2048", "")]
    [InlineData("ec:P-256", "-traditional")]
    [InlineData("ec:P-256", "")]
    public async Task Every_form_of_a_key_in_DER_is_read(string kind, string form)
    {
        await MakeAsync(kind);
        await Openssl("x509 -in cert.pem -outform DER -out cert.der");
        await Openssl($"pkey -in key.pem {form} -outform DER -out key.der");

        await _router.Run("/certificate import file-name=cert.der name=c");
        Assert.Contains("private-keys-imported: 1", await _router.Run("/certificate import file-name=key.der"));
    }

    [Theory]
    [InlineData("rsa:2048", "-legacy")]
    [InlineData("rsa:2048", "")]
    [InlineData("ec:P-256", "-legacy")]
    [InlineData("ec:P-256", "")]
    public async Task Pkcs12_is_read_in_its_old_and_its_new_form(string kind, string form)
    {
        await MakeAsync(kind);
        await Openssl($"pkcs12 -export {form} -in cert.pem -inkey key.pem -out c.p12 -passout pass:secret");

        Assert.Contains("decryption-failures: 1", await _router.Run("/certificate import file-name=c.p12 passphrase=wrong"));
        var row = await _router.Run("/certificate import file-name=c.p12 passphrase=secret name=c");

        Assert.Contains("certificates-imported: 1", row);
        Assert.Contains("private-keys-imported: 1", row);
    }

    [Fact]
    public async Task What_we_sign_and_revoke_is_as_openssl_says()
    {
        await _router.Run("""
            /certificate
            add name=ca common-name="Our CA" country=LV organization=Ours key-size=2048 key-usage=key-cert-sign,crl-sign
            add name=server common-name=radius.example.org subject-alt-name=DNS:radius.example.org,IP:192.0.2.1 key-usage=digital-signature,key-encipherment,tls-server
            add name=ann common-name=ann key-size=prime256v1 key-usage=digital-signature,tls-client
            sign ca name=ca ca-crl-host=crl.example.org
            sign server ca=ca
            sign ann ca=ca
            export-certificate ca
            export-certificate server
            export-certificate ann type=pkcs12 export-passphrase=secret
            """);
        await Openssl("pkcs12 -in cert_export_ann.p12 -passin pass:secret -nodes -clcerts -out ann.pem");
        await WriteListAsync("before.pem");
        await _router.Run("/certificate issued-revoke ann");
        await WriteListAsync("after.pem");
        const string ca = "-attime 1795250000 -CAfile cert_export_ca.crt";       // some hours after the clock of the tests

        Assert.Contains("OK", await Openssl($"verify {ca} -purpose sslserver -verify_hostname radius.example.org cert_export_server.crt"));
        Assert.Contains("OK", await Openssl($"verify {ca} -purpose sslclient -crl_check -CRLfile before.pem ann.pem"));
        Assert.Contains("certificate revoked", await Failing($"verify {ca} -crl_check -CRLfile after.pem ann.pem"));
        Assert.Contains("unsuitable certificate purpose", await Failing($"verify {ca} -purpose sslserver ann.pem"));
        var text = await Openssl("x509 -in cert_export_server.crt -noout -subject -issuer -ext subjectAltName,crlDistributionPoints,basicConstraints");
        Assert.Contains("issuer=C = LV, O = Ours, CN = Our CA", text);
        Assert.Contains("DNS:radius.example.org, IP Address:192.0.2.1", text);
        Assert.Contains("URI:http://crl.example.org/crl/", text);
        Assert.Contains("CA:FALSE", text);
        Assert.Contains("BEGIN PRIVATE KEY", await File.ReadAllTextAsync(At("ann.pem"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_request_of_ours_and_one_of_openssl_are_understood()
    {
        await _router.Run("""
            /certificate
            add name=ca common-name=CA key-size=prime256v1 key-usage=key-cert-sign,crl-sign
            sign ca
            add name=t common-name=asked
            create-certificate-request template=t key-passphrase=secret challenge-password=revokeme
            """);
        var ours = await Openssl("req -in certificate-request.pem -noout -verify -text");
        await Openssl("req -new -newkey rsa:2048 -nodes -keyout k.pem -out theirs.pem -subj /O=Them/CN=theirs -addext subjectAltName=DNS:theirs.example");
        await _router.Run("/certificate sign-certificate-request file-name=theirs.pem ca=ca; /certificate import file-name=k.pem");

        Assert.Contains("CN = asked", ours);
        Assert.Contains("challengePassword", ours);
        Assert.Equal("DNS:theirs.example", (await _router.Run("/certificate get theirs subject-alt-name")).Trim());
        Assert.Equal("yes", (await _router.Run("/certificate get theirs private-key")).Trim());
    }

    // gen-certs.sh is beside the clients of EAP that are tried with; where it is not, openssl's own files above have to do.
    [Theory]
    [InlineData("rsa")]
    [InlineData("ec")]
    public async Task The_certificates_of_the_interop_suite_come_in(string kind)
    {
        if (Repository.Shared is not { } shared)
        {
            Console.WriteLine("left out: ../shared/interop is not here");
            return;
        }

        var script = Path.Combine(shared, "interop", "eapol", "gen-certs.sh");

        (await TestServer.RunToolAsync("bash", "", script, _router.Files.Folder)).Good();
        var row = await _router.Run($"""
            /certificate
            import file-name={kind}/ca-crl.pem name=ca
            import file-name={kind}/server.pem name=server
            import file-name={kind}/server.key passphrase=""
            /user-manager set certificate=server
            """);

        Assert.Contains("crls-imported: 1", row);
        Assert.Contains("private-keys-imported: 1", row);
        Assert.Equal("1", (await _router.Run("/certificate/crl get 0 revoked")).Trim());
        Assert.Equal(("yes", "yes"), ((await _router.Run("/certificate get ca authority")).Trim(), (await _router.Run("/certificate get ca crl")).Trim()));
    }

    private async Task MakeAsync(string kind)
    {
        var parts = kind.Split(':');
        var algorithm = parts[0] == "rsa" ? $"-newkey rsa:{parts[1]}" : $"-newkey ec -pkeyopt ec_paramgen_curve:{parts[1]}";
        await Openssl($"req -x509 {algorithm} -nodes -keyout key.pem -out cert.pem -subj /CN=x -days 30");
    }

    private async Task WriteListAsync(string file)
    {
        var list = _router.Records(UserManagerMenus.CertificateList).ListAsync(null, default).ToBlockingEnumerable().First();
        _router.Files.Write("list.der", Convert.FromBase64String(list.Text(CertificateFields.ListOctets)));
        await Openssl($"crl -inform DER -in list.der -out {file}");
    }

    private string At(string file) => Path.Combine(_router.Files.Folder, file);

    private async Task<string> Openssl(string arguments)
    {
        var ran = await RunAsync(arguments);
        Assert.True(ran.ExitCode == 0, $"openssl {arguments}: {ran.Output}{ran.Error}");
        return ran.Output + ran.Error;
    }

    private async Task<string> Failing(string arguments)
    {
        var ran = await RunAsync(arguments);
        Assert.NotEqual(0, ran.ExitCode);
        return ran.Output + ran.Error;
    }

    private Task<Ran> RunAsync(string arguments) => TestServer.RunToolAsync("bash", "", "-c", $"cd '{_router.Files.Folder}' && openssl {arguments}");
}
