using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using UserManager.Server.Import;
using UserManager.Server.Web.Api;

namespace UserManager.Server.Cli;

/// <summary><c>usermanager import freeradius RADDB</c></summary>
/// <param name="config">Where files are written.</param>
/// <param name="isOwn">It is not the folder that came with the program, which an update replaces.</param>
/// <param name="socket">The running server's.</param>
internal sealed partial class FreeRadiusCommand(string config, bool isOwn, string socket)
{
    private const string FileName = "raddb";

    private bool _failed;

    /// <param name="raddb">The folder with <c>radiusd.conf</c>.</param>
    /// <param name="dryRun">Nothing is changed, and no server is needed.</param>
    /// <returns>0; 1 when something that was to be written could not be.</returns>
    /// <exception cref="CommandException">It cannot begin.</exception>
    public async Task<int> RunAsync(string raddb, bool dryRun)
    {
        if (!File.Exists(Path.Combine(raddb, "radiusd.conf")))
            throw new CommandException($"{raddb}: there is no radiusd.conf in it; name the folder of FreeRADIUS's configuration, such as /etc/freeradius/3.0");

        var plan = FreeRadiusImport.Read(raddb, config, Folders.Dictionaries, await File.ReadAllTextAsync(Folders.DefaultSite));
        if (plan.Files.Count > 0 && !isOwn && !dryRun)
            throw new CommandException($"Files are to be written, and {config} came with the program: an update replaces it. Copy it (cp -r {config} config), then name yours: --config config");

        Show("Converted", plan.Converted);
        Show("Not converted", plan.NotConverted);
        if (!dryRun)
            await WriteAsync(plan);

        Console.WriteLine($"{plan.Converted.Count} converted, {plan.NotConverted.Count} not converted{(dryRun ? "; nothing was changed (--dry-run)" : "")}");
        return _failed ? 1 : 0;
    }

    private async Task WriteAsync(ImportPlan plan)
    {
        // Without a server nothing is begun.
        using var api = new ApiClient(socket);
        await api.PostAsync<ConsoleRequest, ConsoleReply>("/console", new ConsoleRequest(""));
        if (plan.Commands.Count > 0)
            await RunCommandsAsync(api, plan);

        var written = plan.Files.Where(Write).ToList();
        if (written.Count == 0)
            return;

        var reload = await api.PostAsync<ConsoleRequest, ConsoleReply>("/console", new ConsoleRequest("/system/reload"));
        if (reload.Error is not null)
            Fail($"The server goes on with what it had: {reload.Error}");
    }

    // Commands run as an .rsc file does; what it says of a line is told of the line in raddb that it was made of.
    private async Task RunCommandsAsync(ApiClient api, ImportPlan plan)
    {
        var text = string.Join('\n', plan.Commands.Select(command => command.Text));
        var reply = await api.PostAsync<ImportRequest, ImportReply>("/import", new ImportRequest(FileName, Encoding.UTF8.GetBytes(text)));
        foreach (var line in reply.Lines)
        {
            var said = Place().Match(line) is { Success: true } at
                ? $"{plan.Commands[int.Parse(at.Groups["line"].Value, CultureInfo.InvariantCulture) - 1].Place}: {line[at.Length..]}"
                : line;
            if (reply.Succeeded)
                Console.WriteLine(said);
            else
                Fail(said);
        }
    }

    /// <returns>True when it was written now.</returns>
    private bool Write(PlannedFile file)
    {
        var path = Path.Combine(config, file.Name);
        var isThere = File.Exists(path);
        var text = isThere ? File.ReadAllText(path) : null;
        if (text == file.Text)
            return false;

        // The delivered site is completed, which has been said; anything else is somebody's own.
        if (isThere && text != File.ReadAllText(Folders.DefaultSite))
        {
            Fail($"{file.Place}: {path} is there already and says something else: not overwritten; move it away and import again, or compare by hand");
            return false;
        }

        ImportFiles.Write(path, file.Text);
        return true;
    }

    private static void Show(string title, IReadOnlyList<string> lines)
    {
        Console.WriteLine($"{title}:");
        foreach (var line in lines)
            Console.WriteLine($"  {line}");
    }

    private void Fail(string message)
    {
        _failed = true;
        Console.Error.WriteLine(message);
    }

    [GeneratedRegex(@"^raddb:(?<line>\d+):\d+: ")]
    private static partial Regex Place();
}
