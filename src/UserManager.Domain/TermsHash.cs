namespace UserManager.Domain;

/// <summary>A hash that is the same in every process, for comparing terms that were granted with those of now (FNV-1a over 64 bits).</summary>
internal readonly struct TermsHash
{
    private const ulong Prime = 1099511628211;

    private readonly ulong _value;

    public TermsHash() => _value = 14695981039346656037;

    private TermsHash(ulong value) => _value = value;

    public long Value => (long)_value;

    public TermsHash Add(long number)
    {
        var value = (_value ^ (uint)number) * Prime;
        return new TermsHash((value ^ ((ulong)number >> 32)) * Prime);
    }

    public TermsHash Add(string text)
    {
        var value = _value;
        foreach (var letter in text)
            value = (value ^ letter) * Prime;

        return new TermsHash((value ^ 0xFFFF_FFFF) * Prime);
    }

    public TermsHash Add(IReadOnlyList<NamedValue> attributes)
    {
        var hash = this;
        for (var i = 0; i < attributes.Count; i++)
            hash = hash.Add(attributes[i].Name).Add(attributes[i].Value);

        return hash;
    }

    public TermsHash Add(Limitation limitation, DateTimeOffset periodStart) => this
        .Add(limitation.Id).Add(periodStart.UtcTicks)
        .Add(limitation.DownloadLimit).Add(limitation.UploadLimit).Add(limitation.TransferLimit).Add(limitation.UptimeLimit.Ticks)
        .Add(limitation.RateLimit.Rx).Add(limitation.RateLimit.Tx).Add(limitation.RateLimit.Priority);

    private TermsHash Add(Rate rate) =>
        Add(rate.Limit).Add(rate.Burst).Add(rate.BurstThreshold).Add(rate.BurstTime.Ticks).Add(rate.Minimum);
}
