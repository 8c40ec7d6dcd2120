namespace UserManager.Server.Import;

/// <summary>What FreeRADIUS does with a request: not converted, but told, and the modules that came with the import put into the site where that is safe.</summary>
/// <param name="shipped">The text of <c>sites/default.yaml</c> as it is delivered.</param>
internal sealed class RaddbSites(RaddbSection root, string shipped, ImportPlan plan)
{
    private const string Site = "sites/default.yaml";

    // Variables of the configuration, which have nothing to say but to itself.
    private static readonly string[] Variables =
    [
        "prefix", "exec_prefix", "sysconfdir", "localstatedir", "sbindir", "logdir", "raddbdir", "radacctdir", "name", "confdir", "modconfdir", "certdir", "cadir", "run_dir", "db_dir", "libdir", "pidfile",
    ];

    private static readonly Dictionary<string, string> Settings = new(StringComparer.Ordinal)
    {
        ["max_request_time"] = "each module has a timeout, 10s unless its file in config/modules says otherwise",
        ["cleanup_delay"] = "an answer is kept for copies of its request for 5 s",
        ["max_requests"] = "queues are bounded; what does not fit is dropped and counted (/metrics)",
        ["hostname_lookups"] = "names are not looked up",
        ["checkrad"] = "the server runs no programs: sessions are known by their accounting (docs/sessions.md, docs/sql.md)",
        ["proxy_requests"] = "there is no proxying",
    };

    private static readonly string[] Lists = ["authorize", "authenticate", "preacct", "accounting", "session", "post-auth", "pre-proxy", "post-proxy", "recv-coa", "send-coa"];

    // What the delivered sites have, or what the server does by itself.
    private static readonly string[] There =
    [
        "preprocess", "chap", "mschap", "eap", "pap", "files", "sql", "suffix", "ntdomain", "realmpercent", "acct_unique", "filter_username", "detail",
        "attr_filter.access_reject", "attr_filter.accounting_response", "attr_filter.access_challenge", "radutmp", "sradutmp", "unix", "expr", "noop", "ok", "remove_reply_message_if_eap",
        "eap-md5", "mschapv2", "inner-eap", "expiration", "logintime",
    ];

    private static readonly Dictionary<string, string> Modules = new(StringComparer.Ordinal)
    {
        ["attr_filter"] = "rejects and challenges keep what RFC 2865 allows; update takes out what else is to go",
        ["exec"] = "the server runs no programs; a hook in JavaScript or a plugin does what they did",
        ["echo"] = "the server runs no programs; a hook in JavaScript or a plugin does what they did",
        ["ntlm_auth"] = "the server runs no programs",
        ["perl"] = "hooks are JavaScript: docs/hooks.md",
        ["python"] = "hooks are JavaScript: docs/hooks.md",
        ["python3"] = "hooks are JavaScript: docs/hooks.md",
        ["lua"] = "hooks are JavaScript: docs/hooks.md",
        ["radutmp"] = "sessions are records: /user-manager/session print",
        ["sradutmp"] = "sessions are records: /user-manager/session print",
        ["unix"] = "the system's own users are not asked",
        ["dynamic_clients"] = "routers are records: add one, it is served within a second",
        ["utf8"] = "names are octets, compared as they are",
        ["replicate"] = "there is no proxying",
        ["totp"] = "one-time passwords are the user's otp-secret",
        ["linelog"] = "the log, /metrics and /user-manager/decision say what it wrote",
        ["ldap"] = "there is no such module",
    };

    private static readonly string[] Alike = ["mschap", "eap", "realm", "preprocess", "detail"];

    // Whatever their options say, the server has what they are for: there is nothing to do.
    private static readonly string[] Served = ["always", "expr", "pap", "chap"];

    /// <summary>Tells what of modules, sites and settings stays behind.</summary>
    public void Tell(IReadOnlyCollection<RaddbSection> converted)
    {
        foreach (var module in root.Of("modules").SelectMany(modules => modules.Sections).Where(module => !converted.Contains(module) && !Served.Contains(module.Name)))
        {
            plan.Leaves(
                module.Place,
                $"module {module}",
                Alike.Contains(module.Name) ? $"options stay behind: compare with config/modules/{module.Name}.yaml"
                    : Modules.GetValueOrDefault(module.Name, "there is no such module"));
        }

        foreach (var server in root.Of("server"))
            Tell(server);

        foreach (var section in root.Sections.Where(s => s.Name is not ("client" or "clients" or "modules" or "server") && !(s.Name is "ENV" or "instantiate" && s.Items.Count == 0)))
        {
            plan.Leaves(section.Place, section.ToString(), section.Name switch
            {
                "realm" or "home_server" or "home_server_pool" or "proxy" => "there is no proxying; realms that are only taken off a name stand in config/modules/realm.yaml",
                "policy" => "policies in unlang stay behind: write those that you use into config/policy.yaml (docs/policy.md)",
                "listen" => Listen,
                "security" => "what it guards against is guarded against by default; see /user-manager require-message-auth",
                "thread" => "threads are set in config/usermanager.yaml where need be",
                "instantiate" => "name modules that stand in no site in config/policy.yaml: instantiate: [ … ]",
                "ENV" => "variables of the environment are set where the server is started",
                "log" => "the log goes to standard output, and /log keeps the last lines",
                _ => "there is nothing of this kind",
            });
        }

        foreach (var pair in root.Pairs.Where(pair => !Variables.Contains(pair.Name)))
            plan.Leaves(pair.Place, $"{pair.Name} = {pair.Value}", Settings.GetValueOrDefault(pair.Name, "a setting of FreeRADIUS's process; those of this server are in config/usermanager.yaml"));
    }

