using System.Text.RegularExpressions;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>REST, by a client that knows nothing of us.</summary>
public sealed class Rest
{
    /// <summary>docs/rest.md, command by command.</summary>
    [Fact]
    public async Task The_document_is_true()
    {
        await using var server = await TestServer.StartAsync();
        var block = Regex.Match(await File.ReadAllTextAsync(Repository.At("docs", "rest.md"), TestContext.Current.CancellationToken), "```console\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
        var commands = block.Split("$ ", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(7, commands.Length);
        foreach (var command in commands)
        {
            var (line, expected) = (command.Split('\n', 2)[0], command.Split('\n', 2)[1].TrimEnd('\n'));
            var printed = (await TestServer.RunToolAsync("bash", "", "-c", line.Replace("data/usermanager.sock", server.Socket, StringComparison.Ordinal))).Good();
            Assert.Matches($"^{Regex.Escape(expected).Replace("…", ".*", StringComparison.Ordinal)}$", printed);
        }

        Assert.Contains("from=rest", (await server.ExecAsync("/system/audit/print as-value where menu=/user-manager/user")).Good(), StringComparison.Ordinal);
    }

    /// <summary>Its line of curl over HTTPS: the authority's file, the certificate's name, an administrator's password.</summary>
    [Fact]
    public async Task The_document_s_HTTPS_line_is_true()
    {
        var (port, options) = PortalClient.Server();
        await using var server = await TestServer.StartAsync("/user/set admin password=PASSWORD", options);
        var document = await File.ReadAllTextAsync(Repository.At("docs", "rest.md"), TestContext.Current.CancellationToken);
        var line = Regex.Match(document, "`(curl --cacert [^`]*)`").Groups[1].Value;
        Assert.StartsWith("curl --cacert data/files/usermanager-ca.pem -u admin:PASSWORD https://$(hostname)/rest/", line, StringComparison.Ordinal);

        var here = line.Replace("data/", server.DataFolder + "/", StringComparison.Ordinal).Replace("$(hostname)/", $"$(hostname):{port}/", StringComparison.Ordinal) + $" -sS --resolve \"$(hostname):{port}:127.0.0.1\"";
        Assert.Contains("\"version\":", (await TestServer.RunToolAsync("bash", "", "-c", here)).Good(), StringComparison.Ordinal);
        Assert.Contains("\"error\":401", (await TestServer.RunToolAsync("bash", "", "-c", here.Replace(":PASSWORD ", ":password ", StringComparison.Ordinal))).Good(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_are_taken_as_they_were_encoded_and_monitors_answer()
    {
        await using var server = await TestServer.StartAsync("/user-manager user add name=a/b; /user-manager user add name=\"ä b\"");
        Assert.Equal("{\"name\":\"a/b\"}", await AskAsync(server, "/user-manager/user/a%2Fb?.proplist=name"));
        Assert.Equal("{\"name\":\"ä b\"}", await AskAsync(server, "/user-manager/user/%C3%A4%20b?.proplist=name"));
        Assert.Contains("\"active-sessions\":\"0\"", await AskAsync(server, "/user-manager/user/monitor", "-X", "POST", "-d", "{\"numbers\":\"a/b\",\"once\":\"\"}"), StringComparison.Ordinal);
        Assert.Contains("\"error\":406", await AskAsync(server, "/interface/print", "-X", "POST"), StringComparison.Ordinal);
    }

    // Over TCP there are no administrators yet.
    [Fact]
    public async Task Over_TCP_it_is_not_there()
    {
        var port = FreePort.Take();
        await using var server = await TestServer.StartAsync("", "--http-port", $"{port}");
        var answer = await TestServer.RunToolAsync("curl", "", "-s", "-o", "/dev/null", "-w", "%{http_code}", $"http://127.0.0.1:{port}/rest/user-manager/user");
        Assert.Equal("404", answer.Good());
    }

    private static async Task<string> AskAsync(TestServer server, string path, params string[] more) =>
        (await TestServer.RunToolAsync("curl", "", ["-s", "-g", "--unix-socket", server.Socket, .. more, "http://localhost/rest" + path])).Good();
}
