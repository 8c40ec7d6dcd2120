using UserManager.Contract;
using UserManager.Radius;
using Xunit;

namespace UserManager.Plugins.Tests;

public sealed class RealmTests
{
    private static readonly RealmOptions Suffix = new() { Realms = ["example.com", "~^.*\\.example\\.net$"], Nostrip = ["kept.org"] };
    private static readonly RealmOptions Domain = new() { Format = RealmFormat.Prefix, Delimiter = "\\", Realms = ["CORP"] };

    [Fact]
    public async Task A_known_suffix_is_taken_off()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "bob@EXAMPLE.com"));

        Assert.Equal(Rcode.Ok, await new Realm(Suffix).AuthorizeAsync(context));

        Assert.Equal("bob", context.Request.Text(Internal.StrippedUserName));
        Assert.Equal("example.com", context.Request.Text(Internal.Realm));
        Assert.Equal("bob@EXAMPLE.com", context.Request.Text(Rfc2865.UserName));
    }

    [Fact]
    public async Task A_known_domain_is_taken_off_in_preacct_too()
    {
        var context = Requests.Accounting(r => r.Add(Rfc2865.UserName, "corp\\bob"));

        Assert.Equal(Rcode.Ok, await new Realm(Domain).PreacctAsync(context));

        Assert.Equal("bob", context.Request.Text(Internal.StrippedUserName));
        Assert.Equal("CORP", context.Request.Text(Internal.Realm));
    }

    [Theory]
    [InlineData("bob@elsewhere.org")]
    [InlineData("bob")]
    [InlineData("corp\\bob")]
    [InlineData("bob@NULL.")]
    public async Task A_name_of_no_known_realm_is_left_alone(string name)
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, name));

        Assert.Equal(Rcode.Noop, await new Realm(Suffix).AuthorizeAsync(context));

        Assert.Equal(1, context.Request.Count);
    }

    [Fact]
    public async Task A_request_without_a_name_is_left_alone() =>
        Assert.Equal(Rcode.Noop, await new Realm(Suffix).AuthorizeAsync(Requests.Access()));

    [Fact]
    public async Task A_realm_that_is_set_stays()
    {
        var context = Requests.Access(r =>
        {
            r.Add(Rfc2865.UserName, "bob@example.com");
            r.Add(Internal.Realm, "another");
        });

        Assert.Equal(Rcode.Noop, await new Realm(Suffix).AuthorizeAsync(context));

        Assert.Equal("another", context.Request.Text(Internal.Realm));
    }

    [Fact]
    public async Task A_realm_of_nostrip_stays_in_the_name()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "bob@kept.org"));

        Assert.Equal(Rcode.Ok, await new Realm(Suffix).AuthorizeAsync(context));

        Assert.Equal("kept.org", context.Request.Text(Internal.Realm));
        Assert.False(context.Request.Has(Internal.StrippedUserName));
    }

    [Fact]
    public async Task A_realm_found_by_expression_is_named_as_typed()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "bob@London.Example.net"));

        Assert.Equal(Rcode.Ok, await new Realm(Suffix).AuthorizeAsync(context));

        Assert.Equal("London.Example.net", context.Request.Text(Internal.Realm));
        Assert.Equal("bob", context.Request.Text(Internal.StrippedUserName));
    }

    [Fact]
    public async Task A_realm_that_is_not_ASCII_is_known_octet_by_octet()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "bob@müller.de"));

        Assert.Equal(Rcode.Ok, await new Realm(new RealmOptions { Realms = ["müller.de"] }).AuthorizeAsync(context));

        Assert.Equal("bob", context.Request.Text(Internal.StrippedUserName));
    }

    [Fact]
    public async Task The_suffix_follows_the_last_delimiter()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "bob@home@example.com"));

        await new Realm(Suffix).AuthorizeAsync(context);

        Assert.Equal("bob@home", context.Request.Text(Internal.StrippedUserName));
    }

    [Fact]
    public async Task LOCAL_is_known_by_default()
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "bob@local"));

        Assert.Equal(Rcode.Ok, await new Realm(new RealmOptions()).AuthorizeAsync(context));

        Assert.Equal("LOCAL", context.Request.Text(Internal.Realm));
        Assert.Equal("bob", context.Request.Text(Internal.StrippedUserName));
    }

    [Theory]
    [InlineData("bob", "NULL", "bob")]
    [InlineData("bob@elsewhere.org", "DEFAULT", "bob")]
    public async Task NULL_takes_names_without_a_realm_and_DEFAULT_the_unknown(string name, string realm, string stripped)
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, name));

        Assert.Equal(Rcode.Ok, await new Realm(new RealmOptions { Realms = ["NULL", "DEFAULT"] }).AuthorizeAsync(context));

        Assert.Equal(realm, context.Request.Text(Internal.Realm));
        Assert.Equal(stripped, context.Request.Text(Internal.StrippedUserName));
    }

    [Theory]
    [InlineData("bob")]
    [InlineData("bob@elsewhere.org")]
    public async Task The_options_ignore_NULL_and_DEFAULT(string name)
    {
        var options = new RealmOptions { Realms = ["NULL", "DEFAULT"], IgnoreNull = true, IgnoreDefault = true };
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, name));

        Assert.Equal(Rcode.Noop, await new Realm(options).AuthorizeAsync(context));
    }

    [Fact]
    public async Task Two_instances_take_one_format_each()
    {
        var (domain, suffix) = (new Realm(Domain), new Realm(Suffix));
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "bob@example.com"));

        Assert.Equal(Rcode.Noop, await domain.AuthorizeAsync(context));
        Assert.Equal(Rcode.Ok, await suffix.AuthorizeAsync(context));

        Assert.Equal("bob", context.Request.Text(Internal.StrippedUserName));
    }

    [Theory]
    [InlineData("")]
    [InlineData("@@")]
    [InlineData("ß")]
    public void A_delimiter_that_is_not_one_ASCII_character_is_refused(string delimiter) =>
        Assert.Throws<ArgumentException>(() => new Realm(new RealmOptions { Delimiter = delimiter }));
}
