using UserManager.Contract;

namespace UserManager.Storage.Tests;

public sealed class DatabaseTests : IDisposable
{
    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Migrations_run_once()
    {
        await _store.AddUserAsync("alice");
        _store.Reopen();
        using var other = Stores.Open(_store.Options, _store.Clock, _store.Log);

        var migrations = Array.FindAll(typeof(Stores).Assembly.GetManifestResourceNames(), name => char.IsAsciiDigit(name[0]));
        Assert.NotEmpty(migrations);
        Assert.Equal(migrations.Length, _store.Number("SELECT COUNT(*) FROM schema_version"));
        Assert.Equal(2, _store.Number("SELECT COUNT(*) FROM user_group"));
        Assert.Equal(1, _store.Number("SELECT COUNT(*) FROM user"));
    }

    [Fact]
    public async Task Groups_of_RouterOS_are_there_with_our_methods()
    {
        var groups = await _store.Node.Records(TestMenus.Group).AllAsync();

        Assert.Equal(["default", "default-anonymous"], groups.Select(g => g.Text("name")));
        Assert.Equal([1L, 2L], groups.Select(g => g.Id.Value));
        Assert.Equal(UserManager.Domain.AuthMethods.Outer, groups[0]["outer-auths"]);
        Assert.Equal(UserManager.Domain.AuthMethods.Inner, groups[0]["inner-auths"]);
        Assert.Equal(["eap-ttls", "eap-peap"], (IEnumerable<string>)groups[1]["outer-auths"]!);
        Assert.Empty((IEnumerable<string>)groups[1]["inner-auths"]!);
        Assert.All(groups, g => Assert.True(g.IsTrue("default") && g.Text("default-name") == g.Text("name")));
    }

    [Fact]
    public async Task Attributes_of_RouterOS_are_there_in_their_order()
    {
        var attributes = await _store.Node.Records(TestMenus.Attribute).AllAsync();

        Assert.Equal(Enumerable.Range(1, 43), attributes.Select(a => (int)a.Id.Value));
        Assert.Equal("Framed-IP-Address", attributes[0].Text("name"));
        Assert.Equal("standard", attributes[12]["vendor-id"]);
        Assert.Equal("Mikrotik-Wireless-Skip-Dot1x ", attributes[17].Text("name"));
        Assert.Equal("Mikrotik-Switching-Filter", attributes[42].Text("name"));
        for (var type = 1; type <= 30; type++)
            Assert.Equal(("Mikrotik", (long)type), (attributes[12 + type]["vendor-id"], attributes[12 + type]["type-id"]));

        Assert.All(attributes, a => Assert.Equal(["access-accept"], (IEnumerable<string>)a["packet-types"]!));
        Assert.All(attributes, a => Assert.True(a.IsTrue("default") && a.Text("default-name") == a.Text("name")));
    }

    [Fact]
    public async Task First_ids_come_after_the_predefined_ones()
    {
        var attributes = _store.Node.Records(TestMenus.Attribute);

        Assert.Equal(new RecordId(1), await _store.AddUserAsync("alice"));
        Assert.Equal(new RecordId(44), await attributes.AddAsync(TestStore.Values(("name", "X"), ("type-id", 250L)), default));
        Assert.Equal(new RecordId(44), Assert.Single(await attributes.AllAsync(("default", false))).Id);
    }

    [Fact]
    public async Task Database_of_a_newer_program_is_refused()
    {
        await _store.ExecuteAsync("INSERT INTO schema_version (version, name, at) VALUES (99, 'x', 0)");

        var fault = Assert.Throws<DatabaseException>(_store.Open);

        Assert.StartsWith($"{_store.Database.Name}: the database is of a newer program (schema 99; this one knows ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Database_of_an_unknown_kind_is_refused_without_its_password()
    {
        _store.Options = _store.Options with { Database = "postgresql://root:secret@db/um" };

        var fault = Assert.Throws<DatabaseException>(_store.Open);

        Assert.StartsWith("There are no postgresql:// databases.", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault.Message, StringComparison.Ordinal);
    }
}
