using System.Net;
using System.Net.Sockets;

namespace UserManager.Server.Web;

/// <summary>Slows down who tries passwords: after five wrong ones in a row a source waits a second before its next try, then two, four, up to a minute.</summary>
/// <remarks>A source is an IPv4 address, or a network of IPv6 (/64). At most 10,000 are remembered, each for 15 minutes after its last try; of more the
/// oldest is forgotten.</remarks>
internal sealed class LoginThrottle(TimeProvider clock)
{
    public const int Free = 5;

    private const int MostSources = 10_000;

    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, Source> _sources = [];

    /// <summary>Counts a try, as a wrong one until <see cref="Succeeded"/> says otherwise: many at once are no way around.</summary>
    /// <returns>How long the source has to wait; zero when it may try now.</returns>
    public TimeSpan Begin(IPAddress source)
    {
        var key = KeyOf(source);
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            var known = _sources.GetValueOrDefault(key);
            if (known is not null && now - known.At > Remembered)
                known = null;

            if (known is not null && known.At + Wait(known.Tries) is var until && until > now)
                return until - now;

            if (known is null && _sources.Count >= MostSources)
                _sources.Remove(_sources.MinBy(s => s.Value.At).Key);

            _sources[key] = new Source((known?.Tries ?? 0) + 1, now);
            return TimeSpan.Zero;
        }
    }

    /// <summary>The try was a right one: the source begins anew.</summary>
    public void Succeeded(IPAddress source)
    {
        lock (_lock)
            _sources.Remove(KeyOf(source));
    }

    private static TimeSpan Wait(int tries) =>
        tries < Free ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(Longest.TotalSeconds, Math.Pow(2, tries - Free)));

    // Whoever has one address of IPv6 has a network of them.
    private static IPAddress KeyOf(IPAddress source)
    {
        if (source.AddressFamily != AddressFamily.InterNetworkV6)
            return source;

        var octets = source.GetAddressBytes();
        octets.AsSpan(8).Clear();
        return new IPAddress(octets);
    }

    private sealed record Source(int Tries, DateTimeOffset At);
}
