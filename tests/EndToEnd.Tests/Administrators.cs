using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>Administrators over HTTPS: who he is, what he may do, and what is remembered of it.</summary>
public sealed class Administrators : IAsyncLifetime
{
    private readonly int _port = FreePort.Take();
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync("", "--www-ssl-port", $"{_port}");

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_first_start_prints_a_password_once_and_the_log_does_not_have_it()
    {
        var line = await _server.WaitForLineAsync("Administrator admin, password ");
        var password = line.Split("password ")[1].Split(':')[0];

        Assert.Equal("200", (await CurlAsync("admin", password, "/system/resource", "-o", "/dev/null", "-w", "%{http_code}")).Good());
        Assert.DoesNotContain(password, (await _server.ExecAsync("/log/print; /system/audit/print")).Good(), StringComparison.Ordinal);
        Assert.Equal(0, await _server.StopAsync());
        await _server.StartAgainAsync();
        Assert.Single(_server.Lines, l => l.Contains("Administrator admin, password", StringComparison.Ordinal));
        Assert.Equal("200", (await CurlAsync("admin", password, "/system/resource", "-o", "/dev/null", "-w", "%{http_code}")).Good());
    }

    [Fact]
    public async Task Wrong_passwords_are_401_in_RouterOS_s_form_and_a_lost_one_is_set_at_the_console()
    {
        using var wrong = await AskAsync("admin", "wrong", HttpMethod.Get, "/user-manager/user");
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Equal("""{"error":401,"message":"Unauthorized"}""", await wrong.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith("Basic realm=\"UserManager\"", wrong.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        await _server.WaitForLineAsync("Login failure for admin from 127.0.0.1 via rest-api: wrong password");

        (await _server.ExecAsync("/user/set admin password=\"new one\"")).Good();
        using var right = await AskAsync("admin", "new one", HttpMethod.Get, "/user-manager/user");
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
    }

    [Fact]
    public async Task Groups_decide_what_is_allowed()
    {
        (await _server.ExecAsync("""
            /user-manager/user/add name=u password=s3cret
            /user/group/add name=blind policy=read,write
            /user/group/add name=auditor policy=read,sensitive,api,rest-api
            /user/add name=reader password=p group=read
            /user/add name=writer password=p group=write
            /user/add name=boss password=p group=full
            /user/add name=blind password=p group=blind
            /user/add name=auditor password=p group=auditor
            """)).Good();
        const string Refused = """500 {"detail":"not enough permissions (9)","error":500,"message":"Internal Server Error"}""";

        Assert.StartsWith("200", await SayAsync("reader", HttpMethod.Get, "/user-manager/user"), StringComparison.Ordinal);
        Assert.Contains("\"password\":\"*****\"", await SayAsync("reader", HttpMethod.Get, "/user-manager/user/u"), StringComparison.Ordinal);
        Assert.Contains("\"password\":\"s3cret\"", await SayAsync("auditor", HttpMethod.Get, "/user-manager/user/u"), StringComparison.Ordinal);
        Assert.Equal(Refused, await SayAsync("reader", HttpMethod.Put, "/user-manager/user", """{"name":"x"}"""));
        Assert.Equal(Refused, await SayAsync("reader", HttpMethod.Patch, "/user-manager/user/u", """{"comment":"x"}"""));
        Assert.Equal(Refused, await SayAsync("reader", HttpMethod.Delete, "/user-manager/user/u"));
        Assert.Equal(Refused, await SayAsync("reader", HttpMethod.Post, "/user-manager/user/set", """{"numbers":"u","comment":"x"}"""));
        Assert.Equal(Refused, await SayAsync("reader", HttpMethod.Post, "/system/reload"));
        Assert.StartsWith("200", await SayAsync("reader", HttpMethod.Post, "/user-manager/user/monitor", """{"numbers":"u","once":""}"""), StringComparison.Ordinal);
        Assert.StartsWith("201", await SayAsync("writer", HttpMethod.Put, "/user-manager/user", """{"name":"x"}"""), StringComparison.Ordinal);
        Assert.Equal(Refused, await SayAsync("writer", HttpMethod.Put, "/user", """{"name":"x","group":"full"}"""));
        Assert.Equal(Refused, await SayAsync("writer", HttpMethod.Patch, "/user/writer", """{"group":"full"}"""));
        Assert.Equal(Refused, await SayAsync("writer", HttpMethod.Patch, "/user/group/write", """{"policy":"policy"}"""));
        Assert.StartsWith("201", await SayAsync("boss", HttpMethod.Put, "/user", """{"name":"x","group":"full"}"""), StringComparison.Ordinal);
        Assert.Equal(Refused, await SayAsync("blind", HttpMethod.Get, "/user-manager/user"));

        var audit = (await _server.ExecAsync("/system/audit/print as-value where user=writer")).Good();
        Assert.Contains("from=rest 127.0.0.1", audit, StringComparison.Ordinal);
        Assert.Contains("menu=/user-manager/user", audit, StringComparison.Ordinal);
        Assert.Contains("\"name\":\"boss\"", await SayAsync("boss", HttpMethod.Get, "/user/active"), StringComparison.Ordinal);
    }

    // Seed, "POST": the body as written there.
    [Fact]
    public async Task An_administrator_changes_his_own_password()
    {
        (await _server.ExecAsync("/user/add name=ann password=old group=read")).Good();
        const string Body = """{"old-password":"old","new-password":"N3w", "confirm-new-password":"N3w"}""";

        Assert.Equal("200 []", await SayAsync("ann", HttpMethod.Post, "/password", Body, "old"));
        Assert.StartsWith("401", await SayAsync("ann", HttpMethod.Get, "/user", "", "old"), StringComparison.Ordinal);
        Assert.StartsWith("200", await SayAsync("ann", HttpMethod.Get, "/user", "", "N3w"), StringComparison.Ordinal);
        Assert.Contains("failure: old-password is wrong", await SayAsync("ann", HttpMethod.Post, "/password", Body, "N3w"), StringComparison.Ordinal);
        Assert.Contains("failure: new-password and confirm-new-password differ", await SayAsync("ann", HttpMethod.Post, "/password", """{"old-password":"N3w","new-password":"a","confirm-new-password":"b"}""", "N3w"), StringComparison.Ordinal);
        Assert.Contains("missing value(s) of argument(s) old-password", await SayAsync("ann", HttpMethod.Post, "/password", "{}", "N3w"), StringComparison.Ordinal);
        Assert.Contains("no administrator is logged in here", (await _server.ExecAsync("/password old-password=a new-password=b confirm-new-password=b")).Error, StringComparison.Ordinal);

        var audit = (await _server.ExecAsync("/system/audit/print as-value where action=password")).Good();
        Assert.Contains("user=ann", audit, StringComparison.Ordinal);
        Assert.DoesNotContain("N3w", audit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_who_may_administer_stays_and_groups_that_came_along_too()
    {
        foreach (var command in (string[])["/user/remove admin", "/user/disable admin", "/user/set admin group=write"])
            Assert.Contains("the last user with policy=write,policy", (await _server.ExecAsync(command)).Error, StringComparison.Ordinal);

        foreach (var command in (string[])["/user/group/remove full", "/user/group/set read policy=read,write", "/user/group/set write name=w"])
            Assert.Contains("default group", (await _server.ExecAsync(command)).Error, StringComparison.Ordinal);

        (await _server.ExecAsync("/user/group/add name=g policy=!policy; /user/group/set g policy=write,policy; /user/add name=second group=g; /user/remove admin")).Good();
        Assert.Contains("group is used by user", (await _server.ExecAsync("/user/group/remove g")).Error, StringComparison.Ordinal);
        Assert.Contains("a name has no colon", (await _server.ExecAsync("/user/add name=a:b group=g")).Error, StringComparison.Ordinal);
    }

    private async Task<string> SayAsync(string name, HttpMethod method, string path, string body = "", string password = "p")
    {
        using var answer = await AskAsync(name, password, method, path, body);
        return $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}";
    }

    private async Task<HttpResponseMessage> AskAsync(string name, string password, HttpMethod method, string path, string body = "")
    {
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, certificate, _, _) => certificate is not null };
        using var http = new HttpClient(handler);
        using var request = new HttpRequestMessage(method, $"https://127.0.0.1:{_port}/rest{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")));
        if (body.Length > 0)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");

        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private Task<Ran> CurlAsync(string name, string password, string path, params string[] more) =>
        TestServer.RunToolAsync("curl", "", ["-s", "-k", "-u", $"{name}:{password}", .. more, $"https://127.0.0.1:{_port}/rest{path}"]);
}
