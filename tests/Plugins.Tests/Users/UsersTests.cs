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

        Assert.Equal(Rcode.Updated, await new Users(new FakeUsers(account, later)).AuthorizeAsync(context));

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

        Assert.Equal(Rcode.Updated, await new Users(new FakeUsers(Requests.Account())).AuthorizeAsync(context));
    }

    [Fact]
    public async Task An_unknown_user_is_not_found_and_nothing_is_set()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "alice"));

        Assert.Equal(Rcode.NotFound, await new Users(new FakeUsers(Requests.Account())).AuthorizeAsync(context));

        Assert.Null(context.User);
        Assert.Equal(0, context.Control.Count);
        Assert.Equal(0, context.Reply.Count);
    }

    [Fact]
    public async Task A_request_without_a_name_is_left_alone() =>
        Assert.Equal(Rcode.Noop, await new Users(new FakeUsers(Requests.Account())).AuthorizeAsync(Requests.Access()));

    [Fact]
    public async Task A_disabled_user_is_disallowed_with_a_reason()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "bob"));

        Assert.Equal(Rcode.Disallow, await new Users(new FakeUsers(Requests.Account(disabled: true))).AuthorizeAsync(context));

        Assert.Equal("user is disabled", context.Failure);
        Assert.Equal(0, context.Reply.Count);
    }

    [Fact]
    public async Task A_store_that_is_down_is_the_host_s_to_handle()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "bob"));

        await Assert.ThrowsAsync<IOException>(() => new Users(new BrokenUsers()).AuthorizeAsync(context).AsTask());
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

        Assert.Equal(Rcode.Reject, await new Users(new FakeUsers(Requests.Account(callerId: "room 7"))).AuthorizeAsync(context));

        Assert.Equal("Calling-Station-Id is not the user's caller-id", context.Failure);
    }

    [Fact]
    public async Task A_password_longer_than_usual_arrives_whole()
    {
        var password = new string('x', 300);
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "bob"));

        await new Users(new FakeUsers(Requests.Account(password: password))).AuthorizeAsync(context);

        Assert.Equal(password, context.Control.Text(Internal.CleartextPassword));
    }

    private static ValueTask<Rcode> AuthorizeAsync(string callerId, string station)
    {
        var context = Requests.Access(r =>
        {
            r.Add(Rfc2865.UserName, "bob");
            r.Add(Rfc2865.CallingStationId, station);
        });
        return new Users(new FakeUsers(Requests.Account(callerId: callerId))).AuthorizeAsync(context);
    }
}
