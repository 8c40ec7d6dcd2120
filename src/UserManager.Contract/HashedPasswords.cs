using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using UserManager.Radius;

namespace UserManager.Contract;

/// <summary>Known good passwords that are kept as hashes: the attributes, headers and forms of FreeRADIUS 3.2's pap.</summary>
/// <remarks>A digest may be octets, hexadecimal digits or base64: which, is told by its length.</remarks>
internal static class HashedPasswords
{
    // The longest there is: a value of the database, or an attribute put together.
    private const int MaxLength = 4096;

    private delegate void Hash(ReadOnlySpan<byte> source, Span<byte> digest);

    private sealed record Digest(int Size, Hash Hash, HashAlgorithmName Name = default);

    private static readonly Digest OfMd4 = new(Md4.Size, Md4.Hash);
    private static readonly Digest OfMd5 = new(16, (source, digest) => MD5.HashData(source, digest), HashAlgorithmName.MD5);
    private static readonly Digest OfSha1 = new(20, (source, digest) => SHA1.HashData(source, digest), HashAlgorithmName.SHA1);
    private static readonly Digest OfSha224 = new(Sha224.Size, Sha224.Hash);
    private static readonly Digest OfSha256 = new(32, (source, digest) => SHA256.HashData(source, digest), HashAlgorithmName.SHA256);
    private static readonly Digest OfSha384 = new(48, (source, digest) => SHA384.HashData(source, digest), HashAlgorithmName.SHA384);
    private static readonly Digest OfSha512 = new(64, (source, digest) => SHA512.HashData(source, digest), HashAlgorithmName.SHA512);
    private static readonly Digest OfSha3With256 = new(32, (source, digest) => SHA3_256.HashData(source, digest), HashAlgorithmName.SHA3_256);
    private static readonly Digest OfSha3With384 = new(48, (source, digest) => SHA3_384.HashData(source, digest), HashAlgorithmName.SHA3_384);
    private static readonly Digest OfSha3With512 = new(64, (source, digest) => SHA3_512.HashData(source, digest), HashAlgorithmName.SHA3_512);

    /// <summary>How the value of an attribute is checked.</summary>
    /// <param name="Digests">By their sizes, where the length says which.</param>
    private sealed record Scheme(AttributeKey Key, string Name, bool IsSalted, params Digest[] Digests)
    {
        public bool IsCrypt => Key == Internal.CryptPassword;

        public bool IsPbkdf2 => Digests.Length == 0 && !IsCrypt;

        /// <summary>Made to take long: it is not for a thread that others wait for.</summary>
        public bool IsSlow => Digests.Length == 0;
    }

    private static readonly Scheme[] Schemes =
    [
        new(Internal.NtPassword, "NT-Password", false, OfMd4),
        new(Internal.CryptPassword, "Crypt-Password", true),
        new(Internal.Md5Password, "MD5-Password", false, OfMd5),
        new(Internal.Smd5Password, "SMD5-Password", true, OfMd5),
        new(Internal.ShaPassword, "SHA-Password", false, OfSha1),
        new(Internal.SshaPassword, "SSHA-Password", true, OfSha1),
        new(Internal.Sha2Password, "SHA2-Password", false, OfSha224, OfSha256, OfSha384, OfSha512),
        new(Internal.Ssha2224Password, "SSHA2-224-Password", true, OfSha224),
        new(Internal.Ssha2256Password, "SSHA2-256-Password", true, OfSha256),
        new(Internal.Ssha2384Password, "SSHA2-384-Password", true, OfSha384),
        new(Internal.Ssha2512Password, "SSHA2-512-Password", true, OfSha512),
        new(Internal.Ssha3256Password, "SSHA3-256-Password", true, OfSha3With256),
        new(Internal.Ssha3384Password, "SSHA3-384-Password", true, OfSha3With384),
        new(Internal.Ssha3512Password, "SSHA3-512-Password", true, OfSha3With512),
        new(Internal.Pbkdf2Password, "PBKDF2-Password", true),
        new(Internal.Pbkdf2Sha1Password, "PBKDF2-SHA1-Password", true),
        new(Internal.Pbkdf2Sha256Password, "PBKDF2-SHA256-Password", true),
        new(Internal.Pbkdf2Sha512Password, "PBKDF2-SHA512-Password", true),
        new(Internal.Pbkdf2Sha256LegacyPassword, "PBKDF2-SHA256-LEGACY-Password", true),
    ];

