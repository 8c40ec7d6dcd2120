using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>docs/sql.md, tried: its examples, and the routers of the table nas.</summary>
[Collection(SqlServers.Together)]
public sealed class SqlDocument(SqlServers servers)
{
    [Fact]
    public async Task The_examples_of_the_document_work()
    {
        var document = await File.ReadAllTextAsync(Repository.At("docs", "sql.md"), TestContext.Current.CancellationToken);
        var (yaml, sql) = (Blocks(document, "yaml"), Blocks(document, "sql"));
        Assert.Equal((4, 2), (yaml.Count, sql.Count));
        var port = $"\nport: {servers.Database.Port}\n";
        servers.Database.Run("USE radius;\n" + sql[0] + sql[1]);
        await using var server = await servers.StartAsync(yaml[0] + port, yaml[1]);
        const string Login = "User-Name = alice\nUser-Password = secret\nMessage-Authenticator = 0x00\n";
        const string Session = "User-Name = alice\nAcct-Session-Id = \"s1\"\nNAS-IP-Address = 127.0.0.1\nAcct-Status-Type = ";

        Assert.Contains("Mikrotik-Rate-Limit = \"10M/10M\"", (await server.RadclientAsync("auth", Login)).Output);
        Assert.Contains("Received Accounting-Response", (await server.RadclientAsync("acct", Session + "Start\n")).Output);
        Assert.Contains("Received Access-Reject", (await server.RadclientAsync("auth", Login)).Output);
        Assert.Contains("Received Accounting-Response", (await server.RadclientAsync("acct", Session + "Stop\n")).Output);
        Assert.Contains("Received Access-Accept", (await server.RadclientAsync("auth", Login)).Output);
        Assert.Contains("Received Accounting-Response", (await server.RadclientAsync("acct", Session + "Accounting-On\n")).Output);

        Assert.Equal("alice\tNULL\n", servers.Database.Run("SELECT username, acctinterval FROM radius.radacct WHERE username = 'alice' AND acctstoptime IS NOT NULL"));
        Assert.Equal("secret\tAccess-Accept\nsecret\tAccess-Reject\nsecret\tAccess-Accept\n", servers.Database.Run("SELECT pass, reply FROM radius.radpostauth WHERE username = 'alice' ORDER BY id"));
        (await server.RunAsync("check", "--config", servers.Configure(yaml[3] + port, yaml[1]))).Good();
        await using var grouped = await servers.StartAsync(yaml[0] + port, yaml[1][..yaml[1].IndexOf("post-auth", StringComparison.Ordinal)] + yaml[2]);
        Assert.Contains("Framed-Pool = \"gold\"", (await grouped.RadclientAsync("auth", Login)).Output);
    }

    [Theory]
    [InlineData("mysql")]
    [InlineData("sqlite")]
    public async Task Routers_of_nas_are_served_beside_those_of_the_menu(string dialect)
    {
        var (options, run) = servers.FreeDatabase(dialect);
        run("INSERT INTO radcheck (username, attribute, op, value) VALUES ('carol', 'Cleartext-Password', ':=', 'secret'); "
            + "INSERT INTO nas (nasname, shortname, type, secret) VALUES ('127.0.0.2', 'two', 'other', 'from-nas'), ('127.0.0.1', 'one', 'other', 'nas-hidden'), ('127.1.0.0/16', 'net', 'mikrotik', 'of-the-net')");
        await using var server = await servers.StartAsync(options + "read_clients: yes\n", """
            authorize: [ sql, pap ]
            authenticate: { pap: [ pap ] }
            post-auth: [ { update: { reply: { Reply-Message: "%{client:shortname}" } } } ]
            preacct: [ preprocess ]
            accounting: [ sessions ]
            """);

        Assert.Contains("\"two\"", await LoginAsync("127.0.0.2", "from-nas"));
        Assert.Contains("\"net\"", await LoginAsync("127.1.2.3", "of-the-net"));
        Assert.Contains("\"test\"", await LoginAsync("127.0.0.1", "testing123"));       // that of /user-manager/router comes first
        Assert.DoesNotContain("Received", await LoginAsync("127.0.0.1", "nas-hidden"));
        Assert.Contains("Received Accounting-Response", (await server.RadclientAsync("acct", "User-Name = carol\nAcct-Session-Id = s1\nAcct-Status-Type = Start\nPacket-Src-IP-Address = 127.0.0.2\n", "from-nas")).Output);
        Assert.Contains("carol", (await server.ExecAsync("/user-manager/session/print")).Good());

        run("UPDATE nas SET secret = 'nas-changed' WHERE shortname = 'two'");
        run("DELETE FROM nas WHERE shortname = 'net'");
        await TestServer.RunToolAsync("kill", "", "-HUP", $"{server.ProcessId}");
        await server.WaitForLineAsync("Reloaded (SIGHUP)");
        await TestServer.WaitForAsync("the change", () => LoginAsync("127.0.0.2", "nas-changed").Result.Contains("Received Access-Accept"));
        Assert.DoesNotContain("Received", await LoginAsync("127.1.2.3", "of-the-net"));
        await server.StopAsync();
        string[] secrets = ["from-nas", "nas-changed", "nas-hidden", "of-the-net"];
        Assert.DoesNotContain(server.Lines, line => secrets.Any(line.Contains));

        async Task<string> LoginAsync(string from, string secret) => (await server.RadclientAsync(
            "auth", $"User-Name = carol\nUser-Password = secret\nMessage-Authenticator = 0x00\nPacket-Src-IP-Address = {from}\n", secret, "-t", "1")).Output;
    }

    private static List<string> Blocks(string document, string language) =>
        [.. System.Text.RegularExpressions.Regex.Matches(document, $"```{language}\n(.*?)```", System.Text.RegularExpressions.RegexOptions.Singleline).Select(m => m.Groups[1].Value)];
}
