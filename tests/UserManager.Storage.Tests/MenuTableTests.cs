using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage.Tests;

public sealed class MenuTableTests : IDisposable
{
    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Values_of_every_type_come_back_as_they_were()
    {
        var things = await ThingsAsync();
        var values = TestStore.Values(
            ("name", "Zürich"), ("bar-code", ""), ("count", 4711L), ("size", long.MaxValue), ("rate", 0L), ("price", 12.5m), ("good", true),
            ("validity", TimeSpan.FromMilliseconds(90_061_001)), ("from-time", new TimeSpan(23, 59, 59)),
            ("end-time", new DateTimeOffset(2026, 11, 21, 7, 0, 0, 123, TimeSpan.Zero)), ("address", "2001:db8::/32"), ("state", "running"),
            ("weekdays", new[] { "sunday", "tuesday" }), ("bits", new List<string> { "one", "three" }), ("owner", new RecordId(0x1A)),
            ("attributes", new[] { new NamedValue("Framed-Pool", "pool1"), new NamedValue("Odd \"name\"", "a,b:c\n\\d \u20ac") }));

        var id = await things.AddAsync(values, default);
        var record = await things.FindAsync(id, default);

        Assert.Equal(values.Count, record!.Values.Count);
        foreach (var (field, value) in values)
            Assert.Equal(value, record[field]);
    }

    [Fact]
    public async Task Words_beside_numbers_and_times_are_kept_as_negative_numbers()
    {
        var things = await ThingsAsync();
        var id = await things.AddAsync(
            TestStore.Values(("count", "unlimited"), ("validity", "unlimited"), ("end-time", "not-yet-running")), default);

        var record = await things.FindAsync(id, default);

        Assert.Equal(("unlimited", "unlimited", "not-yet-running"), (record!["count"], record["validity"], record["end-time"]));
        Assert.Equal(-2, _store.Number("SELECT count FROM thing"));
        Assert.Equal(-1, _store.Number("SELECT validity FROM thing"));
        Assert.Equal(-1, _store.Number("SELECT end_time FROM thing"));
    }

    [Fact]
    public async Task Empty_set_and_empty_list_are_not_unset()
    {
        var things = await ThingsAsync();
        var id = await things.AddAsync(
            TestStore.Values(("weekdays", Array.Empty<string>()), ("bits", Array.Empty<string>()), ("attributes", Array.Empty<NamedValue>())), default);

        var record = await things.FindAsync(id, default);

        Assert.Equal(["weekdays", "bits", "attributes"], record!.Values.Keys);
    }

    [Fact]
    public async Task Update_writes_the_given_values_and_no_others()
    {
        var id = await _store.AddUserAsync("alice", ("password", "secret"), ("comment", "old"));

        Assert.True(await _store.Users.UpdateAsync(id, TestStore.Changes(("comment", null), ("shared-users", "unlimited")), default));

        var alice = await _store.Users.FindAsync(id, default);
        Assert.Equal(["name", "password", "shared-users"], alice!.Values.Keys);
    }

    [Fact]
    public async Task Of_a_listing_only_the_fields_are_read_that_are_looked_at()
    {
        await _store.AddUserAsync("alice", ("password", "secret"), ("comment", "room 1"));
        await _store.AddUserAsync("bob", ("comment", "room 2"));

        var all = await _store.Users.ListAsync(null, ["comment", "bogus"], default).ToListAsync();
        var one = await _store.Users.ListAsync(new Dictionary<string, object> { ["comment"] = "room 2" }, [], default).SingleAsync();

        Assert.All(all, user => Assert.Equal(["comment"], user.Values.Keys));
        Assert.Equal(["room 1", "room 2"], all.Select(user => user["comment"]));
        Assert.Equal((2, "room 2"), (one.Id.Value, one["comment"]));
    }

    [Fact]
    public async Task What_is_not_there_is_neither_found_nor_changed_nor_removed()
    {
        var users = _store.Users;

        Assert.Null(await users.FindAsync(new RecordId(7), default));
        Assert.False(await users.UpdateAsync(new RecordId(7), TestStore.Changes(("comment", "x")), default));
        Assert.False(await users.RemoveAsync(new RecordId(7), default));
        Assert.Equal(0, _store.Number("SELECT COUNT(*) FROM `change`"));
    }

