using UserManager.Policy;
using UserManager.Radius;

namespace UserManager.Server.Import;

/// <summary>Reads a raddb of FreeRADIUS 3 and says what it is here: routers, users, files below <c>config/</c>, and what has no place.</summary>
internal static class FreeRadiusImport
{
    // What the delivered sites have under authenticate: entries may name them.
    private static readonly string[] AuthTypes = ["pap", "chap", "mschap", "ms-chap", "eap"];

    /// <param name="raddb">The folder with <c>radiusd.conf</c>.</param>
    /// <param name="config">Our folder <c>config</c>, to see what it has already.</param>
    /// <param name="dictionaries">The server's dictionaries.</param>
    /// <param name="shippedSite">The text of <c>sites/default.yaml</c> as it is delivered.</param>
    public static ImportPlan Read(string raddb, string config, string dictionaries, string shippedSite)
    {
        var plan = new ImportPlan();
        var (root, problems) = RaddbParser.Read(raddb);
        foreach (var problem in problems)
            plan.Leaves(new RaddbPlace(problem.File, problem.Line), "not read", problem.Message);

        new RaddbClients(root, plan).Convert();
        new RaddbDictionary(raddb, plan).Convert();
        var dictionary = Dictionary(plan, config, dictionaries, raddb);
        var converted = new List<RaddbSection>();
        var calls = new Dictionary<string, string[]>(StringComparer.Ordinal);
        var enforcing = new List<string>();
        var hasSql = root.Of("modules").SelectMany(modules => modules.Sections).Any(module => module.Title == "sql");
        foreach (var module in root.Of("modules").SelectMany(modules => modules.Sections))
        {
            if (module.Name == "files")
            {
                var users = new RaddbUsers(module, PolicyCompiler.CreatePairReader(dictionary, TimeProvider.System), hasSql, plan);
                users.Convert();
                string[] lists = [.. users.Needed.Authorize ? ["authorize"] : Array.Empty<string>(), .. users.Needed.Preacct ? ["preacct"] : Array.Empty<string>()];
                Call(module, lists);
            }
            else if (module.Name == "sql")
            {
                if (new RaddbSql(module, plan).Convert())
                    Call(module, ["authorize", "accounting", "session", "post-auth"]);
            }
            else if (module.Name is "expiration" or "logintime" && module.Title == module.Name)
            {
                converted.Add(module);
                if (Names(root, "authorize", module.Name))
                    enforcing.Add(module.Name);

                // 60 s is FreeRADIUS's default, too.
                if (module.Find("minimum_timeout", "minimum-timeout") is { } minimum && minimum.Value != "60")
                    plan.File(minimum.Place, $"modules/{module.Name}.yaml", $"minimum-timeout: {Yaml.Quote(minimum.Value + "s")}\n");
            }
        }

        var sites = new RaddbSites(root, shippedSite, plan);
        sites.Tell(converted);
        sites.Call(config, calls, enforcing);
        return plan;

        // Where FreeRADIUS's own default server does.
        void Call(RaddbSection module, string[] lists)
        {
            converted.Add(module);
            var named = lists.Where(list => Names(root, list, module.Title)).ToArray();
            if (named.Length > 0)
                calls[module.Title] = named;
        }
    }

    private static bool Names(RaddbSection root, string list, string module) =>
        root.Of("server").Where(server => server.Instance is "default" or "").Concat([root]).SelectMany(server => server.Of(list)).Any(section => Names(section, module));

    private static bool Names(RaddbSection section, string module) =>
        section.Items.Any(item => item switch
        {
            RaddbWord word => word.Text.TrimStart('-') == module,
            RaddbSection inner => inner.Name.TrimStart('-') == module || Names(inner, module),
            _ => false,
        });

    /// <summary>The server's dictionary with what the plan adds to it.</summary>
    private static RadiusDictionary Dictionary(ImportPlan plan, string config, string dictionaries, string raddb)
    {
        var folder = Directory.CreateTempSubdirectory("usermanager-import-").FullName;
        try
        {
            foreach (var file in plan.Files)
                ImportFiles.Write(Path.Combine(folder, file.Name), file.Text);

            var own = plan.Files.Any(file => file.Name == ConfigurationFiles.OwnDictionary) ? folder : config;
            own = Path.Combine(own, ConfigurationFiles.OwnDictionary);
            DictionaryReader.TryLoad(File.Exists(own) ? [dictionaries, own] : [dictionaries], out var dictionary, out var errors);
            foreach (var error in errors)
                plan.Leaves(new RaddbPlace(error.File.Replace(folder, raddb, StringComparison.Ordinal), error.Line), "dictionary", error.Message);

            dictionary.AddValues(Internal.AuthType, AuthTypes);
            return dictionary;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

/// <summary>Files of an import.</summary>
internal static class ImportFiles
{
    /// <summary>Writes a file for its owner alone: there are passwords in it.</summary>
    public static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var draft = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        using (var writer = new StreamWriter(new FileStream(draft, options)))
            writer.Write(text);

        File.Move(draft, path, overwrite: true);
    }
}
