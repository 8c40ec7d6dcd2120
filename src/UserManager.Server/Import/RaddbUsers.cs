using System.Globalization;
using System.Net;
using System.Text;
using UserManager.Contract;
using UserManager.Management;
using UserManager.Radius;

namespace UserManager.Server.Import;

/// <summary>Users files as users of the database where an entry is no more than that, and as users files of ours where it is.</summary>
/// <param name="files">A section <c>files</c> of FreeRADIUS's modules.</param>
/// <param name="pairs">Reads its items.</param>
/// <param name="hasSql">There is a module <c>sql</c>, which compares SQL-Group.</param>
internal sealed class RaddbUsers(RaddbSection files, IPairReader pairs, bool hasSql, ImportPlan plan)
{
    private const string Default = "DEFAULT";
    private const string UsualKey = "%{%{Stripped-User-Name}:-%{User-Name}}";

    // Compared with something else than an attribute of the request, or enforced by a module that is not here.
    private static readonly string[] Elsewhere =
    [
        "Group", "Huntgroup-Name", "SQL-Group", "LDAP-Group", "Pool-Name", "Proxy-To-Realm", "Home-Server-Pool",
    ];

    private static readonly Dictionary<string, string> OtherKeys = new(StringComparer.Ordinal)
    {
        ["preproxy_usersfile"] = "there is no proxying",
        ["postproxy_usersfile"] = "there is no proxying",
        ["compat"] = "files in Cistron's form are not read",
    };

    // Keys of rlm_files, and ours.
    private static readonly (string Theirs, string Ours)[] Files =
    [
        ("filename", "filename"), ("usersfile", "usersfile"), ("acctusersfile", "acctusersfile"), ("auth_usersfile", "auth-usersfile"), ("postauth_usersfile", "postauth-usersfile"),
    ];

    private readonly List<string> _options = [];
    private readonly Dictionary<string, string> _declared = new(StringComparer.Ordinal);

    /// <summary>Whether the module has entries to look at in <c>authorize</c>, and in <c>preacct</c>.</summary>
    public (bool Authorize, bool Preacct) Needed { get; private set; }

    public void Convert()
    {
        var key = files.Find("key")?.Value ?? UsualKey;
        foreach (var (theirs, ours) in Files)
        {
            if (files.Find(theirs) is { } file)
                ConvertFile(file, theirs is "filename" or "usersfile", key == UsualKey && files.Title == "files" && theirs is "filename" or "usersfile", ours);
        }

        foreach (var pair in files.Pairs.Where(pair => OtherKeys.ContainsKey(pair.Name)))
        {
            if (!IsEmpty(pair))
                plan.Leaves(pair.Place, $"{files}: {pair.Name} = {pair.Value}", OtherKeys[pair.Name]);
        }

        if (_options.Count == 0)
            return;

        if (key != UsualKey)
            _options.Add($"key: {Yaml.Quote(key)}");

        if (files.Title != "files")
            _options.Insert(0, "module: files");

        plan.File(files.Place, $"modules/{files.Title}.yaml", string.Join('\n', _options) + "\n");
        plan.Converts(files.Place, $"{files} is config/modules/{files.Title}.yaml");
    }

    private static bool IsEmpty(RaddbPair pair) =>
        File.Exists(pair.Value) && UsersFile.Read(pair.Value, Path.GetFullPath) is { Entries.Count: 0, Problems.Count: 0 };