    [Fact]
    public async Task Second_user_of_a_name_is_refused_in_RouterOS_words()
    {
        await _store.AddUserAsync("alice");
        var bob = await _store.AddUserAsync("bob");

        var add = await Assert.ThrowsAsync<MenuException>(() => _store.AddUserAsync("alice"));
        var rename = await Assert.ThrowsAsync<MenuException>(
            async () => await _store.Users.UpdateAsync(bob, TestStore.Changes(("name", "alice")), default));

        Assert.Equal("failure: already have user with such name", add.Message);
        Assert.Equal(add.Message, rename.Message);
        Assert.True(await _store.Users.UpdateAsync(bob, TestStore.Changes(("name", "bob")), default));
        Assert.NotEqual(new RecordId(0), await _store.AddUserAsync("Alice"));
    }

    [Fact]
    public async Task Store_that_is_away_is_a_refusal_that_says_so_whatever_is_asked()
    {
        var id = await _store.AddUserAsync("alice");
        var users = _store.Users;
        _store.Database.TakeAway();
        await RefusedAsync(() => users.UpdateAsync(id, TestStore.Changes(("comment", "c")), default).AsTask());
        await RefusedAsync(() => users.RemoveAsync(id, default).AsTask());
        await RefusedAsync(() => users.AddAsync(TestStore.Values(("name", "bob")), default).AsTask());
        await RefusedAsync(async () => await users.FindAsync(id, default));
        await RefusedAsync(() => users.AllAsync());

        _store.BringBack();
        Assert.Equal(["alice"], (await users.AllAsync()).Select(u => u.Text("name")));
    }

    [Fact]
    public async Task Write_too_many_is_a_refusal_that_says_so()
    {
        _store.Options = _store.Options with { QueueLength = 1 };
        using var gate = new Gate(_store.Node.Writer);
        var waiting = _store.AddUserAsync("one");

        var fault = await Assert.ThrowsAsync<MenuException>(() => _store.AddUserAsync("two"));
        gate.Open();
        await waiting;

        Assert.Equal("failure: more writes wait than the database can take; this one was refused", fault.Message);
    }

    private async Task RefusedAsync(Func<Task> ask)
    {
        var fault = await Assert.ThrowsAsync<MenuException>(ask);
        Assert.StartsWith($"failure: {_store.Database.Name}: the ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_unique_fields_are_named()
    {
        var things = await ThingsAsync();
        await things.AddAsync(TestStore.Values(("name", "a"), ("bar-code", "4711")), default);

        var fault = await Assert.ThrowsAsync<MenuException>(
            async () => await things.AddAsync(TestStore.Values(("name", "b"), ("bar-code", "4711")), default));

        Assert.Equal("failure: already have thing with such bar-code", fault.Message);
    }

    [Fact]
    public async Task Ids_grow_by_one_and_are_never_used_twice()
    {
        await _store.AddUserAsync("one");
        var two = await _store.AddUserAsync("two");
        await _store.Users.RemoveAsync(two, default);
        _store.Reopen();

        Assert.Equal(new RecordId(2), two);
        Assert.Equal(new RecordId(3), await _store.AddUserAsync("three"));
    }

    [Fact]
    public async Task Id_of_a_refused_record_is_never_given_to_two()
    {
        await _store.AddUserAsync("one");
        var names = new[] { "one", "two", "one", "three", "four", "one" };
        var adds = names.Select(async name => await Record.ExceptionAsync(() => _store.AddUserAsync(name)));
        await Task.WhenAll(adds);

        var ids = (await _store.Users.AllAsync()).Select(u => u.Id.Value).ToList();
        Assert.Equal(4, ids.Distinct().Count());
        Assert.True((await _store.AddUserAsync("five")).Value > ids.Max());
    }

    [Fact]
    public async Task Menu_without_a_row_of_ids_begins_at_one()
    {
        var things = await ThingsAsync();

        Assert.Equal(new RecordId(1), await things.AddAsync(TestStore.Values(("name", "a")), default));
        Assert.Equal(new RecordId(2), await things.AddAsync(TestStore.Values(("name", "b")), default));
    }

    [Fact]
    public async Task Ten_thousand_adds_in_flight_share_few_commits()
    {
        var users = _store.Users;
        var before = _store.Node.Writer.Commits;
        using var gate = new Gate(_store.Node.Writer);

        var adds = Enumerable.Range(0, 10_000).Select(i => users.AddAsync(TestStore.Values(("name", $"user{i}")), default).AsTask()).ToList();
        gate.Open();
        await Task.WhenAll(adds);

        Assert.Equal(10_000, _store.Number("SELECT COUNT(*) FROM user"));
        Assert.Equal(10_000, _store.Number("SELECT MAX(id) FROM user"));
        Assert.Equal(1 + (10_000 / GroupWriter.MaxGroup), _store.Node.Writer.Commits - before);
    }

    [Fact]
    public async Task List_goes_by_id_over_any_number_of_pages()
    {
        var users = _store.Users;
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => users.AddAsync(TestStore.Values(("name", $"user{i}")), default).AsTask()));

        var ids = (await users.AllAsync()).Select(u => u.Id.Value);

        Assert.Equal(Enumerable.Range(1, 1000).Select(i => (long)i), ids);
    }

