using System.Text;
using System.Text.Unicode;
using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Storage;

/// <summary>Users as a login needs them, from memory where it can.</summary>
internal sealed class UserStore : IUserStore, IGroupStore
{
    public const string Menu = "/user-manager/user";
    public const string GroupMenu = "/user-manager/user/group";
    public const string AttributeMenu = "/user-manager/attribute";

    /// <summary>The group of a user that does not say: <c>default</c>.</summary>
    private const long DefaultGroup = 1;

    /// <summary>The default-name of the group for outer identities that are no user.</summary>
    private const string AnonymousGroup = "default-anonymous";

    /// <summary>Octets of the longest name: User-Name is one attribute (RFC 2865 §5), and a store of three bytes a letter fits too.</summary>
    private const int MaxName = 1024;

    // With whether there is more to read: over a network each statement is a round trip.
    private const string ByName = """
        SELECT id, name, password, otp_secret, `group`, shared_users, caller_id, attributes, disabled, comment,
               EXISTS (SELECT 1 FROM user_profile WHERE user_profile.`user` = user.id)
          FROM user
         WHERE name = @name
        """;

    private readonly Database _database;
    private readonly GroupWriter _writer;
    private readonly ChangeFeed _feed;
    private readonly UserProfileStore _profiles;
    private readonly SecretBox _secrets;
    private readonly ILogger _log;
    private readonly AccountCache _known;
    private readonly AccountCache _unknown;
    private readonly Lock _gate = new();
    private volatile Catalog? _catalog;
    private long _version;

    /// <param name="capacity">Most users remembered; of names that nobody has, a tenth.</param>
    public UserStore(
        Database database, GroupWriter writer, ChangeFeed feed, UserProfileStore profiles, SecretBox secrets, int capacity, ILogger log)
    {
        (_database, _writer, _feed, _profiles, _secrets, _log) = (database, writer, feed, profiles, secrets, log);
        _known = new AccountCache(capacity);
        _unknown = new AccountCache(capacity / 10);
        feed.Changed += Forget;
    }

    public ValueTask<UserAccount?> FindAsync(ReadOnlySpan<byte> name, CancellationToken cancelled)
    {
        if (_known.TryGet(name, out var entry) || _unknown.TryGet(name, out entry))
            return ValueTask.FromResult(entry.Account);

        return Utf8.IsValid(name) ? LoadAsync(name.ToArray()) : default;
    }

    public ValueTask<UserGroup> FindAnonymousAsync(CancellationToken cancelled) =>
        _catalog is { } known
            ? ValueTask.FromResult(known.Anonymous)
            : _database.ReadAsync(this, static (connection, store) => store.Groups(connection).Anonymous);

    /// <summary>As the other, for a name that is text already.</summary>
    public ValueTask<UserAccount?> FindAsync(string name, CancellationToken cancelled)
    {
        Span<byte> octets = stackalloc byte[MaxName];
        return Encoding.UTF8.TryGetBytes(name, octets, out var length) ? FindAsync(octets[..length], cancelled) : default;
    }

    /// <summary>Takes what a report has made of a user's user-profile into the memory.</summary>
    public void Credited(string name, UserProfile credited)
    {
        Span<byte> octets = stackalloc byte[MaxName];
        if (Encoding.UTF8.TryGetBytes(name, octets, out var length) && _known.TryGet(octets[..length], out var entry))
            entry.Credit(credited);
    }

    public async ValueTask<bool> BindCallerIdAsync(long userId, string callingStationId, CancellationToken cancelled)
    {
        var bound = await _writer.CommitAsync(transaction => Bind(transaction, userId, callingStationId), cancelled);

        // Also when another was first: what the memory has is then older than that one's.
        _feed.Raise(new Change(Menu, userId));
        return bound;
    }

    public ValueTask<bool> UseOneTimePasswordAsync(long userId, long step, CancellationToken cancelled) =>
        _writer.CommitAsync<OneTimePasswordUsed, bool>(new OneTimePasswordUsed(userId, step), cancelled);

