using System.Text.RegularExpressions;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>Certificates on the real server: its first start, the manual's commands, several servers, docs/certificates.md.</summary>
public sealed class Certificates
{
    [Fact]
    public async Task First_start_makes_a_certificate_that_openssl_believes_and_the_next_start_keeps_it()
    {
        await using var server = await TestServer.StartAsync();
        var line = await server.WaitForLineAsync("clients of EAP must trust: ");
        var ca = Path.Combine(server.DataFolder, "files", "usermanager-ca.pem");
        var fingerprint = (await server.ExecAsync("/certificate get usermanager-server fingerprint")).Good();
        (await server.ExecAsync("/certificate export-certificate usermanager-server file-name=server")).Good();
        var verified = await OpensslAsync(server, "verify -CAfile usermanager-ca.pem -purpose sslserver server.crt");

        Assert.Contains(ca, line);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(ca));
        Assert.Contains("OK", verified.Good());
        Assert.Contains("BEGIN CERTIFICATE", (await OpensslAsync(server, "x509 -inform DER -in usermanager-ca.cer")).Good());

        await server.StopAsync();
        await server.StartAgainAsync();
        Assert.Equal(fingerprint, (await server.ExecAsync("/certificate get usermanager-server fingerprint")).Good());
        Assert.Equal("2\n", (await server.ExecAsync("/certificate print count-only")).Good());
        Assert.Equal("usermanager-server\n", (await server.ExecAsync("/user-manager get certificate")).Good());
    }

    [Fact]
    public async Task The_examples_of_the_manual_work_as_they_are()
    {
        await using var server = await TestServer.StartAsync();

        var printed = (await server.ExecAsync("""
            /certificate
            add name=CA-Template common-name=CAtemp key-usage=key-cert-sign,crl-sign
            add name=Server common-name=server
            add name=Client common-name=client
            /certificate 
            sign CA-Template 
            sign Client      
            sign Server ca-crl-host=192.168.88.1 name=ServerCA
            /certificate 
            export-certificate CA-Template 
            export-certificate ServerCA export-passphrase=yourpassphrase
            export-certificate Client export-passphrase=yourpassphrase
            /certificate/print where trusted
            """)).Good();

        Assert.Matches(@"K  A   T +CA-Template +CAtemp", printed);
        Assert.Matches(@"K  A   T +Client +client", printed);
        Assert.Matches(@"KL A   T +ServerCA +server", printed);
        var files = Directory.GetFiles(Path.Combine(server.DataFolder, "files"), "cert_export_*").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);
        Assert.Equal(["cert_export_CA-Template.crt", "cert_export_Client.crt", "cert_export_Client.key", "cert_export_ServerCA.crt", "cert_export_ServerCA.key"], files);
        Assert.Contains("RSA key ok", (await OpensslAsync(server, "rsa -in cert_export_Client.key -passin pass:yourpassphrase -check -noout")).Good());
    }

    [Fact]
    public async Task What_is_revoked_is_in_the_file_of_the_list_when_the_command_ends()
    {
        await using var server = await TestServer.StartAsync();
        (await server.ExecAsync("""
            /certificate
            add name=ann common-name=ann key-usage=tls-client key-size=prime256v1
            sign ann ca=usermanager-ca
            export-certificate ann file-name=ann
            issued-revoke ann
            """)).Good();
        await TestServer.WaitForAsync("the list", () => Directory.Exists(Path.Combine(server.DataFolder, "files", "crl")));
        (await OpensslAsync(server, "crl -inform DER -in crl/*.crl -out list.pem")).Good();

        var verified = await OpensslAsync(server, "verify -crl_check -CAfile usermanager-ca.pem -CRLfile list.pem ann.crt");

        Assert.Contains("certificate revoked", verified.Output + verified.Error);
    }

    [Fact]
    public async Task Servers_that_start_together_on_one_database_have_one_certificate()
    {
        var config = Directory.CreateTempSubdirectory("usermanager-test-").FullName;
        (await TestServer.RunToolAsync("cp", "", "-r", Repository.At("config") + "/.", config)).Good();
        await File.WriteAllTextAsync(Path.Combine(config, "usermanager.yaml"), $"database: sqlite:{config}/shared.db\n", TestContext.Current.CancellationToken);

        var servers = await Task.WhenAll(TestServer.StartAsync((string?)null, "--config", config), TestServer.StartAsync((string?)null, "--config", config));
        try
        {
            foreach (var server in servers)
                await TestServer.WaitForAsync("the authority", () => File.Exists(Path.Combine(server.DataFolder, "files", "usermanager-ca.pem")));

            var files = servers.Select(s => File.ReadAllText(Path.Combine(s.DataFolder, "files", "usermanager-ca.pem"))).ToList();
            Assert.Equal(files[0], files[1]);
            Assert.Equal("2\n", (await servers[0].ExecAsync("/certificate print count-only")).Good());
            Assert.Equal("usermanager-server\n", (await servers[1].ExecAsync("/user-manager get certificate")).Good());
        }
        finally
        {
            foreach (var server in servers)
                await server.DisposeAsync();

            Directory.Delete(config, recursive: true);
        }
    }

    [Fact]
    public async Task Server_without_its_secret_key_does_not_start_and_says_why()
    {
        await using var server = await TestServer.StartAsync("/user-manager/user/add name=ann password=zwiebelkuchen");
        await server.StopAsync();
        var key = Path.Combine(server.DataFolder, "secret.key");
        File.Move(key, key + ".away");

        var ran = await server.RunAsync("serve", "--data", server.DataFolder);

        Assert.NotEqual(0, ran.ExitCode);
        Assert.Contains($"{key} is missing: the secrets in", ran.Error + ran.Output);
        File.Move(key + ".away", key);
        await server.StartAgainAsync();
        Assert.Equal("zwiebelkuchen\n", (await server.ExecAsync("/user-manager/user get ann password")).Good());
    }

    [Fact]
    public async Task The_examples_of_the_document_work_as_written()
    {
        await using var server = await TestServer.StartAsync();
        Directory.CreateDirectory(Path.Combine(server.DataFolder, "files"));
        (await OpensslAsync(server, "req -x509 -newkey rsa:2048 -keyout radius.key -passout 'pass:secret of the key' -out radius.crt -subj /CN=radius.example.org")).Good();
        var document = await File.ReadAllTextAsync(Repository.At("docs", "certificates.md"), TestContext.Current.CancellationToken);
        var blocks = Regex.Matches(document, "```(?<kind>routeros|console)\n(?<text>.*?)\n```", RegexOptions.Singleline);

        Assert.True(blocks.Count >= 4);
        foreach (Match block in blocks)
        {
            var text = block.Groups["text"].Value;
            if (block.Groups["kind"].Value == "routeros")
            {
                (await server.ExecAsync(text)).Good();
                continue;
            }

            var lines = text.Split('\n');
            var output = (await TestServer.RunToolAsync("bash", "", "-c", $"cd '{server.Folder}' && {lines[0]["$ ".Length..]}")).Good();
            Assert.Equal(string.Join('\n', lines[1..]), output.TrimEnd());
        }

        Assert.Equal("bought\n", (await server.ExecAsync("/user-manager get certificate")).Good());
    }

    private static Task<Ran> OpensslAsync(TestServer server, string arguments) =>
        TestServer.RunToolAsync("bash", "", "-c", $"cd '{server.DataFolder}/files' && openssl {arguments}");
}
