using System.Globalization;
using UserManager.Contract;
using UserManager.Radius;
using UserManager.Testing;
using Xunit;

namespace UserManager.Plugins.Tests;

public sealed class SamplePluginTests
{
    [Theory]
    [InlineData("07:59:59", Rcode.Reject)]
    [InlineData("08:00:00", Rcode.Noop)]
    [InlineData("17:59:59", Rcode.Noop)]
    [InlineData("18:00:00", Rcode.Reject)]
    public async Task Logins_are_open_in_office_hours(string time, Rcode expected)
    {
        var clock = new ManualClock(DateTimeOffset.Parse($"2026-11-21T{time}Z", CultureInfo.InvariantCulture));
        var context = Requests.Access();

        Assert.Equal(expected, await new OfficeHours(new OfficeHoursOptions(), clock).AuthorizeAsync(context));

        Assert.Equal(
            expected == Rcode.Reject ? "Logins are open from 08:00 to 18:00" : "(absent)", context.Reply.Text(Rfc2865.ReplyMessage));
    }

    [Fact]
    public void The_document_shows_the_sample_as_it_is()
    {
        var document = File.ReadAllText(Repository.At("docs", "plugins.md"));
        var source = File.ReadAllText(Repository.At("tests", "SamplePlugin", "OfficeHours", "OfficeHours.cs"));

        Assert.Contains($"```csharp\n{source}```\n", document, StringComparison.Ordinal);
    }

    [Fact]
    public void The_sample_has_fewer_than_30_lines()
    {
        Assert.InRange(File.ReadAllLines(Repository.At("tests", "SamplePlugin", "OfficeHours", "OfficeHours.cs")).Length, 1, 29);
    }
}
