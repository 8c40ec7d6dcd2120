using System.Text;
using UserManager.Testing;
using Xunit;

namespace EndToEnd.Tests;

/// <summary>FreeRADIUS and this server with the same users file answer the same requests alike, attribute for attribute.</summary>
public sealed class FilesSideBySide
{
    private const int Users = 120;
    private const int Requests = 400;

    private static readonly string[] Numbers = ["NAS-Port", "Port-Limit", "Framed-MTU"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_generated_users_file(int seed)
    {
        var random = new Random(seed);
        var file = UsersFile(random);
        var requests = new string[Requests];
        for (var i = 0; i < Requests; i++)
            requests[i] = Request(random);

        var (theirs, ours) = await AnswersAsync(file, requests);

        Assert.Equal(Requests, theirs.Count);
        Assert.True(theirs.Count(r => r.Attributes.Count > 1) is var rich && rich > Requests / 5, $"{rich} answers with two attributes and more are too few");
        for (var i = 0; i < Requests; i++)
            Assert.True(theirs[i].ToString() == ours[i].ToString(), $"{requests[i]}\n-- FreeRADIUS:\n{theirs[i]}\n-- ours:\n{ours[i]}\n-- of\n{file}");
    }

    // What a generator hardly hits: quotes and escapes, tags, names with blanks, the end of the file without a line end.
    [Fact]
    public async Task A_file_of_corners()
    {
        const string File = """
            # a comment
            "bob smith" Cleartext-Password := "pw"    # and one here
            	Reply-Message = 'single \n %{User-Name}', Reply-Message += "double \"q\" \\ %d",
              # between the items

            	Reply-Message += bare,
            	Filter-Id = "\101\102",
            	Tunnel-Type:1 = VLAN, Tunnel-Medium-Type:1 = IEEE-802, Tunnel-Private-Group-Id:1 = "12",
            	Class = 0x616263, Session-Timeout = 0x10

            bob	Cleartext-Password := "pw", Calling-Station-Id =~ "^02(.)(..)"
            	Reply-Message = "%{0}|%{1}|%{2}|%{3}", Filter-Id = "%{%{Called-Station-Id}:-none} 100%% %{NAS-Port}"
            Bob	Auth-Type := Accept
            	Reply-Message = "case matters"
            slip Cleartext-Password := "pw"
            	Fall-Through = 1, Reply-Message = "one"
            slip NAS-Port != 7
            	Fall-Through = Yes, Reply-Message := "two", Framed-Route = "10.0.0.0/8", Framed-Route = "10.1.0.0/16"
            slip
            	Reply-Message -= "two", Framed-Route := "none"
            dots	Cleartext-Password := "pw", Calling-Station-Id =~ "^a\.b$"
            	Reply-Message = "dot"
            dots	Cleartext-Password := "pw", Calling-Station-Id =~ '^a\.c$'
            	Reply-Message = "quoted dot"
            dots	Cleartext-Password := "pw"
            	Reply-Message = "no dot"
            DEFAULT	Suffix == ".ppp", Cleartext-Password := "pw"
            	Reply-Message = "stripped: %{Stripped-User-Name}", Fall-Through = Yes
            DEFAULT	Auth-Type = Reject, NAS-Identifier =* ANY
            	Reply-Message += "no %{NAS-Identifier}"
            DEFAULT	NAS-IP-Address == 10.9.9.9, Auth-Type := Accept
            	Framed-IP-Address = 10.0.0.1, Framed-IP-Netmask = 255.255.255.0, Framed-IPv6-Prefix = 2001:db8::/64, Reply-Message = "%{Packet-Src-IP-Address}"
            $INCLUDE more
            """;
        string[] requests =
        [
            "User-Name = \"bob smith\"\nUser-Password = pw", "User-Name = bob\nUser-Password = pw\nCalling-Station-Id = 02-ab-cd\nNAS-Port = 3",
            "User-Name = bob\nUser-Password = pw\nCalling-Station-Id = 03", "User-Name = Bob\nUser-Password = x", "User-Name = slip\nUser-Password = pw\nNAS-Port = 1",
            "User-Name = slip\nUser-Password = pw\nNAS-Port = 7", "User-Name = slip\nUser-Password = pw", "User-Name = dots\nUser-Password = pw\nCalling-Station-Id = a.b",
            "User-Name = dots\nUser-Password = pw\nCalling-Station-Id = axb", "User-Name = dots\nUser-Password = pw\nCalling-Station-Id = a.c", "User-Name = joe.ppp\nUser-Password = pw\nNAS-IP-Address = 10.9.9.9",
            "User-Name = joe.ppp\nUser-Password = pw", "User-Name = joe\nUser-Password = pw\nNAS-Identifier = n1", "User-Name = joe\nUser-Password = pw\nNAS-IP-Address = 10.9.9.9",
            "User-Name = more\nUser-Password = pw", "User-Name = DEFAULT\nUser-Password = pw",
        ];

        var (theirs, ours) = await AnswersAsync(File, requests, ("mods-config/files/more", "more Cleartext-Password := pw\n\tReply-Message = included"));

        for (var i = 0; i < requests.Length; i++)
            Assert.True(theirs[i].ToString() == ours[i].ToString(), $"{requests[i]}\n-- FreeRADIUS:\n{theirs[i]}\n-- ours:\n{ours[i]}");
    }

    private static async Task<(IReadOnlyList<PrintedReply> Theirs, IReadOnlyList<PrintedReply> Ours)> AnswersAsync(
        string file, string[] requests, params (string Name, string Text)[] more)
    {
        var input = string.Join("\n\n", requests.Select(r => r.Contains("Message-Authenticator", StringComparison.Ordinal) ? r : "Message-Authenticator = 0x00\n" + r)) + "\n";
        await using var freeradius = new FreeRadiusServer("always", "attr_filter", "expr", "files", "pap");
        freeradius.Sections = """
            authorize {
              files
              pap
            }
            authenticate {
              Auth-Type PAP {
                pap
              }
            }
            post-auth {
              Post-Auth-Type REJECT {
                attr_filter.access_reject
              }
            }
            """;
        var config = Directory.CreateTempSubdirectory("usermanager-files-").FullName;
        try
        {
            foreach (var (name, text) in more.Prepend(("mods-config/files/authorize", file)))
            {
                freeradius.With(name, text);
                Write(config, name, text);
            }

            Write(config, "modules/files.yaml", "filename: mods-config/files/authorize\n");
            Write(config, "sites/default.yaml", "authorize: [ files, pap ]\nauthenticate: { pap: [ pap ] }\n");
            await freeradius.StartAsync();
            await using var ours = await TestServer.StartAsync("/user-manager set enabled=yes\n/user-manager router add name=nas address=127.0.0.1 shared-secret=testing123", "--config", config);
            return (PrintedReply.All((await freeradius.RadclientAsync("auth", input)).Output), PrintedReply.All((await ours.RadclientAsync("auth", input)).Output));
        }
        finally
        {
            Directory.Delete(config, recursive: true);
        }
    }

    private static void Write(string folder, string name, string text)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private static string UsersFile(Random random)
    {
        var text = new StringBuilder();
        for (var i = 0; i < Users; i++)
        {
            text.Append($"u{i}\tCleartext-Password := \"pw{i}\"\n\tReply-Message = \"one\", Fall-Through = Yes\n");
            for (var entries = random.Next(1, 4); entries > 0; entries--)
                Entry(text, $"u{i}", random);

            if (random.Next(6) == 0)
                Entry(text, "DEFAULT", random);
        }

        Entry(text, "DEFAULT", random);
        return text.ToString();
    }

    private static void Entry(StringBuilder text, string name, Random random)
    {
        var check = new List<string>();
        for (var items = random.Next(name == "DEFAULT" ? 1 : 0, 3); items > 0; items--)
            check.Add(CheckItem(random));

        var reply = new List<string>();
        for (var items = random.Next(0, 6); items > 0; items--)
            reply.Add(ReplyItem(random));

        if (random.Next(3) > 0)
            reply.Insert(random.Next(reply.Count + 1), $"Fall-Through = {(random.Next(4) > 0 ? "Yes" : "No")}");

        text.Append(name).Append('\t').AppendJoin(", ", check).Append('\n');
        for (var i = 0; i < reply.Count; i++)
            text.Append('\t').Append(reply[i]).Append(i + 1 < reply.Count ? "," : "").Append('\n');
    }

    private static string CheckItem(Random random)
    {
        var number = Numbers[random.Next(Numbers.Length)];
        return random.Next(14) switch
        {
            0 => $"{number} == {random.Next(6)}",
            1 => $"{number} != {random.Next(6)}",
            2 => $"{number} < {random.Next(6)}",
            3 => $"{number} <= {random.Next(6)}",
            4 => $"{number} > {random.Next(6)}",
            5 => $"{number} >= {random.Next(6)}",
            6 => $"{number} = {random.Next(6)}",
            7 => $"Service-Type == {(random.Next(2) == 0 ? "Framed-User" : "Login-User")}",
            8 => $"Calling-Station-Id =~ \"^0{random.Next(4)}\"",
            9 => $"Calling-Station-Id !~ \"0{random.Next(4)}$\"",
            10 => "Called-Station-Id =* ANY",
            11 => "Called-Station-Id !* ANY",
            12 => $"User-Name =~ \"[{random.Next(5)}-9]$\"",
            _ => random.Next(8) switch
            {
                0 => "Auth-Type := Accept",
                1 when random.Next(4) == 0 => "Auth-Type := Reject",
                2 => "Auth-Type = Accept",
                3 => "Suffix == \"7\"",
                4 => "NAS-IP-Address == 10.0.0.1",
                5 => "Class == 0x01",
                6 => "Filter-Id == \"%{Called-Station-Id}\"",
                _ => "Framed-Protocol == PPP",
            },
        };
    }

    private static string ReplyItem(Random random)
    {
        string[] operators = ["=", "=", ":=", "+="];
        var op = operators[random.Next(operators.Length)];
        var n = random.Next(4);
        return random.Next(12) switch
        {
            0 => $"Reply-Message {op} \"text {n}\"",
            1 => $"Reply-Message {op} \"%{{User-Name}} at %{{%{{NAS-Port}}:-nowhere}}\"",
            2 => $"Session-Timeout {op} {60 * (n + 1)}",
            3 => $"Filter-Id {op} \"f{n}\"",
            4 => $"Filter-Id -= \"f{n}\"",
            5 => $"Reply-Message ^= \"first {n}\"",
            6 => $"Framed-IP-Address {op} 10.0.{n}.1",
            7 => $"Framed-Route {op} \"10.{n}.0.0/16\"",
            8 => $"Class {op} 0x0{n}",
            9 => $"Service-Type {op} Framed-User",
            10 => $"Tunnel-Type:{n} {op} VLAN",
            _ => $"Filter-Id {op} \"%{{Calling-Station-Id}}\"",
        };
    }

    private static string Request(Random random)
    {
        var user = random.Next(Users + 10);
        var lines = new List<string>
        {
            $"User-Name = \"u{user}\"",
            $"User-Password = \"pw{(random.Next(10) == 0 ? -1 : user)}\"",
        };
        lines.AddRange(Numbers.Where(_ => random.Next(3) > 0).Select(number => $"{number} = {random.Next(6)}"));
        Maybe("Service-Type = Framed-User");
        Maybe($"Calling-Station-Id = \"0{random.Next(4)}-0{random.Next(4)}\"");
        Maybe("Called-Station-Id = \"ap1\"");
        Maybe("NAS-IP-Address = 10.0.0.1");
        Maybe("Class = 0x01");
        Maybe("Filter-Id = \"ap1\"");
        Maybe("Framed-Protocol = PPP");
        return string.Join('\n', lines);

        void Maybe(string line)
        {
            if (random.Next(2) == 0)
                lines.Add(line);
        }
    }
}
