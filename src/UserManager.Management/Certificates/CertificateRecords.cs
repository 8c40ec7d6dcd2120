using UserManager.Contract;
using static UserManager.Management.CertificateFields;

namespace UserManager.Management;

/// <summary>The records that certificates are kept in, and what the commands ask of them.</summary>
internal sealed record CertificateRecords
{
    public required IMenuRecords Certificates { get; init; }

    public required IMenuRecords Lists { get; init; }

    /// <summary><c>/user-manager</c>: it says which certificates are the server's.</summary>
    public required IMenuRecords Settings { get; init; }

    /// <summary><c>/ip/service</c>: it says which certificate HTTPS shows.</summary>
    public required IMenuRecords Services { get; init; }

    public static CertificateRecords Of(Func<string, IMenuRecords> recordsOf) => new()
    {
        Certificates = recordsOf(UserManagerMenus.Certificate),
        Lists = recordsOf(UserManagerMenus.CertificateList),
        Settings = recordsOf(UserManagerMenus.Settings),
        Services = recordsOf(AdministrationMenus.Service),
    };

    /// <summary>What this server shows: the record that chooses it, where that is, and the certificate, where one is chosen.</summary>
    public async ValueTask<IReadOnlyList<CertificateChoice>> ChoicesAsync(CancellationToken cancelled)
    {
        var settings = await Settings.FindAsync(default, cancelled).ConfigureAwait(false);
        var choices = new List<CertificateChoice>();
        foreach (var field in (string[])["certificate", "radsec-certificate"])
            choices.Add(new CertificateChoice(Settings, default, field, $"/user-manager {field}", settings?[field]));

        if (await FirstAsync(Services, Name, ServiceMenu.Tls, cancelled).ConfigureAwait(false) is { } tls)
            choices.Add(new CertificateChoice(Services, tls.Id, "certificate", "/ip/service www-ssl certificate", tls["certificate"]));

        return choices;
    }

    public ValueTask<MenuRecord?> FindByNameAsync(string name, CancellationToken cancelled) => FirstAsync(Certificates, Name, name, cancelled);

    public ValueTask<MenuRecord?> FindByFingerprintAsync(string fingerprint, CancellationToken cancelled) =>
        FirstAsync(Certificates, Fingerprint, fingerprint, cancelled);

    public ValueTask<MenuRecord?> ListOfAsync(RecordId authority, CancellationToken cancelled) => FirstAsync(Lists, "cert", authority, cancelled);

    /// <summary>Keeps a list in the place of the one that the authority has.</summary>
    public async ValueTask KeepListAsync(RecordId authority, RevocationList list, CancellationToken cancelled)
    {
        var values = new Dictionary<string, object?>
        {
            ["cert"] = authority,
            ["num"] = list.Number.ToString(),
            ["revoked"] = (long)list.Count,
            ["last-update"] = list.LastUpdate,
            ["next-update"] = list.NextUpdate,
            ["fingerprint"] = CertificateValues.Fingerprint(list.Octets),
            [ListOctets] = Convert.ToBase64String(list.Octets),
        };
        if (await ListOfAsync(authority, cancelled).ConfigureAwait(false) is { } kept)
            await Lists.UpdateAsync(kept.Id, values, cancelled).ConfigureAwait(false);
        else
            await Lists.AddAsync(values.Where(v => v.Value is not null).ToDictionary(v => v.Key, v => v.Value!), cancelled).ConfigureAwait(false);
    }

    public async ValueTask RemoveListOfAsync(RecordId authority, CancellationToken cancelled)
    {
        if (await ListOfAsync(authority, cancelled).ConfigureAwait(false) is { } list)
            await Lists.RemoveAsync(list.Id, cancelled).ConfigureAwait(false);
    }

    public async ValueTask RemoveAsync(RecordId certificate, CancellationToken cancelled)
    {
        await RemoveListOfAsync(certificate, cancelled).ConfigureAwait(false);
        await Certificates.RemoveAsync(certificate, cancelled).ConfigureAwait(false);
    }

    /// <summary>Refuses to remove <paramref name="asked"/> because of <paramref name="record"/>, itself or one that goes with it.</summary>
    public async ValueTask RefuseUsedAsync(MenuRecord record, MenuRecord asked, CancellationToken cancelled)
    {
        foreach (var choice in await ChoicesAsync(cancelled).ConfigureAwait(false))
        {
            if (choice.Certificate == record.Id)
            {
                throw new MenuException(record.Id == asked.Id
                    ? $"failure: can not remove, certificate is used by {choice.Where}"
                    : $"failure: can not remove, {record.Text(Name)}, which it issued, is used by {choice.Where}");
            }
        }
    }

    // A database may compare texts without case.
    private static async ValueTask<MenuRecord?> FirstAsync(IMenuRecords records, string field, object value, CancellationToken cancelled)
    {
        await foreach (var record in records.ListAsync(new Dictionary<string, object> { [field] = value }, cancelled).ConfigureAwait(false))
        {
            if (ValueFormat.AreEqual(record[field], value))
                return record;
        }

        return null;
    }
}

/// <summary>A setting that says which certificate is shown.</summary>
/// <param name="Where">For messages: <c>/user-manager certificate</c>.</param>
/// <param name="Value">A certificate's id; <c>none</c>; null when it was never chosen.</param>
internal sealed record CertificateChoice(IMenuRecords Records, RecordId Record, string Field, string Where, object? Value)
{
    public RecordId? Certificate => Value as RecordId?;
}
