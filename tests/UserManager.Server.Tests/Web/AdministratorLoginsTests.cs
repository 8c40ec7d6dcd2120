using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Management;
using UserManager.Server.Web;
using UserManager.Server.Web.Api;
using UserManager.Storage;

namespace UserManager.Server.Tests.Web;

/// <summary>HTTP Basic against <c>/user</c>, without sockets.</summary>
public sealed class AdministratorLoginsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("um-logins-").FullName;
    private readonly ManualClock _clock = new();
    private readonly WebThreads _threads = new();
    private readonly Stores _stores;
    private readonly MenuExecutor _executor;
    private readonly AdministratorLogins _logins;

    public AdministratorLoginsTests()
    {
        _stores = Stores.Open(
            new StorageOptions { Database = Path.Combine(_folder, "um.db"), NodeFile = Path.Combine(_folder, "node.yaml"), SecretKeyFile = Path.Combine(_folder, "secret.key") },
            _clock,
            NullLoggerFactory.Instance);
        _executor = new MenuExecutor(
            new MenuTree(UserManagerMenus.All(_stores.Records, new MenuServices { Files = new DataFiles(_folder), Clock = _clock })), _clock, _stores.Audit);
        _logins = new AdministratorLogins(_stores.Administrators, _threads, _clock, NullLogger<AdministratorLogins>.Instance);
    }

    public void Dispose()
    {
        _logins.Dispose();
        _threads.Dispose();
        _stores.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_first_start_makes_one_administrator_and_tells_his_password_once()
    {
        using var output = new StringWriter();
        await FirstAdministrator.MakeAsync(_executor, _stores.Administrators, output);
        var told = output.ToString();
        await FirstAdministrator.MakeAsync(_executor, _stores.Administrators, output);

        Assert.Equal(told, output.ToString());
        var password = told.Split("password ")[1].Split(':')[0];
        Assert.Equal(20, password.Length);
        Assert.Equal(200, (await LogInAsync("admin", password)).Status);
        Assert.Equal(401, (await LogInAsync("admin", password + "x")).Status);
    }

    [Fact]
    public async Task What_is_stored_is_PBKDF2_with_OWASP_s_count_and_no_one_is_shown_it()
    {
        await AddAsync("ann", "secret");
        var hash = _stores.Administrators.Find("ann")!.PasswordHash;
        Assert.StartsWith("$pbkdf2-sha512$i=210000$", hash, StringComparison.Ordinal);
        Assert.True(PasswordHash.Verify(hash, "secret"));
        Assert.False(PasswordHash.Verify(hash, "Secret"));
        Assert.NotEqual(hash, PasswordHash.Of("secret"));

        var users = _executor.Tree.Find("/user")!;
        var row = await _executor.GetAsync(users, new RecordId(1), new PrintOptions { ShowSensitive = true }, TestContext.Current.CancellationToken);
        Assert.Equal("*****", row["password"]);
        var exported = await _executor.GetAsync(users, new RecordId(1), new PrintOptions { ShowSensitive = true, Form = ValueForm.Export }, TestContext.Current.CancellationToken);
        Assert.Equal(hash, exported["password"]);
    }

    // A verified password costs no hash for a minute; the clock of the test stands still, so the time it took cannot be what is compared.
    [Fact]
    public async Task A_right_password_is_remembered_for_a_minute_and_forgotten_at_any_change_of_user()
    {
        await AddAsync("ann", "secret");
        var first = await LogInAsync("ann", "secret");
        Assert.Same(first, await LogInAsync("ann", "secret"));

        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Same(first, await LogInAsync("ann", "secret"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        var second = await LogInAsync("ann", "secret");
        Assert.NotSame(first, second);

        await AddAsync("bob", "other");
        var third = await LogInAsync("ann", "secret");
        Assert.NotSame(second, third);

        await SetAsync("ann", "password", "changed");
        Assert.Equal(401, (await LogInAsync("ann", "secret")).Status);
        Assert.Equal(200, (await LogInAsync("ann", "changed")).Status);

        await SetAsync("ann", "disabled", "yes");
        Assert.Equal(401, (await LogInAsync("ann", "changed")).Status);
    }

    [Fact]
    public async Task A_group_s_policy_is_honoured_at_once()
    {
        await _executor.AddAsync(_executor.Tree.Find("/user/group")!, Given(("name", "g"), ("policy", "read,api")), TestContext.Current.CancellationToken);
        await AddAsync("ann", "secret", ("group", "g"));
        Assert.False((await LogInAsync("ann", "secret")).Rights!.Has("write"));

        await _executor.SetAsync(
            _executor.Tree.Find("/user/group")!, [new RecordId(4)], Given(("policy", "read,write,api")), TestContext.Current.CancellationToken);
        Assert.True((await LogInAsync("ann", "secret")).Rights!.Has("write"));
    }

    [Fact]
    public async Task Five_wrong_passwords_slow_a_source_down_and_nobody_else()
    {
        await AddAsync("ann", "secret");
        var there = IPAddress.Parse("198.51.100.7");
        Assert.Equal(200, (await LogInAsync("ann", "secret", there)).Status);
        for (var i = 0; i < 5; i++)
            Assert.Equal(401, (await LogInAsync(i % 2 == 0 ? "ann" : "nobody", "wrong", there)).Status);

        var slowed = await LogInAsync("ann", "wrong", there);
        Assert.Equal((429, 1), (slowed.Status, slowed.RetryAfter));
        Assert.Equal(429, (await LogInAsync("bob", "secret", there)).Status);
        Assert.Equal(200, (await LogInAsync("ann", "secret", there)).Status);       // remembered: it is not tried
        Assert.Equal(401, (await LogInAsync("ann", "wrong", IPAddress.Parse("198.51.100.8"))).Status);

        _clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(200, (await LogInAsync("ann", "secret", there)).Status);
        Assert.Equal(401, (await LogInAsync("ann", "wrong", there)).Status);
    }

    [Fact]
    public async Task An_address_restricts_where_he_logs_in_from()
    {
        await AddAsync("ann", "secret", ("address", "192.0.2.0/24,2001:db8::/32"));
        Assert.Equal(200, (await LogInAsync("ann", "secret", IPAddress.Parse("192.0.2.9"))).Status);
        Assert.Equal(200, (await LogInAsync("ann", "secret", IPAddress.Parse("::ffff:192.0.2.9"))).Status);
        Assert.Equal(200, (await LogInAsync("ann", "secret", IPAddress.Parse("2001:db8::1"))).Status);
        Assert.Equal(401, (await LogInAsync("ann", "secret", IPAddress.Parse("192.0.3.9"))).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Basic")]
    [InlineData("Basic !!!")]
    [InlineData("Basic YWRtaW4=")]      // no colon
    [InlineData("Bearer YWRtaW46")]
    public async Task What_is_no_Basic_header_is_nobody(string header)
    {
        await AddAsync("admin", "x");
        var http = new DefaultHttpContext();
        http.Request.Headers.Authorization = header;
        Assert.Equal(401, (await _logins.LogInAsync(http)).Status);
    }

    [Fact]
    public async Task Nobody_logs_in_without_a_password_set()
    {
        await AddAsync("ann", "");
        Assert.Equal(401, (await LogInAsync("ann", "")).Status);
    }

    [Fact]
    public async Task Who_is_there_is_in_active_for_a_minute_and_when_he_came_is_kept()
    {
        await AddAsync("ann", "secret");
        await LogInAsync("ann", "secret", IPAddress.Parse("192.0.2.9"));
        var active = await _logins.Active.ListAsync(null, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(("ann", "192.0.2.9", "full"), (active[0].Text("name"), active[0].Text("address"), active[0].Text("group")));

        var user = await _stores.Records(_executor.Tree.Find("/user")!).FindAsync(new RecordId(1), TestContext.Current.CancellationToken);
        for (var from = Environment.TickCount64; user?["last-logged-in"] is null && Environment.TickCount64 - from < 30_000;)
        {
            await Task.Yield();
            user = await _stores.Records(_executor.Tree.Find("/user")!).FindAsync(new RecordId(1), TestContext.Current.CancellationToken);
        }

        Assert.Equal(_clock.GetUtcNow(), user!["last-logged-in"]);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(await _logins.Active.ListAsync(null, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));
    }

    // Issue: plain http serves /rest only on loopback.
    [Theory]
    [InlineData("www", "192.0.2.1", 403)]
    [InlineData("www", "127.0.0.1", 401)]
    [InlineData("www", "::1", 401)]
    [InlineData("www", "::ffff:127.0.0.1", 401)]
    [InlineData("www-ssl", "192.0.2.1", 401)]
    public async Task Rest_without_TLS_is_for_loopback(string service, string address, int status)
    {
        var site = new WebSite(new RestApi(_executor, _threads, NullLogger<RestApi>.Instance), _logins, new DefaultEndpointDataSource());
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = IPAddress.Parse(address);
        http.Request.Path = "/rest/user";
        http.Response.Body = new MemoryStream();
        await site.AnswerAsync(http, new WebService(1, service, 80, false), _ => Task.CompletedTask);
        Assert.Equal(status, http.Response.StatusCode);
    }

    private Task<Login> LogInAsync(string name, string password, IPAddress? from = null)
    {
        var http = new DefaultHttpContext();
        http.Request.Headers.Authorization = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}"));
        http.Connection.RemoteIpAddress = from ?? IPAddress.Loopback;
        return _logins.LogInAsync(http);
    }

    private async Task AddAsync(string name, string password, params (string Name, string Value)[] more)
    {
        var given = Given([("name", name), ("password", password), .. more]);
        given.TryAdd("group", "full");
        await _executor.AddAsync(_executor.Tree.Find("/user")!, given, TestContext.Current.CancellationToken);
    }

    private async Task SetAsync(string name, string field, string value)
    {
        var users = _executor.Tree.Find("/user")!;
        await AddAsync("keeper" + value, "k");      // the last administrator cannot be disabled
        await _executor.SetAsync(users, [await _executor.ResolveAsync(users, name, TestContext.Current.CancellationToken)], Given((field, value)), TestContext.Current.CancellationToken);
    }

    private static Dictionary<string, GivenValue> Given(params (string Name, string Value)[] values) => values.ToDictionary(v => v.Name, v => (GivenValue)v.Value);
}
