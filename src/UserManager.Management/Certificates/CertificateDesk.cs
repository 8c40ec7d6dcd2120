using System.Text;
using System.Security.Cryptography.X509Certificates;
using UserManager.Contract;
using static UserManager.Management.CertificateFields;

namespace UserManager.Management;

/// <summary>What the commands of <c>/certificate</c> do.</summary>
internal sealed class CertificateDesk(CertificateRecords records, DataFiles files, TimeProvider clock)
{
    private static readonly TimeSpan ListValidity = TimeSpan.FromDays(30);

    private readonly CertificateMaker _maker = new(clock);

    // --- sign --------------------------------------------------------------------------------------------------------------------

    public async ValueTask<CommandResult> SignAsync(CommandCall call, CancellationToken cancelled)
    {
        if (call.Records.Count != 1 && call.Arguments.ContainsKey(Name))
            throw new MenuException("failure: one name for several certificates");

        foreach (var template in call.Records)
        {
            if (!template.IsTemplate())
                throw new MenuException($"failure: {template.Text(Name)} is signed already");
        }

        foreach (var template in call.Records)
        {
            var name = call.Arguments.GetValueOrDefault(Name) as string ?? template.Text(Name);
            await RefuseTakenAsync(name, template.Id, cancelled).ConfigureAwait(false);
            var ca = call.Arguments.GetValueOrDefault(Ca) as RecordId?;
            var crlHost = call.Arguments.GetValueOrDefault(CaCrlHost) as string ?? "";
            var values = await IssueAsync(template, ca, crlHost, cancelled).ConfigureAwait(false);
            values[Name] = name;
            await KeepAsync(template.Id, values, cancelled).ConfigureAwait(false);
        }

        return Done;
    }

    /// <summary>A new key and a certificate for it, as a template or an older certificate says.</summary>
    /// <param name="ca">Null when it signs itself.</param>
    /// <param name="crlHost">Where clients get the list of what it revokes; empty for nowhere.</param>
    /// <returns>The values of its record, without a name.</returns>
    public async ValueTask<Dictionary<string, object>> IssueAsync(MenuRecord template, RecordId? ca, string crlHost, CancellationToken cancelled)
    {
        using var key = KeyPair.Make(template.Text(KeySize) is { Length: > 0 } size ? size : "2048");
        var authority = ca is { } id ? await AuthorityAsync(id, cancelled).ConfigureAwait(false) : null;
        var plan = CertificatePlan.Of(template, key.PublicKey) with
        {
            CrlUrl = authority is null ? CrlUrl(crlHost, key.PublicKey) : authority.CrlUrl,
        };
        using var certificate = _maker.Make(plan, authority?.Signer ?? new CertificateSigner(null, key));
        var values = CertificateValues.Of(certificate);
        values[KeyOctets] = key.Save();
        values[Trusted] = template[Trusted] ?? (authority is null);
        if (authority is not null)
            values[Ca] = authority.Record.Id;

        if (crlHost.Length > 0)
            (values[CaCrlHost], values[Crl]) = (crlHost, true);

        return values;
    }

    /// <summary>Stores a certificate, with the first list of an authority.</summary>
    /// <param name="template">What it was made of, which goes; null for nothing.</param>
    public async ValueTask<RecordId> KeepAsync(RecordId? template, Dictionary<string, object> values, CancellationToken cancelled)
    {
        var added = template is { } id
            ? await records.Certificates.ReplaceAsync(id, values, cancelled).ConfigureAwait(false) ?? throw MenuRefusal.NoSuchItem()
            : await records.Certificates.AddAsync(values, cancelled).ConfigureAwait(false);
        if (MaySignLists(values))
            await RenewListAsync(added, cancelled).ConfigureAwait(false);

        return added;
    }

