using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage.Tests;

public sealed class SettingsTests : IDisposable
{
    private static readonly RecordId Only = new(0);
    private readonly TestStore _store = new();

    private IMenuRecords Records => _store.Node.Records(TestMenus.Settings);

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task New_database_has_the_defaults()
    {
        Assert.Equal(new Settings(), _store.Node.Settings.Current);

        var record = Assert.Single(await Records.AllAsync());
        Assert.Equal(Only, record.Id);
        Assert.False(record.IsTrue("enabled"));
        Assert.Equal((1812L, "yes-access-request"), (record["authentication-port"], record["require-message-auth"]));
    }

    [Fact]
    public async Task Change_is_in_force_and_told_when_the_write_ends()
    {
        var told = new List<Settings>();
        _store.Node.Settings.Changed += told.Add;

        await Records.UpdateAsync(Only, TestStore.Changes(("authentication-port", 11812L), ("enabled", true), ("require-message-auth", "no")), default);

        var expected = new Settings { AuthenticationPort = 11812, Enabled = true, RequireMessageAuth = false };
        Assert.Equal(expected, _store.Node.Settings.Current);
        Assert.Equal(expected, told[^1]);
        Assert.True((await Records.FindAsync(Only, default))!.IsTrue("enabled"));
    }

    [Fact]
    public async Task Enabled_is_this_nodes_own_and_outlives_it()
    {
        var other = _store.Open();
        _store.Options = _store.Options with { NodeFile = Path.Combine(_store.Folder, "other.yaml") };
        var third = _store.Open();

        await other.Records(TestMenus.Settings).UpdateAsync(Only, TestStore.Changes(("enabled", true), ("use-profiles", true)), default);
        _store.Clock.Advance(ChangeFeed.Interval);

        Assert.Equal("enabled: yes\n", File.ReadAllText(Path.Combine(_store.Folder, "node.yaml")));
        Assert.Equal((true, true), (other.Settings.Current.Enabled, other.Settings.Current.UseProfiles));
        Assert.Equal((false, true), (third.Settings.Current.Enabled, third.Settings.Current.UseProfiles));
    }

    [Fact]
    public async Task Enabled_can_be_filtered_by()
    {
        Assert.Single(await Records.AllAsync(("enabled", false), ("use-profiles", false)));
        Assert.Empty(await Records.AllAsync(("enabled", true)));
    }

    [Fact]
    public void Other_lines_of_the_nodes_file_stay()
    {
        var path = Path.Combine(_store.Folder, "node.yaml");
        File.WriteAllText(path, "# mine\nenabled: no   # for now\ndb-path: /x\n");
        var node = new NodeFile(path);
        Assert.False(node.Enabled);

        node.SetEnabled(true);

        Assert.True(node.Enabled);
        Assert.Equal("# mine\ndb-path: /x\nenabled: yes\n", File.ReadAllText(path));
    }

    [Fact]
    public void Word_that_is_neither_yes_nor_no_is_named_with_its_line()
    {
        var path = Path.Combine(_store.Folder, "node.yaml");
        File.WriteAllText(path, "# mine\nenabled: perhaps\n");

        var fault = Assert.Throws<DatabaseException>(() => new NodeFile(path).Enabled);

        Assert.Equal($"{path}:2: `enabled` is yes or no, not `perhaps`.", fault.Message);
    }
}
