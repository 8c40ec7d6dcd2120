using UserManager.Contract;

namespace UserManager.Management.Tests;

public sealed class PrintTests
{
    private readonly Router _router = new();

    [Fact]
    public async Task A_table_has_a_legend_columns_numbers_and_comments()
    {
        await _router.Run("""
            /user-manager user
            add name=user1
            add name=a-longer-name disabled=yes shared-users=unlimited
            add name=user3 comment="third floor"
            """);

        Assert.Equal(
            """
            Flags: X - DISABLED
            Columns: NAME, GROUP, SHARED-USERS
            #    NAME           GROUP    SHARED-USERS
            0    user1          default  1
            1 X  a-longer-name  default  unlimited
            ;;; third floor
            2    user3          default  1

            """,
            await _router.Run("print"));
        Assert.Equal("Flags: X - DISABLED\n", await _router.Run("print brief where name=nobody"));
    }

    [Fact]
    public async Task A_table_fits_the_width()
    {
        var router = new Router(new ConsoleOptions { Width = 44 });
        await router.Run("/user-manager user; add name=user1 attributes=Framed-Pool:a-pool-with-a-very-long-name,Session-Timeout:3600 shared-users=12");
        Assert.Equal(
            """
            Flags: X - DISABLED
            Columns: NAME, GROUP, SHARED-USERS
            #    NAME   GROUP    SHARED-USERS
            0    user1  default  12

            """,
            await router.Run("print"));
        Assert.Equal(
            """
            Flags: X - DISABLED
            Columns: NAME, ATTRIBUTES
            #    NAME   ATTRIBUTES
            0    user1  Framed-Pool:a-pool-with-a-ver...

            """,
            await router.Run("print proplist=name,attributes"));
        Assert.All((await router.Run("print detail")).Split('\n'), line => Assert.True(line.Length <= 44 || line.Contains("attributes=", StringComparison.Ordinal), line));
    }

    [Fact]
    public async Task Settings_are_lines_of_name_and_value()
    {
        await _router.Run("/user-manager set enabled=yes certificate=*0");
        Assert.Equal(
            """
                           enabled: yes
               authentication-port: 1812
                   accounting-port: 1813
                       certificate: none
                radsec-certificate: none
                      use-profiles: no
              require-message-auth: yes-access-request
                         otp-reuse: yes

            """,
            await _router.Run("/user-manager print"));
        Assert.Equal(
            "enabled=true;authentication-port=1812;accounting-port=1813;certificate=none;radsec-certificate=none;use-profiles=false;"
            + "require-message-auth=yes-access-request;otp-reuse=true\n",
            await _router.Run("/user-manager print as-value"));
        Assert.Equal("  enabled: yes\n", await _router.Run("/user-manager print proplist=enabled"));
    }

    [Fact]
    public async Task Details_wrap_between_properties()
    {
        await _router.Run("/user-manager user add name=\"a \\\"b\\\"\" password=secret comment=hello disabled=yes attributes=Framed-Pool:p1");
        Assert.Equal(
            """
            Flags: X - DISABLED
             0 X ;;; hello
                 name="a \"b\"" password="secret" otp-secret="" group=default shared-users=1
                 attributes="Framed-Pool:p1"


            """,
            await _router.Run("/user-manager user print detail"));
    }

    [Fact]
    public async Task Terse_is_one_line_and_as_value_is_for_scripts()
    {
        await _router.Run("/user-manager user add name=\"a b\" password=p; /user-manager user");
        Assert.Equal(
            " 0   name=\"a b\" password=p otp-secret=\"\" group=default shared-users=1 attributes=\"\"\n",
            await _router.Run("print terse"));
        Assert.Equal(
            ".id=*1;name=a b;password=p;otp-secret=;group=default;shared-users=1;attributes=;disabled=false\n",
            await _router.Run("print as-value"));
        Assert.Equal(".id=*1;name=a b\n", await _router.Run("print as-value proplist=.id,name"));
    }

    [Fact]
    public async Task Ids_stand_in_for_numbers()
    {
        await _router.Run("/user-manager user; add name=a; add name=b; remove a; add name=c");
        Assert.Equal(
            """
            Flags: X - DISABLED
            Columns: NAME, GROUP, SHARED-USERS
            .id    NAME  GROUP    SHARED-USERS
            *2     b     default  1
            *3     c     default  1

            """,
            await _router.Run("print show-ids without-paging"));
        Assert.Equal("  name: b  c\n", await _router.Run("print value-list proplist=name"));
        Assert.Equal(".id=*3\n", await _router.Run("print as-value proplist=.id from=c"));
    }

