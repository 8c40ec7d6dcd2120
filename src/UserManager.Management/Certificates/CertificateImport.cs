using System.Security.Cryptography.X509Certificates;
using UserManager.Contract;
using static UserManager.Management.CertificateFields;

namespace UserManager.Management;

/// <summary>One file on its way into <c>/certificate</c>.</summary>
internal sealed class CertificateImport(CertificateRecords records)
{
    /// <summary>Null for the file's, with a number.</summary>
    public string? Name { get; init; }

    public required string FileName { get; init; }

    public bool Trusted { get; init; }

    private long _certificates;
    private long _keys;
    private long _lists;
    private long _keysAlone;

    /// <returns>The row that RouterOS answers with.</returns>
    public async ValueTask<IReadOnlyDictionary<string, object>> RunAsync(CertificateFile file, CancellationToken cancelled)
    {
        foreach (var certificate in file.Certificates)
            await TakeAsync(certificate, file.Keys, cancelled).ConfigureAwait(false);

        foreach (var key in file.Keys.Where(k => !file.Certificates.Exists(k.IsOf)))
            await TakeAsync(key, cancelled).ConfigureAwait(false);

        foreach (var list in file.Lists)
            await TakeAsync(list, cancelled).ConfigureAwait(false);

        var row = new Dictionary<string, object>
        {
            ["certificates-imported"] = _certificates,
            ["private-keys-imported"] = _keys,
            ["files-imported"] = _certificates + _keys + _lists > 0 ? 1L : 0L,
            ["decryption-failures"] = (long)file.DecryptionFailures,
            ["keys-with-no-certificate"] = _keysAlone,
        };
        if (file.Lists.Count > 0)
            row["crls-imported"] = _lists;

        return row;
    }

    private async ValueTask TakeAsync(X509Certificate2 certificate, List<KeyPair> keys, CancellationToken cancelled)
    {
        var key = keys.Find(k => k.IsOf(certificate));
        var values = CertificateValues.Of(certificate);
        if (await records.FindByFingerprintAsync((string)values[Fingerprint], cancelled).ConfigureAwait(false) is { } known)
        {
            await GiveKeyAsync(known, key, cancelled).ConfigureAwait(false);
            return;
        }

        values[CertificateFields.Name] = await FreeNameAsync(cancelled).ConfigureAwait(false);
        values[CertificateFields.Trusted] = Trusted;
        if (key is not null)
            values[KeyOctets] = key.Save();

        await records.Certificates.AddAsync(values, cancelled).ConfigureAwait(false);
        _certificates++;
        _keys += key is null ? 0 : 1;
    }

    // The usual two steps: first server.crt, then server.key.
    private async ValueTask TakeAsync(KeyPair key, CancellationToken cancelled)
    {
        var found = false;
        await foreach (var record in records.Certificates.ListAsync(null, cancelled).ConfigureAwait(false))
        {
            if (record.IsTemplate())
                continue;

            using var certificate = CertificateValues.Load(record);
            if (!key.IsOf(certificate))
                continue;

            found = true;
            await GiveKeyAsync(record, key, cancelled).ConfigureAwait(false);
        }

        _keysAlone += found ? 0 : 1;
    }

    private async ValueTask GiveKeyAsync(MenuRecord record, KeyPair? key, CancellationToken cancelled)
    {
        if (key is null || record.HasKey())
            return;

        await records.Certificates.UpdateAsync(record.Id, new Dictionary<string, object?> { [KeyOctets] = key.Save() }, cancelled).ConfigureAwait(false);
        _keys++;
    }

    private async ValueTask TakeAsync(RevocationList list, CancellationToken cancelled)
    {
        var ofAuthority = new Dictionary<string, object> { [Authority] = true };
        await foreach (var record in records.Certificates.ListAsync(ofAuthority, cancelled).ConfigureAwait(false))
        {
            using var authority = CertificateValues.Load(record);
            if (!list.IsIssuedBy(authority))
                continue;

            var kept = await records.ListOfAsync(record.Id, cancelled).ConfigureAwait(false);
            if (kept?["last-update"] is DateTimeOffset last && last > list.LastUpdate)
                throw new MenuException($"failure: {FileName}: the list is older than the one that is here");

            await records.KeepListAsync(record.Id, list, cancelled).ConfigureAwait(false);
            await records.Certificates.UpdateAsync(record.Id, new Dictionary<string, object?> { [Crl] = true }, cancelled).ConfigureAwait(false);
            _lists++;
            return;
        }

        throw new MenuException($"failure: {FileName}: the list was not signed by an authority that is here: import the authority's certificate first");
    }

    private async ValueTask<string> FreeNameAsync(CancellationToken cancelled)
    {
        if (Name is not null && await records.FindByNameAsync(Name, cancelled).ConfigureAwait(false) is null)
            return Name;

        for (var number = Name is null ? 0 : 1; ; number++)
        {
            var name = $"{Name ?? FileName}_{number}";
            if (await records.FindByNameAsync(name, cancelled).ConfigureAwait(false) is null)
                return name;
        }
    }
}
