using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>Logins by both servers. What differs between the two is a bug of ours, unless FreeRADIUS's documentation says otherwise.</summary>
[Collection(SqlServers.Together)]
public sealed class SqlBesideFreeRadius(SqlServers servers)
{
    [Fact]
    public void A_thousand_users_get_the_same_replies_attribute_for_attribute()
    {
        var users = new GeneratedUsers(seed: 20261121, count: 1000);
        servers.Database.Run("USE radius;\n" + users.Sql);
        using var ours = new FakeNas(servers.Ours.AuthPort);
        using var theirs = new FakeNas(servers.Theirs.AuthPort);
        var differences = new List<string>();
        var (accepts, identifier) = (0, 0);
        foreach (var login in users.Logins)
        {
            var asked = login.Packet(theirs, (byte)identifier);
            var expected = RadiusAnswer.Of(SqlServers.AskFreeRadius(theirs, asked));
            var got = RadiusAnswer.Of(ours.Ask(login.Packet(ours, (byte)identifier++)));
            accepts += expected.Code == 2 ? 1 : 0;
            if (!expected.Equals(got))
                differences.Add($"{login}\n  FreeRADIUS {expected}\n  we         {got}\n{users.Describe(login.User)}");
        }

        Assert.True(differences.Count == 0, $"{differences.Count} of {users.Logins.Count} differ:\n{string.Join("\n\n", differences.Take(6))}\n{servers.Theirs.Log[^Math.Min(1500, servers.Theirs.Log.Length)..]}\n{string.Join('\n', servers.Ours.Lines.TakeLast(5))}");
        Assert.InRange(accepts, users.Logins.Count / 4, users.Logins.Count * 9 / 10);      // neither is the rule
    }

