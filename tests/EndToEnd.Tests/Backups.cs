using System.Globalization;
using System.Text.RegularExpressions;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary><c>/user-manager database</c> and <c>/file</c> in a running server.</summary>
public sealed class Backups
{
    private const string Setup = "/user-manager/set enabled=yes; /user-manager/router/add name=r address=127.0.0.1 shared-secret=testing123; /user-manager/user/add name=bob password=secret shared-users=unlimited";

    // A backup taken while accounting writes holds the whole of one moment: as many sessions as the ids say, and no half of one.
    [Fact]
    public async Task A_backup_taken_under_load_is_consistent_and_is_restored_elsewhere()
    {
        await using var server = await TestServer.StartAsync(Setup);
        using var stop = new CancellationTokenSource();
        var load = LoadAsync(server, stop.Token);
        await TestServer.WaitForAsync("accounting", () => CountAsync(server).GetAwaiter().GetResult() > 20);
        (await server.ExecAsync("/user-manager/database/save name=backup")).Good();
        var during = await CountAsync(server);
        await TestServer.WaitForAsync("accounting to go on", () => CountAsync(server).GetAwaiter().GetResult() > during);
        await stop.CancelAsync();
        await load;

        Assert.Contains("already exists", (await server.ExecAsync("/user-manager/database/save name=backup.umb")).Error, StringComparison.Ordinal);
        var backup = Path.Combine(server.DataFolder, "files", "backup.umb");
        var checkedBy = await TestServer.RunToolAsync("sqlite3", "", backup, "PRAGMA integrity_check; SELECT COUNT(*) = (SELECT next - 1 FROM id_row WHERE menu = '/user-manager/session') FROM session");
        Assert.Equal("ok\n1\n", checkedBy.Good());

        // Elsewhere: another server, with the key, and things of its own that are to go.
        await using var other = await TestServer.StartAsync("/user-manager/user/add name=stranger");
        Directory.CreateDirectory(Path.Combine(other.DataFolder, "files"));
        File.Copy(backup, Path.Combine(other.DataFolder, "files", "backup.umb"));
        Assert.Contains("another secret.key", (await other.ExecAsync("/user-manager/database/load name=backup")).Error, StringComparison.Ordinal);
        Assert.Equal("1\n", (await other.ExecAsync("/user-manager/user/print count-only where name=stranger")).Good());

        Assert.Equal(0, await other.StopAsync());
        foreach (var left in Directory.GetFiles(other.DataFolder, "usermanager.db*"))
            File.Delete(left);

        File.Copy(Path.Combine(server.DataFolder, "secret.key"), Path.Combine(other.DataFolder, "secret.key"), overwrite: true);
        await other.StartAgainAsync();
        (await other.ExecAsync("/user-manager/user/add name=stranger; /user-manager/database/load name=backup")).Good();
        Assert.Equal("0\n", (await other.ExecAsync("/user-manager/user/print count-only where name=stranger")).Good());
        Assert.InRange(await CountAsync(other), 21, during);

        // It is in force: the router and the user of the backup are known, and what is added is kept.
        (await other.ExecAsync("/user-manager/set enabled=yes")).Good();
        var login = (await other.RadclientAsync("auth", "User-Name=bob\nUser-Password=secret\nMessage-Authenticator=0x00\n")).Output;
        Assert.True(login.Contains("Access-Accept", StringComparison.Ordinal), login + string.Join('\n', other.Lines));
        (await other.ExecAsync("/user-manager/user/add name=after; /user-manager/database/optimize-db")).Good();
        Assert.Contains("action=load", (await other.ExecAsync("/system/audit/print as-value where action=load")).Good(), StringComparison.Ordinal);
    }

