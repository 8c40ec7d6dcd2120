using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>wpa_supplicant's eapol_test as the client and the NAS, against the server as it is shipped.</summary>
public sealed class EapLogins : IAsyncLifetime
{
    private const string Tls12 = "tls_disable_tlsv1_3=1";
    private const string Tls13 = "tls_disable_tlsv1_0=1 tls_disable_tlsv1_1=1 tls_disable_tlsv1_2=1 tls_disable_tlsv1_3=0";

    private const string Console = """
        /user-manager set enabled=yes
        /user-manager router add address=127.0.0.0/8 name=local shared-secret=testing123
        /user-manager user add name=eapuser password=eappass
        """;

    private TestServer _server = null!;
    private readonly string _folder = Directory.CreateTempSubdirectory("usermanager-eap-").FullName;
    private string _certificates = "";

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Each method, with both versions of TLS and both kinds of certificate.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_method_lets_in_who_has_the_right_credential_and_the_keys_are_equal(bool rsa)
    {
        await StartAsync(rsa);
        var failed = new List<string>();
        foreach (var (name, network, keys) in Cases())
        {
            var ran = await EapolAsync(network, keys ? [] : ["-n"]);
            var isVersion = !name.Contains("1.") || ran.Contains($"Using TLS version TLSv{name[^3..]}");
            var areKeys = !keys || ran.Contains("MPPE keys OK: 1  mismatch: 0");
            if (!(ran.EndsWith("SUCCESS") && isVersion && areKeys))
                failed.Add($"{name}: {ran[^Math.Min(400, ran.Length)..]}");
        }

        Assert.Empty(failed);
    }

    [Fact]
    public async Task Who_has_a_wrong_password_or_certificate_is_told_so()
    {
        await StartAsync(rsa: false);
        foreach (var version in new[] { Tls12, Tls13 })
        {
            string[] networks =
            [
                Tunnel("PEAP", "auth=MSCHAPV2", version).Replace("eappass", "wrong"),
                Tunnel("TTLS", "auth=PAP", version).Replace("eappass", "wrong"),
                Tunnel("TTLS", "auth=MSCHAPV2", version).Replace("eappass", "wrong"),
                Certificate("expired", version),
                Certificate("revoked", version),
            ];
            foreach (var network in networks)
            {
                var ran = await EapolAsync(network);
                Assert.EndsWith("FAILURE", ran);
                Assert.Contains("Access-Reject", ran);
            }
        }

        await _server.WaitForLineAsync("wrong password");
        await _server.WaitForLineAsync("expired");
        await _server.WaitForLineAsync("revoked");
    }

    /// <summary>"the TOTP token added to the common password": also where that is inside a tunnel, or only a hash of it is sent.</summary>
    [Fact]
    public async Task A_one_time_password_is_asked_for_in_every_method_with_a_password()
    {
        await StartAsync(rsa: false);
        (await _server.ExecAsync("/user-manager user set eapuser otp-secret=mysecret")).Good();
        var failed = new List<string>();
        foreach (var (name, network, keys) in Cases().Where(c => !c.Name.StartsWith("TLS", StringComparison.Ordinal) && !c.Name.EndsWith("1.2", StringComparison.Ordinal)))
        {
            string[] options = keys ? [] : ["-n"];
            var alone = await EapolAsync(network, options);
            var right = await EapolAsync(network.Replace("eappass", "eappass" + OneTimeCode.Now()), options);
            if (!(alone.EndsWith("FAILURE") && right.EndsWith("SUCCESS")))
                failed.Add($"{name}: {alone[^7..]} without a code, {right[^7..]} with one");
        }

        Assert.Empty(failed);
    }

    [Fact]
    public async Task A_second_login_resumes_the_session()
    {
        await StartAsync(rsa: false);
        foreach (var version in new[] { Tls12, Tls13 })
        {
            foreach (var network in new[] { Certificate("client", version), Tunnel("TTLS", "auth=PAP", version), Tunnel("PEAP", "auth=MSCHAPV2", version) })
            {
                var ran = await EapolAsync(network, "-r1");
                Assert.EndsWith("SUCCESS", ran);
                Assert.Contains("resumed=1", ran);
                Assert.Contains("MPPE keys OK: 2  mismatch: 0", ran);
            }
        }
    }

