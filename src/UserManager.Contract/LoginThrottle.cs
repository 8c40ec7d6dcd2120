using System.Net;
using System.Net.Sockets;

namespace UserManager.Contract;

/// <summary>Slows down who tries passwords: after so many wrong ones in a row the next try has to wait a second, then two, four, up to a bound.</summary>
/// <remarks>
/// A try counts as a wrong one from its beginning until <see cref="Succeeded"/> says otherwise, so that many at once are no way around. Where many people share
/// an address, a try counts three times: for the name from that address (5 are free), for the address (30) and for the name (50). Where an address is one
/// person's, for it alone (5). An address is one of IPv4, or a network of IPv6 (/64). What was tried is remembered for 15 minutes, of at most 20,000: of more the oldest
/// is forgotten. Safe for use by several threads.
/// </remarks>
/// <param name="clock">Tells the time.</param>
/// <param name="longest">The longest wait.</param>
public sealed class LoginThrottle(TimeProvider clock, TimeSpan longest)
{
    /// <summary>How many wrong passwords in a row are free.</summary>
    public const int Free = 5;

    private const int FreeOfAddress = 30;
    private const int FreeOfName = 50;
    private const int Most = 20_000;
    private const int LongestName = 253;

    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(15);

    private readonly Lock _lock = new();
    private readonly Dictionary<Key, LinkedListNode<Tries>> _tries = [];
    private readonly LinkedList<Tries> _oldestFirst = [];

    /// <summary>Begins a try, and counts it.</summary>
    /// <param name="source">Where it comes from; null for nobody knows.</param>
    /// <param name="name">Who it says it is, where many people may share an address; null where an address is one person's.</param>
    /// <returns>How long the source has to wait; zero when it may try now. A try that has to wait is not counted.</returns>
    public TimeSpan Begin(IPAddress? source, string? name = null)
    {
        var (now, counted) = (clock.GetUtcNow(), Counted(source, name));
        lock (_lock)
        {
            var wait = TimeSpan.Zero;
            foreach (var (key, free) in counted)
            {
                if (Find(key, now) is { } tries && tries.At + Wait(tries.Count, free) - now is var left && left > wait)
                    wait = left;
            }

            if (wait > TimeSpan.Zero)
                return wait;

            foreach (var (key, _) in counted)
                Keep(key, (Find(key, now)?.Count ?? 0) + 1, now);

            return TimeSpan.Zero;
        }
    }

    /// <summary>The try that was begun was a right one: who made it begins anew, and it does not count for the others of its address.</summary>
    public void Succeeded(IPAddress? source, string? name = null)
    {
        var counted = Counted(source, name);
        lock (_lock)
        {
            foreach (var (key, _) in counted)
            {
                if (!_tries.TryGetValue(key, out var node))
                    continue;

                if (key == counted[0].Key || node.Value.Count == 1)
                    Forget(node);
                else
                    node.Value = node.Value with { Count = node.Value.Count - 1 };
            }
        }
    }

    private Tries? Find(Key key, DateTimeOffset now) =>
        _tries.TryGetValue(key, out var node) && now - node.Value.At <= Remembered ? node.Value : null;

    private void Keep(Key key, int count, DateTimeOffset now)
    {
        if (_tries.TryGetValue(key, out var node))
            _oldestFirst.Remove(node);
        else if (_tries.Count >= Most)
            Forget(_oldestFirst.First!);

        _tries[key] = _oldestFirst.AddLast(new Tries(key, count, now));
    }

    private void Forget(LinkedListNode<Tries> node)
    {
        _tries.Remove(node.Value.Key);
        _oldestFirst.Remove(node);
    }

    private TimeSpan Wait(int count, int free) =>
        count < free ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(longest.TotalSeconds, Math.Pow(2, count - free)));

    // Who tries himself first.
    private static (Key Key, int Free)[] Counted(IPAddress? source, string? name)
    {
        var address = AddressOf(source);
        if (name is null)
            return [(new Key(address, null), Free)];

        // No user has a longer one; the table is not to be filled with text.
        var shortened = name.Length > LongestName ? name[..LongestName] : name;
        return [(new Key(address, shortened), Free), (new Key(address, null), FreeOfAddress), (new Key(null, shortened), FreeOfName)];
    }

    // Whoever has one address of IPv6 has a network of them.
    private static IPAddress AddressOf(IPAddress? source)
    {
        if (source is null or { IsIPv4MappedToIPv6: true })
            return source?.MapToIPv4() ?? IPAddress.None;

        if (source.AddressFamily != AddressFamily.InterNetworkV6)
            return source;

        var octets = source.GetAddressBytes();
        octets.AsSpan(8).Clear();
        return new IPAddress(octets);
    }

    private readonly record struct Key(IPAddress? Address, string? Name);

    private sealed record Tries(Key Key, int Count, DateTimeOffset At);
}
