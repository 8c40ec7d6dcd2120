using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>Explains dropped datagrams in the log: once a minute for each source and reason, and never more than ten a second in all.</summary>
/// <remarks>Source addresses can be forged, so neither the log nor the time this takes may grow with their number.</remarks>
internal sealed class DropLog(TimeProvider clock, ILogger log)
{
    private const int MostSources = 1024;
    private const int MostPerSecond = 10;

    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<(UInt128 Address, DropReason Reason), long> _said = [];
    private long _second;
    private int _saidInSecond;
    private long _unsaid;

    public void Write(DropReason reason, in Endpoint source, Client? client)
    {
        if (!IsDue((source.AddressBits, reason), out var unsaid))
            return;

        if (unsaid > 0)
            log.DropsNotShown(unsaid);

        switch (reason)
        {
            case DropReason.UnknownClient:
                log.UnknownClient(source, source.Address);
                break;
            case DropReason.BadMessageAuthenticator or DropReason.BadRequestAuthenticator:
                log.WrongSecret(reason, source, client!.Name, client.Name);
                break;
            case DropReason.MissingMessageAuthenticator:
                log.MessageAuthenticatorMissing(source, client!.Name, client.Name);
                break;
            default:
                log.Dropped(reason, source, client?.Name);
                break;
        }
    }

    private bool IsDue((UInt128 Address, DropReason Reason) key, out long unsaid)
    {
        unsaid = 0;
        var now = clock.GetTimestamp();
        var second = now / clock.TimestampFrequency;
        if (Volatile.Read(ref _second) == second && Volatile.Read(ref _saidInSecond) >= MostPerSecond)
        {
            Interlocked.Increment(ref _unsaid);
            return false;
        }

        lock (_lock)
        {
            if (_said.TryGetValue(key, out var last) && clock.GetElapsedTime(last, now) < Quiet)
                return false;

            if (_second != second)
                (_second, _saidInSecond) = (second, 0);

            _saidInSecond++;
            if (_said.Count >= MostSources)
                _said.Clear();

            _said[key] = now;
            unsaid = Interlocked.Exchange(ref _unsaid, 0);
            return true;
        }
    }
}
