using System.Text;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Storage.Tests;

public sealed class UserStoreTests : IDisposable
{
    private static readonly AttributeKey RateLimit = AttributeKey.Vendor(14988, 8);
    private static readonly AttributeKey FramedPool = new(88);
    private readonly TestStore _store = new();

    private IMenuRecords Groups => _store.Node.Records(TestMenus.Group);

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task User_comes_with_all_its_fields()
    {
        var id = await _store.AddUserAsync(
            "alice", ("password", "secret"), ("otp-secret", "otp"), ("group", new RecordId(2)), ("shared-users", 3L), ("caller-id", "bind"),
            ("attributes", new[] { new NamedValue("Framed-Pool", "a") }), ("disabled", true), ("comment", "c"));

        var account = await FindAsync("alice");

        Assert.Equivalent(
            new User
            {
                Id = id.Value, Name = "alice", Password = "secret", OtpSecret = "otp", GroupId = 2, SharedUsers = 3, CallerId = "bind",
                Attributes = [new NamedValue("Framed-Pool", "a")], Disabled = true, Comment = "c",
            },
            account!.User);
        Assert.Equal("default-anonymous", account.Group.Name);
        Assert.Equal((OuterAuths.EapTtls | OuterAuths.EapPeap, InnerAuths.None), (account.Group.OuterAuths, account.Group.InnerAuths));
    }

    [Fact]
    public async Task A_one_time_password_is_used_once_on_all_nodes_and_an_earlier_one_not_after_it()
    {
        var id = (await _store.AddUserAsync("alice")).Value;
        var other = _store.Open();

        Assert.True(await _store.Node.Users.UseOneTimePasswordAsync(id, 100, default));
        Assert.False(await other.Users.UseOneTimePasswordAsync(id, 100, default));
        Assert.False(await other.Users.UseOneTimePasswordAsync(id, 99, default));
        Assert.True(await other.Users.UseOneTimePasswordAsync(id, 101, default));
    }

