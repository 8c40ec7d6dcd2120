using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>Detail files: ours are FreeRADIUS's, byte for byte but for the time, and what FreeRADIUS wrote is replayed.</summary>
public sealed class DetailFiles : IAsyncDisposable
{
    private const string Setup = "/user-manager set enabled=yes\n/user-manager router add name=nas address=127.0.0.1 shared-secret=testing123";

    private readonly string _config = Directory.CreateTempSubdirectory("usermanager-detail-").FullName;

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_config, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task What_FreeRADIUS_wrote_is_what_we_write_and_is_replayed()
    {
        await using var freeradius = new FreeRadiusServer("always", "attr_filter", "detail") { Sections = "accounting {\n  detail\n}\n" };
        await freeradius.StartAsync();
        Write("sites/default.yaml", "accounting: [ detail ]\n");
        Write("modules/detail.yaml", "log-packet-header: no\n");
        await using (var writer = await TestServer.StartAsync(Setup, "--config", _config))
        {
            Assert.Equal(4, PrintedReply.All((await freeradius.RadclientAsync("acct", Records)).Output).Count);
            Assert.Equal(4, PrintedReply.All((await writer.RadclientAsync("acct", Records)).Output).Count);
            Assert.Equal(Timeless(Written(Path.Combine(freeradius.Folder, "radacct"))), Timeless(Written(Path.Combine(writer.DataFolder, "files", "radacct"))));
        }

        Write("sites/default.yaml", "preacct: [ preprocess ]\naccounting: [ sessions ]\n");
        Write("modules/detail_reader.yaml", "filename: radacct/detail-*\nload-factor: 100\npoll-interval: 100ms\n");
        Write("policy.yaml", "instantiate: [ detail_reader ]\n");
        await using var reader = await TestServer.StartAsync(Setup, "--config", _config);
        var folder = Directory.CreateDirectory(Path.Combine(reader.DataFolder, "files", "radacct")).FullName;
        File.Move(Written(Path.Combine(freeradius.Folder, "radacct")), Path.Combine(folder, "detail-theirs"));
        await reader.WaitForLineAsync("all records are replayed");

        Assert.Empty(Directory.GetFiles(folder));
        var sessions = (await reader.ExecAsync("/user-manager session print proplist=user,acct-session-id,download,upload,ended")).Good();
        Assert.Contains("2\n", (await reader.ExecAsync("/user-manager session print count-only")).Good());
        Assert.Contains("s-1", sessions);

        // The same file again, as after a restart at the wrong moment.
        var before = (await reader.ExecAsync("/user-manager session print detail")).Good();
        (await reader.RadclientAsync("acct", Records)).Good();
        File.Move(await CopyAsync(freeradius), Path.Combine(folder, "detail-again"));
        await TestServer.WaitForAsync("the second replay", () => reader.Lines.Count(l => l.Contains("all records are replayed", StringComparison.Ordinal)) == 2);
        Assert.Contains("2\n", (await reader.ExecAsync("/user-manager session print count-only")).Good());
        Assert.Equal(Usage(before), Usage((await reader.ExecAsync("/user-manager session print detail")).Good()));
    }

    private static readonly string Records = string.Join("\n\n",
        Record("Start", "s-1", "bob"), Record("Interim-Update", "s-1", "bob", 100), Record("Start", "s-2", "\"ali \\\"ce\""), Record("Stop", "s-1", "bob", 300)) + "\n";

    private static string Record(string status, string session, string user, int octets = 0) => $"""
        User-Name = {user}
        Acct-Status-Type = {status}
        Acct-Session-Id = "{session}"
        NAS-IP-Address = 127.0.0.1
        NAS-Port-Type = Wireless-802.11
        Framed-IP-Address = 10.0.0.1
        Framed-IPv6-Prefix = 2001:db8::/64
        Class = 0x00ff
        Acct-Input-Octets = {octets}
        Acct-Output-Octets = {octets}
        Acct-Session-Time = {octets}
        Tunnel-Type:1 = VLAN
        Event-Timestamp = {DateTimeOffset.UtcNow.ToUnixTimeSeconds() + octets}
        """;

    private static async Task<string> CopyAsync(FreeRadiusServer freeradius)
    {
        (await freeradius.RadclientAsync("acct", Records)).Good();
        return Written(Path.Combine(freeradius.Folder, "radacct"));
    }

    private static string Written(string folder) => Directory.GetFiles(folder, "detail-*", SearchOption.AllDirectories).Single();

    private static string[] Usage(string printed) =>
        [.. printed.Split(' ', '\n').Where(word => word.StartsWith("download=", StringComparison.Ordinal) || word.StartsWith("upload=", StringComparison.Ordinal) || word.StartsWith("uptime=", StringComparison.Ordinal))];

    // Both have the day in their name and the time in their lines.
    private static string[] Timeless(string file) =>
        [.. File.ReadAllLines(file).Where(line => !line.StartsWith("\tTimestamp = ", StringComparison.Ordinal)).Select(line => line.Length > 0 && line[0] != '\t' ? "time" : line)];

    private void Write(string name, string text)
    {
        var path = Path.Combine(_config, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
