using System.Security.Cryptography;
using static UserManager.Eap.Tls.LibSsl;

namespace UserManager.Eap.Tls;

/// <summary>The client certificates that a server has found good, with the chains that came with them, and how long that holds. Safe for many threads.</summary>
/// <remarks>A server's authorities and revocation lists never change, so a chain that was good stays good until a certificate of it ends or a list begins or ends.
/// Whoever is not in here is verified; what was refused is never kept.</remarks>
internal sealed unsafe class VerifiedChains
{
    // 150 octets each. A client keeps its certificate for months: who is forgotten here is verified once more.
    private const int Capacity = 20_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long From, long Until)> _good = [];
    private readonly List<long> _listTimes = [];

    /// <summary>A revocation list of the server's, before its first client.</summary>
    public void Add(nint crl)
    {
        _listTimes.Add(Seconds(X509_CRL_get0_lastUpdate(crl)));
        if (X509_CRL_get0_nextUpdate(crl) is not 0 and var next)
            _listTimes.Add(Seconds(next));
    }

    /// <param name="certificate">The client's, in DER.</param>
    /// <param name="chain">What came with it, without it.</param>
    public static string Key(byte[] certificate, IEnumerable<byte[]> chain)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(certificate);
        foreach (var der in chain)
            hash.AppendData(der);

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <param name="now">Seconds since 1970.</param>
    public bool Knows(string key, long now)
    {
        lock (_lock)
            return _good.TryGetValue(key, out var good) && good.From <= now && now < good.Until;
    }

    /// <param name="verification">The X509_STORE_CTX that has found it good.</param>
    public void Keep(string key, long now, nint verification)
    {
        var until = _listTimes.Where(t => t > now).DefaultIfEmpty(long.MaxValue).Min();
        var chain = X509_STORE_CTX_get0_chain(verification);
        for (var i = 0; i < OPENSSL_sk_num(chain); i++)
            until = Math.Min(until, Seconds(X509_get0_notAfter(OPENSSL_sk_value(chain, i))));

        lock (_lock)
        {
            if (_good.Count >= Capacity)
                _good.Clear();

            _good[key] = (now, until);
        }
    }

    // struct tm (time.h): seconds, minutes, hours, day, month from 0, year from 1900.
    private static long Seconds(nint time)
    {
        var parts = stackalloc int[32];
        return ASN1_TIME_to_tm(time, parts) == 1
            ? new DateTimeOffset(parts[5] + 1900, parts[4] + 1, parts[3], parts[2], parts[1], Math.Min(parts[0], 59), TimeSpan.Zero).ToUnixTimeSeconds()
            : 0;
    }
}