    public async ValueTask<CommandResult> SignRequestAsync(CommandCall call, CancellationToken cancelled)
    {
        var file = (string)call.Arguments["file-name"];
        var asked = CertificatePlan.OfRequest(files.Read(file))
            ?? throw new MenuException($"failure: {file}: there is no certificate request in it, or its signature is wrong");
        var authority = await AuthorityAsync((RecordId)call.Arguments[Ca], cancelled).ConfigureAwait(false);
        var plan = asked with
        {
            Uses = (IReadOnlyList<string>)call.Arguments[KeyUsage],
            Days = (long)call.Arguments[DaysValid],
            CrlUrl = authority.CrlUrl,
        };
        using var certificate = _maker.Make(plan, authority.Signer);
        var values = CertificateValues.Of(certificate);
        var name = call.Arguments.GetValueOrDefault(Name) as string ?? values.GetValueOrDefault(CommonName) as string ?? Path.GetFileName(file);
        await RefuseTakenAsync(name, null, cancelled).ConfigureAwait(false);
        values[Name] = name;
        values[Ca] = authority.Record.Id;
        await records.Certificates.AddAsync(values, cancelled).ConfigureAwait(false);
        return Done;
    }

    public async ValueTask<CommandResult> RequestAsync(CommandCall call, CancellationToken cancelled)
    {
        var template = await records.Certificates.FindAsync((RecordId)call.Arguments["template"], cancelled).ConfigureAwait(false);
        if (template?.IsTemplate() is not true)
            throw new MenuException("failure: a template is needed");

        using var key = KeyPair.Make(template.Text(KeySize));
        var request = CertificateMaker.MakeRequest(CertificatePlan.Of(template, key.PublicKey), key, (string)call.Arguments["challenge-password"]);
        WriteText("certificate-request.pem", request);
        WriteText("certificate-request_key.pem", key.ToPem((string)call.Arguments["key-passphrase"]));
        await records.Certificates.RemoveAsync(template.Id, cancelled).ConfigureAwait(false);
        return Done;
    }

    // --- import, export ----------------------------------------------------------------------------------------------------------

    public async ValueTask<CommandResult> ImportAsync(CommandCall call, CancellationToken cancelled)
    {
        var name = (string)call.Arguments["file-name"];
        using var file = CertificateFile.Read(files.Read(name), (string)call.Arguments["passphrase"]);
        if (file.IsEmpty)
            throw new MenuException($"failure: {name}: there is no certificate, no key that can be used (RSA, EC) and no list in it");

        var import = new CertificateImport(records)
        {
            Name = call.Arguments.GetValueOrDefault(Name) as string,
            FileName = Path.GetFileName(name),
            Trusted = (bool)call.Arguments[Trusted],
        };
        return new CommandResult([await import.RunAsync(file, cancelled).ConfigureAwait(false)]);
    }

    public async ValueTask<CommandResult> ExportAsync(CommandCall call, CancellationToken cancelled)
    {
        var type = (string)call.Arguments["type"];
        var passphrase = (string)call.Arguments["export-passphrase"];
        if (call.Records.Count != 1 && call.Arguments.ContainsKey("file-name"))
            throw new MenuException("failure: one file-name for several certificates");

        foreach (var record in call.Records)
        {
            if (record.IsTemplate())
                throw new MenuException($"failure: {record.Text(Name)} is a template: sign it first");

            if (passphrase.Length > 0 && !record.HasKey() && call.Records.Count == 1)
                throw new MenuException($"failure: {record.Text(Name)} has no private key here, so there is nothing for export-passphrase to encrypt");

            var file = call.Arguments.GetValueOrDefault("file-name") as string ?? "cert_export_" + FileNameOf(record.Text(Name));
            await ExportAsync(record, type, file, passphrase, cancelled).ConfigureAwait(false);
        }

        return CommandResult.Nothing;
    }

    private async ValueTask ExportAsync(MenuRecord record, string type, string file, string passphrase, CancellationToken cancelled)
    {
        using var certificate = CertificateValues.Load(record);
        using var key = passphrase.Length > 0 && record.HasKey() ? KeyPair.Load(record.Text(KeyOctets)) : null;
        if (type == "pkcs12")
        {
            var chain = await ChainAsync(record, cancelled).ConfigureAwait(false);
            files.Write(file + ".p12", Pkcs12File.Write(certificate, key, chain, passphrase));
            return;
        }

        if (type == "der")
            files.Write(file + ".der", certificate.RawDataMemory.Span);
        else
            WriteText(file + ".crt", certificate.ExportCertificatePem());

        if (key is not null)
            WriteText(file + ".key", key.ToPem(passphrase));
    }

