using System.Text.RegularExpressions;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>docs/vouchers.md, in a running server.</summary>
public sealed class Vouchers
{
    [Fact]
    public async Task The_document_is_true()
    {
        await using var server = await TestServer.StartAsync("/user-manager/set use-profiles=yes");
        var document = await File.ReadAllTextAsync(Repository.At("docs", "vouchers.md"), TestContext.Current.CancellationToken);
        var commands = Regex.Matches(document, "^\\$ usermanager exec \"(.*)\"$", RegexOptions.Multiline).Select(m => m.Groups[1].Value).ToList();
        Assert.Equal(4, commands.Count);
        foreach (var command in commands)
            Assert.Equal("", (await server.ExecAsync(command)).Good());

        var sheet = await ReadAsync(server, "gen_printable_vouchers.html");
        Assert.Equal(20, sheet.Split("<article>").Length - 1);
        Assert.Equal(20, sheet.Split("<dd>1 day</dd>").Length - 1);
        Assert.Contains(">day-pass<", sheet, StringComparison.Ordinal);
        var lines = (await ReadAsync(server, "gen_export.csv")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(21, lines.Length);
        Assert.All(lines.Skip(1), line => Assert.Matches("^guest-[a-z]{6},[A-Za-z0-9]{6}$", line));

        // The passwords of the file are those that log in.
        (await server.ExecAsync("/user-manager/set enabled=yes; /user-manager/router/add name=here address=127.0.0.1 shared-secret=testing123")).Good();
        var (name, password) = (lines[1].Split(',')[0], lines[1].Split(',')[1]);
        Assert.Contains("Access-Accept", (await server.RadclientAsync("auth", $"User-Name={name},User-Password={password},Message-Authenticator=0x00")).Output, StringComparison.Ordinal);
    }

    /// <summary>What a hot-spot console sends (reference, section 8), and what it is told when it is wrong.</summary>
    [Fact]
    public async Task It_is_a_command_like_any_other()
    {
        await using var server = await TestServer.StartAsync("/user-manager/user/add name=ann password=secret1; /user-manager/user/add name=bob password=secret2");

        Assert.Equal("[]", await PostAsync(server, "{\"voucher-template\":\"export.xml\",\"numbers\":\"*1,bob\"}"));
        var made = await ReadAsync(server, "gen_export.xml");
        Assert.Contains("<username>ann</username>", made, StringComparison.Ordinal);
        Assert.Contains("<password>secret2</password>", made, StringComparison.Ordinal);

        Assert.Contains("missing value(s) of argument(s) voucher-template", await PostAsync(server, "{\"numbers\":\"*1\"}"), StringComparison.Ordinal);
        Assert.Contains("input does not match any value of voucher-template", await PostAsync(server, "{\"voucher-template\":\"../x.html\",\"numbers\":\"*1\"}"), StringComparison.Ordinal);
        Assert.Contains("no such item", await PostAsync(server, "{\"voucher-template\":\"export.csv\",\"numbers\":\"*9\"}"), StringComparison.Ordinal);
        Assert.Contains("generate-voucher", (await server.ExecAsync("/system/audit/print detail")).Good(), StringComparison.Ordinal);
        Assert.DoesNotContain(server.Lines, line => line.Contains("secret1", StringComparison.Ordinal));
    }

    private static async Task<string> ReadAsync(TestServer server, string name) =>
        (await server.ExecAsync($":put [/file/get um5files/PRIVATE/GENERATED/vouchers/{name} contents]")).Good();

    private static async Task<string> PostAsync(TestServer server, string body) => (await TestServer.RunToolAsync(
        "curl", "", "-s", "--unix-socket", server.Socket, "-H", "Content-Type: application/json", "-d", body, "http://localhost/rest/user-manager/user/generate-voucher")).Good();
}
