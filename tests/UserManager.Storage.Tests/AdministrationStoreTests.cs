using System.Net;
using UserManager.Contract;

namespace UserManager.Storage.Tests;

/// <summary>What the first migration brings of administration, and that a change is seen by all nodes.</summary>
public sealed class AdministrationStoreTests : IDisposable
{
    private static readonly Menu User = new("/user")
    {
        Noun = "user",
        Fields =
        [
            new("name", FieldType.Text) { Unique = true },
            new("group", FieldType.Reference) { References = "/user/group" },
            new("password", FieldType.Text) { Sensitive = true },
            new("address", FieldType.Text),
            new("last-logged-in", FieldType.Date),
            new("disabled", FieldType.Bool),
        ],
    };

    private static readonly Menu Service = new("/ip/service")
    {
        Noun = "service",
        Fields = [new("name", FieldType.Text), new("port", FieldType.Number), new("address", FieldType.Text), new("disabled", FieldType.Bool)],
    };

    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task An_administrator_has_the_policies_of_his_group_and_a_login_is_no_change_of_user()
    {
        var (node, other) = (_store.Node, _store.Open());
        var changes = 0;
        var id = await node.Records(User).AddAsync(
            TestStore.Values(("name", "ann"), ("group", new RecordId(1)), ("password", "hash"), ("address", "192.0.2.0/24,::1")), default);
        other.Feed.Poll();
        other.Administrators.Changed += () => changes++;

        var ann = other.Administrators.Find("ann")!;
        Assert.Equal(("hash", "read"), (ann.PasswordHash, ann.Group));
        Assert.Equal(["local", "read", "password", "web", "api", "rest-api"], ann.Policies);
        Assert.True(Networks.Allow(ann.Addresses, IPAddress.Parse("192.0.2.5")));
        Assert.False(Networks.Allow(ann.Addresses, IPAddress.Parse("192.0.3.5")));
        Assert.Null(other.Administrators.Find("Ann"));

        Assert.True(await node.Administrators.LoggedInAsync(id.Value, _store.Clock.GetUtcNow(), default));
        other.Feed.Poll();
        Assert.Equal(0, changes);
        Assert.Equal(_store.Clock.GetUtcNow(), (await other.Records(User).FindAsync(id, default))!["last-logged-in"]);

        await node.Records(User).RemoveAsync(id, default);
        other.Feed.Poll();
        Assert.Equal(1, changes);
        Assert.Null(other.Administrators.Find("ann"));
    }

    [Fact]
    public async Task Services_are_there_from_the_start_and_a_change_reaches_all_nodes()
    {
        var (node, other) = (_store.Node, _store.Open());
        Assert.Equal(["www 80 True", "www-ssl 443 False"], node.WebServices.Current.Select(s => $"{s.Name} {s.Port} {s.IsDisabled}"));

        await node.Records(Service).UpdateAsync(new RecordId(2), new Dictionary<string, object?> { ["port"] = 8443L, ["address"] = "10.0.0.0/8" }, default);
        other.Feed.Poll();

        var tls = other.WebServices.Current[1];
        Assert.Equal(8443, tls.Port);
        Assert.True(tls.Allows(IPAddress.Parse("::ffff:10.1.1.1")));
        Assert.False(tls.Allows(IPAddress.Parse("127.0.0.1")));
    }
}
