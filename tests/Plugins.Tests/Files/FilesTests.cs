using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Policy;
using UserManager.Radius;
using Xunit;

namespace UserManager.Plugins.Tests;

public sealed class FilesTests : IDisposable, IConfigFiles, ILogger<Files>
{
    private readonly string _folder = Directory.CreateTempSubdirectory("files-").FullName;
    private readonly List<string> _used = [];
    private readonly List<string> _log = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_entry_gives_its_settings_and_its_reply()
    {
        var module = Module("bob Cleartext-Password := \"pw\", NAS-Port == 1\n\tSession-Timeout = 60,\n\tReply-Message = \"Hello %{User-Name}\"\n");
        var context = Requests.Access(r => Fill(r, "bob", port: 1));

        Assert.Equal(Rcode.Ok, await module.AuthorizeAsync(context));

        Assert.Equal("pw", context.Control.Text(Internal.CleartextPassword));
        Assert.Equal(60UL, context.Reply.TryGetNumber(Rfc2865.SessionTimeout, out var seconds) ? seconds : 0);
        Assert.Equal("Hello bob", context.Reply.Text(Rfc2865.ReplyMessage));
    }

    [Theory]
    [InlineData("bob", 2)]
    [InlineData("Bob", 1)]
    [InlineData("", 1)]
    public async Task Who_agrees_with_no_entry_is_nobody_to_it(string name, uint port)
    {
        var context = Requests.Access(r => Fill(r, name, port));

        Assert.Equal(Rcode.Noop, await Module("bob NAS-Port == 1\n").AuthorizeAsync(context));

        Assert.Equal(0, context.Reply.Count);
    }

    // rlm_files: entries of the name and of DEFAULT by their order; the first ends it unless it says Fall-Through = Yes.
    [Theory]
    [InlineData("DEFAULT\n\tReply-Message = a\nbob\n\tReply-Message += b\n", "a")]
    [InlineData("DEFAULT\n\tReply-Message = a, Fall-Through = Yes\nbob\n\tReply-Message += b\nDEFAULT\n\tReply-Message += c\n", "a b")]
    [InlineData("bob\n\tReply-Message = b, Fall-Through = No\nDEFAULT\n\tReply-Message += c\n", "b")]
    [InlineData("bob NAS-Port == 9\n\tReply-Message = b\nbob\n\tReply-Message = c, Fall-Through = Yes\nalice\n\tReply-Message += d\nDEFAULT\n\tReply-Message += e\n", "c e")]
    [InlineData("bob\nDEFAULT\n\tReply-Message = c\n", "")]
    public async Task Entries_are_tried_in_order(string file, string expected)
    {
        var context = Requests.Access(r => Fill(r, "bob", port: 1));

        Assert.Equal(Rcode.Ok, await Module(file).AuthorizeAsync(context));

        Assert.Equal(expected, Messages(context));
    }

    [Fact]
    public async Task A_request_without_a_name_is_NONE()
    {
        var context = Requests.Access();

        Assert.Equal(Rcode.Ok, await Module("NONE\n\tReply-Message = none\n").AuthorizeAsync(context));

        Assert.Equal("none", Messages(context));
    }

    [Fact]
    public async Task The_key_names_the_entry()
    {
        var module = Module("ap1\n\tReply-Message = key\n", o => o with { Key = "%{Called-Station-Id}" });
        var context = Requests.Access(r =>
        {
            Fill(r, "bob", port: 1);
            r.Add(Rfc2865.CalledStationId, "ap1");
        });

        Assert.Equal(Rcode.Ok, await module.AuthorizeAsync(context));
    }

    [Fact]
    public async Task Each_section_has_its_own_file_or_the_common_one()
    {
        Write("acct", "bob\n\tReply-Message = acct\n");
        var module = Module("bob\n\tReply-Message = common\n", o => o with { Acctusersfile = "acct" });
        var (access, accounting, accepted) = (Requests.Access(r => Fill(r, "bob", 1)), Requests.Accounting(r => Fill(r, "bob", 1)), Requests.Access(r => Fill(r, "bob", 1)));

        await module.AuthorizeAsync(access);
        await module.PreacctAsync(accounting);
        await module.PostAuthAsync(accepted);

        Assert.Equal("common acct common", $"{Messages(access)} {Messages(accounting)} {Messages(accepted)}");
    }

    [Fact]
    public async Task Without_a_file_it_does_nothing() =>
        Assert.Equal(Rcode.Noop, await Make(new FilesOptions()).AuthorizeAsync(Requests.Access(r => Fill(r, "bob", 1))));

    [Fact]
    public async Task Included_entries_stand_where_they_are_included_and_their_files_are_watched()
    {
        Write("sub/more", "$include ../third\nbob\n\tReply-Message += second, Fall-Through = Yes\n");
        Write("third", "DEFAULT\n\tReply-Message += first, Fall-Through = Yes\n");
        var context = Requests.Access(r => Fill(r, "bob", 1));

        await Module("$INCLUDE sub/more\nbob\n\tReply-Message += third\n").AuthorizeAsync(context);

        Assert.Equal("first second third", Messages(context));
        Assert.Equal(["users", "sub/more", "third"], _used.Select(file => Path.GetRelativePath(_folder, file)));
    }

