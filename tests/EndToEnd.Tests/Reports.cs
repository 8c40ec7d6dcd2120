using System.Text.RegularExpressions;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>docs/reports.md, in a running server with sessions of a NAS.</summary>
public sealed class Reports
{
    [Fact]
    public async Task The_document_is_true()
    {
        await using var server = await TestServer.StartAsync(
            "/user-manager/set enabled=yes; /user-manager/router/add name=here address=127.0.0.1 shared-secret=testing123; /user-manager/user/add name=ann");
        var about = "User-Name=ann,Acct-Session-Id=a1,NAS-IP-Address=192.0.2.1,NAS-Port-Type=Ethernet";
        (await server.RadclientAsync("acct", $"Acct-Status-Type=Start,{about}")).Good();
        (await server.RadclientAsync("acct", $"Acct-Status-Type=Stop,{about},Acct-Session-Time=60,Acct-Output-Octets=1500000,Acct-Input-Octets=2000,Acct-Terminate-Cause=User-Request")).Good();

        var document = await File.ReadAllTextAsync(Repository.At("docs", "reports.md"), TestContext.Current.CancellationToken);
        var commands = Regex.Matches(document, "^\\$ usermanager exec \"(.*)\"$", RegexOptions.Multiline).Select(m => m.Groups[1].Value.Replace("\\\"", "\"", StringComparison.Ordinal)).ToList();
        Assert.Equal(5, commands.Count);
        foreach (var command in commands)
            (await server.ExecAsync(command)).Good();

        var html = await ReadAsync(server, "gen_report_default.html");
        Assert.Contains("<tr><td>ann</td><td class=\"n\">0:01:00</td><td class=\"n\">1.5 MB</td><td class=\"n\">2.0 kB</td></tr>", html, StringComparison.Ordinal);
        Assert.StartsWith("username,session-start,download\n", await ReadAsync(server, "gen_report_default.csv"), StringComparison.Ordinal);
        Assert.Contains("\"username\": \"ann\"", await ReadAsync(server, "gen_report_default.json"), StringComparison.Ordinal);

        // The schedules are records like any other, exported and imported, and the job makes what is due within its minute.
        Assert.Contains("add name=billing", (await server.ExecAsync("/export")).Good(), StringComparison.Ordinal);
        Assert.Contains("input does not match any value of report-template", (await server.ExecAsync("/user-manager/report/add name=x report-template=none.html")).Error, StringComparison.Ordinal);
        (await server.ExecAsync("/system/reload")).Good();
        await server.WaitForLineAsync("report yesterday: made yesterday-");
        await server.WaitForLineAsync("report billing: made billing-");
        Assert.Equal("1", (await server.ExecAsync("/file/print count-only where name~\"^um5files/PRIVATE/GENERATED/reports/billing-....-..[.]csv\"")).Good().Trim());
        Assert.Contains("done-until=", (await server.ExecAsync("/user-manager/report/print detail")).Good(), StringComparison.Ordinal);
    }

    private static async Task<string> ReadAsync(TestServer server, string name) =>
        (await server.ExecAsync($":put [/file/get um5files/PRIVATE/GENERATED/reports/{name} contents]")).Good();
}