    /// <summary>The NAS accounts by the User-Name of the Access-Accept (RFC 2865 §5.1), which is the inner one: so that is who has the place.</summary>
    [Fact]
    public async Task Behind_a_tunnel_the_place_and_the_decision_are_the_inner_users()
    {
        await StartAsync(rsa: false);
        Assert.EndsWith("SUCCESS", await EapolAsync(Tunnel("TTLS", "auth=PAP", Tls12)));

        var decision = (await _server.ExecAsync("/user-manager/decision/print as-value where user=eapuser")).Good();
        Assert.Contains(";result=access-accept;", decision);
        Assert.Contains("; inner authenticate: pap=ok", decision);
        Assert.Contains(" sessions: 1 of 1", (await _server.ExecAsync("/user-manager/user/explain eapuser")).Good());

        // Its device is 02:00:00:00:00:01, which eapol_test writes in the form of RFC 3580.
        var ran = await _server.RadclientAsync("acct", "User-Name = eapuser\nAcct-Session-Id = s1\nAcct-Status-Type = Start\nCalling-Station-Id = \"0200.0000.0001\"\n");
        Assert.Contains("Received Accounting-Response", ran.Output);
        var said = (await _server.ExecAsync("/user-manager/user/explain eapuser calling-station-id=020000000001")).Good();
        Assert.Contains(" sessions: 1 of 1, one of them of this device", said);
        Assert.Contains(" session: s1", said);

        Assert.EndsWith("FAILURE", await EapolAsync(Tunnel("TTLS", "auth=PAP", Tls12).Replace("eappass", "wrong")));
        Assert.Contains(";rule=wrong-password;", (await _server.ExecAsync("/user-manager/decision/print as-value where user=eapuser result=access-reject")).Good());
    }

    /// <summary>The set of cases beside the checkout, with the certificates they are made for, brought in and chosen as an administrator does.</summary>
    [Theory]
    [InlineData("rsa")]
    [InlineData("ec")]
    public async Task The_shared_cases_pass_with_certificates_that_were_imported(string kind)
    {
        _server = await TestServer.StartAsync(Console);
        var script = Path.Combine(Repository.Shared ?? "/none", "interop", "eapol", "run.sh");
        if (!File.Exists(script))
        {
            System.Console.WriteLine("left out: the shared eapol cases (../shared/interop/eapol is not there)");
            return;
        }

        (await TestServer.RunToolAsync("bash", "", Path.Combine(Path.GetDirectoryName(script)!, "gen-certs.sh"), _folder)).Good();
        await ImportAsync(Path.Combine(_folder, kind), "radius");
        (await _server.ExecAsync("/user-manager set certificate=radius")).Good();

        var ran = await TestServer.RunToolAsync(
            "env", "", $"EAP_CERTS={_folder}", $"EAP_KIND={kind}", "EAP_RESUME=yes", "EAP_CRL=yes", "bash", script, "127.0.0.1", $"{_server.AuthPort}", "testing123");

        Assert.EndsWith("45 passed, 0 failed", ran.Output.Trim());
        await _server.WaitForLineAsync("the client certificate has expired");
        await _server.WaitForLineAsync("the client certificate is revoked");
    }

    [Fact]
    public async Task The_certificate_is_changed_while_clients_log_in_and_none_of_them_is_lost()
    {
        _server = await TestServer.StartAsync(Console);
        foreach (var name in new[] { "first", "second" })
        {
            var folder = Path.Combine(_folder, name);
            EapCertificates.Write(folder, "eapuser", rsa: false, $"{name} CA");
            await ImportAsync(folder, name);
            File.AppendAllText(Path.Combine(_folder, "ca.pem"), File.ReadAllText(Path.Combine(folder, "ca.pem")) + "\n");
        }

        // Before that, the server shows the one of its first start, which these clients do not trust.
        (await _server.ExecAsync("/user-manager set certificate=first")).Good();
        _certificates = _folder;
        using var done = new CancellationTokenSource();
        var changes = 0;
        var changing = ChangeAsync();

        // Each client logs in ten times; between the rounds of a login the certificate changes. As long as it takes for some changes.
        while (Volatile.Read(ref changes) < 3)
        {
            var clients = await Task.WhenAll(
                Enumerable.Range(0, 3).Select(i => EapolFileAsync($"client-{i}", "fast_reauth=0\n" + Network(Tunnel("TTLS", "auth=PAP", Tls13)), "-r9")));
            Assert.All(clients, ran => Assert.True(ran.Contains("MPPE keys OK: 10  mismatch: 0"), ran[^Math.Min(1500, ran.Length)..]));
        }

        await done.CancelAsync();
        await changing;
        Assert.Contains("CN=second CA", await EapolAsync(Tunnel("TTLS", "auth=PAP", Tls13)));

        async Task ChangeAsync()
        {
            for (; !done.IsCancellationRequested; Interlocked.Increment(ref changes))
                (await _server.ExecAsync("/user-manager set certificate=first; /user-manager set certificate=second")).Good();
        }
    }

