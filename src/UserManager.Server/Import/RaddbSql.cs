namespace UserManager.Server.Import;

/// <summary>A section <c>sql</c> of FreeRADIUS's modules as options of ours.</summary>
internal sealed class RaddbSql(RaddbSection sql, ImportPlan plan)
{
    // Of the same meaning here, with hyphens.
    private static readonly string[] Same =
    [
        "server", "port", "login", "password", "radius_db", "acct_table1", "acct_table2", "postauth_table", "authcheck_table", "groupcheck_table",
        "authreply_table", "groupreply_table", "usergroup_table", "client_table", "read_clients", "delete_stale_sessions", "read_groups", "read_profiles", "sql_user_name", "group_attribute", "query_timeout",
    ];

    private const string Statements = "queries.conf";
    private const uint MostConnections = 256;

    private readonly List<string> _options = [];

    /// <returns>False when there is nothing that this server could speak with.</returns>
    public bool Convert()
    {
        var dialect = sql.Find("dialect")?.Value ?? (sql.Find("driver")?.Value ?? "").Replace("rlm_sql_", "", StringComparison.Ordinal);
        if (dialect is not ("mysql" or "sqlite"))
        {
            plan.Leaves((sql.Find("dialect") ?? (RaddbItem)sql).Place, $"{sql}: dialect = {dialect}", "the module speaks with MariaDB, MySQL and SQLite");
            return false;
        }

        _options.Add($"dialect: {dialect}");
        foreach (var pair in sql.Pairs)
            Convert(pair, dialect);

        if (sql.Items.FirstOrDefault(item => Path.GetFileName(item.Place.File) == Statements) is { } first)
        {
            plan.Leaves(
                new RaddbPlace(first.Place.File, 1), $"{sql}: {Statements}",
                "the module has statements of its own for FreeRADIUS's schema; write one that you have changed into its option of the same name (docs/sql.md)");
        }

        foreach (var section in sql.Sections)
            Convert(section, dialect);

        if (sql.Title != "sql")
            _options.Insert(0, "module: sql");

        plan.File(sql.Place, $"modules/{sql.Title}.yaml", string.Join('\n', _options) + "\n");
        plan.Converts(sql.Place, $"{sql} is config/modules/{sql.Title}.yaml");
        return true;
    }

    private void Convert(RaddbPair pair, string dialect)
    {
        if (Same.Contains(pair.Name))
        {
            // The file of SQLite stands in a section of its own.
            if (dialect != "sqlite" || pair.Name is not ("server" or "port" or "login" or "password" or "radius_db"))
                _options.Add($"{pair.Name.Replace('_', '-')}: {Yaml.Quote(pair.Name == "query_timeout" ? pair.Value + "s" : pair.Value)}");
        }
        else if (pair.Name == "default_user_profile")
        {
            if (pair.Value.Length > 0)
                _options.Add($"default-user-profile: {Yaml.Quote(pair.Value)}");
        }
        else if (pair.Name is not ("dialect" or "driver") && Path.GetFileName(pair.Place.File) != Statements)
        {
            plan.Leaves(pair.Place, $"{sql}: {pair.Name} = {pair.Value}", "the module has no such option");
        }
    }

    private void Convert(RaddbSection section, string dialect)
    {
        if (section.Name == "sqlite" && dialect == "sqlite" && section.Find("filename") is { } file)
            _options.Add($"radius-db: {Yaml.Quote(file.Value)}");
        else if (section.Name == "pool" && section.Find("max") is { } max && uint.TryParse(max.Value, out var connections) && connections > 0)
            _options.Add($"pool-max: {Math.Min(connections, MostConnections)}");
        else if (section.Name is "mysql" or "postgresql" or "mongo" or "sqlite" && section.Name != dialect)
            return;                         // settings of a driver that is not used
        else if (section.Name == "mysql" && section.Sections.FirstOrDefault(s => s.Name == "tls") is { } tls)
            plan.Leaves(tls.Place, $"{sql}: mysql: tls", "TLS stands in its option database: mysql://USER:PASSWORD@HOST/DATABASE?ssl-mode=verify-full&ssl-ca=FILE (docs/database.md)");
        else if (section.Name is not ("mysql" or "sqlite") && Path.GetFileName(section.Place.File) != Statements)
            plan.Leaves(section.Place, $"{sql}: {section}", "the module has no such option");
    }
}
