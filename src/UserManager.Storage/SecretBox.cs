using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace UserManager.Storage;

/// <summary>Seals secrets before they go into the database: AES-256-GCM under the 32 octets of <c>config/secret.key</c>.</summary>
/// <remarks>
/// A sealed text is <c>$gcm$</c> and base64 of nonce (12 octets, random), tag (16) and ciphertext. What it is for (<c>certificate.key_octets</c>) is
/// authenticated with it, so that it cannot be moved into another column. A copy of the database alone tells nothing.
/// </remarks>
internal sealed class SecretBox : IDisposable
{
    private const string Prefix = "$gcm$";
    private const int KeySize = 32;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const string CheckPurpose = "secret_check.sealed";
    private const string CheckText = "UserManager";

    // One a thread: it is not to be shared, and costs more to make than to use.
    private readonly ThreadLocal<AesGcm> _cipher;

    private SecretBox(byte[] key) => _cipher = new ThreadLocal<AesGcm>(() => new AesGcm(key, TagSize));

    /// <summary>Reads the key, or makes it when neither the file nor anything sealed is there yet.</summary>
    /// <exception cref="DatabaseException">The file is missing or another than the one that this database was written with, or cannot be made.</exception>
    public static SecretBox Open(StorageOptions options, Database database, ILogger log)
    {
        using var connection = database.OpenWriter();
        var (key, file) = Key(options, database, Check(connection) is not null, log);
        var box = new SecretBox(key);
        var check = Check(connection) ?? Claim(connection, box.Seal(CheckText, CheckPurpose));
        return box.TryOpen(check, CheckPurpose, out _)
            ? box
            : throw new DatabaseException(
                $"{file}: the secrets in {database.Name} were encrypted with another key. Put the right file there: from a backup, or from another server "
                + "of this database. All servers of one database need the same.");
    }

    /// <summary>Whether this key is the one that the secrets of a database were sealed with.</summary>
    public bool Opens(Connection database) => Check(database) is { } check && TryOpen(check, CheckPurpose, out _);

    public string Seal(string secret, string purpose)
    {
        var clear = Encoding.UTF8.GetBytes(secret);
        var text = Seal(clear, purpose);
        CryptographicOperations.ZeroMemory(clear);
        return text;
    }

    public string Seal(ReadOnlySpan<byte> clear, string purpose)
    {
        var sealedOctets = new byte[NonceSize + TagSize + clear.Length];
        var octets = sealedOctets.AsSpan();
        RandomNumberGenerator.Fill(octets[..NonceSize]);
        _cipher.Value!.Encrypt(
            octets[..NonceSize], clear, octets[(NonceSize + TagSize)..], octets.Slice(NonceSize, TagSize), Encoding.UTF8.GetBytes(purpose));
        return Prefix + Convert.ToBase64String(sealedOctets);
    }

    /// <summary>The secret. A text that was never sealed is its own.</summary>
    /// <exception cref="DatabaseException">It was sealed with another key or for something else, or was changed.</exception>
    public string Reveal(string text, string purpose)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
            return text;

        var clear = RevealOctets(text, purpose);
        var secret = Encoding.UTF8.GetString(clear);
        CryptographicOperations.ZeroMemory(clear);
        return secret;
    }

    /// <summary>The octets that were sealed.</summary>
    /// <exception cref="DatabaseException">They were not, or with another key or for something else, or were changed.</exception>
    public byte[] RevealOctets(string text, string purpose) => TryOpen(text, purpose, out var clear)
        ? clear
        : throw new DatabaseException($"A secret of {purpose} cannot be decrypted: the database was changed by hand, or written with another secret.key.");

    public void Dispose() => _cipher.Dispose();

    private bool TryOpen(string text, string purpose, out byte[] clear)
    {
        clear = [];
        var octets = new byte[text.Length];
        if (!text.StartsWith(Prefix, StringComparison.Ordinal) || !Convert.TryFromBase64String(text[Prefix.Length..], octets, out var length) || length < NonceSize + TagSize)
            return false;

        clear = new byte[length - NonceSize - TagSize];
        try
        {
            _cipher.Value!.Decrypt(
                octets.AsSpan(0, NonceSize),
                octets.AsSpan(NonceSize + TagSize, clear.Length),
                octets.AsSpan(NonceSize, TagSize),
                clear,
                Encoding.UTF8.GetBytes(purpose));
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    private static string? Check(Connection connection)
    {
        using var row = connection.Prepare("SELECT sealed FROM secret_check WHERE id = 0").Read();
        return row.Read() ? row.Text(0) : null;
    }

    // Of several servers that start on a new database, the first one's key is the database's.
    private static string Claim(Connection connection, string check)
    {
        try
        {
            connection.Prepare("INSERT INTO secret_check (id, sealed) VALUES (0, @sealed)").With("@sealed", check).Execute();
            return check;
        }
        catch (Exception fault) when (connection.Engine.IsUniqueViolation(fault))
        {
            return Check(connection)!;
        }
    }

    private static (byte[] Key, string File) Key(StorageOptions options, Database database, bool isNeeded, ILogger log)
    {
        var file = options.SecretKeyFile;
        try
        {
            foreach (var there in (string?[])[file, options.OtherSecretKeyFile])
            {
                if (File.Exists(there))
                    return (Read(there), there);
            }

            if (isNeeded)
            {
                throw new DatabaseException(
                    $"{file} is missing: the secrets in {database.Name} are encrypted with it. Put it back: from a backup, or from another server of this "
                    + "database.");
            }

            return Make(file, options.OtherSecretKeyFile, log);
        }
        catch (Exception fault) when (IsOfFiles(fault))
        {
            throw new DatabaseException($"{file}: the key that encrypts secrets cannot be read or made: {fault.Message} Check the path and who may write there.", fault);
        }
    }

    private static (byte[] Key, string File) Make(string file, string? other, ILogger log)
    {
        try
        {
            return (Make(file, log), file);
        }
        catch (Exception fault) when (other is not null && IsOfFiles(fault))
        {
            return (Make(other, log), other);
        }
    }

    private static bool IsOfFiles(Exception fault) => fault is IOException or UnauthorizedAccessException;

    private static byte[] Read(string file)
    {
        var key = File.ReadAllBytes(file);
        return key.Length == KeySize
            ? key
            : throw new DatabaseException($"{file}: {KeySize} octets are expected, and there are {key.Length}. Put the right file there, from a backup.");
    }

    private static byte[] Make(string file, ILogger log)
    {
        var key = RandomNumberGenerator.GetBytes(KeySize);
        var draft = $"{file}.{Guid.NewGuid():N}.new";
        PrivateFiles.MakeFolderOf(file);
        try
        {
            using (var stream = PrivateFiles.Open(draft, FileMode.CreateNew))
            {
                stream.Write(key);
                stream.Flush(flushToDisk: true);
            }

            File.Move(draft, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(draft);
            return Read(file);      // another process was first
        }

        log.SecretKeyMade(file);
        return key;
    }
}
