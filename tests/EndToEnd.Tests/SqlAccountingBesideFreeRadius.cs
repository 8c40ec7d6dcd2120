using System.Globalization;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>What both servers write into FreeRADIUS's tables of the same packets.</summary>
[Collection(SqlServers.Together)]
public sealed class SqlAccountingBesideFreeRadius(SqlServers servers)
{
    // NAS-IP-Address is in each: FreeRADIUS 3.2.1 knows a session by it, and leaves the column empty without.
    [Fact]
    public async Task Accounting_and_logins_leave_the_same_rows()
    {
        var (options, run) = servers.FreeDatabase("mysql");
        await using var server = await servers.StartAsync(options, """
            authorize: [ chap, mschap, sql, pap ]
            authenticate: { pap: [ pap ], chap: [ chap ], mschap: [ mschap ] }
            post-auth: [ sql, { Post-Auth-Type: { Reject: [ sql ] } } ]
            preacct: [ preprocess ]
            accounting: [ sql, ok ]
            """);
        const string User = "INSERT INTO radcheck (username, attribute, op, value) VALUES ('acct', 'Cleartext-Password', ':=', 'pw')";
        run(User);
        servers.Database.Run($"USE radius; DELETE FROM radacct; DELETE FROM radpostauth; DELETE FROM nasreload; {User}");
        const string Session = "User-Name = acct@example.com\nNAS-IP-Address = 192.0.2.1\nNAS-Port = 7\nNAS-Port-Type = Wireless-802.11\nCalled-Station-Id = \"02-00-00-00-00-01:ssid\"\nCalling-Station-Id = \"00-11-22-33-44-55\"\n"
            + "Service-Type = Framed-User\nFramed-Protocol = PPP\nFramed-IP-Address = 10.0.0.5\nAcct-Authentic = RADIUS\nConnect-Info = 54Mbps\n";
        const string Six = "User-Name = six\nNAS-IP-Address = 192.0.2.1\nNAS-Port-Id = \"ether1/vlan 7\"\nFramed-IPv6-Address = 2001:db8::1\nFramed-IPv6-Prefix = 2001:db8:1::/64\nFramed-Interface-Id = 0:0:0:1\nDelegated-IPv6-Prefix = 2001:db8:2::/56\n";
        const string Used = "Acct-Session-Time = 60\nAcct-Input-Octets = 100\nAcct-Output-Octets = 4000000000\nAcct-Input-Gigawords = 1\nAcct-Output-Gigawords = 3\n";
        const string More = "Acct-Session-Time = 90\nAcct-Input-Octets = 200\nAcct-Output-Octets = 7\nAcct-Input-Gigawords = 1\nAcct-Output-Gigawords = 4\n";
        string[] packets =
        [
            // One session as it should be, its Start and Stop twice.
            Packet(Session, "s1", "Start", 0), Packet(Session, "s1", "Start", 0), Packet(Session + Used, "s1", "Interim-Update", 60), Packet(Session + More, "s1", "Interim-Update", 90),
            Packet(Session + More + "Acct-Terminate-Cause = Idle-Timeout\n", "s1", "Stop", 95), Packet(Session + More + "Acct-Terminate-Cause = Idle-Timeout\n", "s1", "Stop", 95),
            // Without a Start; without anything but a Stop; without octets; with hardly anything at all.
            Packet(Session + Used, "s2", "Interim-Update", 60), Packet(Session + More + "Acct-Terminate-Cause = User-Request\n", "s2", "Stop", 95),
            Packet(Session + More + "Acct-Terminate-Cause = NAS-Error\n", "s3", "Stop", 95),
            Packet(Session, "s4", "Start", 0), Packet(Session, "s4", "Interim-Update", 30), Packet(Session, "s4", "Stop", 40),
            Packet(Session, "s5", "Interim-Update", 30), Packet(Session, "s6", "Stop", 30),
            Packet("User-Name = bare\nNAS-IP-Address = 192.0.2.1\n", "s7", "Start", 0), Packet("NAS-IP-Address = 192.0.2.1\n", "s8", "Start", 0), Packet("NAS-IP-Address = 192.0.2.1\n", "s8", "Stop", 5),
            // IPv6; an address that comes later; a roaming client; other texts.
            Packet(Six, "s9", "Start", 0), Packet(Six + Used + "Framed-IP-Address = 10.0.0.9\n", "s9", "Interim-Update", 60), Packet(Six + More, "s9", "Stop", 90),
            Packet("User-Name = late\nNAS-IP-Address = 192.0.2.1\n", "s10", "Start", null), Packet("User-Name = late\nNAS-IP-Address = 192.0.2.1\nAcct-Session-Time = 30\n", "s10", "Stop", null),
            Packet("User-Name = many\nNAS-IP-Address = 192.0.2.1\nNAS-Identifier = n1\nConnect-Info = one\nConnect-Info = two\n", "s11", "Start", 0),
            Packet("User-Name = numbers\nNAS-IP-Address = 192.0.2.1\nNAS-Port-Type = 200\nService-Type = 300\nFramed-Protocol = 99\nAcct-Authentic = 77\n", "s12", "Start", 0),
            Packet("User-Name = numbers\nNAS-IP-Address = 192.0.2.1\nAcct-Terminate-Cause = 250\nClass = 0x0102\n", "s12", "Stop", 5),
            // What is recorded of no session, and a NAS that begins anew.
            "NAS-IP-Address = 192.0.2.1\nAcct-Status-Type = Tunnel-Start\nAcct-Session-Id = t1\nEvent-Timestamp = 1790000000\n",
            Packet("User-Name = open\nNAS-IP-Address = 192.0.2.2\n", "s13", "Start", 0), Packet("User-Name = open\nNAS-IP-Address = 192.0.2.3\n", "s14", "Start", 0), Packet("User-Name = open\nNAS-IP-Address = 192.0.2.2\n", "s15", "Start", 500),
            "NAS-IP-Address = 192.0.2.2\nAcct-Status-Type = Accounting-On\nAcct-Session-Id = on\nEvent-Timestamp = 1790000100\n",
            "NAS-IP-Address = 192.0.2.3\nAcct-Status-Type = Accounting-Off\nAcct-Session-Id = off\nAcct-Terminate-Cause = Admin-Reboot\nEvent-Timestamp = 1790000200\n",
        ];
        string[] logins =
        [
            "User-Name = acct\nUser-Password = pw", "User-Name = acct\nUser-Password = wrong", "User-Name = acct\nCHAP-Password = pw", "User-Name = acct\nMS-CHAP-Password = pw",
            "User-Name = nobody\nUser-Password = x", "User-Name = acct\nUser-Password = \"p'w \\\\ g\"",
        ];

        foreach (var (kind, packet) in packets.Select(p => ("acct", p)).Concat(logins.Select(l => ("auth", l + "\nMessage-Authenticator = 0x00\n"))))
        {
            var theirs = await servers.Theirs.RadclientAsync(kind, packet);
            var ours = await server.RadclientAsync(kind, packet);
            Assert.True(Code(theirs) == Code(ours), $"{packet}: {Code(theirs)}, we {Code(ours)}");
        }

        var name = options.Split("radius_db: ")[1].TrimEnd();
        var differences = new[] { ("radacct", "radacctid"), ("radpostauth", "id"), ("nasreload", "nasipaddress") }.SelectMany(table => Differences(table.Item1, table.Item2, name)).ToList();
        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.Equal("15\n6\n", servers.Database.Run("SELECT COUNT(*) FROM radius.radacct; SELECT COUNT(*) FROM radius.radpostauth"));

        static string Packet(string attributes, string session, string type, int? at) =>
            $"{attributes}Acct-Session-Id = {session}\nAcct-Status-Type = {type}\n{(at is null ? "" : $"Event-Timestamp = {1_790_000_000 + at}\n")}";

        static string Code(Ran ran) => PrintedReply.All(ran.Output) is [var reply, ..] ? reply.Code : "nothing";
    }

