using UserManager.Contract;
using UserManager.Radius;
using Xunit;

namespace UserManager.Plugins.Tests;

public sealed class UsersTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_user_found_brings_the_password_and_the_group(bool later)
    {
        var account = Requests.Account(password: "páss");
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "bob"));

        Assert.Equal(Rcode.Updated, await new Users(new FakeUsers(account, later), new FakeSettings()).AuthorizeAsync(context));

        Assert.Same(account, context.User);
        Assert.Equal("páss", context.Control.Text(Internal.CleartextPassword));
        Assert.Equal("default", context.Control.Text(UserManagerInternal.Group));
        Assert.Equal(0, context.Reply.Count);
    }

    [Fact]
    public async Task The_stripped_name_is_looked_up_first()
    {
        var context = Requests.Access(r =>
        {
            r.Add(Rfc2865.UserName, "bob@example.com");
            r.Add(Internal.StrippedUserName, "bob");
        });

        Assert.Equal(Rcode.Updated, await new Users(new FakeUsers(Requests.Account()), new FakeSettings()).AuthorizeAsync(context));
    }

    [Fact]
    public async Task An_unknown_user_is_not_found_and_nothing_is_set()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "alice"));

        Assert.Equal(Rcode.NotFound, await new Users(new FakeUsers(Requests.Account()), new FakeSettings()).AuthorizeAsync(context));

        Assert.Null(context.User);
        Assert.Equal(0, context.Control.Count);
        Assert.Equal(0, context.Reply.Count);
    }

    [Fact]
    public async Task A_request_without_a_name_is_left_alone() =>
        Assert.Equal(Rcode.Noop, await new Users(new FakeUsers(Requests.Account()), new FakeSettings()).AuthorizeAsync(Requests.Access()));

    [Fact]
    public async Task A_disabled_user_is_disallowed_with_a_reason()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "bob"));

        Assert.Equal(Rcode.Disallow, await new Users(new FakeUsers(Requests.Account(disabled: true)), new FakeSettings()).AuthorizeAsync(context));

        Assert.Equal("user is disabled", context.Failure);
        Assert.Equal(0, context.Reply.Count);
    }

    [Fact]
    public async Task A_store_that_is_down_is_the_host_s_to_handle()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "bob"));

        await Assert.ThrowsAsync<IOException>(() => new Users(new BrokenUsers(), new FakeSettings()).AuthorizeAsync(context).AsTask());
    }

    [Theory]
    [InlineData("00:11:22:AA:BB:CC", "00-11-22-aa-bb-cc")]
    [InlineData("0011.22aa.bbcc", "001122AABBCC")]
    [InlineData("10.0.0.7", "10.0.0.7")]
    [InlineData("bind", "00-11-22-AA-BB-CC")]
    [InlineData("", "anything")]
    public async Task A_caller_that_matches_is_let_in(string callerId, string station)
    {
        Assert.Equal(Rcode.Updated, await AuthorizeAsync(callerId, station));
    }

    [Theory]
    [InlineData("00:11:22:AA:BB:CC", "00-11-22-AA-BB-CD")]
    [InlineData("00:11:22:AA:BB:CC", "00-11-22-AA-BB-CC-DD")]
    [InlineData("00:11:22:AA:BB:CC", "")]
    [InlineData("room 7", "Room 7")]
    [InlineData("10.0.0.7", "10.007")]
    public async Task A_caller_that_does_not_match_is_rejected(string callerId, string station)
    {
        Assert.Equal(Rcode.Reject, await AuthorizeAsync(callerId, station));
    }

    [Fact]
    public async Task A_caller_that_says_nothing_is_rejected_where_one_is_asked_for()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "bob"));

        Assert.Equal(Rcode.Reject, await new Users(new FakeUsers(Requests.Account(callerId: "room 7")), new FakeSettings()).AuthorizeAsync(context));

        Assert.Equal("Calling-Station-Id is not the user's caller-id", context.Failure);
    }

    [Fact]
    public async Task The_first_caller_of_a_user_to_bind_is_stored_and_the_only_one_from_then_on()
    {
        var store = new FakeUsers(Requests.Account(callerId: "bind"));

        Assert.Equal((Rcode.Updated, Rcode.Updated), await LogInAsync(store, "00:11:22:AA:BB:CC"));
        Assert.Equal("00:11:22:AA:BB:CC", store.Bound);

        Assert.Equal((Rcode.Updated, Rcode.Noop), await LogInAsync(store, "00-11-22-aa-bb-cc"));
        Assert.Equal((Rcode.Reject, Rcode.Noop), await LogInAsync(store, "00:11:22:AA:BB:CD"));
        Assert.Equal("00:11:22:AA:BB:CC", store.Bound);
    }

    [Theory]
    [InlineData("00-11-22-aa-bb-cc", Rcode.Ok)]
    [InlineData("00:11:22:AA:BB:CD", Rcode.Reject)]
    public async Task Of_two_logins_at_once_the_second_must_come_from_the_caller_of_the_first(string second, Rcode expected)
    {
        var users = new Users(new FakeUsers(Requests.Account(callerId: "bind")), new FakeSettings());
        var (one, two) = (From("00:11:22:AA:BB:CC"), From(second));
        await users.AuthorizeAsync(one);
        await users.AuthorizeAsync(two);

        Assert.Equal(Rcode.Updated, await users.PostAuthAsync(one));
        Assert.Equal(expected, await users.PostAuthAsync(two));

        Assert.Equal(expected == Rcode.Reject ? "Calling-Station-Id is not the user's caller-id" : null, two.Failure);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("bind")]
    public async Task A_user_to_bind_is_rejected_where_there_is_nothing_to_bind_to(string? station)
    {
        var store = new FakeUsers(Requests.Account(callerId: "bind"));
        var context = From(station);
        await new Users(store, new FakeSettings()).AuthorizeAsync(context);

        Assert.Equal(Rcode.Reject, await new Users(store, new FakeSettings()).PostAuthAsync(context));

        Assert.Equal("caller-id is bind, and there is no Calling-Station-Id to bind to", context.Failure);
        Assert.Null(store.Bound);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00:11:22:AA:BB:CC")]
    public async Task A_user_that_is_not_to_bind_is_left_alone_after_the_login(string callerId)
    {
        var store = new FakeUsers(Requests.Account(callerId: callerId));

        Assert.Equal((Rcode.Updated, Rcode.Noop), await LogInAsync(store, "00:11:22:AA:BB:CC"));

        Assert.Null(store.Bound);
    }

    [Fact]
    public async Task After_a_login_without_a_user_nothing_is_done() =>
        Assert.Equal(Rcode.Noop, await new Users(new FakeUsers(null), new FakeSettings()).PostAuthAsync(Requests.Access()));

    [Fact]
    public async Task A_password_longer_than_usual_arrives_whole()
    {
        var password = new string('x', 300);
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "bob"));

        await new Users(new FakeUsers(Requests.Account(password: password)), new FakeSettings()).AuthorizeAsync(context);

        Assert.Equal(password, context.Control.Text(Internal.CleartextPassword));
    }

    private static ValueTask<Rcode> AuthorizeAsync(string callerId, string station) =>
        new Users(new FakeUsers(Requests.Account(callerId: callerId)), new FakeSettings()).AuthorizeAsync(From(station));

    private static async Task<(Rcode Authorize, Rcode PostAuth)> LogInAsync(IUserStore store, string station)
    {
        var context = From(station);
        return (await new Users(store, new FakeSettings()).AuthorizeAsync(context), await new Users(store, new FakeSettings()).PostAuthAsync(context));
    }

    private static RequestContext From(string? station) => Requests.Access(r =>
    {
        r.Add(Rfc2865.UserName, "bob");
        if (station is not null)
            r.Add(Rfc2865.CallingStationId, station);
    });
}
