using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>Explains dropped datagrams in the log: once a minute for each source and reason, so that nobody can fill a disk from outside.</summary>
internal sealed class DropLog(TimeProvider clock, ILogger log)
{
    private const int MostSources = 1024;

    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(UInt128 Address, DropReason Reason), long> _said = new();

    public void Write(DropReason reason, in Endpoint source, Client? client)
    {
        if (!IsDue((source.AddressBits, reason)))
            return;

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

    private bool IsDue((UInt128 Address, DropReason Reason) key)
    {
        var now = clock.GetTimestamp();
        if (_said.TryGetValue(key, out var last) && clock.GetElapsedTime(last, now) < Quiet)
            return false;

        if (_said.Count >= MostSources)
            _said.Clear();

        _said[key] = now;
        return true;
    }
}
