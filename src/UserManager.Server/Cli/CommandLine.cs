using System.CommandLine;

namespace UserManager.Server.Cli;

/// <summary>The commands of <c>usermanager</c> and their options. With no command it serves.</summary>
internal static class CommandLine
{
    private static readonly Option<string?> Config = new("--config") { Description = "Folder of settings and policies. Default: config/ here, else the one that came with the program." };
    private static readonly Option<string> Data = new("--data") { Description = "Folder of the database and the socket.", DefaultValueFactory = _ => "data" };
    private static readonly Option<string?> Plugins = new("--plugins") { Description = "Folder of your own plugins, beside the built-in ones. Default: plugins/ here." };
    private static readonly Option<int?> AuthPort = Port("--auth-port", "UDP port for authentication; wins over the setting (1812).");
    private static readonly Option<int?> AcctPort = Port("--acct-port", "UDP port for accounting; wins over the setting (1813).");
    private static readonly Option<int?> HttpPort = Port("--http-port", "TCP port for /health and /metrics; wins over the setting (none).");
    private static readonly Option<int?> WwwPort = Port("--www-port", "TCP port of HTTP; wins over /ip/service www; 0: closed.", least: 0);
    private static readonly Option<int?> HttpsPort = Port("--www-ssl-port", "TCP port of HTTPS; wins over /ip/service www-ssl; 0: closed.", least: 0);
    private static readonly Option<string?> Socket = new("--socket") { Description = "The server's Unix socket. Default: the variable USERMANAGER_SOCKET, else data/usermanager.sock." };
    private static readonly Option<bool> Trace = new("-X") { Description = "Print the way of each request through the policy, module by module." };
    private static readonly Option<string?> LogLines = new("--log-format") { Description = "text or json." };

    public static Task<int> RunAsync(string[] args)
    {
        LogLines.AcceptOnlyFromAmong("text", "json");
        Option[] serving = [Config, Data, Plugins, AuthPort, AcctPort, WwwPort, HttpsPort, HttpPort, Socket, Trace, LogLines];
        var serve = new Command("serve", "Run the server (also with no command at all).");
        var root = new RootCommand("UserManager: a policy server for network access.")
        {
            serve, Check(), Console(), Exec(), Import(), Export(), PacketCommandLine.Packet(), PacketCommandLine.Dictionary(),
        };
        foreach (var command in new[] { serve, root })
        {
            foreach (var option in serving)
                command.Options.Add(option);

            Act(command, parsed => Node.ServeAsync(ServeOptions(parsed)));
        }

        return root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    private static ServeOptions ServeOptions(ParseResult parsed) => new()
    {
        ConfigFolder = Folders.Config(parsed.GetValue(Config)),
        SecretKey = Folders.SecretKey(parsed.GetValue(Config), parsed.GetValue(Data)!),
        DataFolder = parsed.GetValue(Data)!,
        PluginFolders = Folders.Plugins(parsed.GetValue(Plugins)),
        AuthPort = parsed.GetValue(AuthPort),
        AcctPort = parsed.GetValue(AcctPort),
        HttpPort = parsed.GetValue(HttpPort),
        WwwPort = parsed.GetValue(WwwPort),
        HttpsPort = parsed.GetValue(HttpsPort),
        Socket = SocketFor(parsed),
        Trace = parsed.GetValue(Trace),
        LogFormat = Enum.TryParse<LogFormat>(parsed.GetValue(LogLines), ignoreCase: true, out var format) ? format : null,
    };

    private static Command Check()
    {
        var command = new Command("check", "Say all that is wrong with the configuration; a running server is left alone.") { Config, Plugins };
        return Act(command, parsed =>
            ConfigurationCheck.RunAsync(Folders.Config(parsed.GetValue(Config)), Folders.Plugins(parsed.GetValue(Plugins)), System.Console.Out));
    }

    private static Command Console() =>
        Act(new Command("console", "The interactive console of a running server.") { Socket, Data }, parsed => ConsoleCommands.InteractAsync(SocketFor(parsed)));

    private static Command Exec()
    {
        var input = new Argument<string>("commands") { Description = "Console commands: lines, or separated by ;" };
        return Act(
            new Command("exec", "Run console commands; stops at the first that fails.") { input, Socket, Data },
            parsed => ConsoleCommands.ExecAsync(SocketFor(parsed), parsed.GetValue(input)!));
    }

    private static Command Import()
    {
        var file = new Argument<string>("file") { Description = "An .rsc file, as RouterOS exports it, - for standard input; or a .csv file of users, whose first row names fields." };
        var allOrNothing = new Option<bool>("--all-or-nothing") { Description = "Of a .csv file: write nothing when one row is bad. Otherwise the good rows are written." };
        return Act(
            new Command("import", "Import an .rsc file, users, or another server's configuration.") { file, allOrNothing, Socket, Data, ImportFreeRadius() },
            parsed => ConsoleCommands.ImportAsync(SocketFor(parsed), parsed.GetValue(file)!, parsed.GetValue(allOrNothing)));
    }

    private static Command ImportFreeRadius()
    {
        var raddb = new Argument<string>("raddb") { Description = "The folder of FreeRADIUS's configuration, such as /etc/freeradius/3.0." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would be done, and change nothing." };
        return Act(
            new Command("freeradius", "Import clients, users, dictionaries and the settings of sql from FreeRADIUS 3.") { raddb, dryRun, Config, Socket, Data },
            parsed =>
            {
                var config = Folders.Config(parsed.GetValue(Config));
                var isOwn = Path.GetFullPath(config) != Path.GetDirectoryName(Path.GetDirectoryName(Folders.DefaultSite));
                return new FreeRadiusCommand(config, isOwn, SocketFor(parsed)).RunAsync(parsed.GetValue(raddb)!, parsed.GetValue(dryRun));
            });
    }

    private static Command Export()
    {
        var secrets = new Option<bool>("--show-sensitive") { Description = "Passwords and secrets too." };
        return Act(
            new Command("export", "Print everything that is managed as an .rsc file.") { secrets, Socket, Data },
            parsed => ConsoleCommands.ExportAsync(SocketFor(parsed), parsed.GetValue(secrets)));
    }

    /// <summary>Gives a command its action: what it refuses is one message on stderr and exit code 1.</summary>
    private static Command Act(Command command, Func<ParseResult, Task<int>> run)
    {
        command.SetAction(async parsed =>
        {
            try
            {
                return await run(parsed);
            }
            catch (CommandException refused)
            {
                await System.Console.Error.WriteLineAsync(refused.Message);
                return 1;
            }
        });
        return command;
    }

    private static Option<int?> Port(string name, string description, int least = 1)
    {
        var option = new Option<int?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !(int.TryParse(result.Tokens[0].Value, out var port) && port >= least && port <= 65535))
                result.AddError($"{name} {result.Tokens[0].Value}: a port is a number from {least} to 65535");
        });
        return option;
    }

    private static string SocketFor(ParseResult parsed) =>
        parsed.GetValue(Socket)
        ?? Environment.GetEnvironmentVariable("USERMANAGER_SOCKET")
        ?? Path.Combine(parsed.GetValue(Data)!, "usermanager.sock");
}
