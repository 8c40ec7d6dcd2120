using UserManager.Contract;
using UserManager.Testing;

namespace UserManager.Management.Tests;

public sealed class AuditTests
{
    private readonly Trail _trail = new();
    private readonly Audited _router;

    public AuditTests() => _router = new Audited(_trail);

    [Fact]
    public async Task An_add_keeps_who_when_and_what()
    {
        await _router.Run("/user-manager/user/add name=bob password=hunter2 comment=\"at home\"");

        var entry = Assert.Single(_trail.Entries);
        Assert.Equal((new Caller("alice", "console"), "/user-manager/user", "add", _router.Clock.GetUtcNow()), (entry.Caller, entry.Menu, entry.Action, entry.Time));
        Assert.Null(entry.Before);
        Assert.Contains("name=bob password=*****", entry.After);
        Assert.Contains("group=default", entry.After);
        Assert.Contains("comment=\"at home\"", entry.After);
    }

    [Fact]
    public async Task A_set_keeps_the_fields_that_changed_as_they_were_and_as_they_are()
    {
        await _router.Run("/user-manager/user/add name=bob password=hunter2 comment=old");

        await _router.Run("/user-manager/user/set bob comment=new shared-users=3 name=bob");
        await _router.Run("/user-manager/user/unset bob comment");

        Assert.Equal(("shared-users=1 comment=old", "shared-users=3 comment=new"), (_trail.Entries[1].Before, _trail.Entries[1].After));
        Assert.Equal(("comment=new", "!comment"), (_trail.Entries[2].Before, _trail.Entries[2].After));
    }

    [Fact]
    public async Task A_set_that_changes_nothing_and_one_that_is_refused_leave_nothing()
    {
        await _router.Run("/user-manager/user/add name=bob");

        await _router.Run("/user-manager/user/set bob name=bob");
        await _router.Refused("/user-manager/user/set bob shared-users=0");
        await _router.Refused("/user-manager/user/add name=bob");

        Assert.Single(_trail.Entries);
    }

    [Theory]
    [InlineData("/user-manager/user/remove bob", "remove")]
    [InlineData("/user-manager/user/disable bob", "set")]
    [InlineData("/user-manager/user/comment bob comment=x", "set")]
    [InlineData("/user-manager/user/reset bob value-name=password", "set")]
    [InlineData("/user-manager/set use-profiles=yes", "set")]
    public async Task Every_verb_that_writes_leaves_an_entry(string command, string action)
    {
        await _router.Run("/user-manager/user/add name=bob password=hunter2");

        await _router.Run(command);

        Assert.Equal(2, _trail.Entries.Count);
        Assert.Equal(action, _trail.Entries[1].Action);
    }

    [Theory]
    [InlineData("/user-manager/user/print")]
    [InlineData("/user-manager/user/find")]
    [InlineData("/user-manager/user/get bob")]
    [InlineData("/user-manager/export")]
    [InlineData("/mine/look")]
    public async Task What_only_reads_leaves_none(string command)
    {
        await _router.Run("/user-manager/user/add name=bob");

        await _router.Run(command);

        Assert.Single(_trail.Entries);
    }

    [Fact]
    public async Task A_command_is_kept_with_its_arguments_before_it_runs()
    {
        await _router.Run("/mine/pay amount=5 pin=1234");

        var entry = Assert.Single(_trail.Entries);
        Assert.Equal(("/mine", "pay", "amount=5 pin=*****"), (entry.Menu, entry.Action, entry.After));
    }

    [Fact]
    public async Task What_cannot_be_kept_is_not_done()
    {
        _trail.Refusal = "failure: the disk is full";

        Assert.Contains("the disk is full", await _router.Refused("/mine/pay amount=5"));

        Assert.Equal(0, _router.Paid);
    }