    [Fact]
    public async Task Sessions_are_printed()
    {
        _router.Records(UserManagerMenus.Session).Put(new()
        {
            ["user"] = "bob",
            ["status"] = (string[])["start", "interim"],
            ["started"] = new DateTimeOffset(2026, 11, 21, 6, 0, 0, TimeSpan.Zero),
            ["uptime"] = TimeSpan.FromMinutes(90),
            ["download"] = 5_000_000_000L,
            ["upload"] = 1L,
        });
        _router.Records(UserManagerMenus.Session).Put(new()
        {
            ["user"] = "al",
            ["started"] = new DateTimeOffset(2026, 11, 20, 6, 0, 0, TimeSpan.Zero),
            ["ended"] = new DateTimeOffset(2026, 11, 20, 7, 0, 0, TimeSpan.Zero),
            ["terminate-cause"] = "user-request",
        });
        Assert.Equal(
            ".id=*1;user=bob;active=true;status=start,interim;started=2026-11-21 06:00:00;uptime=1h30m;download=5000000000;upload=1\n",
            await _router.Run("/user-manager session print as-value where active"));
        Assert.Equal("*2\n", await _router.Run("/user-manager session find started<\"2026-11-21 00:00:00\""));
        Assert.Equal("*1\n", await _router.Run("/user-manager session find download>4GiB"));
        Assert.Equal("*1\n", await _router.Run("/user-manager session find uptime>01:00:00"));
        foreach (var (condition, id) in ((string, string)[])[("active", "*1"), ("!active", "*2"), ("active=yes", "*1"), ("active=false", "*2"), ("!active user=al", "*2")])
        {
            _router.Records(UserManagerMenus.Session).Listed = 0;
            Assert.Equal($"{id}\n", await _router.Run($"/user-manager session find {condition}"));
            Assert.Equal(1, _router.Records(UserManagerMenus.Session).Listed);
        }

        var active = new PrintOptions { Form = ValueForm.Rest, Equal = new Dictionary<string, string> { ["active"] = "true" } };
        var sessions = _router.Executor.PrintAsync(_router.Tree.Find(UserManagerMenus.Session)!, active, TestContext.Current.CancellationToken);
        Assert.Equal("bob", (await sessions.SingleAsync(TestContext.Current.CancellationToken))["user"]);
        await _router.Run("/user-manager session remove [find !active]");
        Assert.Equal("1\n", await _router.Run("/user-manager session print count-only"));
    }

    [Fact]
    public async Task Colours_are_optional()
    {
        var router = new Router(new ConsoleOptions { Color = true });
        await router.Run("/user-manager user add name=a disabled=yes");
        Assert.Contains("\e[1;36m#", await router.Run("/user-manager user print"), StringComparison.Ordinal);
        Assert.Contains("\e[90m0 X", await router.Run("/user-manager user print"), StringComparison.Ordinal);
        Assert.DoesNotContain("\e", await _router.Run("/user-manager print"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_a_record_holds_steers_the_terminal()
    {
        await _router.Run("/user-manager user add name=\"a\\1B[2J\\C2\\9Bx\" comment=\"b\\07\\0D\\0A\"");
        foreach (var form in (string[])["", "detail", "terse", "value-list"])
        {
            var output = await _router.Run($"/user-manager user print {form}");
            Assert.DoesNotContain('\e', output);
            Assert.DoesNotContain('\u009B', output);
            Assert.DoesNotContain('\a', output);
        }
    }

    [Fact]
    public async Task Many_rows_stream()
    {
        for (var i = 0; i < 2000; i++)
            _router.Records(UserManagerMenus.Session).Put(new() { ["user"] = $"u{i}", ["started"] = DateTimeOffset.UnixEpoch });

        using var output = new CountingWriter();
        _router.Records(UserManagerMenus.Session).Listed = 0;
        output.OnLine = () => Assert.True(_router.Records(UserManagerMenus.Session).Listed <= output.Lines + 300);
        await _router.Console.ExecuteAsync("/user-manager session print", output, TestContext.Current.CancellationToken);
        Assert.Equal(2003, output.Lines);
    }

    [Fact]
    public async Task Commands_of_a_plugin_take_records_flags_and_give_rows()
    {
        CommandCall? called = null;
        var menu = new Menu("/user-manager/thing")
        {
            Fields = [new Field("name", FieldType.Text) { Required = true, Unique = true }],
            Commands =
            [
                new Command("monitor")
                {
                    TakesRecords = true,
                    Arguments = [new Field("once", FieldType.Bool) { Default = false }, new Field("count", FieldType.Number) { Required = true }],
                    RunAsync = (call, _) =>
                    {
                        called = call;
                        return ValueTask.FromResult(new CommandResult([new Dictionary<string, object> { ["total-uptime"] = TimeSpan.FromHours(1), ["ok"] = true }]));
                    },
                },
            ],
        };
        var router = new Router(null, menu);
        await router.Run("/user-manager thing add name=a");
        Assert.Equal("  total-uptime: 1h\n            ok: yes\n", await router.Run("/user-manager thing monitor a once count=2"));
        Assert.Equal("a", Assert.Single(called!.Records).Text("name"));
        Assert.Equal(true, called.Arguments["once"]);
        Assert.Equal(2L, called.Arguments["count"]);
        Assert.Equal("missing value(s) of argument(s) count", await router.Refused("/user-manager thing monitor [find name=a]"));
        Assert.Equal("missing value(s) of argument(s) numbers", await router.Refused("/user-manager thing monitor count=1"));
        Assert.Contains("expected end of command", await router.Refused("/user-manager thing monitor a bogus=1"), StringComparison.Ordinal);
    }

    private sealed class CountingWriter : StringWriter
    {
        public int Lines { get; private set; }

        public Action OnLine { get; set; } = () => { };

        public override void Write(char value)
        {
            if (value == '\n')
            {
                Lines++;
                OnLine();
            }
        }
    }
}