    // By save and load, to a server with a database of its own in a file; and by the two lines of docs/operations.md, to another MariaDB.
    [Fact]
    public async Task What_is_saved_under_load_on_MariaDB_another_server_loads()
    {
        const string Grant = "CREATE USER um@'%' IDENTIFIED BY 'um'; GRANT ALL ON *.* TO um@'%'";
        using var database = new MariaDbServer();
        using var elsewhere = new MariaDbServer();
        var document = await File.ReadAllTextAsync(Repository.At("docs", "operations.md"), TestContext.Current.CancellationToken);
        var lines = System.Text.RegularExpressions.Regex.Match(document, "```bash\n(mariadb-dump .*)\n(mariadb .*)\n```").Groups;
        database.Run($"CREATE DATABASE usermanager; {Grant}");
        elsewhere.Run(Grant);
        var folder = Directory.CreateTempSubdirectory("um-dump-").FullName;
        var (config, other) = (PortalClient.CopyConfig(Path.Combine(folder, "a")), PortalClient.CopyConfig(Path.Combine(folder, "b")));
        await PointAsync(config, database);
        await PointAsync(other, elsewhere);

        await using var server = await TestServer.StartAsync(Setup, "--config", config);
        using var stop = new CancellationTokenSource();
        var load = LoadAsync(server, stop.Token);
        await TestServer.WaitForAsync("accounting", () => CountAsync(server).GetAwaiter().GetResult() > 20);
        (await server.ExecAsync("/user-manager/database/save name=backup")).Good();
        await RunAsync(lines[1].Value, database);
        var during = await CountAsync(server);
        await TestServer.WaitForAsync("accounting to go on", () => CountAsync(server).GetAwaiter().GetResult() > during);
        await stop.CancelAsync();
        await load;

        await RunAsync(lines[2].Value, elsewhere);
        Assert.Equal("1\n", elsewhere.Run("SELECT COUNT(*) = (SELECT next - 1 FROM usermanager.id_row WHERE menu = '/user-manager/session') FROM usermanager.session"));
        File.Copy(Path.Combine(config, "secret.key"), Path.Combine(other, "secret.key"));
        await using var restored = await TestServer.StartAsync("/user-manager/set enabled=yes", "--config", other);
        Assert.InRange(await CountAsync(restored), 21, during);
        Assert.Contains("Access-Accept", (await restored.RadclientAsync("auth", "User-Name=bob\nUser-Password=secret\nMessage-Authenticator=0x00\n")).Output, StringComparison.Ordinal);

        var small = PortalClient.CopyConfig(Path.Combine(folder, "c"));
        File.Copy(Path.Combine(config, "secret.key"), Path.Combine(small, "secret.key"));
        await using var alone = await TestServer.StartAsync("/user-manager/user/add name=stranger", "--config", small);
        Directory.CreateDirectory(Path.Combine(alone.DataFolder, "files"));
        File.Copy(Path.Combine(server.DataFolder, "files", "backup.umb"), Path.Combine(alone.DataFolder, "files", "backup.umb"));
        (await alone.ExecAsync("/user-manager/database/load name=backup; /user-manager/set enabled=yes")).Good();
        Assert.InRange(await CountAsync(alone), 21, during);
        Assert.Contains("Access-Accept", (await alone.RadclientAsync("auth", "User-Name=bob\nUser-Password=secret\nMessage-Authenticator=0x00\n")).Output, StringComparison.Ordinal);

        // And back: what the file's server has made since is then the database server's.
        (await alone.ExecAsync("/user-manager/user/add name=carol password=secret; /user-manager/database/save name=moved")).Good();
        File.Copy(Path.Combine(alone.DataFolder, "files", "moved.umb"), Path.Combine(server.DataFolder, "files", "moved.umb"));
        (await server.ExecAsync("/user-manager/database/load name=moved; /user-manager/database/optimize-db")).Good();
        Assert.Contains("Access-Accept", (await server.RadclientAsync("auth", "User-Name=carol\nUser-Password=secret\nMessage-Authenticator=0x00\n")).Output, StringComparison.Ordinal);
        Assert.Equal(await CountAsync(alone), await CountAsync(server));
        Directory.Delete(folder, recursive: true);

        async Task PointAsync(string to, MariaDbServer at)
        {
            var settings = Path.Combine(to, "usermanager.yaml");
            var text = await File.ReadAllTextAsync(settings, TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(settings, text.Replace("sqlite:usermanager.db", $"mysql://um:um@127.0.0.1:{at.Port}/usermanager", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        }

        async Task RunAsync(string line, MariaDbServer at)
        {
            var (tool, rest) = (line[..line.IndexOf(' ', StringComparison.Ordinal)], line[line.IndexOf(' ', StringComparison.Ordinal)..]);
            (await TestServer.RunToolAsync("bash", "", "-c", $"cd {folder} && {tool} --no-defaults --user=root --socket={at.Socket}{rest}")).Good();
        }
    }

    [Fact]
    public async Task What_is_no_backup_changes_nothing()
    {
        await using var server = await TestServer.StartAsync(Setup);
        (await server.ExecAsync("/file/add name=text.umb contents=\"no database\"")).Good();
        Assert.NotEqual(0, (await server.ExecAsync("/user-manager/database/load name=text")).ExitCode);
        Assert.Contains("no such file", (await server.ExecAsync("/user-manager/database/load name=none")).Error, StringComparison.Ordinal);
        Assert.Contains("a name of a file in data/files is needed", (await server.ExecAsync("/user-manager/database/save name=../out")).Error, StringComparison.Ordinal);
        Assert.Contains("is not public", (await server.ExecAsync("/user-manager/database/migrate-legacy-db database-path=user-manager")).Error, StringComparison.Ordinal);
        Assert.Equal("1\n", (await server.ExecAsync("/user-manager/user/print count-only")).Good());
        var size = (await server.ExecAsync("/user-manager/database/get db-size")).Good();
        Assert.True(long.Parse(size.Trim().TrimEnd('B'), CultureInfo.InvariantCulture) > 4096, size);
    }

    [Fact]
    public async Task Files_are_written_read_and_removed_below_data_files_and_nowhere_else()
    {
        await using var server = await TestServer.StartAsync();
        (await server.ExecAsync("/file/add name=um/note.txt contents=\"hello\"")).Good();
        Assert.Equal("hello", await File.ReadAllTextAsync(Path.Combine(server.DataFolder, "files", "um", "note.txt"), TestContext.Current.CancellationToken));
        Assert.Equal("hello\n", (await server.ExecAsync("/file/get um/note.txt contents")).Good());
        (await server.ExecAsync("/file/set um/note.txt contents=bye")).Good();
        Assert.Contains("size=3;", (await server.ExecAsync("/file/print as-value where name=um/note.txt")).Good(), StringComparison.Ordinal);

        File.CreateSymbolicLink(Path.Combine(server.DataFolder, "files", "link"), "/etc");
        Assert.DoesNotContain("link", (await server.ExecAsync("/file/print as-value")).Good(), StringComparison.Ordinal);
        foreach (var name in (string[])["../x", "/etc/x", "a/../../x", "link/x", "a\\\\x"])
            Assert.NotEqual(0, (await server.ExecAsync($"/file/add name=\"{name}\" contents=x")).ExitCode);

        Assert.NotEqual(0, (await server.ExecAsync("/file/remove um")).ExitCode);
        (await server.ExecAsync("/file/remove um/note.txt; /file/remove um")).Good();
        Assert.False(Directory.Exists(Path.Combine(server.DataFolder, "files", "um")));
    }

    /// <summary>What is generated is in the database, and one folder of the others for who looks at it.</summary>
    [Fact]
    public async Task Generated_files_are_files_like_others_and_those_of_an_older_version_are_taken_over()
    {
        const string Folder = "um5files/PRIVATE/GENERATED";
        await using var server = await TestServer.StartAsync("/file/add name=note.txt contents=x; /file/add name=um5files/mine.txt contents=x");
        (await server.ExecAsync($"/file/add name={Folder}/vouchers/a.csv contents=one; /file/set {Folder}/vouchers/a.csv contents=three")).Good();
        Assert.Equal(
            $"note.txt um5files um5files/PRIVATE {Folder} {Folder}/vouchers {Folder}/vouchers/a.csv um5files/mine.txt",
            string.Join(' ', Regex.Matches((await server.ExecAsync("/file/print as-value")).Good(), "(?<=;name=|^name=)(note|um5)[^;]+", RegexOptions.Multiline)));
        Assert.Equal("three\n", (await server.ExecAsync($"/file/get {Folder}/vouchers/a.csv contents")).Good());
        Assert.Contains("not empty", (await server.ExecAsync("/file/remove um5files/PRIVATE")).Error, StringComparison.Ordinal);
        Assert.Contains("is in the database: give another name", (await server.ExecAsync($"/user-manager/database/save name={Folder}/x")).Error, StringComparison.Ordinal);

        await server.StopAsync();
        var old = Directory.CreateDirectory(Path.Combine(server.DataFolder, "files", Folder, "vouchers")).FullName;
        await File.WriteAllTextAsync(Path.Combine(old, "a.csv"), "older", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(old, "b.csv"), "old", TestContext.Current.CancellationToken);
        await server.StartAgainAsync();

        Assert.Equal("three\n", (await server.ExecAsync($"/file/get {Folder}/vouchers/a.csv contents")).Good());
        Assert.Equal("old\n", (await server.ExecAsync($"/file/get {Folder}/vouchers/b.csv contents")).Good());
        Assert.Equal(["a.csv"], Directory.GetFiles(old).Select(f => Path.GetFileName(f)));
        await server.WaitForLineAsync("a.csv is not taken into the database");
        (await server.ExecAsync($"/file/remove {Folder}/vouchers/a.csv; /file/remove {Folder}/vouchers/b.csv")).Good();
        Assert.DoesNotContain("GENERATED", (await server.ExecAsync("/file/print as-value")).Good(), StringComparison.Ordinal);
    }

    private static async Task LoadAsync(TestServer server, CancellationToken stop)
    {
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var starts = string.Join("\n\n", Enumerable.Range(i * 20, 20).Select(n =>
                $"Acct-Status-Type=Start\nAcct-Session-Id=s{n}\nUser-Name=bob\nNAS-Port={n}\nCalling-Station-Id=c{n}"));
            await server.RadclientAsync("acct", starts + "\n");
        }
    }

    private static async Task<long> CountAsync(TestServer server) =>
        long.Parse((await server.ExecAsync("/user-manager/session/print count-only")).Good(), CultureInfo.InvariantCulture);
}
