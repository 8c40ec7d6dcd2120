using System.Text;

namespace UserManager.Management.Tests;

public sealed class RscTests
{
    private readonly Router _router = new();

    [Fact]
    public async Task A_fresh_database_exports_as_a_header_alone() =>
        Assert.Equal("# 2026-11-21 07:00:00 by UserManager 1.0\n#\n", await _router.Export());

    [Fact]
    public async Task An_export_is_in_order_of_dependency_and_leaves_defaults_out()
    {
        await Fill();
        Assert.Equal(
            """
            # 2026-11-21 07:00:00 by UserManager 1.0
            #
            /user-manager attribute
            set [ find default-name="Mikrotik-Wireless-Skip-Dot1x " ] \
                name=Mikrotik-Wireless-Skip-Dot1x
            add name=Mine vendor-id=Mikrotik type-id=200 value-type=string
            /user-manager user group
            set [ find default-name=default ] outer-auths=pap,chap
            add name="location 1" \
                outer-auths=pap,chap,mschap1,mschap2,eap-tls,eap-ttls,eap-peap,\
                eap-mschap2 attributes=Framed-Pool:pool1,Mine:x comment=hall
            /user-manager user
            add name=user1 password=password
            add name=user2 password="p\$w \"\\?" group="location 1" \
                shared-users=unlimited caller-id=bind \
                attributes="Mine:a\\,b,Session-Timeout:60" disabled=yes \
                comment="gar\C3\A7on\r\nzwei"
            /user-manager router
            add name=local address=127.0.0.1 shared-secret=test require-message-auth=no \
                comment=localhost
            /user-manager
            set enabled=yes use-profiles=yes

            """.Replace("\\\\?", "\\\\\\?"),
            await _router.Export());
    }

    [Fact]
    public async Task Secrets_are_left_out_and_counted()
    {
        await Fill();
        var export = await _router.Export(showSensitive: false);
        Assert.StartsWith(
            "# 2026-11-21 07:00:00 by UserManager 1.0\n# secrets left out: 3 (export show-sensitive writes them)\n",
            export,
            StringComparison.Ordinal);
        Assert.DoesNotContain("password=", export, StringComparison.Ordinal);
        Assert.DoesNotContain("shared-secret=", export, StringComparison.Ordinal);

        var other = new Router();
        var report = await other.Import(export);
        Assert.Equal(3, report.MissingSecrets);
        Assert.Contains("passwords missing: 3", report.Summary, StringComparison.Ordinal);
        Assert.Equal(0, report.ExitCode);
    }

    [Fact]
    public async Task An_export_goes_into_a_fresh_database_and_again_changes_nothing()
    {
        await Fill();
        var export = await _router.Export();

        var other = new Router();
        var report = await other.Import(export);
        Assert.Empty(report.Errors);
        Assert.Equal(8, report.Imported);
        Assert.Equal(export, await other.Export());

        report = await other.Import(export);
        Assert.Empty(report.Errors);
        Assert.Equal(5, report.Unchanged);
        Assert.Equal(0, report.ExitCode);
        Assert.Equal(export, await other.Export());
    }

    [Fact]
    public async Task An_export_without_secrets_changes_nothing_where_it_came_from()
    {
        await Fill();
        var (before, export) = (await _router.Export(), await _router.Export(showSensitive: false));
        var report = await _router.Import(export);
        Assert.Empty(report.Errors);
        Assert.Equal(before, await _router.Export());
    }