    // One user each: check items, and reply items behind the bar.
    [Fact]
    public void What_is_written_oddly_is_read_the_same_way()
    {
        string[] users =
        [
            "| Reply-Message = \"in double quotes\"",
            "| Reply-Message = 'in single quotes'",
            "| Reply-Message = \"only the first",
            "| Reply-Message = 'two' words'",
            "| Reply-Message = it's",
            "| Reply-Message = back\\\\slash \\\\t tab \\\\101 \\\\x41 \\\\q",
            "| Reply-Message = %{User-Name}",
            "| Reply-Message = \"%{User-Name}\"",
            "| Reply-Message = `%{User-Name}`",
            "| Reply-Message =  with blanks around ",
            "| Reply-Message = grüße 🐎",
            "| Reply-Message == compared",
            "| Reply-Message != compared",
            "| Reply-Message  no operator",
            "| Reply-Message =* any",
            "| Reply-Message = ",
            "| No-Such-Attribute-Here = x",
            "| Session-Timeout = many",
            "| Session-Timeout = 0x10",
            "| Session-Timeout = ",
            "| Framed-IP-Address = ",
            "| Class = ",
            "| Framed-IPv6-Address = ",
            "| Event-Timestamp = ",
            "| Session-Timeout ~~ 5",
            "| Class = 0x01ff",
            "| Class = text",
            "| Class = 0xz",
            "| Framed-IP-Address = 10.0.0.300",
            "| Framed-IP-Address = 255.255.255.254",
            "| Framed-IPv6-Prefix = 2001:db8::/32",
            "| Framed-IPv6-Address = 2001:db8::1",
            "| Service-Type = framed-user",
            "| Service-Type = 2",
            "| Service-Type = No-Such-Type",
            "| Tunnel-Type = VLAN",
            "| Tunnel-Type:0 = VLAN",
            "| Tunnel-Type:31 = VLAN",
            "| Tunnel-Type:1 = 13",
            "| Tunnel-Type:x = VLAN",
            "| Tunnel-Type:1 = VLAN, Tunnel-Type:2 = L2TP, Tunnel-Type:2 -= L2TP",
            "| Tunnel-Type:1 = VLAN, Tunnel-Type:2 := L2TP",
            "| Tunnel-Private-Group-Id:1 = 10",
            "| Reply-Message = a, Reply-Message = b, Reply-Message := c",
            "| Reply-Message += a, Reply-Message += b, Reply-Message -= a",
            "| Reply-Message := a, Reply-Message := b",
            "| Cisco-AVPair += a=1, Cisco-AVPair += b=2",
            "| Mikrotik-Rate-Limit = 1M/1M",
            "| Attr-26.14988.8 = 0x61",
            "| session-timeout = 60",
            "| Cleartext-Password = x",
            "| Fall-Through = Yes",
            "NAS-Port == 7 |",
            "NAS-Port == 8 |",
            "NAS-Port  7 |",
            "NAS-Port == seven |",
            "NAS-Port = 7 |",
            "NAS-Port = 8 |",
            "NAS-Port -= 7 |",
            "NAS-Port =* |",
            "NAS-Port =* 1 |",
            "NAS-Port !* 1 |",
            "Framed-MTU !* 1 |",
            "Framed-MTU =* 1 |",
            "Framed-MTU != 1 |",
            "Framed-MTU > 1 |",
            "Connect-Info =~ mbps |",
            "Connect-Info =~ (?i)mbps |",
            "Connect-Info =~ ^54 |",
            "Connect-Info =~ ^[[:digit:]]+M |",
            "Connect-Info =~ ( |",
            "Connect-Info !~ ^55 |",
            "Connect-Info !~ ^54 |",
            "Framed-Filter !~ x |",
            "Filter-Id !~ x |",
            "Filter-Id =~ x |",
            "Service-Type == 2 |",
            "Calling-Station-Id < 1 |",
            "Calling-Station-Id > 05 |",
            "NAS-IP-Address == 127.0.0.1 |",
            "NAS-IP-Address < 128.0.0.0 |",
            "User-Name == bob |",
            "User-Name =~ ^odd |",
            "User-Password == pw |",
            "User-Password == wrong |",
            "User-Password := pw |",
            "Auth-Type := Accept |",
            "Auth-Type := Reject |",
            "Auth-Type := No-Such-Type |",
            "Auth-Type == Accept |",
            "Auth-Type = Accept |",
            "Crypt-Password == x |",
            "Cleartext-Password == pw |",
            "Cleartext-Password += other |",
            "Simultaneous-Use := 1 |",
            "Prefix == odd | Reply-Message = prefix",
            "Prefix == even | Reply-Message = prefix",
            "Suffix != x | Reply-Message = suffix",
            "Packet-Type == Access-Request |",
            "Packet-Src-IP-Address == 127.0.0.1 |",
            "Client-IP-Address == 127.0.0.1 |",
            "User-Profile := standard |",
            "No-Such-Attribute-Here := x |",
            "Tunnel-Type:1 == VLAN |",
        ];
        for (var i = 0; i < users.Length; i++)
        {
            var (check, reply) = users[i].Split('|') is [var before, var behind] ? (before, behind) : throw new FormatException(users[i]);
            if (!check.Contains("User-Password :=") && !check.Contains("Cleartext-Password =="))
                servers.Insert("radcheck", $"odd{i}", "Cleartext-Password := pw");

            servers.Insert("radcheck", $"odd{i}", check);
            servers.Insert("radreply", $"odd{i}", reply);
        }

        var differences = users.Select((user, i) => (user, Difference: servers.Compare(new GeneratedUsers.Login(
            $"odd{i}", "pw", [(6, "Service-Type", "Framed-User"), (31, "Calling-Station-Id", "066412345"), (5, "NAS-Port", "7"), (77, "Connect-Info", "54Mbps")]))))
            .Where(u => u.Difference.Length > 0).Select(u => $"{u.user}{u.Difference}").ToList();

        Assert.True(differences.Count == 0, $"{differences.Count} of {users.Length} differ:\n{string.Join("\n", differences)}");
    }