    [Fact]
    public async Task Sessions_are_resumed_over_reloads_of_the_policy()
    {
        await StartAsync(rsa: false);
        using var done = new CancellationTokenSource();
        var reloading = Task.Run(async () =>
        {
            for (var reloads = 0; ; reloads++)
            {
                if (done.IsCancellationRequested)
                    return reloads;

                (await _server.ExecAsync("/system/reload")).Good();
            }
        });

        await _server.WaitForLineAsync("Reloaded (");
        var ran = await EapolAsync(Tunnel("TTLS", "auth=PAP", Tls13), "-r30");
        await done.CancelAsync();

        Assert.Contains("MPPE keys OK: 31  mismatch: 0", ran);
        Assert.Equal(30, ran.Split("resumed=1").Length - 1);
        Assert.True(await reloading > 0);
    }

    private static IEnumerable<(string Name, string Network, bool Keys)> Cases()
    {
        foreach (var (method, keys) in new[] { ("MD5", false), ("GTC", false), ("MSCHAPV2", true) })
            yield return (method, $"eap={method}\nidentity=\"eapuser\"\npassword=\"eappass\"", keys);

        foreach (var (version, phase1) in new[] { ("1.2", Tls12), ("1.3", Tls13) })
        {
            yield return ($"TLS {version}", Certificate("client", phase1), true);
            foreach (var inner in new[] { "auth=PAP", "auth=CHAP", "auth=MSCHAP", "auth=MSCHAPV2", "autheap=MD5", "autheap=MSCHAPV2", "autheap=GTC" })
                yield return ($"TTLS {inner} {version}", Tunnel("TTLS", inner, phase1), true);

            foreach (var inner in new[] { "auth=MSCHAPV2", "auth=GTC" })
                yield return ($"PEAP {inner} {version}", Tunnel("PEAP", inner, phase1), true);
        }
    }

    private static string Tunnel(string method, string inner, string phase1) => $"""
        eap={method}
        identity="eapuser"
        anonymous_identity="anonymous"
        password="eappass"
        ca_cert="@/ca.pem"
        phase2="{inner}"
        phase1="{phase1} peapver=0"
        """;

    private static string Certificate(string name, string phase1) => $"""
        eap=TLS
        identity="eapuser"
        ca_cert="@/ca.pem"
        client_cert="@/{name}.pem"
        private_key="@/{name}.key"
        phase1="{phase1}"
        fragment_size=500
        """;

    private string Network(string lines) => $"network={{\nssid=\"eapol\"\nkey_mgmt=IEEE8021X\neapol_flags=0\n{lines.Replace("@", _certificates)}\n}}\n";

    private Task<string> EapolAsync(string network, params string[] options) => EapolFileAsync("eapol", Network(network), options);

    // eapol_test says SUCCESS or FAILURE at its end.
    private async Task<string> EapolFileAsync(string name, string text, params string[] options)
    {
        var file = Path.Combine(_server.Folder, $"{name}.conf");
        await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
        var ran = await TestServer.RunToolAsync("eapol_test", "", ["-c", file, "-a", "127.0.0.1", "-p", $"{_server.AuthPort}", "-s", "testing123", "-t", "20", .. options]);
        return ran.Output.Trim();
    }

    private async Task StartAsync(bool rsa)
    {
        _certificates = Path.Combine(_folder, "certificates");
        EapCertificates.Write(_certificates, "eapuser", rsa);
        _server = await EapServers.StartAsync(_folder, _certificates, Console);
    }

    /// <summary>The authority, its list and the server's certificate and key, by <c>/certificate import</c>.</summary>
    private async Task ImportAsync(string folder, string name)
    {
        var files = Path.Combine(_server.DataFolder, "files");
        Directory.CreateDirectory(files);
        foreach (var file in new[] { "ca.pem", "crl.pem", "server.pem", "server.key" })
            File.Copy(Path.Combine(folder, file), Path.Combine(files, $"{name}-{file}"));

        (await _server.ExecAsync($"""
            /certificate
            import file-name={name}-ca.pem name={name}-ca passphrase=""
            import file-name={name}-crl.pem passphrase=""
            import file-name={name}-server.pem name={name} passphrase=""
            import file-name={name}-server.key passphrase=""
            """)).Good();
    }
}

/// <summary>A server with the certificates of a folder.</summary>
internal static class EapServers
{
    /// <param name="networkNamespace">Where it runs; empty for here.</param>
    public static async Task<TestServer> StartAsync(string folder, string certificates, string console, string networkNamespace = "")
    {
        var config = Path.Combine(folder, "config");
        await TestServer.RunToolAsync("cp", "", "-r", Repository.At("config"), config);
        await File.WriteAllTextAsync(Path.Combine(config, "modules", "tls_common.yaml"), $"""
            certificate-file: {certificates}/server.pem
            private-key-file: {certificates}/server.key
            ca-file: {certificates}/ca.pem
            crl-file: {certificates}/crl.pem
            """);
        return networkNamespace.Length == 0
            ? await TestServer.StartAsync(console, "--config", config)
            : await TestServer.StartInAsync(networkNamespace, console, "--config", config);
    }
}