    [Fact]
    public async Task Values_of_any_characters_survive_export_and_import()
    {
        var random = new Random(1);
        var values = new Dictionary<string, Contract.RecordId>();
        for (var i = 0; i < 400; i++)
        {
            var given = new Dictionary<string, GivenValue>
            {
                ["name"] = $"{i}{Text(random)}",
                ["password"] = Text(random),
                ["comment"] = Text(random),
                ["caller-id"] = Text(random),
                ["attributes"] = new GivenValue(null, [$"Mikrotik-Group:x{Text(random)}"]),
                ["disabled"] = random.Next(2) == 0 ? "yes" : "no",
                ["shared-users"] = random.Next(4) == 0 ? "unlimited" : random.Next(1, 99).ToString(),
            };
            try
            {
                await _router.Executor.AddAsync(_router.Users, given, TestContext.Current.CancellationToken);
            }
            catch (Contract.MenuException e)
            {
                Assert.True(e.Message.StartsWith("invalid value for argument attributes", StringComparison.Ordinal) || e.Message == "failure: contents too long", e.Message);
            }
        }

        var export = await _router.Export();
        Assert.All(export.Split('\n'), line => Assert.True(line.Length <= 79 && line.All(c => c is >= ' ' and < '\x7F'), line));

        foreach (var text in (string[])[export, export.Replace("\n", "\r\n")])
        {
            var other = new Router();
            var report = await other.Import(text);
            Assert.Empty(report.Errors);
            Assert.Equal(export, await other.Export());
        }

        using var terse = new StringWriter();
        await new RscExport(_router.Executor, new ExportOptions { Terse = true, ShowSensitive = true, Version = "1.0" })
            .WriteAsync(terse, TestContext.Current.CancellationToken);
        var third = new Router();
        Assert.Empty((await third.Import(terse.ToString())).Errors);
        Assert.Equal(export, await third.Export());

        static string Text(Random random)
        {
            var text = new StringBuilder();
            for (var n = random.Next(random.Next(4) == 0 ? 120 : 12); n > 0; n--)
            {
                text.Append(random.Next(6) switch
                {
                    0 => "\\\"$?;=[]{}()#'~!&|<> ,:"[random.Next(23)].ToString(),
                    1 => ((char)random.Next(1, 32)).ToString(),
                    2 => new Rune(random.Next(0x80, 0xD800)).ToString(),
                    3 => random.Next(8) == 0 ? new Rune(random.Next(0x10000, 0x10FFFF)).ToString() : " ",
                    _ => ((char)random.Next(0x20, 0x7F)).ToString(),
                });
            }

            return text.ToString();
        }
    }

    [Theory]
    [InlineData("\"a\\\"b\\\\c\\$d\\?e\"", "a\"b\\c$d?e")]
    [InlineData("\"\\n\\r\\t\\a\\b\\f\\v\"", "\n\r\t\a\b\f\v")]
    [InlineData("\"a\\_b\"", "a b")]
    [InlineData("\"N\\C2\\B02\"", "N°2")]
    [InlineData("\"SOIREE 23H \\E0 7H\"", "SOIREE 23H à 7H")]
    [InlineData("\"\\80\\99\"", "€™")]
    [InlineData("\"\\F0\\f0\\0A\"", "ð\f0\n")]
    [InlineData("\"\\FF\"", "ÿ")]
    [InlineData("\"a b\\\n    c\"", "a bc")]
    [InlineData("\"a \\\n    b\"", "a b")]
    [InlineData("\"a\\\n    \\_b\"", "a b")]
    [InlineData("\"write,!policy,!sensitiv\\\r\n    e,!romon\"", "write,!policy,!sensitive,!romon")]
    [InlineData("\"one\\r\\\n    \\ntwo\"", "one\r\ntwo")]
    [InlineData("\"a\\\\\\\n    b\"", "a\\b")]
    [InlineData("\\\n    1000000B", "1000000B")]
    [InlineData("\\\r\n    \\\r\n  x", "x")]
    [InlineData("a\"b c\"d", "ab cd")]
    [InlineData("\"\"", "")]
    [InlineData("a#b", "a#b")]
    [InlineData("\"5$\"", "5$")]
    [InlineData("\"#;=[]{}()~!&|<>'\"", "#;=[]{}()~!&|<>'")]
    [InlineData("\"two\nlines\"", "two\nlines")]
    public async Task Quoting_escapes_and_joined_lines_are_read(string written, string value)
    {
        var report = await _router.Import($"/user-manager user add name=x comment={written} password=y\n");
        Assert.Empty(report.Errors);
        Assert.Equal(value, (await _router.Get("x", "comment")));
        Assert.Equal("y", (await _router.Get("x", "password")));
    }

    [Fact]
    public async Task Raw_bytes_are_UTF_8_or_else_Windows_1252()
    {
        byte[] file = [0xEF, 0xBB, 0xBF, .. "/user-manager user\r\nadd name=a comment=\""u8, 0xE0, .. " la carte\"\r\nadd name=b comment=\"\u00E0 la carte\"\r\n"u8];
        var report = await _router.Import(file);
        Assert.Empty(report.Errors);
        Assert.Equal(2, report.Imported);
        Assert.Equal("à la carte", await _router.Get("a", "comment"));
        Assert.Equal("à la carte", await _router.Get("b", "comment"));
    }