    // The hashes are those of tests/Plugins.Tests/Pap. What FreeRADIUS takes for a password in clear though it begins with {, we do not: see the README of pap.
    [Fact]
    public void A_known_good_password_may_be_kept_in_every_form()
    {
        const string Md5 = "a71e49a97820329296832b2440cdd04b", Md5Text = "px5JqXggMpKWgyskQM3QSw==", Sha = "e1aed626107b06dc45ae4926d47e37c32686bcd6", Ssha = "8cJIxJSG6SgBQ+IsmiklH5M8kHEBAgMEBQYHCA==";
        const string Sha256 = "e3b16016cc4b861951b6b4a6e8c626a741f75f587f2773fc4847a4ce20c9c837", Sha256Text = "47FgFsxLhhlRtrSm6MYmp0H3X1h/J3P8SEekziDJyDc=", Ssha256 = "JCqYMxV5xByFfguCLAyiNID6GK0LPzKQnXTELbd9ycYBAgMEBQYHCA==";
        string[] known =
        [
            "Cleartext-Password s3cret pässword", "Password-With-Header s3cret pässword", "Password-With-Header {clear}s3cret pässword", "Password-With-Header {CLEARTEXT}s3cret pässword",
            $"MD5-Password {Md5}", $"MD5-Password {Md5.ToUpperInvariant()}", $"MD5-Password {Md5Text}", $"MD5-Password 0x{Md5}", $"Password-With-Header {{md5}}{Md5}", $"Password-With-Header {{MD5}}{Md5Text}", $"Password-With-Header {{base64_md5}}{Md5Text}",
            "SMD5-Password vDs99sjfpfcimV+EYT8iBwECAwQFBgcI", "SMD5-Password bc3b3df6c8dfa5f722995f84613f22070102030405060708", "Password-With-Header {smd5}vDs99sjfpfcimV+EYT8iBwECAwQFBgcI",
            $"SHA-Password {Sha}", "SHA-Password 4a7WJhB7BtxFrkkm1H43wyaGvNY=", $"Password-With-Header {{sha}}{Sha}", "Password-With-Header {SHA}4a7WJhB7BtxFrkkm1H43wyaGvNY=",
            $"SSHA-Password {Ssha}", $"Password-With-Header {{ssha}}{Ssha}", $"Password-With-Header {{SSHA}}{Convert.ToHexString(Convert.FromBase64String(Ssha))}", "Password-With-Header e1NTSEF9OGNKSXhKU0c2U2dCUStJc21pa2xINU04a0hFQkFnTUVCUVlIQ0E9PQ==",
            $"SHA2-Password {Sha256}", $"SHA2-Password {Sha256Text}", $"Password-With-Header {{sha256}}{Sha256}", $"Password-With-Header {{sha2}}{Sha256Text}", $"SSHA2-256-Password {Ssha256}", $"Password-With-Header {{ssha256}}{Ssha256}",
            "SHA2-Password e2814af426f5dba11f1ef65365a925e07d2caec45f278cfd36a53f4d", "Password-With-Header {sha384}XY/DSF2xvHouZ2/8RPYfwZk+Jf7m7WNlCHah9wDseJ7IhTWJmSiN3XKwJRf+sVQn",
            "SHA2-Password a891045b360224076d292af676a47b3d9b7b980869e0d83254db1fa7b1322832d66d51b8cb6e72be46f86603d7882550ef057fa0eb5f351e462ec90be0063aa8",
            "Password-With-Header {ssha512}B7eZ/o4DO5Bz3x3uKMlCxebVRJwioEdhyCYC3q6B1tOubXsxzzl1QxSXmMageF9W/x4fLUXWVMUT9r/HsWhdNwECAwQFBgcI",
            // As PBKDF2-Password itself 3.2.1 does not take it.
            "Password-With-Header {x-pbkdf2}HMACSHA2+256:AAAD6A==:AQIDBAUGBwg=:HacPFwhRrT5iWmuPL9OmrzlTdLxRSCam6syFPt6qzgw=",
            "NT-Password 87881b937317c24d1ab2709be6eb3543", "NT-Password h4gbk3MXwk0asnCb5us1Qw==", "Password-With-Header {nt}87881b937317c24d1ab2709be6eb3543", "Password-With-Header {x-nthash}87881b937317c24d1ab2709be6eb3543", "Password-With-Header {md4}87881b937317c24d1ab2709be6eb3543",
            "Crypt-Password abTk71qDTQKMY", "Crypt-Password $1$saltsalt$ZHrQuYVzpm8xScW2nLOpx1", "Password-With-Header {crypt}$5$saltsalt$VcUVqBAQqYx.8RP2LAVsJOEc/EA0jeYo/KEpn93z4wB",
            "Crypt-Password $6$saltsalt$eYTdePZTzOVOYWJofVF25Qosxo7LsHBaInZ7JfY3siAJj/MCvHWxkoEdVLIfDRx7CNZod2axjay111gRmOCxx.", "Crypt-Password $2y$05$CCCCCCCCCCCCCCCCCCCCC.cctaiD0U2M/Mwau3LFWPgDY8/I6NK8K",
            "Password-With-Header {md5}", "Password-With-Header {md5}zz", "Password-With-Header {ssha}AAAA", "Password-With-Header {crypt}", "Password-With-Header {crypt}*", "Crypt-Password x", "MD5-Password abcd", "SSHA-Password abcd",
            "PBKDF2-Password HMACSHA2+256:AAAD6A==:AQIDBAUGBwg=:", "PBKDF2-Password HMACSHA2+256:AAAD6A==:AQIDBAUGBwg=:HacP", "PBKDF2-Password HMACSHA2+256:AAAA:AQIDBAUGBwg=:HacPFwhRrT5iWmuPL9OmrzlTdLxRSCam6syFPt6qzgw=",
        ];
        for (var i = 0; i < known.Length; i++)
            servers.Insert("radcheck", $"form{i}", known[i].Insert(known[i].IndexOf(' ', StringComparison.Ordinal), " :="));

        var differences = known.SelectMany((form, i) => new[] { "s3cret pässword", "s3cret password", "" }.Select(typed => $"{form} / {typed}{servers.Compare(new GeneratedUsers.Login($"form{i}", typed, []))}")).Where(d => d.Contains('\n')).ToList();

        Assert.True(differences.Count == 0, $"{differences.Count} differ:\n{string.Join('\n', differences)}");
    }