    // Columns but for the id; what was written by the clock within three seconds; a CHAP-Password is another one each time.
    // What a packet does not say stays as it is, where FreeRADIUS makes it NULL (docs/sql.md).
    private IEnumerable<string> Differences(string table, string id, string ours)
    {
        var columns = servers.Database.Run($"SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'radius' AND table_name = '{table}' AND column_name <> '{id}' ORDER BY ordinal_position")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).ToList();
        var select = string.Join(", ", columns.Select(c => c[1] is "datetime" or "timestamp" ? $"UNIX_TIMESTAMP({c[0]})" : c[0]));
        var (expected, got) = (Rows("radius"), Rows(ours));
        if (expected.Count != got.Count)
            yield return $"{table}: {expected.Count} rows, we {got.Count}";

        foreach (var (row, i) in expected.Zip(got).Select((pair, i) => (pair, i)))
        {
            for (var c = 0; c < columns.Count; c++)
            {
                var (theirs, mine) = (Plain(row.First[c]), row.Second[c]);
                var isTime = columns[c][1] is "datetime" or "timestamp" && theirs != "NULL" && mine != "NULL";
                var isOurs = (columns[c][0] == "acctsessiontime" && (theirs, mine) == ("NULL", "0")) || (theirs.Length == 36 && theirs.StartsWith("0x") && mine.Length == 36 && mine.StartsWith("0x"));
                if (!isOurs && (isTime ? Math.Abs(double.Parse(theirs, CultureInfo.InvariantCulture) - double.Parse(mine, CultureInfo.InvariantCulture)) > 3 : theirs != mine))
                    yield return $"{table} {row.First[0]}: {columns[c][0]}: {theirs}, we {mine}";
            }
        }

        List<string[]> Rows(string database) => [.. servers.Database.Run($"SELECT {select} FROM {database}.{table} ORDER BY {id}").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t'))];

        // What is not in its safe_characters FreeRADIUS writes as =2C, inside of %{A:-B} as =3D2C; the client shows a backslash as two.
        static string Plain(string text) => Decoded(Decoded(text)).Replace("\\", "\\\\");

        static string Decoded(string text) => System.Text.RegularExpressions.Regex.Replace(text, "=([0-9A-F]{2})", m => ((char)Convert.ToByte(m.Groups[1].Value, 16)).ToString());
    }
}