    [Fact]
    public async Task Menus_of_an_export_may_come_in_any_order()
    {
        var report = await _router.Import("""
            # 2024-10-16 21:23:05 by RouterOS 7.16.1
            # software id = ABCD-1234
            #
            /user-manager
            set certificate=*0 enabled=yes
            /user-manager user
            set [ find name=late ] comment=found
            add name=late group=later
            /user-manager user group
            add attributes=Later:x name=later
            /user-manager attribute
            add name=Later packet-types=access-accept type-id=99 value-type=string vendor-id=14988
            """);
        Assert.Empty(report.Errors);
        Assert.Equal(5, report.Imported);
        Assert.Equal("later", await _router.Get("late", "group"));
        Assert.Equal("found", await _router.Get("late", "comment"));
    }

    // The ports of the router that was exported are not this server's.
    [Fact]
    public async Task What_a_router_s_export_says_of_the_router_is_skipped_and_our_own_export_is_taken()
    {
        const string Services = "/ip service\nset telnet disabled=yes\nset www port=8080\n/user-manager user\nadd name=a\n";
        var report = await _router.Import("# 2024-10-16 21:23:05 by RouterOS 7.16.1\n" + Services);

        Assert.Empty(report.Errors);
        Assert.Equal(["router-side menu, skipped: /ip/service"], report.Notes);
        Assert.Equal((1, 2), (report.Imported, report.Skipped));
        Assert.Equal("80", (await _router.Run("/ip service get www port")).Trim());

        await _router.Import("# 2024-10-16 21:23:05 by UserManager 1.0\n" + Services);
        Assert.Equal("8080", (await _router.Run("/ip service get www port")).Trim());
    }

    [Fact]
    public async Task A_certificate_that_is_not_here_is_noted_and_the_rest_of_its_line_imported()
    {
        var report = await _router.Import("""
            /user-manager
            set certificate=um-cert enabled=yes use-profiles=yes
            /user-manager
            set radsec-certificate=other
            """);

        Assert.Empty(report.Errors);
        Assert.Equal(
            [
                "file.rsc:2:5: certificate: there is no such certificate here: import it, then choose it",
                "file.rsc:4:5: radsec-certificate: there is no such certificate here: import it, then choose it",
            ],
            report.Notes);
        Assert.Equal((1, 1), (report.Imported, report.Skipped));
        Assert.Equal("yes", (await _router.Run("/user-manager get use-profiles")).Trim());
        Assert.Equal("none", (await _router.Run("/user-manager get certificate")).Trim());
    }

    [Fact]
    public async Task Every_bad_line_is_reported_and_the_others_are_imported()
    {
        var report = await _router.Import("""
            /user-manager user
            add name=good1 password=x
            add name=bad1 group=none
            add name=bad2 bogus=1
            bogus name=bad3
            :local x 1
            :foreach i in=[find] do={
                remove $i
            }
            add name=good2 password="p$x"
            add name=good3 password=x
            set [ find name=nobody ] comment=x
            /ip pool
            add name=vpn ranges=10.0.0.1-10.0.0.9
            add name=vpn2 ranges=10.0.1.1-10.0.1.9
            /user-manager payment
            add price=1
            /nosuch menu
            remove [find]
            /user-manager user add name=good1 password=y
            /user-manager user
            add name="unclosed password=x
            add name=good4
            """);

        Assert.Equal(
            [
                "file.rsc:3:15: input does not match any value of group",
                "file.rsc:4:15: expected end of command",
                "file.rsc:5:1: bad command name bogus",
                "file.rsc:6:1: not imported: script",
                "file.rsc:7:1: not imported: script",
                "file.rsc:10:27: not imported: script",
                "file.rsc:18:2: bad command name nosuch",
                "file.rsc:20:24: failure: already have user with such name",
                "file.rsc:22:10: missing closing quote",
            ],
            report.Errors.Select(e => e.Split(", did")[0]));
        Assert.Equal(
            [
                "file.rsc:12:1: nothing found to set, skipped",
                "router-side menu, skipped: /ip/pool",
                "menu not available here, skipped: /user-manager/payment",
                "commands under an unknown menu, skipped",
            ],
            report.Notes);
        Assert.Equal(1, report.ExitCode);
        Assert.Equal(3, report.Imported);
        Assert.Equal(5, report.Skipped);
        Assert.Equal("3 imported, 0 unchanged, 5 skipped, 9 failed; passwords missing: 1 (export with show-sensitive)", report.Summary);
        Assert.Equal("x", await _router.Get("good3", "password"));
    }