    /// <summary>More than fit into one page, and more than ids are read at once.</summary>
    [Fact]
    public async Task List_with_a_filter_goes_by_id_and_leaves_out_what_does_not_fit_any_more()
    {
        using (var connection = _store.Node.Database.OpenWriter())
        {
            const string Digits = "(SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)";
            connection.Prepare($"""
                INSERT INTO user (id, name, password, shared_users, `group`)
                SELECT i, i, '', 1, 1 + i % 2
                  FROM (SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d + 100000 * f.d AS i
                          FROM {Digits} AS a, {Digits} AS b, {Digits} AS c, {Digits} AS d, {Digits} AS e, {Digits} AS f) AS n
                 WHERE i <= 140000
                """).Execute();
        }

        var ids = new List<long>();
        await foreach (var user in _store.Users.ListAsync(TestStore.Values(("group", new RecordId(1))), default))
        {
            ids.Add(user.Id.Value);
            if (ids.Count == 1000)
                await _store.Users.UpdateAsync(new RecordId(100_000), TestStore.Changes(("group", new RecordId(2))), default);
        }

        Assert.Equal(Enumerable.Range(1, 70_000).Select(i => 2L * i).Where(i => i != 100_000), ids);
    }

    [Fact]
    public async Task List_is_filtered_by_equality()
    {
        await _store.AddUserAsync("alice", ("disabled", true), ("group", new RecordId(1)));
        await _store.AddUserAsync("bob", ("disabled", false), ("group", new RecordId(1)));
        await _store.AddUserAsync("carol", ("disabled", false), ("group", new RecordId(2)));

        async Task<string> NamesAsync(params (string, object)[] equal) =>
            string.Join(' ', (await _store.Users.AllAsync(equal)).Select(u => u.Text("name")));

        Assert.Equal("bob", await NamesAsync(("name", "bob")));
        Assert.Equal("bob carol", await NamesAsync(("disabled", false)));
        Assert.Equal("bob", await NamesAsync(("disabled", false), ("group", new RecordId(1))));
        Assert.Equal("", await NamesAsync(("name", "Bob")));
        Assert.Equal("", await NamesAsync(("no-such-field", "x")));
    }

    [Fact]
    public async Task List_is_filtered_by_values_of_any_type()
    {
        var things = await ThingsAsync();
        var values = TestStore.Values(
            ("count", "off"), ("price", 1.50m), ("validity", TimeSpan.FromDays(30)), ("weekdays", new[] { "monday" }), ("bits", new[] { "two" }),
            ("attributes", new[] { new NamedValue("a", "b") }));
        await things.AddAsync(values, default);
        await things.AddAsync(TestStore.Values(("price", 100m)), default);

        foreach (var (field, value) in values)
            Assert.Equal(new RecordId(1), Assert.Single(await things.AllAsync((field, value))).Id);

        Assert.Single(await things.AllAsync(("price", 1.5m)));
        Assert.Equal(new RecordId(1), Assert.Single(await things.AllAsync(("is-cheap", true))).Id);
    }

    [Fact]
    public async Task Records_may_be_written_while_they_are_listed()
    {
        var users = _store.Users;
        await Task.WhenAll(Enumerable.Range(0, 600).Select(i => users.AddAsync(TestStore.Values(("name", $"user{i}")), default).AsTask()));

        var removed = 0;
        await foreach (var user in users.ListAsync(null, default))
            removed += await users.RemoveAsync(user.Id, default) ? 1 : 0;

        Assert.Equal(600, removed);
    }

    [Fact]
    public void Field_without_a_column_is_named_at_the_start()
    {
        var menu = TestMenus.User with { Fields = [.. TestMenus.User.Fields, new Field("shoe-size", FieldType.Number)] };

        var fault = Assert.Throws<InvalidOperationException>(() => _store.Node.Records(menu));

        Assert.Equal("/user-manager/user: the field shoe-size has no column shoe_size in the table `user`", fault.Message);
    }

    private Task<IMenuRecords> ThingsAsync()
    {
        using var connection = _store.Node.Database.OpenWriter();
        connection.Prepare(TestMenus.ThingTable).Execute();
        return Task.FromResult(_store.Node.Records(TestMenus.Thing, "thing"));
    }
}