    private async ValueTask<List<X509Certificate2>> ChainAsync(MenuRecord record, CancellationToken cancelled)
    {
        var chain = new List<X509Certificate2>();
        while (record[Ca] is RecordId ca && await records.Certificates.FindAsync(ca, cancelled).ConfigureAwait(false) is { } above)
        {
            chain.Add(CertificateValues.Load(above));
            record = above;
        }

        return chain;
    }

    // --- revoke, lists -----------------------------------------------------------------------------------------------------------

    public async ValueTask<CommandResult> RevokeAsync(CommandCall call, CancellationToken cancelled)
    {
        var authorities = new HashSet<RecordId>();
        foreach (var record in call.Records)
        {
            if (record[Ca] is not RecordId ca)
                throw new MenuException($"failure: {record.Text(Name)} was not issued by an authority that is here");

            if (record[RevokedAt] is not null)
                throw new MenuException($"failure: {record.Text(Name)} is revoked already");

            var authority = await records.Certificates.FindAsync(ca, cancelled).ConfigureAwait(false);
            if (authority is null || !authority.HasKey() || !MaySignLists(authority.Values))
                throw new MenuException($"failure: the authority of {record.Text(Name)} cannot sign a list: its key is not here, or its key-usage has no crl-sign");

            authorities.Add(ca);
        }

        var now = new Dictionary<string, object?> { [RevokedAt] = Now() };
        foreach (var record in call.Records)
            await records.Certificates.UpdateAsync(record.Id, now, cancelled).ConfigureAwait(false);

        foreach (var ca in authorities)
        {
            await RenewListAsync(ca, cancelled).ConfigureAwait(false);
            await records.Certificates.UpdateAsync(ca, new Dictionary<string, object?> { [Crl] = true }, cancelled).ConfigureAwait(false);
        }

        return CommandResult.Nothing;
    }

    /// <summary>Makes the list of an authority anew. Two nodes may do so at once: whoever is last has read what the other revoked.</summary>
    public async ValueTask RenewListAsync(RecordId ca, CancellationToken cancelled)
    {
        var authority = await AuthorityAsync(ca, cancelled).ConfigureAwait(false);
        List<Revoked>? named = null;
        for (var revoked = await RevokedAsync(ca, cancelled).ConfigureAwait(false);
             revoked.Count != named?.Count;
             revoked = await RevokedAsync(ca, cancelled).ConfigureAwait(false))
        {
            named = revoked;
            var kept = await records.ListOfAsync(ca, cancelled).ConfigureAwait(false);
            var before = kept is null ? null : RevocationList.Read(Convert.FromBase64String(kept.Text(ListOctets)));
            var octets = RevocationList.Build(authority.Signer, before, named, Now(), ListValidity);
            await records.KeepListAsync(ca, RevocationList.Read(octets)!, cancelled).ConfigureAwait(false);
        }
    }