    [Fact]
    public async Task A_verbose_export_of_a_router_is_imported()
    {
        var report = await _router.Import("""
            /user-manager attribute
            set [ find default-name=Framed-IP-Address ] name=Framed-IP-Address packet-types=access-accept type-id=8 value-type=ip-address vendor-id=standard
            set [ find default-name="Mikrotik-Wireless-Skip-Dot1x " ] name="Mikrotik-Wireless-Skip-Dot1x " packet-types=access-accept type-id=5 \
                value-type=uint32 vendor-id=Mikrotik
            /user-manager user group
            set [ find default-name=default ] attributes="" inner-auths=ttls-pap,ttls-chap,ttls-mschap1,ttls-mschap2,peap-mschap2 name=default \
                outer-auths=pap,chap,mschap1,mschap2,eap-tls,eap-ttls,eap-peap,eap-mschap2
            set [ find default-name=default-anonymous ] attributes="" inner-auths="" name=default-anonymous outer-auths=eap-ttls,eap-peap
            /user-manager user
            add attributes="" !caller-id disabled=no group=default name=bob otp-secret="" password=x shared-users=1
            /user-manager
            set accounting-port=1813 authentication-port=1812 certificate=*0 enabled=yes require-message-auth=yes-access-request use-profiles=no
            """);
        Assert.Empty(report.Errors);
        Assert.Equal(6, report.Imported);
        Assert.Equal(0, report.MissingSecrets);
    }

    [Fact]
    public async Task Exports_are_asked_for_in_the_console()
    {
        await Fill();
        var export = await _router.Run("/user-manager/router export terse show-sensitive");
        Assert.Equal(
            "# 2026-11-21 07:00:00 by UserManager 1.0\n#\n/user-manager router add name=local address=127.0.0.1 shared-secret=test require-message-auth=no comment=localhost\n",
            export);
        Assert.Contains("coa-port=3799", await _router.Run("/user-manager router export verbose"), StringComparison.Ordinal);
        Assert.Equal(await _router.Export(), await _router.Run("/export show-sensitive"));
        Assert.Equal(await _router.Export(showSensitive: false), await _router.Run("/export compact"));
    }

    [Fact]
    public async Task Any_file_yields_a_report()
    {
        var random = new Random(3);
        await Fill();
        var export = Encoding.UTF8.GetBytes(await _router.Export());
        for (var i = 0; i < 1000; i++)
        {
            var file = export.ToArray();
            for (var n = random.Next(1, 20); n > 0; n--)
                file[random.Next(file.Length)] = (byte)random.Next(256);

            Assert.NotNull((await new Router().Import(file[..random.Next(file.Length)])).Summary);
        }
    }

    private Task<string> Fill() => _router.Run("""
        /user-manager attribute
        set [find default-name="Mikrotik-Wireless-Skip-Dot1x "] name=Mikrotik-Wireless-Skip-Dot1x
        add name=Mine vendor-id=Mikrotik type-id=200 value-type=string
        /user-manager user group
        set default outer-auths=pap,chap
        add name="location 1" outer-auths=pap,chap,mschap1,mschap2,eap-tls,eap-ttls,eap-peap,eap-mschap2 attributes=Framed-Pool:pool1,Mine:x comment=hall
        /user-manager user
        add name=user1 password=password
        add name=user2 password="p\$w \"\\\?" group="location 1" shared-users=unlimited caller-id=bind attributes="Mine:a\\,b,Session-Timeout:60" \
            disabled=yes comment="gar\C3\A7on\r\nzwei"
        /user-manager router
        add name=local address=127.0.0.1 shared-secret=test require-message-auth=no comment=localhost
        /user-manager
        set enabled=yes use-profiles=yes
        """);
}
