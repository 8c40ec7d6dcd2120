using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>The settings in force: the database's, and this node's <c>enabled</c>.</summary>
internal sealed class SettingsStore : ISettingsStore
{
    public const string Menu = "/user-manager";

    private readonly Database _database;
    private readonly NodeFile _node;
    private readonly Lock _reading = new();
    private volatile Settings _current;

    public SettingsStore(Database database, NodeFile node, ChangeFeed feed)
    {
        (_database, _node) = (database, node);
        _current = Read();
        feed.Changed += change =>
        {
            if (change.Concerns(Menu))
                Reload();
        };
    }

    public event Action<Settings>? Changed;

    public Settings Current => _current;

    private void Reload()
    {
        lock (_reading)
        {
            var settings = Read();
            if (settings == _current)
                return;

            _current = settings;
            Changed?.Invoke(settings);
        }
    }

    private Settings Read() => _database.Read(0, static (connection, _) => Read(connection)) with { Enabled = _node.Enabled };

    private static Settings Read(Connection connection)
    {
        var defaults = new Settings();
        using var row = connection
            .Prepare("SELECT authentication_port, accounting_port, use_profiles, require_message_auth, otp_reuse FROM settings WHERE id = 0")
            .Read();
        if (!row.Read())
            return defaults;

        return defaults with
        {
            AuthenticationPort = (int)row.Number(0, defaults.AuthenticationPort),
            AccountingPort = (int)row.Number(1, defaults.AccountingPort),
            UseProfiles = row.Number(2) != 0,
            RequireMessageAuth = row.Text(3) != "no",
            OtpReuse = row.Number(4, unset: 1) != 0,
        };
    }
}
