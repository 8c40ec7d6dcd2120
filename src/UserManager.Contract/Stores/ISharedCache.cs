namespace UserManager.Contract;

/// <summary>What the nodes that share a database tell each other for a time: octets under a name, such as the TLS sessions that a client may resume.</summary>
/// <remarks>
/// The octets are encrypted by <c>secret.key</c>. It is a cache: what could not be written, or was pushed out by later entries, is not found. Where a node has
/// the database for itself nobody else needs to be told, and nothing is kept.
/// </remarks>
public interface ISharedCache
{
    /// <summary>Keeps octets, in the place of what the name had. Returns at once; the other nodes find them some milliseconds later.</summary>
    /// <param name="name">Up to 128 letters and digits, as <c>tls.9F86D0…</c>: hard to guess where that matters.</param>
    /// <param name="octets">Up to 64 kB. They may be wiped on return.</param>
    /// <param name="lifetime">How long they are kept at most, by the database's clock.</param>
    void Put(string name, ReadOnlySpan<byte> octets, TimeSpan lifetime);

    /// <summary>Finds what any node has kept. It waits for the database, so only a blocking module may ask.</summary>
    /// <returns>Null when there is nothing, also while the database is away.</returns>
    byte[]? Find(string name);

    /// <summary>Forgets a name. Returns at once.</summary>
    void Remove(string name);
}