    [Theory]
    [InlineData("mysecret", true)]
    [InlineData("secret-1", false)]
    public async Task An_otp_secret_that_is_not_base32_is_used_as_it_is_with_a_warning(string secret, bool base32)
    {
        await _store.AddUserAsync("alice", ("otp-secret", secret));

        Assert.Equal(base32, (await FindAsync("alice"))!.OtpSecret!.IsBase32);

        Assert.Equal(base32 ? 0 : 1, _store.Log.Lines.Count(l => l.Contains("alice: its otp-secret is not base32", StringComparison.Ordinal)));
        Assert.DoesNotContain(_store.Log.Lines, l => l.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task User_that_says_nothing_has_the_defaults()
    {
        await _store.AddUserAsync("alice");
        await _store.AddUserAsync("bob", ("shared-users", "unlimited"));

        var alice = await FindAsync("alice");

        Assert.Equal((1, "default", false, ""), (alice!.User.SharedUsers, alice.Group.Name, alice.User.Disabled, alice.User.Password));
        Assert.Equal(AuthMethods.Outer.Count, System.Numerics.BitOperations.PopCount((uint)alice.Group.OuterAuths));
        Assert.Null((await FindAsync("bob"))!.User.SharedUsers);
    }

    [Fact]
    public async Task Names_are_compared_octet_by_octet()
    {
        await _store.AddUserAsync("Zoé");

        Assert.NotNull(await FindAsync("Zoé"));
        Assert.Null(await FindAsync("zoé"));
        Assert.Null(await FindAsync("Zoé "));
        Assert.Null(await FindAsync("Zoe\u0301"));
        Assert.Null(await _store.Node.Users.FindAsync("Zo\u00e9"u8.ToArray().AsSpan(0, 3), default));
        Assert.Null(await _store.Node.Users.FindAsync(Encoding.Latin1.GetBytes("Zoé"), default));
        Assert.Null(await FindAsync(""));
    }

    [Fact]
    public async Task Attributes_of_the_group_come_first_and_the_users_replace_them()
    {
        var group = await Groups.AddAsync(
            TestStore.Values(
                ("name", "gold"),
                ("attributes", new[] { new NamedValue("Mikrotik-Rate-Limit", "1M"), new NamedValue("Framed-Pool", "p"), new NamedValue("Session-Timeout", "60") })),
            default);
        await _store.AddUserAsync(
            "alice", ("group", group),
            ("attributes", new[] { new NamedValue("Tunnel-Type", "13"), new NamedValue("Framed-Pool", "own"), new NamedValue("Framed-Pool", "own2") }));

        var account = await FindAsync("alice");

        Assert.Equal(
            [RateLimit, new AttributeKey(27), new AttributeKey(64), FramedPool, FramedPool], account!.Attributes.Select(a => a.Key));
        Assert.Equal("1M"u8, account.Attributes[0].Value);
        Assert.Equal([0, 0, 0, 60], account.Attributes[1].Value);
        Assert.Equal("own2"u8, account.Attributes[4].Value);
        Assert.All(account.Attributes, a => Assert.Equal((false, AttributePackets.AccessAccept), (a.IsMacro, a.PacketTypes)));
    }

    [Fact]
    public async Task Own_attributes_keep_their_vendor_type_and_packets()
    {
        var attributes = _store.Node.Records(TestMenus.Attribute);
        async Task AddAsync(string name, object vendor, string type, params string[] packets) => await attributes.AddAsync(
            TestStore.Values(("name", name), ("vendor-id", vendor), ("type-id", 9L), ("value-type", type), ("packet-types", packets)), default);

        await AddAsync("a", "Cisco", "string", "access-accept", "access-challenge");
        await AddAsync("b", 4711L, "hex", "access-challenge");
        await AddAsync("c", "standard", "macro");
        await _store.AddUserAsync("alice", ("attributes", new[] { new NamedValue("a", "x"), new NamedValue("b", "0x0102"), new NamedValue("c", "%u") }));

        var replies = (await FindAsync("alice"))!.Attributes;

        Assert.Equal([AttributeKey.Vendor(9, 9), AttributeKey.Vendor(4711, 9), new AttributeKey(9)], replies.Select(r => r.Key));
        Assert.Equal([1, 2], replies[1].Value);
        Assert.True(replies[2].IsMacro);
        Assert.Equal(
            [AttributePackets.AccessAccept | AttributePackets.AccessChallenge, AttributePackets.AccessChallenge, AttributePackets.None],
            replies.Select(r => r.PacketTypes));
    }

    [Fact]
    public async Task Attribute_that_is_unknown_or_does_not_fit_is_skipped_and_logged()
    {
        await _store.AddUserAsync(
            "alice", ("attributes", new[] { new NamedValue("Nonsense", "1"), new NamedValue("Session-Timeout", "soon"), new NamedValue("Framed-Pool", "p") }));

        var account = await FindAsync("alice");

        Assert.Equal([FramedPool], account!.Attributes.Select(a => a.Key));
        Assert.Equal(
            [
                "User alice: its attribute Nonsense is unknown and is not sent",
                "User alice: the value of its attribute Session-Timeout is not of the attribute's type and is not sent",
            ],
            _store.Log.Lines);
    }

    [Fact]
    public async Task User_of_a_group_that_is_gone_may_use_no_method()
    {
        await _store.AddUserAsync("alice", ("group", new RecordId(0x1A)));

        var group = (await FindAsync("alice"))!.Group;

        Assert.Equal(("*1A", OuterAuths.None, InnerAuths.None), (group.Name, group.OuterAuths, group.InnerAuths));
    }

    [Fact]
    public async Task Found_again_it_is_the_same_and_costs_no_garbage()
    {
        await _store.AddUserAsync("alice");
        var name = "alice"u8.ToArray();
        var first = await _store.Node.Users.FindAsync(name, default);
        Assert.Null(await FindAsync("nobody"));
        var nobody = "nobody"u8.ToArray();
        var users = _store.Node.Users;

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            if (!IsComplete(users.FindAsync(name, default)) || !IsComplete(users.FindAsync(nobody, default)))
                Assert.Fail("not from memory");
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Same(first, await users.FindAsync(name, default));
    }

    [Fact]
    public async Task Change_of_a_user_is_seen_at_the_next_login()
    {
        var id = await _store.AddUserAsync("alice", ("password", "old"));
        await _store.AddUserAsync("bob");
        var bob = await FindAsync("bob");
        Assert.Equal("old", (await FindAsync("alice"))!.User.Password);

        await _store.Users.UpdateAsync(id, TestStore.Changes(("password", "new")), default);
        Assert.Equal("new", (await FindAsync("alice"))!.User.Password);

        await _store.Users.UpdateAsync(id, TestStore.Changes(("name", "carol")), default);
        Assert.Null(await FindAsync("alice"));
        Assert.Equal("new", (await FindAsync("carol"))!.User.Password);

        await _store.Users.RemoveAsync(id, default);
        Assert.Null(await FindAsync("carol"));
        Assert.Same(bob, await FindAsync("bob"));
    }

    [Fact]
    public async Task Name_that_nobody_had_is_known_once_it_is_added()
    {
        Assert.Null(await FindAsync("alice"));
        Assert.Null(await FindAsync("alice"));

        await _store.AddUserAsync("alice");

        Assert.NotNull(await FindAsync("alice"));
    }

    [Fact]
    public async Task Change_of_a_group_or_an_attribute_is_seen_at_the_next_login()
    {
        var group = await Groups.AddAsync(
            TestStore.Values(("name", "g"), ("outer-auths", new[] { "pap" }), ("attributes", new[] { new NamedValue("Framed-Pool", "p") })), default);
        await _store.AddUserAsync("alice", ("group", group));
        Assert.Equal(OuterAuths.Pap, (await FindAsync("alice"))!.Group.OuterAuths);

        await Groups.UpdateAsync(group, TestStore.Changes(("outer-auths", new[] { "chap" })), default);
        Assert.Equal(OuterAuths.Chap, (await FindAsync("alice"))!.Group.OuterAuths);

        await _store.Node.Records(TestMenus.Attribute).UpdateAsync(new RecordId(5), TestStore.Changes(("type-id", 200L)), default);
        Assert.Equal(new AttributeKey(200), Assert.Single((await FindAsync("alice"))!.Attributes).Key);
    }

    [Fact]
    public async Task Change_by_another_node_is_seen_within_a_poll()
    {
        var other = _store.Open().Users;
        var here = _store.Open();
        await _store.AddUserAsync("alice", ("password", "old"));
        Assert.Equal("old", (await other.FindAsync("alice"u8, default))!.User.Password);
        Assert.Null(await other.FindAsync("bob"u8, default));

        await here.Records(TestMenus.User).UpdateAsync(new RecordId(1), TestStore.Changes(("password", "new")), default);
        await here.Records(TestMenus.User).AddAsync(TestStore.Values(("name", "bob")), default);
        _store.Clock.Advance(ChangeFeed.Interval);

        Assert.Equal("new", (await other.FindAsync("alice"u8, default))!.User.Password);
        Assert.NotNull(await other.FindAsync("bob"u8, default));
    }

    [Fact]
    public async Task Caller_is_bound_once_and_every_node_knows()
    {
        var id = await _store.AddUserAsync("alice", ("caller-id", "bind"));
        var (here, there) = (_store.Node.Users, _store.Open().Users);
        Assert.Equal("bind", (await here.FindAsync("alice"u8, default))!.User.CallerId);
        Assert.Equal("bind", (await there.FindAsync("alice"u8, default))!.User.CallerId);

        Assert.True(await here.BindCallerIdAsync(id.Value, "one", default));
        Assert.Equal("one", (await here.FindAsync("alice"u8, default))!.User.CallerId);
        Assert.Equal("bind", (await there.FindAsync("alice"u8, default))!.User.CallerId);

        Assert.False(await there.BindCallerIdAsync(id.Value, "two", default));
        Assert.Equal("one", (await there.FindAsync("alice"u8, default))!.User.CallerId);
        Assert.Equal(1, _store.Number($"SELECT COUNT(*) FROM `change` WHERE menu = '{UserStore.Menu}' AND record = {id.Value} AND sequence > 1"));
    }

    [Fact]
    public async Task Binding_of_a_caller_reaches_the_other_nodes_within_a_poll()
    {
        var id = await _store.AddUserAsync("alice", ("caller-id", "bind"));
        var there = _store.Open().Users;
        Assert.Equal("bind", (await there.FindAsync("alice"u8, default))!.User.CallerId);

        await _store.Node.Users.BindCallerIdAsync(id.Value, "one", default);
        _store.Clock.Advance(ChangeFeed.Interval);

        Assert.Equal("one", (await there.FindAsync("alice"u8, default))!.User.CallerId);
    }

    [Fact]
    public async Task Of_many_who_bind_a_caller_at_once_one_does()
    {
        var id = await _store.AddUserAsync("alice", ("caller-id", "bind"));

        var bound = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(i => _store.Node.Users.BindCallerIdAsync(id.Value, $"station{i}", default).AsTask()));

        Assert.Equal(Array.IndexOf(bound, true), Array.LastIndexOf(bound, true));
        Assert.Equal($"station{Array.IndexOf(bound, true)}", (await FindAsync("alice"))!.User.CallerId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("other")]
    public async Task Caller_of_a_user_that_is_not_to_bind_stays(string callerId)
    {
        var id = await _store.AddUserAsync("alice", ("caller-id", callerId));

        Assert.False(await _store.Node.Users.BindCallerIdAsync(id.Value, "one", default));
        Assert.False(await _store.Node.Users.BindCallerIdAsync(99, "one", default));

        Assert.Equal(callerId, (await FindAsync("alice"))!.User.CallerId);
    }

    [Fact]
    public async Task Memory_is_bounded_and_what_is_used_stays()
    {
        _store.Options = _store.Options with { CachedUsers = 20 };
        var users = _store.Users;
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => users.AddAsync(TestStore.Values(("name", $"user{i}")), default).AsTask()));
        var (busy, idle) = (await FindAsync("user0"), await FindAsync("user1"));

        for (var i = 2; i < 200; i++)
        {
            Assert.Equal($"user{i}", (await FindAsync($"user{i}"))!.User.Name);
            Assert.Null(await FindAsync($"nobody{i}"));
            Assert.Same(busy, await FindAsync("user0"));
        }

        Assert.NotSame(idle, await FindAsync("user1"));
    }

    [Fact]
    public async Task Whatever_is_changed_while_users_are_found_is_seen_in_the_end()
    {
        var ids = new List<RecordId>();
        for (var i = 0; i < 10; i++)
            ids.Add(await _store.AddUserAsync($"user{i}", ("password", "0")));

        using var stop = new CancellationTokenSource();
        var finder = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
                await FindAsync($"user{i % 10}");
        });
        for (var round = 1; round <= 100; round++)
        {
            var i = round % 10;
            await _store.Users.UpdateAsync(ids[i], TestStore.Changes(("password", $"{round}")), default);
            Assert.Equal($"{round}", (await FindAsync($"user{i}"))!.User.Password);
        }

        await stop.CancelAsync();
        await finder;
        for (var i = 0; i < 10; i++)
            Assert.Equal($"{(i == 0 ? 100 : 90 + i)}", (await FindAsync($"user{i}"))!.User.Password);
    }

    private static bool IsComplete(ValueTask<UserAccount?> task) => task.IsCompletedSuccessfully;

    private async Task<UserAccount?> FindAsync(string name) => await _store.Node.Users.FindAsync(Encoding.UTF8.GetBytes(name), default);
}
