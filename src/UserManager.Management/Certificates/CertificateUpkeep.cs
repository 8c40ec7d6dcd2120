using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using UserManager.Contract;
using static UserManager.Management.CertificateFields;

namespace UserManager.Management;

/// <summary>What is done about certificates without being asked: the first one, renewals, lists, warnings, and the files that clients need.</summary>
public sealed class CertificateUpkeep
{
    /// <summary>So long before a certificate ends it is renewed where that can be done here; where not, the log says so every day.</summary>
    public static readonly TimeSpan Warning = TimeSpan.FromDays(30);

    /// <summary>So long before a list of revoked certificates is out of date that was made elsewhere, the log says so every day.</summary>
    public static readonly TimeSpan ListWarning = TimeSpan.FromDays(3);

    private const string CaName = "usermanager-ca";
    private const string ServerName = "usermanager-server";

    // An authority is replaced on every client; a server's certificate of more than 825 days is refused by Apple's.
    private const long CaDays = 3650;
    private const long ServerDays = 824;

    // A handshake costs a quarter of RSA-2048's, and making the key takes no time; every supplicant of the last ten years takes it.
    private const string KeyOfBoth = "prime256v1";

    private readonly CertificateRecords _records;
    private readonly CertificateDesk _desk;
    private readonly DataFiles _files;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;

    /// <param name="menus">With those of <see cref="UserManagerMenus"/>.</param>
    public CertificateUpkeep(MenuTree menus, DataFiles files, TimeProvider clock, ILogger<CertificateUpkeep> log)
    {
        _records = CertificateRecords.Of(path => menus.Find(path)!.Records);
        _desk = new CertificateDesk(_records, files, clock);
        (_files, _clock, _log) = (files, clock, log);
    }

    /// <summary>Does what is due. One node does it for all, at its start and every day.</summary>
    public async Task RunAsync(CancellationToken cancelled)
    {
        await MakeFirstAsync(cancelled).ConfigureAwait(false);
        await RenewAsync(cancelled).ConfigureAwait(false);
        await _desk.RenewListsAsync(cancelled).ConfigureAwait(false);
        await WarnAsync(cancelled).ConfigureAwait(false);
        await WarnOfListsAsync(cancelled).ConfigureAwait(false);
    }

    /// <summary>Writes what clients are to have, where it is not there just so: the first start's authority, and lists of revoked certificates. Each node
    /// does it for itself, whenever certificates change.</summary>
    /// <exception cref="MenuException">A file cannot be written.</exception>
    public async Task WriteFilesAsync(CancellationToken cancelled)
    {
        var authorities = new Dictionary<string, object> { [Authority] = true };
        await foreach (var record in _records.Certificates.ListAsync(authorities, cancelled).ConfigureAwait(false))
        {
            if (record.IsTrue(Automatic))
                WriteAuthority(record);

            if (record.IsTrue(Crl) && record.HasKey() && await _records.ListOfAsync(record.Id, cancelled).ConfigureAwait(false) is { } list)
                WriteIfOther($"crl/{record.Text(Skid)}.crl", Convert.FromBase64String(list.Text(ListOctets)));
        }
    }