    // In check items of users and groups, in unlang, and (ours alone here) in a users file.
    [Fact]
    public async Task SQL_Group_is_compared_as_FreeRADIUS_compares_it()
    {
        (string User, string[] Groups, string Check)[] users =
        [
            ("in", ["ifgold"], "SQL-Group == ifgold"), ("out", ["other"], "SQL-Group == ifgold"), ("none", [], "SQL-Group == ifgold"), ("not-in", ["ifgold"], "SQL-Group != ifgold"),
            ("not-out", ["other"], "SQL-Group != ifgold"), ("second", ["other", "ifgold"], "SQL-Group == ifgold"), ("case", ["IfGold"], "SQL-Group == ifgold"), ("set", ["other"], "SQL-Group := ifgold"),
            ("by-group", ["ifgold", "asks"], ""), ("by-group-not", ["other", "asks"], ""), ("empty", ["ifgold"], "SQL-Group == "), ("profile", ["other"], "User-Profile := ifgold"),
        ];
        foreach (var (user, groups, check) in users)
        {
            servers.Insert("radcheck", $"sg-{user}", "Cleartext-Password := pw");
            servers.Insert("radcheck", $"sg-{user}", check);
            foreach (var (group, i) in groups.Select((group, i) => (group, i)))
                servers.Database.Run($"INSERT INTO radius.radusergroup (username, groupname, priority) VALUES ('sg-{user}', '{group}', {i + 1})");
        }

        servers.Database.Run("USE radius; INSERT INTO radgroupcheck (groupname, attribute, op, value) VALUES ('asks', 'SQL-Group', '==', 'ifgold'); INSERT INTO radgroupreply (groupname, attribute, op, value) VALUES "
            + "('asks', 'Filter-Id', '+=', 'asked'), ('other', 'Fall-Through', '=', 'Yes'), ('ifgold', 'Fall-Through', '=', 'Yes'), ('ifgold', 'Filter-Id', '+=', 'gold')");

        var differences = users.Select(u => (u, Difference: servers.Compare(new GeneratedUsers.Login($"sg-{u.User}", "pw", [])))).Where(u => u.Difference.Length > 0).Select(u => $"{u.u}{u.Difference}").ToList();

        Assert.True(differences.Count == 0, string.Join('\n', differences));
        var config = servers.Configure($"dialect: mysql\nserver: 127.0.0.1\nport: {servers.Database.Port}\n", "authorize: [ files, sql, pap ]\nauthenticate: { pap: [ pap ] }\n");
        Directory.CreateDirectory(Path.Combine(config, "mods-config", "files"));
        await File.WriteAllTextAsync(Path.Combine(config, "mods-config", "files", "authorize"), "DEFAULT SQL-Group == ifgold\n\tReply-Message = \"from the file\"\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(config, "modules", "files.yaml"), "filename: mods-config/files/authorize\n", TestContext.Current.CancellationToken);
        await using var server = await TestServer.StartAsync("/user-manager set enabled=yes\n/user-manager router add address=127.0.0.1 name=test shared-secret=testing123", "--config", config);
        Assert.Contains("from the file", (await LoginAsync("sg-second")).Output);
        var other = (await LoginAsync("sg-not-out")).Output;
        Assert.Contains("Access-Accept", other);
        Assert.DoesNotContain("from the file", other);

        Task<Ran> LoginAsync(string user) => server.RadclientAsync("auth", $"User-Name = {user}\nUser-Password = pw\nMessage-Authenticator = 0x00\n");
    }
}