    private static bool Bind(Transaction transaction, long userId, string callingStationId)
    {
        var command = transaction.Prepare("UPDATE user SET caller_id = @station WHERE id = @id AND caller_id = 'bind'");
        if (command.With("@station", callingStationId).With("@id", userId).Execute() == 0)
            return false;

        transaction.Changed(Menu, userId);
        return true;
    }

    private void Forget(Change change)
    {
        var everybody = change.Concerns(GroupMenu) || change.Concerns(AttributeMenu) || ProfileCatalog.IsConcernedBy(change);
        if (!everybody && change.Concerns(UserProfileStore.Menu))
        {
            // Whose it was is not known of one that another node has removed.
            var user = _profiles.UserOf(change.Record);
            everybody = user is null;
            change = new Change(Menu, user ?? 0);
        }

        if (!everybody && !change.Concerns(Menu))
            return;

        lock (_gate)
        {
            _version++;
            _unknown.Clear();
            if (!everybody)
            {
                _known.Remove(change.Record);
                return;
            }

            _catalog = null;
            _known.Clear();
        }
    }

    private ValueTask<UserAccount?> LoadAsync(byte[] name) =>
        _database.ReadAsync((Store: this, name), static (connection, the) => the.Store.Load(connection, the.name));

    private UserAccount? Load(Connection connection, byte[] name)
    {
        var version = Volatile.Read(ref _version);
        var account = Read(connection, name);
        lock (_gate)
        {
            // What was read may be older than a change that was told of meanwhile: then it serves this login only.
            // One that another login put there meanwhile may know of more usage.
            if (version == _version)
                (account is null ? _unknown : _known).Add(new AccountCache.Entry(name, account));
        }

        return account;
    }

    private UserAccount? Read(Connection connection, byte[] name)
    {
        var catalog = Groups(connection);
        var user = ReadUser(connection, Encoding.UTF8.GetString(name), out var hasProfiles);
        if (user is null)
            return null;

        // A group that is gone allows nothing.
        if (!catalog.Groups.TryGetValue(user.GroupId, out var group))
            group = (new UserGroup { Id = user.GroupId, Name = new RecordId(user.GroupId).ToString() }, []);

        var own = Replies($"User {user.Name}", user.Attributes, catalog.Names);
        return new UserAccount(user, group.Group, own.Count == 0 ? group.Replies : Merge(group.Replies, own))
        {
            Profiles = hasProfiles ? _profiles.ForLogin(connection, user.Id) : [],
            OtpSecret = ReadOtpSecret(user),
        };
    }

    private OtpSecret? ReadOtpSecret(User user)
    {
        var secret = OtpSecret.Parse(user.OtpSecret);
        if (secret is { IsBase32: false })
            _log.OtpSecretIsText(user.Name);

        return secret;
    }

    private User? ReadUser(Connection connection, string name, out bool hasProfiles)
    {
        hasProfiles = false;
        using var row = connection.Prepare(ByName).With("@name", name).Read();
        if (!row.Read())
            return null;

        hasProfiles = row.Number(10) != 0;
        var shared = row.Number(5, unset: 1);
        return new User
        {
            Id = row.Number(0),
            Name = row.Text(1),
            Password = _secrets.Reveal(row.Text(2), "user.password"),
            OtpSecret = _secrets.Reveal(row.Text(3), "user.otp_secret"),
            GroupId = row.Number(4, DefaultGroup),
            SharedUsers = shared < 0 ? null : (int)shared,
            CallerId = row.Text(6),
            Attributes = MenuColumn.Attributes(row.Text(7)),
            Disabled = row.Number(8) != 0,
            Comment = row.Text(9),
        };
    }

    private Catalog Groups(Connection connection)
    {
        if (_catalog is { } known)
            return known;

        var version = Volatile.Read(ref _version);
        var catalog = ReadCatalog(connection);
        lock (_gate)
        {
            if (version == _version)
                _catalog = catalog;
        }

        return catalog;
    }