    [Theory]
    [InlineData("bob Cleartext-Pasword := x", "users:1:5: no dictionary has an attribute \"Cleartext-Pasword\"; did you mean \"Cleartext-Password\"?")]
    [InlineData("bob NAS-Port == ten", "users:1:17: ")]
    [InlineData("bob NAS-Port -= 1", "users:1:14: a check item cannot have -=")]
    [InlineData("bob NAS-Port == 1,", "users:1:18: the comma at the end of the check items is one too many")]
    [InlineData("bob\n\tReply-Message = a,\nalice\n", "users:2:2: the comma behind this item is one too many")]
    [InlineData("bob\n\tReply-Message = a,\n", "users:2:2: the comma behind this item is one too many")]
    [InlineData("bob\n\tReply-Message = a b\n", "users:2:20: expected a comma or the end of the line here")]
    [InlineData("bob\n\tReply-Message = \"a\n", "users:2:18: this \" is never closed")]
    [InlineData("bob\n\tReply-Message a\n", "users:2:16: expected an operator behind \"Reply-Message\"")]
    [InlineData("bob\n\tReply-Message =\n", "users:2:17: the value of Reply-Message is missing")]
    [InlineData("bob\n\tReply-Message = `id`\n", "users:2:18: programs cannot be run from a users file")]
    [InlineData("bob\n\tReply-Message = \"%{Usr-Name}\"\n", "users:2:18: no dictionary has an attribute \"Usr-Name\"")]
    [InlineData("\n  # a comment\n bob\n", "users:3:2: this line is indented")]
    [InlineData("bob\n\tClass = 0x01\n\tClass = 0x02\n", "users:3:2: this line is indented")]
    [InlineData("$INCLUDE nowhere", "users:1:10: the file cannot be read")]
    [InlineData("$INCLUDE users", "users:1:10: ")]
    public void What_is_wrong_is_said_with_its_place(string file, string problem)
    {
        var wrong = Assert.Throws<ConfigFileException>(() => Module(file));

        Assert.StartsWith(problem, wrong.Problems.Single().ToString()[(_folder.Length + 1)..], StringComparison.Ordinal);
    }

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        var wrong = Assert.Throws<ConfigFileException>(() => Module("bob NAS-Prt == 1\n\tReply-Mesage = a\nalice NAS-Port\n\tthis = is not looked at,\n\tClass = 1\ncarol Clas == 1\n"));

        Assert.Equal(["1:5", "2:2", "3:15", "6:7"], wrong.Problems.Select(p => $"{p.Line}:{p.Column}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_file_that_is_not_there_is_named() =>
        Assert.Contains("nowhere:1:1: the file cannot be read", Assert.Throws<ConfigFileException>(() => Make(new FilesOptions { Filename = "nowhere" })).Message, StringComparison.Ordinal);

    [Fact]
    public void What_is_rarely_meant_is_logged_with_its_place()
    {
        Module("bob Cleartext-Password = x\n");

        Assert.Contains("users:1:5: Cleartext-Password = is compared with the request", Assert.Single(_log), StringComparison.Ordinal);
    }

    // A name is found by hash; nothing is made for a request.
    [Fact]
    public async Task Ten_thousand_users_cost_a_request_nothing()
    {
        var lines = Enumerable.Range(0, 10_000).Select(i => $"u{i} Cleartext-Password := \"p{i}\"\n\tSession-Timeout = 60\n");
        var module = Module(string.Concat(lines) + "DEFAULT NAS-Port == 9\n");
        var context = Requests.Access(r => Fill(r, "u9999", 1));
        await module.AuthorizeAsync(context);
        await module.AuthorizeAsync(context);

        var before = GC.GetAllocatedBytesForCurrentThread();
        await module.AuthorizeAsync(context);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal("p9999", context.Control.Text(Internal.CleartextPassword));
    }

    string IConfigFiles.Use(string name)
    {
        _used.Add(Path.GetFullPath(Path.Combine(_folder, name)));
        return _used[^1];
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel level) => true;

    void ILogger.Log<TState>(LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> format) => _log.Add(format(state, exception));

    private static void Fill(AttributeList request, string name, uint port)
    {
        request.Add(Rfc2865.UserName, name);
        request.Add(Rfc2865.NasPort, port);
    }

    private static string Messages(RequestContext context)
    {
        var messages = new List<string>();
        for (var i = context.Reply.IndexOf(Rfc2865.ReplyMessage); i >= 0; i = context.Reply.IndexOf(Rfc2865.ReplyMessage, i + 1))
            messages.Add(AttributeList.Text(context.Reply.Value(i)));

        return string.Join(' ', messages);
    }

    private Files Module(string file, Func<FilesOptions, FilesOptions>? options = null)
    {
        Write("users", file);
        var common = new FilesOptions { Filename = "users" };
        return Make(options is null ? common : options(common));
    }

    private Files Make(FilesOptions options) => new(
        options, this, PolicyCompiler.CreatePairReader(Requests.Dictionary, TimeProvider.System), PolicyCompiler.CreateExpander(Requests.Dictionary, TimeProvider.System), this);

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