    [Fact]
    public async Task No_secret_is_in_what_is_kept_or_said()
    {
        await _router.Run("/user-manager/router/add name=r address=192.0.2.1 shared-secret=s3cr3t");
        await _router.Run("/user-manager/router/set r shared-secret=t0pp");
        await _router.Run("/user-manager/user/add name=bob password=hunter2 otp-secret=JBSWY3DP");
        await _router.Run("/user-manager/user/remove bob");
        await _router.Run("/mine/pay amount=5 pin=1234");

        var everything = string.Join('\n', [.. _trail.Entries.Select(e => $"{e.Before} {e.After}"), .. _router.Said]);
        Assert.Contains("shared-secret=*****", everything);
        Assert.All(["s3cr3t", "t0pp", "hunter2", "JBSWY3DP", "1234"], secret => Assert.DoesNotContain(secret, everything));
    }

    [Fact]
    public async Task The_log_has_a_line_for_each_change_and_one_for_a_whole_import()
    {
        await _router.Run("/user-manager/user/add name=bob");
        Assert.Contains("alice (console) add /user-manager/user", Assert.Single(_router.Said));

        await new RscImport(_router.Executor.As(new Caller("alice", "import users.rsc"), quiet: true))
            .RunAsync("/user-manager user add name=one\n/user-manager user add name=two\n"u8.ToArray(), "users.rsc", TestContext.Current.CancellationToken);

        Assert.Equal(2, _router.Said.Count);
        Assert.Contains("alice (import users.rsc): 2 imported", _router.Said[1]);
        Assert.Equal(["import users.rsc", "import users.rsc"], _trail.Entries.Skip(1).Select(e => e.Caller.From));
    }

    /// <summary>Keeps entries in memory; refuses when told to.</summary>
    private sealed class Trail : IAuditTrail
    {
        public List<AuditEntry> Entries { get; } = [];

        public string? Refusal { get; set; }

        public ValueTask WriteAsync(AuditEntry entry, CancellationToken cancelled)
        {
            if (Refusal is not null)
                throw new MenuException(Refusal);

            Entries.Add(entry);
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Keeps lines in memory.</summary>
    private sealed class LogLines : Microsoft.Extensions.Logging.ILogger
    {
        public List<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(Microsoft.Extensions.Logging.LogLevel logLevel) => true;

        public void Log<TState>(
            Microsoft.Extensions.Logging.LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Said.Add(formatter(state, exception));
    }

    /// <summary>A management with a menu of commands, audited.</summary>
    private sealed class Audited
    {
        private readonly LogLines _log = new();

        public Audited(Trail trail)
        {
            var mine = new Menu("/mine")
            {
                IsSettings = true,
                Fields = [],
                Commands =
                [
                    new Command("look") { IsReadOnly = true, RunAsync = (_, _) => ValueTask.FromResult(CommandResult.Nothing) },
                    new Command("pay")
                    {
                        Arguments = [new Field("amount", FieldType.Number), new Field("pin", FieldType.Text) { Sensitive = true }],
                        RunAsync = (_, _) =>
                        {
                            Paid++;
                            return ValueTask.FromResult(CommandResult.Nothing);
                        },
                    },
                ],
            };
            var tree = new MenuTree([.. UserManagerMenus.All(menu => new MemoryRecords(menu), new MenuServices { Clock = Clock, Files = new DataFiles(Path.GetTempPath()) }), mine]);
            Executor = new MenuExecutor(tree, Clock, trail, _log).As(new Caller("alice", "console"));
            Console = new ConsoleSession(Executor, new ConsoleOptions { ShowSensitive = true });
        }

        public ManualClock Clock { get; } = new();

        public MenuExecutor Executor { get; }

        public List<string> Said => _log.Said;

        public int Paid { get; private set; }

        private ConsoleSession Console { get; }

        public async Task Run(string input) => Assert.Null((await Console.ExecuteAsync(input, TestContext.Current.CancellationToken)).Error);

        public async Task<string> Refused(string input)
        {
            var result = await Console.ExecuteAsync(input, TestContext.Current.CancellationToken);
            Assert.NotNull(result.Error);
            return result.Error;
        }
    }
}