    private static readonly Dictionary<string, AttributeKey> Headers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["{clear}"] = Internal.CleartextPassword,
        ["{cleartext}"] = Internal.CleartextPassword,
        ["{crypt}"] = Internal.CryptPassword,
        ["{md4}"] = Internal.NtPassword,
        ["{nt}"] = Internal.NtPassword,
        ["{nthash}"] = Internal.NtPassword,
        ["{x-nthash}"] = Internal.NtPassword,
        ["{X- orclntv}"] = Internal.NtPassword,
        ["{md5}"] = Internal.Md5Password,
        ["{base64_md5}"] = Internal.Md5Password,
        ["{smd5}"] = Internal.Smd5Password,
        ["{sha}"] = Internal.ShaPassword,
        ["{ssha}"] = Internal.SshaPassword,
        ["{sha2}"] = Internal.Sha2Password,
        ["{sha224}"] = Internal.Sha2Password,
        ["{sha256}"] = Internal.Sha2Password,
        ["{sha384}"] = Internal.Sha2Password,
        ["{sha512}"] = Internal.Sha2Password,
        ["{ssha224}"] = Internal.Ssha2224Password,
        ["{ssha256}"] = Internal.Ssha2256Password,
        ["{ssha384}"] = Internal.Ssha2384Password,
        ["{ssha512}"] = Internal.Ssha2512Password,
        ["{x-pbkdf2}"] = Internal.Pbkdf2Password,
        ["{pbkdf2}"] = Internal.Pbkdf2Sha1Password,                     // OpenLDAP's pw-pbkdf2
        ["{pbkdf2-sha1}"] = Internal.Pbkdf2Sha1Password,
        ["{pbkdf2-sha256}"] = Internal.Pbkdf2Sha256Password,
        ["{pbkdf2-sha512}"] = Internal.Pbkdf2Sha512Password,
        ["{pbkdf2_sha256}"] = Internal.Pbkdf2Sha256LegacyPassword,      // 389 Directory Server's
    };

    /// <summary>The first of a list: which attribute, and its value.</summary>
    /// <returns>False when there is none; the index is below 0 then.</returns>
    public static bool TryFind(AttributeList control, out int index, out bool isSlow)
    {
        (index, isSlow) = (-1, false);
        for (var i = 0; i < control.Count; i++)
        {
            if (SchemeOf(control[i].Key) is not { } scheme || (scheme.Key == Internal.NtPassword && !TryReadDigest(control.Value(i), Md4.Size, [])))
                continue;

            (index, isSlow) = (i, scheme.IsSlow);
            return true;
        }

        return false;
    }

    /// <summary>Compares a password with a known one, in constant time.</summary>
    /// <param name="key">An attribute that <see cref="TryFind"/> has found.</param>
    /// <param name="known">Its value.</param>
    /// <param name="password">As the user gave it.</param>
    /// <param name="problem">Why it could not be compared; null when it was. No secrets.</param>
    public static bool Check(AttributeKey key, ReadOnlySpan<byte> known, ReadOnlySpan<byte> password, out string? problem)
    {
        var scheme = SchemeOf(key)!;
        problem = null;
        try
        {
            return scheme.IsCrypt ? LibCrypt.Check(password, known)
                : scheme.IsPbkdf2 ? Pbkdf2Password.Read(key, known).Check(password)
                : CheckDigest(scheme, known, password);
        }
        catch (Exception fault) when (fault is FormatException or DllNotFoundException or EntryPointNotFoundException or PlatformNotSupportedException)
        {
            problem = $"{scheme.Name} cannot be checked: {fault.Message}";
            return false;
        }
    }

    /// <summary>Puts the password that a Password-With-Header of <c>control</c> holds in its place: NT-Password for <c>{nt}</c>. Without a header it
    /// is Cleartext-Password, and with one that is not known it stays.</summary>
    /// <returns>False when there was none.</returns>
    public static bool ReadHeaders(RequestContext context)
    {
        var control = context.Control;
        var read = false;
        Span<byte> decoded = stackalloc byte[MaxLength];
        for (var at = control.IndexOf(Internal.PasswordWithHeader); at >= 0; at = control.IndexOf(Internal.PasswordWithHeader, at))
        {
            scoped var value = control.Value(at);
            if (!value.StartsWith("{"u8) && value.Length <= MaxLength && TryDecodeBase64(value, decoded, out var length) && decoded[..length].StartsWith("{"u8))
                value = decoded[..length];

            var end = value.StartsWith("{"u8) ? value.IndexOf((byte)'}') + 1 : 0;
            var key = Internal.CleartextPassword;
            if (end > 0 && !Headers.TryGetValue(AttributeList.Text(value[..end]), out key))
            {
                context.Debug($"Password-With-Header has a header that is not known: {AttributeList.Text(value[..end])}");
                at++;
                continue;
            }

            var password = value[end..].ToArray();
            control.RemoveAt(at);
            if (key != Internal.CleartextPassword || !control.Has(key))
                control.Add(key, password);

            CryptographicOperations.ZeroMemory(password);
            read = true;
        }

        CryptographicOperations.ZeroMemory(decoded);
        return read;
    }

    /// <summary>Reads a digest of one size: octets, hexadecimal digits or base64.</summary>
    /// <param name="known">As it is kept.</param>
    /// <param name="size">Octets that it has.</param>
    /// <param name="to">Gets them; empty when only the answer matters.</param>
    public static bool TryReadDigest(ReadOnlySpan<byte> known, int size, Span<byte> to)
    {
        if (known.Length > MaxLength)
            return false;

        Span<byte> octets = stackalloc byte[MaxLength];
        var isDigest = Octets(known, size, octets) == size;
        if (isDigest && !to.IsEmpty)
            octets[..size].CopyTo(to);

        CryptographicOperations.ZeroMemory(octets[..Math.Min(MaxLength, Math.Max(size, known.Length))]);
        return isDigest;
    }

    private static bool CheckDigest(Scheme scheme, ReadOnlySpan<byte> known, ReadOnlySpan<byte> password)
    {
        Span<byte> octets = stackalloc byte[MaxLength];
        var length = Octets(known, scheme.Digests[0].Size, octets);
        var digest = Array.Find(scheme.Digests, d => d.Size == length) ?? scheme.Digests[0];
        if (scheme.IsSalted ? length < digest.Size : length != digest.Size)
            throw new FormatException($"it has {length} octets, not {string.Join(", ", scheme.Digests.Select(d => d.Size))}{(scheme.IsSalted ? " or more" : "")}");

        Span<byte> computed = stackalloc byte[digest.Size];
        Compute(scheme, digest, password, octets[digest.Size..length], computed);
        var isRight = CryptographicOperations.FixedTimeEquals(computed, octets[..digest.Size]);
        CryptographicOperations.ZeroMemory(octets[..length]);
        CryptographicOperations.ZeroMemory(computed);
        return isRight;
    }

    // A salt stands behind the digest, and is hashed behind the password.
    private static void Compute(Scheme scheme, Digest digest, ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, Span<byte> computed)
    {
        if (scheme.Key == Internal.NtPassword)
        {
            MsChap.NtHash(password, computed);
            return;
        }

        var rented = ArrayPool<byte>.Shared.Rent(password.Length + salt.Length);
        var salted = rented.AsSpan(0, password.Length + salt.Length);
        password.CopyTo(salted);
        salt.CopyTo(salted[password.Length..]);
        digest.Hash(salted, computed);
        CryptographicOperations.ZeroMemory(salted);
        ArrayPool<byte>.Shared.Return(rented);
    }

    // As FreeRADIUS: hexadecimal when that gives octets enough, then base64, else as it stands.
    private static int Octets(ReadOnlySpan<byte> known, int least, Span<byte> to)
    {
        if (known.Length > to.Length)
            throw new FormatException($"it has {known.Length} octets");

        if (known.Length % 2 == 0 && known.Length >= 2 * least && Convert.FromHexString(known, to, out _, out var length) == OperationStatus.Done)
            return length;

        if (known.Length * 3 >= least * 4 && TryDecodeBase64(known, to, out length) && length >= least)
            return length;

        known.CopyTo(to);
        return known.Length;
    }

    /// <summary>Base64, with or without its padding; <c>.</c> for <c>+</c> as passlib writes it.</summary>
    internal static bool TryDecodeBase64(ReadOnlySpan<byte> text, Span<byte> to, out int length)
    {
        length = 0;
        text = text.TrimEnd((byte)'=');
        var padded = ArrayPool<byte>.Shared.Rent(text.Length + 4);
        text.CopyTo(padded);
        padded.AsSpan(0, text.Length).Replace((byte)'.', (byte)'+');
        padded.AsSpan(text.Length, 3).Fill((byte)'=');
        var isBase64 = text.Length % 4 != 1
            && Base64.DecodeFromUtf8(padded.AsSpan(0, (text.Length + 3) / 4 * 4), to, out _, out length) == OperationStatus.Done;
        CryptographicOperations.ZeroMemory(padded);
        ArrayPool<byte>.Shared.Return(padded);
        return isBase64;
    }

    private static Scheme? SchemeOf(AttributeKey key)
    {
        foreach (var scheme in Schemes)
        {
            if (scheme.Key == key)
                return scheme;
        }

        return null;
    }

    /// <summary>PBKDF2 (RFC 8018 §5.2) in the forms it is kept in.</summary>
    private sealed record Pbkdf2Password(HashAlgorithmName Algorithm, int Iterations, byte[] Salt, byte[] Hash)
    {
        // A value of the database must not be able to hold a core for minutes.
        private const int MaxIterations = 10_000_000;

        public static Pbkdf2Password Read(AttributeKey key, ReadOnlySpan<byte> known)
        {
            var text = Encoding.ASCII.GetString(known);
            if (key == Internal.Pbkdf2Sha256LegacyPassword)
                return ReadLegacy(Decode(text, "hash"));

            if (key == Internal.Pbkdf2Password)
                return ReadNamed(text);

            // 10000$salt$hash
            var digest = key == Internal.Pbkdf2Sha1Password ? OfSha1 : key == Internal.Pbkdf2Sha256Password ? OfSha256 : OfSha512;
            return text.Split('$') is [var iterations, var salt, var hash]
                ? Of(digest, Number(iterations), salt, hash)
                : throw new FormatException("it is not ITERATIONS$SALT$HASH");
        }

        public bool Check(ReadOnlySpan<byte> password)
        {
            if (Iterations is < 1 or > MaxIterations)
                throw new FormatException($"{Iterations} iterations are not 1 to {MaxIterations}");

            Span<byte> computed = stackalloc byte[Hash.Length];
            Rfc2898DeriveBytes.Pbkdf2(password, Salt, computed, Iterations, Algorithm);
            var isRight = CryptographicOperations.FixedTimeEquals(computed, Hash);
            CryptographicOperations.ZeroMemory(computed);
            return isRight;
        }

        // $pbkdf2-sha256$29000$salt$hash as passlib writes it; HMACSHA2+256:iterations:salt:hash, the iterations four octets in base64.
        private static Pbkdf2Password ReadNamed(string text)
        {
            const string Crypt = "$PBKDF2$";
            const string Passlib = "$pbkdf2-";
            if (text.StartsWith(Passlib, StringComparison.Ordinal))
            {
                return text[Passlib.Length..].Split('$') is [var name, var rounds, var salty, var hashed]
                    ? Of(Named(name), Number(rounds), salty, hashed)
                    : throw new FormatException("it is not $pbkdf2-DIGEST$ITERATIONS$SALT$HASH");
            }

            var plain = text.StartsWith(Crypt, StringComparison.OrdinalIgnoreCase) ? text[Crypt.Length..] : text;
            if (plain.Split(':') is not [var digest, var iterations, var salt, var hash])
                throw new FormatException("it is not DIGEST:ITERATIONS:SALT:HASH");

            return Decode(iterations, "number of iterations") is { Length: 4 } count
                ? Of(Named(digest), BinaryPrimitives.ReadInt32BigEndian(count), salt, hash)
                : throw new FormatException("its number of iterations is not four octets in base64");
        }

        // 4 octets of iterations, 64 of salt, 256 of hash.
        private static Pbkdf2Password ReadLegacy(byte[] octets) => octets.Length == 324
            ? new Pbkdf2Password(OfSha256.Name, BinaryPrimitives.ReadInt32BigEndian(octets), octets[4..68], octets[68..])
            : throw new FormatException($"it has {octets.Length} octets, not 324");

        // A hash that is cut short would be easy to hit, and an empty one is hit by every password.
        private static Pbkdf2Password Of(Digest digest, int iterations, string salt, string hash) => Decode(hash, "hash") is var octets && octets.Length == digest.Size
            ? new Pbkdf2Password(digest.Name, iterations, Decode(salt, "salt"), octets)
            : throw new FormatException($"its hash has {octets.Length} octets, not {digest.Size}");

        private static Digest Named(string digest) => digest.ToUpperInvariant() switch
        {
            "HMACSHA1" or "SHA1" => OfSha1,
            "HMACSHA2+256" or "SHA256" => OfSha256,
            "HMACSHA2+384" => OfSha384,
            "HMACSHA2+512" or "SHA512" => OfSha512,
            "HMACSHA3+256" => OfSha3With256,
            "HMACSHA3+384" => OfSha3With384,
            "HMACSHA3+512" => OfSha3With512,
            _ => throw new FormatException("its digest is not known"),
        };

        private static int Number(string text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException("its number of iterations is none");

        private static byte[] Decode(string text, string what)
        {
            Span<byte> octets = stackalloc byte[MaxLength];
            return text.Length < MaxLength && TryDecodeBase64(Encoding.ASCII.GetBytes(text), octets, out var length)
                ? octets[..length].ToArray()
                : throw new FormatException($"its {what} is no base64");
        }
    }
}
