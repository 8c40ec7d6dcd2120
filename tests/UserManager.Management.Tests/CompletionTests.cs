namespace UserManager.Management.Tests;

/// <summary>The cursor is where the bar is.</summary>
public sealed class CompletionTests
{
    private readonly Router _router = new();

    [Theory]
    [InlineData("/user-m|", "user-manager")]
    [InlineData("us|", "user-manager user")]
    [InlineData("/user-manager |", "attribute user router session limitation profile profile-limitation user-profile payment advanced database get print reset set unset export")]
    [InlineData("/user-manager/us|", "user user-profile")]
    [InlineData("/user-manager user gr|", "group")]
    [InlineData("/user-manager/user/e|", "enable explain export")]
    [InlineData("/user-manager user add pa|", "password=")]
    [InlineData("/user-manager user add name=x na|", "")]
    [InlineData("/user-manager user add disabled=|", "no yes")]
    [InlineData("/user-manager user add group=def|", "default default-anonymous")]
    [InlineData("/user-manager user set [find na|", "name")]
    [InlineData("/user-manager user set [find name=x] com|", "comment=")]
    [InlineData("/user-manager user set bo|", "bob")]
    [InlineData("/user-manager user remove \"two w|", "\"two words\"")]
    [InlineData("/user-manager user get bob sh|", "shared-users")]
    [InlineData("/user-manager user print wh|", "where")]
    [InlineData("/user-manager user print where gr|", "group")]
    [InlineData("/user-manager user print where group=default-|", "default-anonymous")]
    [InlineData("/user-manager user group add outer-auths=pap,eap-t|", "eap-tls eap-ttls")]
    [InlineData("/user-manager user add attributes=Framed-IP-A|", "Framed-IP-Address:")]
    [InlineData("/user-manager user\nadd shared-users=|", "unlimited")]
    [InlineData("/user-manager user; pri|", "print")]
    [InlineData("/export te|", "terse")]
    [InlineData("/user-manager user pri|nt nonsense", "print")]
    public async Task The_word_at_the_cursor_is_completed(string input, string expected)
    {
        await _router.Run("/user-manager user add name=bob; /user-manager user add name=\"two words\"");
        var cursor = input.IndexOf('|', StringComparison.Ordinal);
        var result = await _router.Console.CompleteAsync(input.Remove(cursor, 1), cursor, TestContext.Current.CancellationToken);
        Assert.Equal(expected, string.Join(' ', result.Candidates.Select(c => c.Text)));
        Assert.All(result.Candidates, c => Assert.StartsWith(input[result.Start..cursor], c.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_current_menu_counts()
    {
        await _router.Run("/user-manager router");
        var result = await _router.Console.CompleteAsync("add coa", 7, TestContext.Current.CancellationToken);
        var candidate = Assert.Single(result.Candidates);
        Assert.Equal("coa-port=", candidate.Text);
        Assert.Contains("1..65535", candidate.Summary, StringComparison.Ordinal);
        Assert.Equal(4, result.Start);
    }
}
