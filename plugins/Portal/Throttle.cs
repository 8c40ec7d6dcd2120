using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace UserManager.Plugins;

/// <summary>Slows those down who guess passwords: by address and name together, by address alone, by name alone.</summary>
internal sealed class Throttle(TimeProvider clock)
{
    private const int MostKept = 20_000;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, Failures> _failures = new(StringComparer.Ordinal);

    /// <summary>How long this one has to wait before it may try; zero when it may now.</summary>
    public TimeSpan Wait(IPAddress? from, string name)
    {
        var (now, longest) = (clock.GetUtcNow(), TimeSpan.Zero);
        foreach (var (key, _) in Keys(from, name))
        {
            if (_failures.TryGetValue(key, out var failures) && failures.Until - now > longest)
                longest = failures.Until - now;
        }

        return longest;
    }

    public void Failed(IPAddress? from, string name)
    {
        var now = clock.GetUtcNow();
        if (_failures.Count >= MostKept)
            Forget(now);

        foreach (var (key, free) in Keys(from, name))
            _failures.AddOrUpdate(key, _ => Next(new Failures(0, now, now), free, now), (_, before) => Next(now - before.At > Forgotten ? new Failures(0, now, now) : before, free, now));
    }

    /// <summary>A right password: who came from there with that name begins anew.</summary>
    public void Succeeded(IPAddress? from, string name) => _failures.TryRemove(Keys(from, name).First().Key, out _);

    // After as many failures as are free: 1 s, 2 s, 4 s, …
    private static Failures Next(Failures before, int free, DateTimeOffset now)
    {
        var count = before.Count + 1;
        var wait = count < free ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(Math.Pow(2, Math.Min(count - free, 20)), Longest.TotalSeconds));
        return new Failures(count, now, now + wait);
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (key, failures) in _failures)
        {
            if (now - failures.At > Forgotten)
                _failures.TryRemove(key, out _);
        }

        if (_failures.Count >= MostKept)
            _failures.Clear();
    }

    private static IEnumerable<(string Key, int Free)> Keys(IPAddress? from, string name)
    {
        var place = Place(from);
        yield return ($"both {place} {name}", 5);
        yield return ($"from {place}", 30);
        yield return ($"name {name}", 50);
    }

    // Of IPv6 the network: a host has all addresses of a /64.
    private static string Place(IPAddress? from)
    {
        if (from is { IsIPv4MappedToIPv6: true })
            from = from.MapToIPv4();

        return from is { AddressFamily: AddressFamily.InterNetworkV6 } ? Convert.ToHexString(from.GetAddressBytes().AsSpan(0, 8)) : from?.ToString() ?? "";
    }

    private sealed record Failures(int Count, DateTimeOffset At, DateTimeOffset Until);
}
