using System.Net;
using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>Replays detail files through the accounting of a site (<c>listen { type = detail }</c> of FreeRADIUS 3.2).</summary>
/// <remarks>
/// The oldest file is renamed to <c>detail.work</c> in its folder; each record that was acknowledged is marked in it, and the file removed when all are. After a
/// restart it goes on with the first that is not marked; one that was acknowledged and not yet marked is replayed, which the rules of sessions make harmless.
/// </remarks>
[Module("detail_reader")]
public sealed class DetailReader : IJob
{
    private const string WorkName = "detail.work";
    private const string RefusedName = "detail.refused";

    private static readonly TimeSpan Never = TimeSpan.FromDays(365);

    // What says where a record came from, or is no attribute of a packet.
    private static readonly string[] AboutThePacket =
    [
        "Packet-Type", "Packet-Src-IP-Address", "Packet-Src-IPv6-Address", "Packet-Src-Port", "Packet-Dst-IP-Address", "Packet-Dst-IPv6-Address", "Packet-Dst-Port",
        "Client-IP-Address", "Freeradius-Proxied-To", "Request-Authenticator",
    ];

    private readonly DetailReaderOptions _options;
    private readonly IVirtualServer _server;
    private readonly IClientStore _clients;
    private readonly RadiusDictionary _dictionary;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly string _folder;
    private readonly string _pattern;
    private bool _isOver;

    public DetailReader(
        DetailReaderOptions options, IVirtualServers servers, IClientStore clients, DataFiles data, RadiusDictionary dictionary, TimeProvider clock, ILogger<DetailReader> log)
    {
        var slash = options.Filename.LastIndexOf('/');
        _folder = data.Resolve(slash < 0 ? options.Filename.Replace('*', 'x').Replace('?', 'x') : options.Filename[..slash]);
        _folder = slash < 0 ? data.Folder : _folder;
        _pattern = options.Filename[(slash + 1)..];
        (_options, _server, _clients, _dictionary, _clock, _log) = (options, servers.Find(options.VirtualServer), clients, dictionary, clock, log);
        Interval = options.PollInterval;
    }

    public TimeSpan Interval { get; private set; }

    public bool IsOfEachNode => true;

    private string Work => Path.Combine(_folder, WorkName);

    /// <summary>Replays all files there are, until one record is not acknowledged.</summary>
    public async ValueTask RunAsync(CancellationToken cancelled)
    {
        Interval = _options.PollInterval;
        while (!_isOver && TryTake())
        {
            if (!await ReplayAsync(cancelled))
            {
                Interval = _options.RetryInterval;
                return;
            }

            _isOver = _options.OneShot;
        }

        if (_isOver)
            Interval = Never;
    }

    /// <summary>Goes on with the file in hand, or takes up the oldest.</summary>
    private bool TryTake()
    {
        if (File.Exists(Work))
            return true;

        if (!Directory.Exists(_folder))
            return false;

        var oldest = new DirectoryInfo(_folder).GetFiles(_pattern).Where(file => file.Name is not (WorkName or RefusedName) && file.LinkTarget is null).MinBy(file => file.LastWriteTimeUtc);
        if (oldest is null)
            return false;

        oldest.MoveTo(Work);
        return true;
    }

    /// <returns>False when a record was not acknowledged, or the file is still being written.</returns>
    private async ValueTask<bool> ReplayAsync(CancellationToken cancelled)
    {
        using var file = TryOpen();
        if (file is null)
            return false;

        var octets = new byte[file.Length];
        file.ReadExactly(octets);
        var records = DetailRecords.Read(octets).Where(record => !record.IsDone).ToList();
        _log.Begun(Work, records.Count);
        var clients = await _clients.AllAsync(cancelled);
        foreach (var record in records)
        {
            cancelled.ThrowIfCancellationRequested();
            var begun = _clock.GetTimestamp();
            if (!await TryReplayAsync(record, clients, cancelled))
            {
                _log.NotAcknowledged(Work, record.Line, _options.RetryInterval.TotalSeconds);
                return false;
            }

            Mark(file, record);
            await RestAsync(_clock.GetElapsedTime(begun), cancelled);
        }

        File.Delete(Work);
        _log.Done(Work);
        return true;
    }

    // Whoever still writes to it has it to himself, or holds FreeRADIUS's lock (locking = yes).
    private FileStream? TryOpen()
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(Work, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            if (!OperatingSystem.IsMacOS())
                file.Lock(0, 0);

            return file;
        }
        catch (IOException)
        {
            file?.Dispose();
            return null;
        }
    }

    /// <returns>True when it was acknowledged, or never can be and was put aside.</returns>
    private async ValueTask<bool> TryReplayAsync(DetailRecord record, IReadOnlyList<Client> clients, CancellationToken cancelled)
    {
        if (!record.IsComplete)
        {
            _log.CutShort(Work, record.Line);
            return true;
        }

        if (record.Find("Packet-Type") is { } type and not "Accounting-Request")
            return Refuse(record, $"it is of the type {type}: only accounting is replayed");

        var source = Source(record);
        if (source is null || Find(clients, source) is not { } client)
            return Refuse(record, source is null ? "it does not say which NAS it came from" : $"no router has the address {source}");

        var context = new RequestContext(_dictionary);
        var received = DateTimeOffset.FromUnixTimeSeconds(record.Timestamp);
        context.Begin(new RequestStart(0, _dictionary, client, Endpoint.From(new IPEndPoint(source, 0)), received) { Code = PacketCode.AccountingRequest, Cancelled = cancelled });
        foreach (var (number, text) in record.Lines.Where(line => !Array.Exists(AboutThePacket, name => line.Text.StartsWith(name + " ", StringComparison.Ordinal))))
        {
            if (!AttributeText.TryParseLine(_dictionary, text, context.Request, out var error))
                _log.LineLeftOut(Work, number, error);
        }

        return await _server.AccountAsync(context);
    }

    private static IPAddress? Source(DetailRecord record)
    {
        foreach (var name in (string[])["Packet-Src-IP-Address", "Packet-Src-IPv6-Address", "Client-IP-Address", "NAS-IP-Address", "NAS-IPv6-Address"])
        {
            if (record.Find(name) is { } text && IPAddress.TryParse(text, out var address))
                return address;
        }

        return null;
    }

    private static Client? Find(IReadOnlyList<Client> clients, IPAddress address) =>
        clients.Where(client => client.Address.Contains(address)).MaxBy(client => client.Address.PrefixLength);

    private bool Refuse(DetailRecord record, string problem)
    {
        var refused = Path.Combine(_folder, RefusedName);
        using (var file = new FileStream(refused, FileMode.Append, FileAccess.Write))
        {
            file.Write(record.Octets);
            if (!record.Octets.AsSpan().EndsWith("\n\n"u8))
                file.Write("\n\n"u8);

            file.Flush(flushToDisk: true);
        }

        _log.Refused(Work, record.Line, problem, refused);
        return true;
    }

    // A mark that is lost with the power has its record replayed, so it need not be on the disk.
    private static void Mark(FileStream file, DetailRecord record)
    {
        if (record.TimestampAt < 0)
            return;

        file.Position = record.TimestampAt;
        file.Write(DetailRecords.DoneMark);
        file.Flush();
    }

    private Task RestAsync(TimeSpan worked, CancellationToken cancelled)
    {
        var rest = worked * ((100.0 - _options.LoadFactor) / _options.LoadFactor);
        return rest > TimeSpan.Zero ? Task.Delay(rest, _clock, cancelled) : Task.CompletedTask;
    }
}