    private void WriteAuthority(MenuRecord record)
    {
        using var certificate = CertificateValues.Load(record);
        var file = CertificateDesk.FileNameOf(record.Text(Name));
        var isNew = WriteIfOther(file + ".pem", Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n"));
        if (WriteIfOther(file + ".cer", certificate.RawData) || isNew)
            _log.AuthorityWritten(Path.Combine(_files.Folder, file + ".pem"), file + ".cer");
    }

    private bool WriteIfOther(string name, byte[] octets)
    {
        if (_files.Exists(name) && _files.Read(name).AsSpan().SequenceEqual(octets))
            return false;

        _files.Write(name, octets);
        return true;
    }

    // --- the first start ---------------------------------------------------------------------------------------------------------

    // Each step finds what an earlier start, broken off, has left.
    private async Task MakeFirstAsync(CancellationToken cancelled)
    {
        var choices = await _records.ChoicesAsync(cancelled).ConfigureAwait(false);
        var unchosen = choices.Where(c => c is { Value: null, Field: "certificate" }).ToList();
        if (unchosen.Count == 0)
            return;

        var server = choices.FirstOrDefault(c => c.Certificate is not null)?.Certificate ?? await FirstServerAsync(cancelled).ConfigureAwait(false);
        var name = (await _records.Certificates.FindAsync(server, cancelled).ConfigureAwait(false))?.Text(Name) ?? "";
        foreach (var choice in unchosen)
        {
            await choice.Records.UpdateAsync(choice.Record, new Dictionary<string, object?> { [choice.Field] = server }, cancelled).ConfigureAwait(false);
            _log.FirstCertificate(choice.Where, name);
        }
    }

    private async Task<RecordId> FirstServerAsync(CancellationToken cancelled)
    {
        var host = Host();
        var ca = await FindAutomaticAsync(isAuthority: true, cancelled).ConfigureAwait(false)
            ?? await MakeAsync(CaName, null, CaOf(host), cancelled).ConfigureAwait(false);
        return await FindAutomaticAsync(isAuthority: false, cancelled).ConfigureAwait(false)
            ?? await MakeAsync(ServerName, ca, ServerOf(host), cancelled).ConfigureAwait(false);
    }

    private async Task<RecordId?> FindAutomaticAsync(bool isAuthority, CancellationToken cancelled)
    {
        var automatic = new Dictionary<string, object> { [Automatic] = true, [Authority] = isAuthority };
        await foreach (var record in _records.Certificates.ListAsync(automatic, cancelled).ConfigureAwait(false))
            return record.Id;

        return null;
    }

    private async Task<RecordId> MakeAsync(string name, RecordId? ca, Dictionary<string, object> template, CancellationToken cancelled)
    {
        var free = name;
        for (var number = 1; await _records.FindByNameAsync(free, cancelled).ConfigureAwait(false) is not null; number++)
            free = $"{name}_{number}";

        var values = await _desk.IssueAsync(new MenuRecord(default, template), ca, "", cancelled).ConfigureAwait(false);
        (values[Name], values[Automatic]) = (free, true);
        return await _desk.KeepAsync(null, values, cancelled).ConfigureAwait(false);
    }

    private static Dictionary<string, object> CaOf(string host) => new()
    {
        [CommonName] = Cut($"UserManager CA of {host}"),
        [KeySize] = KeyOfBoth,
        [DaysValid] = CaDays,
        [KeyUsage] = (IReadOnlyList<string>)[KeyUse.CertSign, KeyUse.CrlSign],
    };

    private static Dictionary<string, object> ServerOf(string host) => new()
    {
        [CommonName] = Cut(host),
        [SubjectAltName] = SubjectAltNames.Check("DNS:" + host) is null ? "DNS:" + host : "",
        [KeySize] = KeyOfBoth,
        [DaysValid] = ServerDays,
        [KeyUsage] = (IReadOnlyList<string>)["digital-signature", KeyUse.TlsServer],
    };

    private static string Host() => Dns.GetHostName() is { Length: > 0 } name ? name : "usermanager";

    // A common name has at most 64 characters (RFC 5280, appendix A).
    private static string Cut(string text) => text.Length <= 64 ? text : text[..64];

    // --- renewal, warnings -------------------------------------------------------------------------------------------------------

    /// <summary>A new certificate with a new key, under the name and id of the old one, of the same authority: clients notice nothing.</summary>
    private async Task RenewAsync(CancellationToken cancelled)
    {
        var automatic = new Dictionary<string, object> { [Automatic] = true, [Authority] = false };
        await foreach (var record in _records.Certificates.ListAsync(automatic, cancelled).ConfigureAwait(false))
        {
            if (record[Ca] is not RecordId ca || !IsEnding(record) || record[RevokedAt] is not null)
                continue;

            var authority = await _records.Certificates.FindAsync(ca, cancelled).ConfigureAwait(false);
            if (authority is null || IsEnding(authority) || !authority.HasKey())
                continue;       // WarnAsync tells of it

            var values = await _desk.IssueAsync(record, ca, "", cancelled).ConfigureAwait(false);
            await _records.Certificates.UpdateAsync(record.Id, values.ToDictionary(v => v.Key, object? (v) => v.Value), cancelled).ConfigureAwait(false);
            _log.CertificateRenewed(record.Text(Name));
        }
    }

    private async Task WarnAsync(CancellationToken cancelled)
    {
        foreach (var choice in await _records.ChoicesAsync(cancelled).ConfigureAwait(false))
        {
            for (var id = choice.Certificate; id is not null;)
            {
                var record = await _records.Certificates.FindAsync(id.Value, cancelled).ConfigureAwait(false);
                if (record is not null && IsEnding(record))
                    Warn(record, choice.Where);

                id = record?[Ca] as RecordId?;
            }
        }
    }

    // Those of authorities here were renewed just before.
    private async Task WarnOfListsAsync(CancellationToken cancelled)
    {
        var now = _clock.GetUtcNow();
        await foreach (var list in _records.Lists.ListAsync(null, cancelled).ConfigureAwait(false))
        {
            if (list["next-update"] is not DateTimeOffset until || until - now >= ListWarning || list["cert"] is not RecordId ca)
                continue;

            var authority = await _records.Certificates.FindAsync(ca, cancelled).ConfigureAwait(false);
            if (authority?[InvalidAfter] is not DateTimeOffset end || end <= now)
                continue;       // its clients are refused for that

            if (until <= now)
                _log.ListEnded(authority.Text(Name), until);
            else
                _log.ListEnds(authority.Text(Name), until);
        }
    }

    private void Warn(MenuRecord record, string where)
    {
        var until = (DateTimeOffset)record[InvalidAfter]!;
        if (until <= _clock.GetUtcNow())
            _log.CertificateEnded(record.Text(Name), where, until);
        else
            _log.CertificateEnds(record.Text(Name), where, (int)(until - _clock.GetUtcNow()).TotalDays, until);
    }

    private bool IsEnding(MenuRecord record) => record[InvalidAfter] is DateTimeOffset until && until - _clock.GetUtcNow() < Warning;
}