    private const string Listen = "ports are /user-manager authentication-port and accounting-port, the address is listen: in config/usermanager.yaml";

    private void Tell(RaddbSection server)
    {
        var title = server.Instance.Length == 0 ? "server" : $"server {server.Instance}";
        foreach (var section in server.Sections.Where(s => s.Name is not ("client" or "clients")))
        {
            if (!Lists.Contains(section.Name))
                plan.Leaves(section.Place, $"{title}: {section}", section.Name == "listen" ? Listen : "there is no such section");
            else
                TellList(section, $"{title}: {section.Name}", $"config/sites/{(server.Instance.Length == 0 ? "default" : server.Instance)}.yaml");
        }
    }

    // An entry that may be missing, and is, FreeRADIUS passes over, too.
    private bool IsPassedOver(RaddbWord word) => word.Text.StartsWith('-') && !root.Of("modules").SelectMany(m => m.Sections).Any(m => m.Title == word.Text[1..]);

    private void TellList(RaddbSection list, string title, string site)
    {
        foreach (var item in list.Items)
        {
            switch (item)
            {
                case RaddbWord word when IsPassedOver(word):
                    break;
                case RaddbWord word when !There.Contains(word.Text.TrimStart('-')) && !root.Of("modules").SelectMany(m => m.Sections).Any(m => m.Title == word.Text.TrimStart('-') && Alike.Contains(m.Name)):
                    plan.Leaves(word.Place, $"{title}: {word.Text}", Modules.GetValueOrDefault(word.Text.TrimStart('-'), $"{site} has no such entry; sites are compared and completed by hand (docs/policy.md)"));
                    break;
                case RaddbSection { Name: "Auth-Type" or "Post-Auth-Type" or "Autz-Type" or "Acct-Type" } inner:
                    TellList(inner, $"{title}: {inner}", site);
                    break;
                case RaddbSection { Name: "if", Instance: "(0)" or "0" }:
                    break;
                case RaddbSection block when !There.Contains(block.Name):
                    plan.Leaves(block.Place, $"{title}: {block}", $"unlang: write it into {site} (docs/policy.md)");
                    break;
                case RaddbPair pair when pair.Value.Length > 0:
                    plan.Leaves(pair.Place, $"{title}: {pair.Name} {pair.Operator} {pair.Value}", $"write it into {site} (docs/policy.md)");
                    break;
            }
        }
    }

    /// <summary>Calls the imported modules in the site, as FreeRADIUS's did: they are asked about whom the database does not know.</summary>
    /// <param name="config">The folder.</param>
    /// <param name="modules">Names of instances, and the lists that they have work in.</param>
    /// <param name="enforcing">Modules that look at the check items of those: they stand behind them in <c>authorize</c>.</param>
    public void Call(string config, IReadOnlyDictionary<string, string[]> modules, IReadOnlyList<string> enforcing)
    {
        if (modules.Count == 0)
            return;

        var place = new RaddbPlace(root.Place.File, 1);
        var path = Path.Combine(config, Site);
        var entries = modules.SelectMany(m => m.Value.Select(list => (List: list, Module: m.Key))).ToLookup(e => e.List, e => e.Module);
        var asked = string.Join(", ", entries["authorize"]);
        enforcing = asked.Length == 0 ? [] : enforcing;
        if (File.Exists(path) && File.ReadAllText(path) != shipped)
        {
            foreach (var list in entries)
                plan.Leaves(place, $"config/{Site}", $"it is your own and stays: {(list.Key == "authorize" ? $"put \"- if: notfound\" with \"then: [ {asked} ]\" behind users in authorize{string.Concat(enforcing.Select(module => $", then \"- {module}\""))}" : $"put {string.Join(", ", list)} into {list.Key}")}");

            return;
        }

        var lines = shipped.Split('\n').ToList();
        Insert(lines, "authorize", "  - users", asked.Length == 0 ? [] : ["  - if: notfound              # nobody of the database", $"    then: [ {asked} ]", .. enforcing.Select(module => $"  - {module}")]);
        foreach (var list in entries.Where(list => list.Key != "authorize"))
            Insert(lines, list.Key, "  - ", [.. list.Select(module => $"  - {module}")]);

        plan.File(place, Site, string.Join('\n', lines));
        plan.Converts(place, $"config/{Site} calls {string.Join(" and ", modules.Keys.Concat(enforcing))}");
    }

    // Behind the first entry of the list that begins so.
    private static void Insert(List<string> lines, string list, string entry, string[] added)
    {
        var start = lines.FindIndex(line => line == list + ":");
        var at = start < 0 ? -1 : lines.FindIndex(start, line => line.StartsWith(entry, StringComparison.Ordinal));
        if (at < 0)
            throw new InvalidOperationException($"The delivered site has no entry \"{entry.Trim()}\" in {list}.");

        lines.InsertRange(at + 1, added);
    }
}
