using UserManager.Server.Web.Api;

namespace UserManager.Server.Cli;

/// <summary>The commands that speak the console's language with a running server.</summary>
internal static class ConsoleCommands
{
    /// <summary>Runs lines, or commands between <c>;</c>. Stops at the first that fails.</summary>
    public static async Task<int> ExecAsync(string socket, string input)
    {
        using var api = new ApiClient(socket);
        var reply = await api.PostAsync<ConsoleRequest, ConsoleReply>("/console", new ConsoleRequest(input, Width: Width()));
        return Show(reply);
    }

    /// <summary>Imports a file of commands, or of users where its name ends in <c>.csv</c>.</summary>
    public static async Task<int> ImportAsync(string socket, string file, bool allOrNothing)
    {
        var isCsv = file.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);
        if (allOrNothing && !isCsv)
            throw new CommandException($"{file}: --all-or-nothing is for files of users (.csv)");

        byte[] content;
        try
        {
            content = file == "-" ? ReadAll(Console.OpenStandardInput()) : await File.ReadAllBytesAsync(file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                problem is FileNotFoundException or DirectoryNotFoundException ? $"{file}: there is no such file"
                : Directory.Exists(file) ? $"{file}: this is a folder; name the file in it"
                : $"{file}: cannot be read: {problem.Message}");
        }

        using var api = new ApiClient(socket);
        var reply = await api.PostAsync<ImportRequest, ImportReply>("/import", new ImportRequest(file, content, isCsv, allOrNothing));
        foreach (var line in reply.Lines)
            await (reply.Succeeded ? Console.Out : Console.Error).WriteLineAsync(line);

        return reply.Succeeded ? 0 : 1;
    }

    public static async Task<int> ExportAsync(string socket, bool showSensitive)
    {
        using var api = new ApiClient(socket);
        await api.CopyAsync(showSensitive ? "/export?show-sensitive=yes" : "/export", Console.Out);
        return 0;
    }

    /// <summary>The interactive console: until <c>/quit</c>, Ctrl-D or the end of input.</summary>
    public static async Task<int> InteractAsync(string socket)
    {
        using var api = new ApiClient(socket);
        var session = Guid.NewGuid().ToString("N");
        var color = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null;
        var first = await api.PostAsync<ConsoleRequest, ConsoleReply>("/console", new ConsoleRequest("", session));
        var editor = new LineEditor(
            (text, cursor) => api.PostAsync<CompletionRequest, CompletionReply>("/console/complete", new CompletionRequest(text, cursor, session)));
        if (!Console.IsInputRedirected)
            Console.WriteLine("UserManager console. Tab completes, ? and Enter helps, Ctrl-D leaves.");

        var (last, failed) = (first, false);
        while (await ReadCommandAsync(editor, $"[{last.Prompt}] {last.Menu}> ") is { } input)
        {
            var reply = await api.PostAsync<ConsoleRequest, ConsoleReply>("/console", new ConsoleRequest(input, session, Width(), color));
            failed = Show(reply) != 0;
            if (reply.Quit)
                break;

            last = reply;
        }

        return failed && Console.IsInputRedirected ? 1 : 0;
    }

    // A line that ends in a backslash goes on in the next one.
    private static async Task<string?> ReadCommandAsync(LineEditor editor, string prompt)
    {
        var input = await editor.ReadAsync(prompt);
        while (input is not null && input.EndsWith('\\'))
        {
            if (await editor.ReadAsync("... ") is not { } more)
                break;

            input += "\n" + more;
        }

        return input;
    }

    private static int Show(ConsoleReply reply)
    {
        if (reply.Output.Length > 0)
            Console.Out.Write(reply.Output.EndsWith('\n') ? reply.Output : reply.Output + "\n");

        if (reply.Error is not null)
            Console.Error.WriteLine(reply.Error);

        return reply.Error is null ? 0 : 1;
    }

    // Piped output is for programs: nothing is wrapped or cut there.
    private static int Width() => Console.IsOutputRedirected ? 10_000 : Math.Max(40, Console.WindowWidth);

    private static byte[] ReadAll(Stream input)
    {
        using var all = new MemoryStream();
        input.CopyTo(all);
        return all.ToArray();
    }
}