    private void ConvertFile(RaddbPair named, bool isAuthorize, bool mayBeUsers, string option)
    {
        var file = UsersFile.Read(named.Value, Path.GetFullPath);
        foreach (var problem in file.Problems)
            plan.Leaves(new RaddbPlace(problem.File, problem.Line), $"column {problem.Column}", problem.Message);

        var kept = new List<UsersEntry>();
        var users = 0;
        var names = file.Entries.GroupBy(entry => entry.Name, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        var behindDefault = false;
        foreach (var entry in file.Entries)
        {
            behindDefault |= entry.Name == Default;
            if (mayBeUsers && !behindDefault && names[entry.Name] == 1 && AsUser(entry, names.ContainsKey(Default)) is { } commands)
            {
                users++;
                foreach (var command in commands)
                    plan.Command(new RaddbPlace(entry.File, entry.Line), command);
            }
            else if (IsReadable(entry))
            {
                kept.Add(entry);
            }
        }

        if (users > 0)
            plan.Converts(named.Place, $"{named.Value}: {users} entries are users of the database");

        if (kept.Count == 0)
            return;

        var name = $"mods-config/files/{(files.Title == "files" ? "" : files.Title + "-")}{Path.GetFileName(named.Value)}";
        plan.File(named.Place, name, Written(named.Value, kept, users));
        plan.Converts(named.Place, $"{named.Value}: {kept.Count} entries are in config/{name}");
        _options.Add($"{option}: {Yaml.Quote(name)}");
        Needed = (Needed.Authorize || isAuthorize, Needed.Preacct || option is "filename" or "acctusersfile");
    }

    // What FreeRADIUS reads and this server does not is said, and stays out: the file would not be taken up with it.
    private bool IsReadable(UsersEntry entry)
    {
        var good = true;
        foreach (var (item, use) in entry.Check.Select(i => (i, PairUse.Check)).Concat(entry.Reply.Select(i => (i, PairUse.Reply))))
        {
            var why = Array.Find(Elsewhere, name => name.Equals(item.Text.Name, StringComparison.OrdinalIgnoreCase)) is { } name && !(hasSql && name == "SQL-Group")
                ? $"nothing here compares or enforces {name}"
                : Problem(item.Text, use);
            if (why is null)
                continue;

            plan.Leaves(new RaddbPlace(entry.File, item.Line), $"entry {entry.Name}", $"column {item.NameColumn}: {why}");
            good = false;
        }

        return good;
    }

    private string? Problem(PairText text, PairUse use)
    {
        try
        {
            pairs.Read(text, use);
            return null;
        }
        catch (PairException wrong)
        {
            return wrong.Message;
        }
    }

    private static string Written(string path, List<UsersEntry> entries, int users)
    {
        var text = new StringBuilder($"# From {path}{(users > 0 ? $", without {users} entries that are users of the database now" : "")}.\n");
        var lines = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            if (!lines.TryGetValue(entry.File, out var of))
                lines[entry.File] = of = AttributeList.Text(File.ReadAllBytes(entry.File)).Split('\n');

            var last = entry.Reply.Count > 0 ? entry.Reply[^1].Line : entry.Line;
            text.Append('\n');
            foreach (var line in of.AsSpan(entry.Line - 1, last - entry.Line + 1))
                text.Append(line.TrimEnd('\r').TrimStart('\uFEFF')).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The commands for an entry that is a plain user: a password, perhaps how often and from where, and constant attributes.</summary>
    /// <param name="hasDefaults">Who does not agree with the entry may agree with DEFAULT: then it has to be compared as FreeRADIUS does.</param>
    private List<string>? AsUser(UsersEntry entry, bool hasDefaults)
    {
        if (entry.Name == Default || !TryFields(entry, hasDefaults, out var fields))
            return null;

        var commands = new List<string>();
        var attributes = new List<string>();
        foreach (var item in entry.Reply)
        {
            if (Is(item, "Fall-Through") && item.Text.Value is "No" or "no" or "0")
                continue;

            if (AsAttribute(item, commands) is not { } attribute)
                return null;

            attributes.Add(attribute);
        }

        var list = attributes.Count > 0 ? $" attributes={RscText.Quote(string.Join(',', attributes))}" : "";
        commands.Add($"/user-manager/user/add name={RscText.Quote(entry.Name)}{fields}{list}");
        return commands;
    }

    // Without Simultaneous-Use FreeRADIUS counts nobody's sessions.
    private static bool TryFields(UsersEntry entry, bool hasDefaults, out string fields)
    {
        string? password = null;
        var (shared, caller) = ("unlimited", "");
        fields = "";
        foreach (var item in entry.Check)
        {
            var (_, op, value) = item.Text;
            if (item.Text.IsExpanded && value.Contains("%{", StringComparison.Ordinal) || value.Contains('\\', StringComparison.Ordinal))
                return false;

            if (Is(item, "Cleartext-Password") && op == ":=" && password is null)
                password = value;
            else if (Is(item, "Simultaneous-Use") && op == ":=" && uint.TryParse(value, out var count) && count > 0)
                shared = value;
            else if (Is(item, "Calling-Station-Id") && op == "==" && !hasDefaults && caller.Length == 0)
                caller = $" caller-id={RscText.Quote(value)}";
            else
                return false;
        }

        fields = $" password={RscText.Quote(password ?? "")} shared-users={shared}{caller}";
        return password is not null;
    }

    private string? AsAttribute(UsersItem item, List<string> commands)
    {
        if (item.Text.Operator is not (":=" or "=" or "+=") || Problem(item.Text, PairUse.Reply) is not null || pairs.Read(item.Text, PairUse.Reply) is not { Constant: { } value, Tag: null } pair)
            return null;

        if (pair.Definition is not { Encryption: AttributeEncryption.None, HasTag: false } definition || definition.Key is { IsInternal: true } or { Depth: > 0 } or { ExtendedType: > 0 } || definition.Key.Type > 255)
            return null;

        var (type, text) = Written(definition, value.Span);
        if (text is null || text.Length is 0 or > 253)
            return null;

        if (UserManagerMenus.PredefinedAttributes.TryGetValue(definition.Name, out var predefined) ? predefined != type : _declared.TryGetValue(definition.Name, out var other) && other != type)
            return null;

        var vendor = definition.Key.VendorId == 0 ? "standard" : definition.Key.VendorId.ToString(CultureInfo.InvariantCulture);
        if (predefined is null && _declared.TryAdd(definition.Name, type))
            commands.Add($"/user-manager/attribute/add name={RscText.Quote(definition.Name)} vendor-id={vendor} type-id={definition.Key.Type} value-type={type}");

        return $"{definition.Name}:{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal)}";
    }

    // How a value of this type is written in the attribute menu.
    private static (string Type, string? Text) Written(AttributeDefinition definition, ReadOnlySpan<byte> value) => definition.Type switch
    {
        AttributeType.String => ("string", System.Text.Unicode.Utf8.IsValid(value) ? Encoding.UTF8.GetString(value) : null),
        AttributeType.Integer when value.Length == 4 => ("uint32", System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(value).ToString(CultureInfo.InvariantCulture)),
        AttributeType.IpAddr or AttributeType.Ipv6Addr => ("ip-address", new IPAddress(value).ToString()),
        AttributeType.Ipv6Prefix => ("ip6-prefix", AttributeText.PrintRaw(definition, value)),
        _ => ("hex", "0x" + System.Convert.ToHexStringLower(value)),
    };

    private static bool Is(UsersItem item, string name) => item.Text.Name.Equals(name, StringComparison.OrdinalIgnoreCase);
}
