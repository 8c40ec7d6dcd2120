using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using UserManager.Contract;
using UserManager.Management;
using UserManager.Storage;

namespace UserManager.Server.Web;

/// <summary>What came of a login.</summary>
/// <param name="Administrator">Null when nobody is let in.</param>
/// <param name="RetryAfter">Seconds until it makes sense to try again.</param>
internal sealed record Login(Administrator? Administrator, Rights? Rights, int Status, string? Detail = null, int? RetryAfter = null)
{
    public static Login Unauthorized { get; } = new(null, null, StatusCodes.Status401Unauthorized);

    public static Login Busy { get; } = new(null, null, StatusCodes.Status503ServiceUnavailable, "too many logins at once, try again", 1);

    public static Login TooSoon(TimeSpan wait)
    {
        var seconds = (int)Math.Ceiling(wait.TotalSeconds);
        return new(null, null, StatusCodes.Status429TooManyRequests, $"too many wrong passwords, try again in {seconds} s", seconds);
    }
}

/// <summary>Lets administrators in by name and password (HTTP Basic, RFC 7617).</summary>
/// <remarks>
/// A password that was found right is remembered for 60 s, as a keyed hash of itself and the name, so that the expensive check is done once a minute and not
/// with each request; any change of <c>/user</c> or <c>/user/group</c> forgets all of them at once. One check at a time, so that logins leave
/// the cores to RADIUS.
/// </remarks>
internal sealed class AdministratorLogins : IDisposable
{
    private const int MostRemembered = 1000;
    private const int MostWaiting = 64;

    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private readonly AdministratorStore _store;
    private readonly WebThreads _threads;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly LoginThrottle _throttle;
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly SemaphoreSlim _one = new(1);
    private readonly ConcurrentDictionary<(UInt128 Proof, IPAddress Source), Lazy<Task<Login>>> _underWay = [];
    private volatile ConcurrentDictionary<UInt128, Entry> _remembered = [];
    private int _waiting;

    public AdministratorLogins(AdministratorStore store, WebThreads threads, TimeProvider clock, ILogger<AdministratorLogins> log)
    {
        (_store, _threads, _clock, _log, _throttle) = (store, threads, clock, log, new LoginThrottle(clock, LongestWait));
        Active = new ActiveAdministrators(clock);
        store.Changed += () => _remembered = [];
    }

    public ActiveAdministrators Active { get; }

    /// <summary>Where a request comes from; IPv4 as IPv4.</summary>
    public static IPAddress AddressOf(HttpContext http) =>
        http.Connection.RemoteIpAddress is not { } address ? IPAddress.None : address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    public async Task<Login> LogInAsync(HttpContext http)
    {
        if (!TryRead(http.Request.Headers.Authorization, out var name, out var password))
            return Login.Unauthorized;

        var source = AddressOf(http);
        var proof = Proof(name, password);
        var login = Recall(proof, source) ?? await VerifyOnceAsync(new Attempt(proof, name, password, source));
        if (login.Administrator is { } administrator)
            Active.Seen(administrator, source);

        return login;
    }

    public void Dispose() => _one.Dispose();

    private Login? Recall(UInt128 proof, IPAddress source) =>
        _remembered.TryGetValue(proof, out var entry) && _clock.GetElapsedTime(entry.At) < Remembered && Networks.Allow(entry.Login.Administrator!.Addresses, source)
            ? entry.Login
            : null;

    // A client's first requests often come together: they wait for one check.
    private async Task<Login> VerifyOnceAsync(Attempt attempt)
    {
        var mine = new Lazy<Task<Login>>(() => VerifyAsync(attempt));
        var one = _underWay.GetOrAdd((attempt.Proof, attempt.Source), mine);
        try
        {
            return await one.Value;
        }
        finally
        {
            if (ReferenceEquals(one, mine))
                _underWay.TryRemove((attempt.Proof, attempt.Source), out _);
        }
    }

    private async Task<Login> VerifyAsync(Attempt attempt)
    {
        if (Interlocked.Increment(ref _waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return Login.Busy;
        }

        try
        {
            await _one.WaitAsync();
            try
            {
                return _throttle.Begin(attempt.Source) is { Ticks: > 0 } wait ? Login.TooSoon(wait) : await CheckAsync(attempt);
            }
            finally
            {
                _one.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private async Task<Login> CheckAsync(Attempt attempt)
    {
        var remembered = _remembered;       // a change while the password is checked must not be outlived by what is found
        var administrator = _store.Find(attempt.Name);
        await _threads;
        var isRight = PasswordHash.Verify(administrator?.PasswordHash, attempt.Password);
        if (administrator is null || !isRight || administrator.IsDisabled || !Networks.Allow(administrator.Addresses, attempt.Source))
        {
            // A name that is nobody's may be a password in the wrong place.
            _log.LoginFailed(
                administrator is null ? "an unknown name" : administrator.Name,
                attempt.Source.ToString(),
                administrator is null || !isRight ? "wrong password" : administrator.IsDisabled ? "disabled" : "not from this address");
            return Login.Unauthorized;
        }

        _throttle.Succeeded(attempt.Source);
        var login = new Login(administrator, Rights.Of(administrator.Policies), StatusCodes.Status200OK);
        if (remembered.Count >= MostRemembered)
            remembered.Clear();

        remembered[attempt.Proof] = new Entry(login, _clock.GetTimestamp());
        _ = KeepAsync(administrator);
        return login;
    }

    private async Task KeepAsync(Administrator administrator)
    {
        try
        {
            await _store.LoggedInAsync(administrator.Id, _clock.GetUtcNow(), CancellationToken.None);
        }
        catch (Exception fault) when (fault is DatabaseException or OverloadException or ObjectDisposedException)
        {
            _log.LoginNotKept(administrator.Name, fault.Message);
        }
    }

    private UInt128 Proof(string name, string password)
    {
        Span<byte> hash = stackalloc byte[32];
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{name}:{password}"), hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    // The name ends at the first colon.
    private static bool TryRead(string? header, [NotNullWhen(true)] out string? name, [NotNullWhen(true)] out string? password)
    {
        (name, password) = (null, null);
        if (!AuthenticationHeaderValue.TryParse(header, out var value) || !value.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) || value.Parameter is not { Length: < 2048 } text)
            return false;

        var octets = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, octets, out var length))
            return false;

        var pair = Encoding.UTF8.GetString(octets.AsSpan(0, length));
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return false;

        (name, password) = (pair[..colon], pair[(colon + 1)..]);
        return true;
    }

    private sealed record Attempt(UInt128 Proof, string Name, string Password, IPAddress Source);

    private sealed record Entry(Login Login, long At);
}
