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
        Assert.StartsWith("# 2026-11-21 07:00:00 by UserManager 1.0\n#\n", export, StringComparison.Ordinal);
        Assert.EndsWith("\n# secrets left out: 3 (export show-sensitive writes them)\n", export, StringComparison.Ordinal);
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
        Assert.Equal(["file.rsc:3:1: router-side menu, skipped: /ip/service"], report.Notes);
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
            /certificate scep-server
            add path=/scep/one
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
                "file.rsc:13:1: router-side menu, skipped: /ip/pool",
                "file.rsc:16:1: menu not available here, skipped: /certificate/scep-server",
                "file.rsc:19:1: commands under an unknown menu, skipped",
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

    // What RouterOS 7.16 writes of a router with hotspot and User Manager: its order, wrapping, quoting and line ends (reference: rsc-export, 1 to 4).
    private const string Realistic = """
        # 2024-10-16 21:23:05 by RouterOS 7.16.1
        # software id = ABCD-1234
        #
        # model = L41G-2axD
        # serial number = HE108ABCDEF
        /interface bridge
        add admin-mac=AA:BB:CC:00:11:22 auto-mac=no name=bridge1
        # interface not ready
        /interface wifi security
        add authentication-types=wpa2-eap,wpa3-eap eap-accounting=yes name=sec1
        /ip hotspot profile
        set [ find default=yes ] html-directory=hotspot
        add hotspot-address=10.5.50.1 login-by=cookie,http-chap name=hsprof1 \
            use-radius=yes
        /ip pool
        add name=hs-pool-2 ranges=10.5.50.2-10.5.50.254
        /system logging action
        set 0 memory-lines=100
        /user-manager attribute
        add name=Shop-Branch packet-types=access-accept,access-challenge type-id=250 \
            value-type=string vendor-id=9
        /user-manager limitation
        add name="4 Jam" rate-limit-rx=3000000B rate-limit-tx=\
            3000000B uptime-limit=4h
        add download-limit=1000000000B name=1GB reset-counters-interval=daily \
            reset-counters-start-time="2024-10-01 00:00:00"
        add comment="fair use\r\
            \nafter 10 GB" name=fair rate-limit-burst-rx=8000000B \
            rate-limit-burst-threshold-rx=4000000B rate-limit-burst-threshold-tx=\
            4000000B rate-limit-burst-time-rx=10s rate-limit-burst-time-tx=10s \
            rate-limit-burst-tx=8000000B rate-limit-min-rx=1000000B \
            rate-limit-min-tx=1000000B rate-limit-priority=8 rate-limit-rx=5000000B \
            rate-limit-tx=5000000B transfer-limit=10000000000B
        /user-manager profile
        add name="4 Jam" name-for-users="4 Jam" price=5000 starts-when=first-auth \
            validity=1d
        add name=Bulanan name-for-users="Bulanan N\C2\B02" override-shared-users=2 \
            price=10.5 validity=4w2d
        add name=Gratis name-for-users="" override-shared-users=unlimited validity=\
            unlimited
        /user-manager user group
        set [ find default-name=default ] outer-auths=\
            pap,chap,mschap1,mschap2,eap-tls,eap-ttls,eap-peap,eap-mschap2
        add attributes="Mikrotik-Group:full access,Shop-Branch:a\\,b" inner-auths=\
            ttls-pap,peap-mschap2 name=staf outer-auths=pap,eap-ttls,eap-peap
        /user-manager user
        add attributes=Framed-IP-Address:10.5.50.77 caller-id=AA:BB:CC:DD:EE:FF \
            comment="SOIREE 23H \E0 7H" group=staf name=user1 password="a\"b\$c\\d" \
            shared-users=unlimited
        add caller-id=bind name=v001 password=4711
        add disabled=yes name="dua kata" otp-secret=JBSWY3DPEHPK3PXP password="\?x"
        add name=tanpa
        add name=baru password=x voucher-batch=7 !expires
        /system clock
        set time-zone-name=Asia/Jakarta
        /system script
        add dont-require-permissions=no name=hi owner=admin policy=\
            ftp,reboot,read,write source=":foreach i in=[/user-manager user find] do={\r\
            \n  /user-manager user remove \$i\r\
            \n}"
        /tool sniffer
        set filter-ip-address=10.0.0.1/32
        /user-manager
        set certificate=*0 enabled=yes use-profiles=yes
        /user-manager profile-limitation
        add limitation="4 Jam" profile="4 Jam"
        add from-time=8h limitation=1GB profile=Bulanan till-time=17h59m59s weekdays=\
            monday,tuesday,wednesday,thursday,friday
        add limitation=fair profile=Bulanan
        /user-manager router
        add address=127.0.0.1 name=local shared-secret="p w"
        add address=10.0.0.0/8 coa-port=1700 disabled=yes name="nas dua" radsec-port=2083 \
            shared-secret=y
        /user-manager user-profile
        add profile="4 Jam" user=v001
        add profile=Bulanan user="dua kata"
        """;

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task A_whole_export_of_a_router_is_imported_and_what_is_skipped_is_named(string lineEnd)
    {
        var report = await _router.Import("\uFEFF" + Realistic.ReplaceLineEndings(lineEnd));

        Assert.Empty(report.Errors);
        Assert.Equal(1, report.MissingSecrets);
        Assert.Equal(
            [
                "file.rsc:6:1: router-side menu, skipped: /interface/bridge",
                "file.rsc:9:1: router-side menu, skipped: /interface/wifi/security",
                "file.rsc:11:1: router-side menu, skipped: /ip/hotspot/profile",
                "file.rsc:15:1: router-side menu, skipped: /ip/pool",
                "file.rsc:17:1: router-side menu, skipped: /system/logging/action",
                "file.rsc:53:26: voucher-batch: there is no such property here, skipped",
                "file.rsc:53:42: expires: there is no such property here, skipped",
                "file.rsc:54:1: router-side menu, skipped: /system/clock",
                "file.rsc:56:1: router-side menu, skipped: /system/script",
                "file.rsc:61:1: router-side menu, skipped: /tool/sniffer",
                "file.rsc:72:66: radsec-port: there is no such property here, skipped",
            ],
            report.Notes);
        Assert.Equal(22, report.Imported);
        Assert.Equal("a\"b$c\\d", await _router.Get("user1", "password"));
        Assert.Equal("SOIREE 23H à 7H", await _router.Get("user1", "comment"));
        Assert.Equal("?x", await _router.Get("dua kata", "password"));
        Assert.Equal("Bulanan N°2\n", await _router.Run("/user-manager/profile get Bulanan name-for-users"));
        Assert.Equal("4w2d\n", await _router.Run("/user-manager/profile get Bulanan validity"));
        Assert.Equal("fair use\r\nafter 10 GB\n", await _router.Run("/user-manager/limitation get fair comment"));
        Assert.Equal("Mikrotik-Group:full access,Shop-Branch:a\\,b\n", await _router.Run("/user-manager/user/group get staf attributes"));
        Assert.Equal("17h59m59s\n", await _router.Run("/user-manager/profile-limitation get [find limitation=1GB] till-time"));
        Assert.Equal("1\n", await _router.Run("/user-manager/user-profile print count-only where user=v001 profile=\"4 Jam\""));
        Assert.Equal("1700\n", await _router.Run("/user-manager/router get \"nas dua\" coa-port"));

        // Exported by this server and imported once more, it is the same.
        var export = await _router.Export();
        var other = new Router();
        Assert.Empty((await other.Import(export)).Errors);
        Assert.Equal(export, await other.Export());
    }

    // Written by hand, a property that is not known is a mistake.
    [Fact]
    public async Task A_property_that_is_not_known_is_an_error_in_a_file_that_no_router_wrote()
    {
        var report = await _router.Import("/user-manager user\nadd name=bob pasword=x\n");

        Assert.Equal("file.rsc:2:14: expected end of command, did you mean password?", Assert.Single(report.Errors));
        Assert.Equal("0\n", await _router.Run("/user-manager/user print count-only"));
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
