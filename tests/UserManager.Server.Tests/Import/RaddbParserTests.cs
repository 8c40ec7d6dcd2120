using UserManager.Server.Import;

namespace UserManager.Server.Tests.Import;

public sealed class RaddbParserTests : IDisposable
{
    private readonly string _raddb = Directory.CreateTempSubdirectory("raddb-").FullName;

    public void Dispose() => Directory.Delete(_raddb, recursive: true);

    [Fact]
    public void Sections_pairs_and_words_are_read()
    {
        var root = Read("""
            # a comment
            name = "a \"b\" \\ #c"   # one behind it
            other='it\'s \n', bare = x#y
            client one { ipaddr = 10.0.0.1, secret = s }
            server default {   # the server
              authorize {
                -sql
                eap { ok = return }
                if (&User-Name =~ /^[a-z]{2}$/ && ("%{NAS-Port}" == "{")) {
                  update reply {
                    &Reply-Message += "Hello \
            there"
                  }
                } else {
                  reject
                }
              }
            }
            """);

        Assert.Equal("a \"b\" \\ #c", root.Find("name")!.Value);
        Assert.Equal("it's \\n", root.Find("other")!.Value);
        Assert.Equal("x", root.Find("bare")!.Value);
        Assert.Equal(["ipaddr 10.0.0.1", "secret s"], root.Of("client").Single().Pairs.Select(p => $"{p.Name} {p.Value}"));
        var authorize = root.Of("server").Single().Of("authorize").Single();
        Assert.Equal(["-sql", "eap", "if (&User-Name =~ /^[a-z]{2}$/ && (\"%{NAS-Port}\" == \"{\"))", "else"], authorize.Items.Select(Text));
        var update = authorize.Sections.ElementAt(1).Sections.Single();
        Assert.Equal("&Reply-Message += Hello there", update.Pairs.Select(p => $"{p.Name} {p.Operator} {p.Value}").Single());
        Assert.Equal(11, update.Pairs.Single().Place.Line);
    }

    [Fact]
    public void References_are_put_in()
    {
        var root = Read("""
            prefix = /usr
            thread pool {
              max_servers = 32
            }
            modules {
              sql main {
                lib = ${prefix}/lib
                max = ${thread[pool].max_servers}
                name = ${.:name}-${.:instance}
                pool {
                  again = ${..max}
                  far = ${..:instance}
                }
                file = ${raddbdir}/x
              }
            }
            """);

        var sql = root.Of("modules").Single().Of("sql").Single();
        Assert.Equal(["/usr/lib", "32", "sql-main", $"{_raddb}/x"], sql.Pairs.Select(p => p.Value));
        Assert.Equal(["32", "main"], sql.Of("pool").Single().Pairs.Select(p => p.Value));
    }

    [Fact]
    public void Files_and_folders_are_included()
    {
        Write("clients.conf", "client a {\n}\n");
        Write("mods-enabled/b", "b {\n}\n");
        Write("mods-enabled/a", "a {\n}\n");
        Write("mods-enabled/a.bak", "no {\n}\n");
        Write("mods-enabled/.hidden", "no {\n}\n");
        Write("mods-enabled/old~", "no {\n}\n");

        var root = Read("$INCLUDE clients.conf\nmodules {\n  $INCLUDE ${raddbdir}/mods-enabled/\n}\n$-INCLUDE nowhere\n");

        Assert.Equal("a", root.Of("client").Single().Instance);
        Assert.Equal(["a", "b"], root.Of("modules").Single().Sections.Select(s => s.Name));
        Assert.Equal(Path.Combine(_raddb, "clients.conf"), root.Of("client").Single().Place.File);
    }

    [Theory]
    [InlineData("$INCLUDE nowhere\n", 1, "cannot be read")]
    [InlineData("\na = ${nothing}\n", 2, "${nothing} stands for nothing")]
    [InlineData("a {\n", 1, "the section \"a\" is not closed in its file")]
    [InlineData("a = 1\n}\n", 2, "this } closes nothing")]
    [InlineData("a = b c\n", 1, "\"c\" stands behind the value")]
    [InlineData("a = \"b\n", 1, "this \" is never closed")]
    public void What_cannot_be_read_is_said_with_its_place(string text, int line, string message)
    {
        Write("radiusd.conf", text);

        var problem = Assert.Single(RaddbParser.Read(_raddb).Problems);

        Assert.Equal(line, problem.Line);
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
    }

    private static string Text(RaddbItem item) => item switch { RaddbWord word => word.Text, _ => item.ToString()! };

    private RaddbSection Read(string text)
    {
        Write("radiusd.conf", text);
        var (root, problems) = RaddbParser.Read(_raddb);
        Assert.Empty(problems);
        return root;
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(_raddb, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
