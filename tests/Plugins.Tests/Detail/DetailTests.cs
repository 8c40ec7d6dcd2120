using UserManager.Contract;
using UserManager.Policy;
using UserManager.Radius;
using Xunit;

namespace UserManager.Plugins.Tests;

public sealed class DetailTests : IDisposable
{
    private readonly DataFiles _data = new(Directory.CreateTempSubdirectory("detail-").FullName);

    public void Dispose() => Directory.Delete(_data.Folder, recursive: true);

    [Fact]
    public async Task An_accounting_request_is_written_as_FreeRADIUS_writes_it()
    {
        Assert.Equal(Rcode.Ok, await Module(new()).AccountingAsync(Start()));

        Assert.Equal(
            "Sat Nov 21 07:00:00 2026\n\tUser-Name = \"bob\\\"s\"\n\tAcct-Status-Type = Start\n\tTunnel-Type:1 = VLAN\n\tClass = 0x0102\n\tTimestamp = 1795244400\n\n",
            Read("radacct/192.0.2.1/detail-20261121"));
    }

    [Fact]
    public async Task Requests_and_replies_bear_their_type_and_no_secrets()
    {
        var module = Module(new() { Filename = "log", Header = "%{User-Name}" });
        var context = Requests.Access(r =>
        {
            r.Add(Rfc2865.UserName, "bob");
            r.Add(Rfc2865.UserPassword, "secret");
        });
        context.Reply.Add(Rfc2865.ReplyMessage, "Hello");
        context.ReplyCode = PacketCode.AccessAccept;

        await module.AuthorizeAsync(context);
        await module.PostAuthAsync(context);

        Assert.Equal(
            "bob\n\tPacket-Type = Access-Request\n\tUser-Name = \"bob\"\n\tTimestamp = 1795244400\n\nbob\n\tPacket-Type = Access-Accept\n\tReply-Message = \"Hello\"\n\tTimestamp = 1795244400\n\n",
            Read("log"));
    }

    [Fact]
    public async Task What_is_suppressed_is_left_out_and_the_source_is_told_where_asked()
    {
        await Module(new() { Filename = "log", Suppress = ["User-Name", "Class"], LogPacketHeader = true }).AccountingAsync(Start());

        Assert.Equal(
            "\tPacket-Src-IP-Address = 192.0.2.1\n\tPacket-Src-Port = 1645\n\tAcct-Status-Type = Start\n\tTunnel-Type:1 = VLAN\n\tTimestamp = 1795244400\n\n",
            Read("log")[(Read("log").IndexOf('\n') + 1)..]);
    }

    // What a NAS sends may not lead elsewhere.
    [Theory]
    [InlineData("../../etc/x", false, "_._.._etc_x")]
    [InlineData("a/b c\0", false, "a_b c_")]
    [InlineData("a/b c", true, "a=2Fb=20c")]
    [InlineData("..", true, "=2E.")]
    [InlineData("", false, "_")]
    public async Task Values_in_a_name_are_made_safe(string user, bool escapes, string expected)
    {
        var context = Requests.Accounting(r => r.Add(Rfc2865.UserName, user));

        Assert.Equal(Rcode.Ok, await Module(new() { Filename = "acct/%{User-Name}/%{%{NAS-Port}:-no/port}", EscapeFilenames = escapes }).AccountingAsync(context));

        Assert.Equal(Path.Combine(_data.Folder, "acct", expected, escapes ? "no=2Fport" : "no_port"), Directory.GetFiles(_data.Folder, "*", SearchOption.AllDirectories).Single());
    }

    [Fact]
    public async Task Files_have_the_permissions_asked_for()
    {
        await Module(new() { Filename = "log", Permissions = "0640" }).AccountingAsync(Start());

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(_data.Resolve("log")));
    }

    [Fact]
    public async Task Records_of_many_requests_at_once_are_whole()
    {
        var module = Module(new() { Filename = "log" });
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(async () => Assert.Equal(Rcode.Ok, await module.AccountingAsync(Start($"u{i}"))))));

        var records = DetailRecords.Read(File.ReadAllBytes(_data.Resolve("log"))).ToList();
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"\"u{i}\"").Order(), records.Select(r => r.Find("User-Name")).Order());
    }

    [Fact]
    public async Task What_cannot_be_written_is_not_acknowledged()
    {
        Directory.CreateDirectory(_data.Resolve("log"));

        Assert.Equal(Rcode.Fail, await Module(new() { Filename = "log" }).AccountingAsync(Start()));
    }

    [Theory]
    [InlineData("/var/log/detail", "0600", "", "filename is below data/files")]
    [InlineData("log", "rw", "", "permissions are octal digits")]
    [InlineData("log", "0600", "User-Nam", "did you mean \"User-Name\"?")]
    public void Wrong_options_are_refused(string file, string permissions, string suppress, string message)
    {
        var options = new DetailOptions { Filename = file, Permissions = permissions, Suppress = suppress.Length > 0 ? [suppress] : [] };

        Assert.Contains(message, Assert.Throws<ArgumentException>(() => Module(options)).Message, StringComparison.Ordinal);
    }

    private static RequestContext Start(string user = "bob\"s") => Requests.Accounting(r =>
    {
        r.Add(Rfc2865.UserName, user);
        r.Add(Rfc2866.AcctStatusType, 1UL);
        r.Add(Rfc2868.TunnelType, [0, 0, 0, 13], tag: 1);
        r.Add(Rfc2865.Class, [1, 2]);
    });

    private string Read(string name) => File.ReadAllText(_data.Resolve(name));

    private Detail Module(DetailOptions options) => new(options, _data, PolicyCompiler.CreateExpander(Requests.Dictionary, TimeProvider.System), Requests.Dictionary);
}
