using System.Text;

namespace UserManager.Management.Tests;

/// <summary>Users from CSV files (RFC 4180), as spreadsheets and other systems write them.</summary>
public sealed class CsvTests
{
    private readonly Router _router = new();

    [Fact]
    public async Task The_first_row_names_the_fields()
    {
        await _router.Run("/user-manager/profile add name=gold");
        await _router.Run("/user-manager/user/group add name=staff");

        var report = await Import("name,Password,shared-users,group,comment,profile,disabled\nbob,p1,2,staff,\"a, \"\"b\"\"\nc\",gold,yes\r\nalice,p2,,,,,\n");

        Assert.Empty(report.Errors);
        Assert.Equal("2 imported, 0 unchanged, 0 skipped, 0 failed", report.Summary);
        Assert.Equal("2", await _router.Get("bob", "shared-users"));
        Assert.Equal("staff", await _router.Get("bob", "group"));
        Assert.Equal("a, \"b\"\nc", await _router.Get("bob", "comment"));
        Assert.Equal("yes", await _router.Get("bob", "disabled"));
        Assert.Equal("default", await _router.Get("alice", "group"));
        Assert.Equal("1\n", await _router.Run("/user-manager/user-profile print count-only where user=bob profile=gold"));
    }

    [Theory]
    [InlineData("name;password\nbob;a,b\n", "a,b")]
    [InlineData("name\tpassword\nbob\ta;b,c\n", "a;b,c")]
    [InlineData("sep=|\r\nname|password\r\nbob|a;b\r\n", "a;b")]
    [InlineData("\uFEFFname,password\nbob,\"a\tb\"", "a\tb")]
    [InlineData("name,password\n\n\"bob\",\"\"\"q\"\"\"\n\n", "\"q\"")]
    [InlineData("password,name\n pa ss ,bob", " pa ss ")]
    [InlineData("name,password\nbob,gärtner\n", "gärtner")]
    public async Task Delimiters_quotes_and_byte_order_marks_are_understood(string file, string password)
    {
        var report = await Import(file);

        Assert.Empty(report.Errors);
        Assert.Equal(password, await _router.Get("bob", "password"));
    }

    [Fact]
    public async Task A_file_of_Windows_1252_is_read_as_such()
    {
        var report = await Import([.. "name,password\nbob,"u8, 0xE4, 0x80, .. "\n"u8]);

        Assert.Empty(report.Errors);
        Assert.Equal("ä€", await _router.Get("bob", "password"));
    }

    [Theory]
    [InlineData("user,password\nbob,x\n", "1:1: there is no field \"user\"")]
    [InlineData("name,pasword\nbob,x\n", "1:6: there is no field \"pasword\", did you mean password?")]
    [InlineData("password,comment\nx,y\n", "1:1: there is no field name")]
    [InlineData("name,password,name\nbob,x,y\n", "1:15: the field name stands here twice")]
    [InlineData("name,password\nbob\n", "2:1: this row has 1 fields, the first row 2")]
    [InlineData("name,password\nbob,x,y\n", "2:7: this row has 3 fields, the first row 2")]
    [InlineData("name,password\n,x\n", "2:1: the name is missing")]
    [InlineData("name,password\nbob,\"x\n", "2:5: this quote is never closed")]
    [InlineData("name,password\nbob,\"x\"y\n", "2:8: text stands behind the closing quote")]
    [InlineData("name,password,shared-users\nbob,x,many\n", "2:7: invalid value for argument shared-users")]
    [InlineData("name,password,group\nbob,x,none\n", "2:7: input does not match any value of group")]
    [InlineData("name,password,profile\nbob,x,none\n", "2:7: input does not match any value of profile: there is no profile none")]
    [InlineData("name,comment,attributes\nbob,\"two\nlines\",Nothing:1\n", "3:8: input does not match any value of attributes: Nothing")]
    public async Task What_is_wrong_is_said_with_its_place_and_nothing_of_it_is_written(string file, string error)
    {
        var report = await Import(file);

        Assert.StartsWith("users.csv:" + error, Assert.Single(report.Errors), StringComparison.Ordinal);
        Assert.Equal(1, report.ExitCode);
        Assert.Equal("0\n", await _router.Run("/user-manager/user print count-only"));
    }

    private const string Mixed = "name,password,shared-users\nanna,a,1\nbert,b,none\ncarl,c,\nanna,d,\ndora\n";

    [Fact]
    public async Task Good_rows_are_kept_and_the_file_can_be_imported_again_once_it_is_mended()
    {
        var report = await Import(Mixed);

        Assert.Equal("2 imported, 0 unchanged, 0 skipped, 3 failed", report.Summary);
        Assert.Equal(["users.csv:3:8", "users.csv:5:1", "users.csv:6:1"], report.Errors.Select(e => e[..e.IndexOf(": ", StringComparison.Ordinal)]));
        Assert.Contains("the name stands in line 2 already", report.Errors[1], StringComparison.Ordinal);

        report = await Import("name,password,shared-users\nanna,a,1\nbert,b,2\ncarl,other,\n");
        Assert.Equal("1 imported, 1 unchanged, 0 skipped, 1 failed", report.Summary);
        Assert.Contains("4:1: failure: already have user with such name", report.Errors[0], StringComparison.Ordinal);
        Assert.Equal("c", await _router.Get("carl", "password"));
    }

    [Fact]
    public async Task All_or_nothing_writes_nothing_when_one_row_is_bad()
    {
        var report = await Import(Mixed, allOrNothing: true);

        Assert.Equal(0, report.Imported);
        Assert.Equal(3, report.Errors.Count);
        Assert.Equal(["nothing was imported, because not all rows are good (all-or-nothing)"], report.Notes);
        Assert.Equal("0\n", await _router.Run("/user-manager/user print count-only"));

        report = await Import("name,password\nanna,a\nbert,b\n", allOrNothing: true);
        Assert.Equal(2, report.Imported);
        report = await Import("name,password\nanna,a\nbert,b\ncarl,c\n", allOrNothing: true);
        Assert.Equal("1 imported, 2 unchanged, 0 skipped, 0 failed", report.Summary);
    }

    [Fact]
    public async Task Missing_passwords_are_counted()
    {
        var report = await Import("name\nanna\nbert\n");

        Assert.Equal((2, 2), (report.Imported, report.MissingSecrets));
    }

    [Fact]
    public async Task Any_file_yields_a_report()
    {
        var random = new Random(7);
        for (var i = 0; i < 200; i++)
        {
            var text = new StringBuilder(i % 2 == 0 ? "name,password\n" : "");
            for (var length = random.Next(200); length > 0; length--)
                text.Append("ab,;\t\"\n\r é\0"[random.Next(11)]);

            var report = await Import(text.ToString());
            Assert.True(report.Imported + report.Unchanged + report.Failed >= 0);
        }
    }

    private Task<ImportReport> Import(string file, bool allOrNothing = false) => Import(Encoding.UTF8.GetBytes(file), allOrNothing);

    private async Task<ImportReport> Import(byte[] file, bool allOrNothing = false) =>
        await new CsvImport(_router.Executor, allOrNothing).RunAsync(file, "users.csv", TestContext.Current.CancellationToken);
}
