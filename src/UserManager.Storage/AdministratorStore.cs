using System.Net;
using System.Security.Cryptography;

namespace UserManager.Storage;

/// <summary>One who may administer this server.</summary>
/// <param name="PasswordHash">Empty for nobody: then he does not log in.</param>
/// <param name="Policies">Words of <c>/user/group policy</c>.</param>
public sealed record Administrator(long Id, string Name, string PasswordHash, string Group, IReadOnlyList<string> Policies)
{
    public bool IsDisabled { get; init; }

    /// <summary>Where he may log in from. Empty for everywhere.</summary>
    public IReadOnlyList<IPNetwork> Addresses { get; init; } = [];
}

/// <summary>The administrators, in memory: read anew whenever <c>/user</c> or <c>/user/group</c> changes, here or on another node.</summary>
public sealed class AdministratorStore
{
    internal const string Menu = "/user";
    internal const string GroupMenu = "/user/group";

    private readonly Database _database;
    private readonly GroupWriter _writer;
    private readonly SecretBox _secrets;
    private readonly Lock _reading = new();
    private volatile Dictionary<string, Administrator> _current;

    internal AdministratorStore(Database database, GroupWriter writer, ChangeFeed feed, SecretBox secrets)
    {
        (_database, _writer, _secrets) = (database, writer, secrets);
        _current = Read();
        feed.Changed += change =>
        {
            if (change.Concerns(Menu) || change.Concerns(GroupMenu))
                Reload();
        };
    }

    /// <summary>Somebody may be another one now. Called on the thread of the write or of the poll.</summary>
    public event Action? Changed;

    public int Count => _current.Count;

    /// <param name="name">Compared as it is.</param>
    public Administrator? Find(string name) => _current.GetValueOrDefault(name);

    /// <summary>Keeps when he logged in. Not a change of <c>/user</c>: nobody's login is forgotten by it.</summary>
    public ValueTask<bool> LoggedInAsync(long id, DateTimeOffset at, CancellationToken cancelled) => _writer.CommitAsync(
        transaction => transaction.Prepare("UPDATE administrator SET last_logged_in = @at WHERE id = @id")
            .With("@at", at.ToUnixTimeMilliseconds()).With("@id", id).Execute() == 1,
        cancelled);

    private void Reload()
    {
        lock (_reading)
            _current = Read();

        Changed?.Invoke();
    }

    private Dictionary<string, Administrator> Read() => _database.Read(this, static (connection, store) => store.Read(connection));

    private Dictionary<string, Administrator> Read(Connection connection)
    {
        var all = new Dictionary<string, Administrator>(StringComparer.Ordinal);
        using var row = connection
            .Prepare("""
                SELECT a.id, a.name, a.password, a.address, a.disabled, g.name, g.policy
                  FROM administrator a LEFT JOIN administrator_group g ON g.id = a.`group`
                """)
            .Read();
        while (row.Read())
        {
            all[row.Text(1)] = new Administrator(row.Number(0), row.Text(1), Reveal(row.Text(2)), row.Text(5), MenuColumn.Words(row.Text(6)))
            {
                Addresses = Networks.Read(row.Text(3)),
                IsDisabled = row.Number(4) != 0,
            };
        }

        return all;
    }

    // What cannot be opened is nobody's password.
    private string Reveal(string stored)
    {
        try
        {
            return stored.Length == 0 ? "" : _secrets.Reveal(stored, "administrator.password");
        }
        catch (Exception fault) when (fault is CryptographicException or FormatException or DatabaseException)
        {
            return "";
        }
    }
}