    /// <summary>Makes anew the lists that are past half their time, of the authorities whose keys are here and that have one.</summary>
    public async ValueTask RenewListsAsync(CancellationToken cancelled)
    {
        await foreach (var list in records.Lists.ListAsync(null, cancelled).ConfigureAwait(false))
        {
            if (list["cert"] is RecordId ca
                && list["next-update"] is DateTimeOffset next && next - Now() < ListValidity / 2
                && await records.Certificates.FindAsync(ca, cancelled).ConfigureAwait(false) is { } authority
                && authority.HasKey() && MaySignLists(authority.Values) && authority[InvalidAfter] is DateTimeOffset until && until > Now())
            {
                await RenewListAsync(ca, cancelled).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<List<Revoked>> RevokedAsync(RecordId ca, CancellationToken cancelled)
    {
        var revoked = new List<Revoked>();
        var ofAuthority = new Dictionary<string, object> { [Ca] = ca };
        await foreach (var record in records.Certificates.ListAsync(ofAuthority, cancelled).ConfigureAwait(false))
        {
            if (record[RevokedAt] is DateTimeOffset at)
                revoked.Add(new Revoked(Convert.FromHexString(record.Text(SerialNumber)), at));
        }

        return revoked;
    }

    // --- remove ------------------------------------------------------------------------------------------------------------------

    /// <summary>Before an authority goes, all that it issued goes (and what those issued); nothing does when one of them is in use.</summary>
    public async ValueTask RemoveIssuedAsync(MenuRecord record, CancellationToken cancelled)
    {
        var all = new List<MenuRecord> { record };
        for (var i = 0; i < all.Count; i++)
        {
            await records.RefuseUsedAsync(all[i], record, cancelled).ConfigureAwait(false);
            await foreach (var issued in records.Certificates.ListAsync(new Dictionary<string, object> { [Ca] = all[i].Id }, cancelled).ConfigureAwait(false))
                all.Add(issued);
        }

        foreach (var issued in all.Skip(1).Reverse())
            await records.RemoveAsync(issued.Id, cancelled).ConfigureAwait(false);

        await records.RemoveListOfAsync(record.Id, cancelled).ConfigureAwait(false);
    }

    // --- shared ------------------------------------------------------------------------------------------------------------------

    private async ValueTask<Authority> AuthorityAsync(RecordId id, CancellationToken cancelled)
    {
        var record = await records.Certificates.FindAsync(id, cancelled).ConfigureAwait(false) ?? throw MenuRefusal.NoSuchItem();
        var name = record.Text(Name);
        if (record[CertificateFields.Authority] is not true)
            throw new MenuException($"failure: {name} is no authority: it is not signed, or its key-usage has no key-cert-sign");

        if (!record.HasKey())
            throw new MenuException($"failure: the private key of {name} is not here");

        if (record[RevokedAt] is not null || record[InvalidAfter] is not DateTimeOffset until || until <= Now())
            throw new MenuException($"failure: {name} is revoked, or its time is over");

        return new Authority(record, new CertificateSigner(CertificateValues.Load(record), KeyPair.Load(record.Text(KeyOctets))));
    }

    private async ValueTask RefuseTakenAsync(string name, RecordId? own, CancellationToken cancelled)
    {
        if (await records.FindByNameAsync(name, cancelled).ConfigureAwait(false) is { } other && other.Id != own)
            throw new MenuException("failure: already have certificate with such name");
    }

    private void WriteText(string file, string text) => files.Write(file, Encoding.UTF8.GetBytes(text.TrimEnd('\n') + "\n"));

    private static bool MaySignLists(IReadOnlyDictionary<string, object> values) =>
        values.GetValueOrDefault(CertificateFields.Authority) is true
        && values.GetValueOrDefault(KeyUsage) is IEnumerable<string> uses && uses.Contains(KeyUse.CrlSign);

    // By the key's id: known before the certificate is made, and the name of the file that holds the list.
    private static Uri? CrlUrl(string host, PublicKey key) =>
        CrlUrl(host, Convert.ToHexStringLower(new X509SubjectKeyIdentifierExtension(key, critical: false).SubjectKeyIdentifierBytes.Span));

    private static Uri? CrlUrl(string host, string skid) =>
        host.Length == 0 || skid.Length == 0 ? null : new UriBuilder("http", host) { Path = $"/crl/{skid}.crl" }.Uri;

    // A name may hold what a file's may not.
    public static string FileNameOf(string name) => string.Concat(name.Select(c => c is '/' or '\\' || char.IsControl(c) ? '_' : c));

    // Certificates count seconds.
    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());

    private static CommandResult Done { get; } = new([new Dictionary<string, object> { ["progress"] = "done" }]);

    private sealed record Authority(MenuRecord Record, CertificateSigner Signer)
    {
        /// <summary>Of what it signs. Null where its certificate names no host.</summary>
        public Uri? CrlUrl { get; } = CertificateDesk.CrlUrl(Record.Text(CaCrlHost), Record.Text(Skid));
    }
}
