using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>The TCP ports of <c>/ip/service</c>, opened, closed, moved and restricted while the server runs.</summary>
public sealed class WebServices
{
    [Fact]
    public async Task Https_is_on_from_the_first_start_with_a_certificate_that_the_first_start_s_authority_vouches_for()
    {
        var port = FreePort.Take();
        await using var server = await TestServer.StartAsync("", "--www-ssl-port", $"{port}");

        var name = Dns.GetHostName();
        var answer = await TestServer.RunToolAsync(
            "curl", "", "-s", "-o", "/dev/null", "-w", "%{http_code} %{ssl_verify_result} %{http_version}", "--cacert", Path.Combine(server.DataFolder, "files", "usermanager-ca.pem"),
            "--resolve", $"{name}:{port}:127.0.0.1", $"https://{name}:{port}/um/");

        Assert.Equal("200 0 2", answer.Good());
        Assert.Contains("www      80", (await server.ExecAsync("/ip/service/print")).Good(), StringComparison.Ordinal);
        Assert.Contains("certificate=usermanager-server", (await server.ExecAsync("/ip/service/print as-value where name=www-ssl")).Good(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_certificate_is_shown_from_the_next_connection_on()
    {
        var port = FreePort.Take();
        await using var server = await TestServer.StartAsync("", "--www-ssl-port", $"{port}");
        var first = await ShownAsync(port);

        (await server.ExecAsync("/certificate add name=other common-name=other.example key-size=prime256v1; /certificate sign other; /ip/service set www-ssl certificate=other")).Good();

        Assert.NotEqual("CN=other.example", first);
        Assert.Equal("CN=other.example", await ShownAsync(port));
        var refused = await server.ExecAsync("/certificate remove other");
        Assert.Contains("certificate is used by /ip/service www-ssl certificate", refused.Error, StringComparison.Ordinal);
        Assert.Contains("www-ssl needs a certificate", (await server.ExecAsync("/ip/service set www-ssl certificate=none")).Error, StringComparison.Ordinal);
        Assert.Contains("www has no TLS", (await server.ExecAsync("/ip/service set www certificate=other")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_moves_at_once_and_one_that_is_taken_changes_nothing()
    {
        var (first, second) = (FreePort.Take(), FreePort.Take());
        await using var server = await TestServer.StartAsync($"/ip/service set www disabled=no port={first}");
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(first));

        (await server.ExecAsync($"/ip/service set www port={second}")).Good();
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(second));
        await TestServer.WaitForAsync("the old port to close", () => !Answers(first));

        using var taken = new TcpListener(IPAddress.IPv6Any, 0);
        taken.Server.DualMode = true;
        taken.Start();
        var number = ((IPEndPoint)taken.LocalEndpoint).Port;
        var refused = await server.ExecAsync($"/ip/service set www port={number}");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"www: TCP port {number} is in use by another program", refused.Error, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(second));
        Assert.Contains($"port={second}", (await server.ExecAsync("/ip/service print as-value where name=www")).Good(), StringComparison.Ordinal);

        (await server.ExecAsync("/ip/service disable www")).Good();
        await TestServer.WaitForAsync("the port to close", () => !Answers(second));
    }

    [Fact]
    public async Task An_address_restricts_who_may_connect()
    {
        var port = FreePort.Take();
        await using var server = await TestServer.StartAsync($"/ip/service set www disabled=no port={port} address=127.0.0.0/8,::1");
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(port));

        (await server.ExecAsync("/ip/service set www address=10.0.0.0/8,2001:db8::/32")).Good();
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(port));

        (await server.ExecAsync("/ip/service set www address=\"\"")).Good();
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(port));
        Assert.Contains("invalid value for argument address", (await server.ExecAsync("/ip/service set www address=10.0.0.0/33")).Error, StringComparison.Ordinal);
    }

    // RADIUS goes on without the pages; who looks is told.
    [Fact]
    public async Task A_port_that_is_taken_at_the_start_is_said_and_shown_and_the_server_runs()
    {
        using var taken = new TcpListener(IPAddress.IPv6Any, 0);
        taken.Server.DualMode = true;
        taken.Start();
        var number = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using var server = await TestServer.StartAsync("", "--www-ssl-port", $"{number}");

        await server.WaitForLineAsync($"www-ssl: TCP port {number} is in use by another program");
        Assert.Contains("invalid=true", (await server.ExecAsync("/ip/service print as-value where name=www-ssl")).Good(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_menu_has_two_records_which_may_be_set_only()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var command in (string[])["add name=ftp port=21", "remove www"])
            Assert.NotEqual(0, (await server.ExecAsync("/ip/service " + command)).ExitCode);

        Assert.Contains("failure: port 443 is the one of www-ssl", (await server.ExecAsync("/ip/service set www port=443")).Error, StringComparison.Ordinal);
        Assert.Contains("value of port out of range (1..65535)", (await server.ExecAsync("/ip/service set www port=0")).Error, StringComparison.Ordinal);
        (await server.ExecAsync("/ip/service set www port=8080; /ip/service set www-ssl port=8443")).Good();
        Assert.Contains("/ip service\nset www port=8080\nset www-ssl port=8443", (await server.ExecAsync("/ip/service export")).Good(), StringComparison.Ordinal);
        (await server.ExecAsync("/ip/service reset www value-name=port; /ip/service reset www-ssl value-name=port")).Good();
        Assert.DoesNotContain("port=", (await server.ExecAsync("/ip/service export")).Good(), StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> AskAsync(int port)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync($"http://127.0.0.1:{port}/", TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private static bool Answers(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<string> ShownAsync(int port)
    {
        var subject = "";
        using var connection = new TcpClient("127.0.0.1", port);
        await using var tls = new SslStream(connection.GetStream(), false, (_, certificate, _, _) => (subject = certificate!.Subject).Length > 0);
        await tls.AuthenticateAsClientAsync("any");
        return subject;
    }
}