    private Catalog ReadCatalog(Connection connection)
    {
        var names = new Dictionary<string, NamedAttribute>(StringComparer.Ordinal);
        using (var row = connection.Prepare("SELECT id, name, vendor_id, type_id, value_type, packet_types FROM attribute").Read())
        {
            while (row.Read())
                names[row.Text(1)] = ReadAttribute(row);
        }

        var groups = new Dictionary<long, (UserGroup, IReadOnlyList<ReplyAttribute>)>();
        var anonymous = new UserGroup { Id = 0, Name = AnonymousGroup };
        using (var row = connection.Prepare("SELECT id, name, outer_auths, inner_auths, attributes, default_name FROM user_group").Read())
        {
            while (row.Read())
            {
                var group = ReadGroup(row);
                groups[group.Id] = (group, Replies($"Group {group.Name}", group.Attributes, names));
                if (row.Text(5) == AnonymousGroup)
                    anonymous = group;
            }
        }

        return new Catalog(names, groups, anonymous);
    }

    private static NamedAttribute ReadAttribute(Row row) => new()
    {
        Id = row.Number(0),
        Name = row.Text(1),
        VendorId = row.Number(2) switch
        {
            -1 => 0,            // the words of vendor-id, in their order
            -2 => 9,
            -3 => 311,
            -4 => 14988,
            var number => (uint)number,
        },
        TypeId = (byte)row.Number(3),
        ValueType = row.Text(4) switch
        {
            "ip-address" => AttributeValueType.IpAddress,
            "string" => AttributeValueType.String,
            "uint32" => AttributeValueType.UInt32,
            "ip6-prefix" => AttributeValueType.Ip6Prefix,
            "macro" => AttributeValueType.Macro,
            _ => AttributeValueType.Hex,
        },
        PacketTypes = Packets(row.Text(5, unset: "access-accept")),
    };

    private static AttributePackets Packets(string words)
    {
        var packets = AttributePackets.None;
        foreach (var word in MenuColumn.Words(words))
            packets |= word == "access-challenge" ? AttributePackets.AccessChallenge : AttributePackets.AccessAccept;

        return packets;
    }

    private static UserGroup ReadGroup(Row row) => new()
    {
        Id = row.Number(0),
        Name = row.Text(1),
        OuterAuths = AuthMethods.ParseOuter(MenuColumn.Words(row.Text(2))),
        InnerAuths = AuthMethods.ParseInner(MenuColumn.Words(row.Text(3))),
        Attributes = MenuColumn.Attributes(row.Text(4)),
    };

    private List<ReplyAttribute> Replies(string owner, IReadOnlyList<NamedValue> values, Dictionary<string, NamedAttribute> names)
    {
        var replies = new List<ReplyAttribute>(values.Count);
        foreach (var (name, text) in values)
        {
            if (!names.TryGetValue(name, out var attribute))
                _log.UnknownAttribute(owner, name);
            else if (!attribute.TryEncode(text, out var value))
                _log.UnfitValue(owner, name);
            else
                replies.Add(new ReplyAttribute(KeyOf(attribute), value, attribute.ValueType == AttributeValueType.Macro, attribute.PacketTypes));
        }

        return replies;
    }

    private static AttributeKey KeyOf(NamedAttribute attribute) =>
        attribute.VendorId == 0 ? new AttributeKey(attribute.TypeId) : AttributeKey.Vendor(attribute.VendorId, attribute.TypeId);

    private static List<ReplyAttribute> Merge(IReadOnlyList<ReplyAttribute> group, List<ReplyAttribute> own) =>
        [.. group.Where(g => !own.Exists(o => o.Key == g.Key)), .. own];

    /// <summary>The small tables: attributes by name, groups by id with what they send.</summary>
    private sealed record Catalog(
        Dictionary<string, NamedAttribute> Names, Dictionary<long, (UserGroup Group, IReadOnlyList<ReplyAttribute> Replies)> Groups, UserGroup Anonymous);
}

/// <summary>Remembers the last one-time password of a user.</summary>
internal readonly record struct OneTimePasswordUsed(long User, long Step) : IGroupCommand<bool>
{
    public static string Text => "UPDATE user SET otp_step = @step WHERE id = @id AND (otp_step IS NULL OR otp_step < @step)";

    public bool Run(PreparedCommand command) => command.With("@id", User).With("@step", Step).Execute() == 1;
}
