using System.Globalization;
using UserManager.Contract;

namespace UserManager.Management;

/// <summary>A request of REST.</summary>
/// <param name="Method">GET, PUT, PATCH, DELETE or POST.</param>
/// <param name="Path">Behind <c>/rest</c>, as it was sent, percent-encoded.</param>
/// <param name="Query">Behind the question mark, as it was sent.</param>
/// <param name="Body">JSON, or nothing.</param>
/// <param name="ShowSensitive">The caller may see secrets.</param>
public sealed record RestRequest(string Method, string Path, string Query, ReadOnlyMemory<byte> Body, bool ShowSensitive);

/// <summary>RouterOS's REST over any menus: each verb is a command of the console, each menu a path. It knows no menu by name.</summary>
/// <param name="executor">On behalf of who asks.</param>
public sealed class RestService(MenuExecutor executor)
{
    /// <summary>How long a command may take before its session is closed (manual, "Timeout").</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    // What shapes a console's print: JSON is always whole.
    private static readonly string[] _shapes = ["detail", "brief", "terse", "value-list", "without-paging", "show-ids", "show-sensitive", "as-value", "where"];

    public async Task<RestAnswer> ExecuteAsync(RestRequest request, CancellationToken cancelled = default)
    {
        using var limit = new CancellationTokenSource(TimeLimit, executor.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancelled);
        try
        {
            return await RunAsync(request, either.Token).ConfigureAwait(false);
        }
        catch (MenuException refusal)
        {
            return Refused(refusal);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return RestAnswer.Error(400, "Session closed");
        }
    }

    private static RestAnswer Refused(MenuException refusal) => RestAnswer.Error(
        refusal.Kind switch { MenuError.NoSuchItem => 404, MenuError.NoSuchCommand => 406, MenuError.NotPermitted => 500, _ => 400 },
        refusal.Message);

    private async Task<RestAnswer> RunAsync(RestRequest request, CancellationToken cancelled)
    {
        if (request is { Method: "GET", Path: OpenApiDocument.Path })
            return RestAnswer.Document(OpenApiDocument.Write(executor.Tree, executor.Format));

        var target = RestTarget.Read(request.Path, request.Query);
        if (executor.Tree.Resolve(target.Words) is not { } address)
            throw MenuRefusal.NoSuchCommand(target.Words.Count > 0 ? target.Words[^1] : "");

        var (menu, word) = (address.Menu, address.Word);
        if (!MenuVerbs.HasRecords(menu) && request.Method != "POST")
            throw MenuRefusal.NoSuchCommand(word ?? request.Method);

        if (word is not null && Verb(request.Method) is { } verb && !menu.IsSettings && !MenuVerbs.Of(menu).Contains(verb))
            throw MenuRefusal.NoSuchCommand(verb);

        var options = new PrintOptions { Form = ValueForm.Rest, ShowSensitive = request.ShowSensitive };
        switch (request.Method)
        {
            case "GET" when word is null or "print":
                return await PrintAsync(menu, options, target, cancelled).ConfigureAwait(false);
            case "GET":
                return Record(await executor.GetNamedAsync(menu, Named(menu, word), options with { Fields = Properties(target) }, cancelled).ConfigureAwait(false), target);
            case "PUT" when word is null:
                var added = await executor.AddAsync(menu, RestBody.Read(request.Body.Span), cancelled).ConfigureAwait(false);
                return RestAnswer.Object((await executor.GetAsync(menu, added, options, cancelled).ConfigureAwait(false)).Pairs(), 201);
            case "PATCH":
                var changed = menu.IsSettings && word is null ? default : await FindAsync(menu, word, cancelled).ConfigureAwait(false);
                await executor.SetAsync(menu, [changed], RestBody.Read(request.Body.Span), cancelled).ConfigureAwait(false);
                return RestAnswer.Object((await executor.GetAsync(menu, changed, options, cancelled).ConfigureAwait(false)).Pairs());
            case "DELETE":
                await executor.RemoveAsync(menu, [await FindAsync(menu, word, cancelled).ConfigureAwait(false)], cancelled).ConfigureAwait(false);
                return RestAnswer.NoContent;
            case "POST" when word is not null:
                return await PostAsync(menu, word, RestBody.Read(request.Body.Span), options, cancelled).ConfigureAwait(false);
            default:
                throw MenuRefusal.NoSuchCommand(request.Method);
        }
    }

    // What a method does to one record.
    private static string? Verb(string method) => method switch { "PATCH" => "set", "DELETE" => "remove", _ => null };

    private ValueTask<RecordId> FindAsync(Menu menu, string? word, CancellationToken cancelled) =>
        executor.ResolveAsync(menu, Named(menu, word), cancelled);

    private static string Named(Menu menu, string? word) =>
        word is not null && !menu.IsSettings ? word : throw new MenuException("missing or invalid resource identifier");

    // --- print -------------------------------------------------------------------------------------------------------------------

    private async Task<RestAnswer> PrintAsync(Menu menu, PrintOptions options, RestTarget target, CancellationToken cancelled)
    {
        if (menu.IsSettings)
            return Record(await executor.GetAsync(menu, default, options, cancelled).ConfigureAwait(false), target);

        var equal = new Dictionary<string, string>();
        foreach (var (name, value) in target.Query)
        {
            if (!IsPropertyList(name) && !equal.TryAdd(name, value) && equal[name] != value)
                return RestAnswer.Nothing();        // both must hold
        }

        var properties = Properties(target);
        return await ListAsync(executor.PrintAsync(menu, options with { Equal = equal, Fields = properties }, cancelled), properties, cancelled).ConfigureAwait(false);
    }

    private static RestAnswer Record(MenuRow row, RestTarget target) => RestAnswer.Object(row.Pairs(Properties(target)));

    private static bool IsPropertyList(string name) => name is ".proplist" or "_proplist";

    private static List<string>? Properties(RestTarget target) =>
        target.Query.Any(p => IsPropertyList(p.Key)) ? [.. target.Query.Where(p => IsPropertyList(p.Key)).SelectMany(p => Split(p.Value))] : null;

    private static string[] Split(string names) => names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    // The first row is read before the status is said, so that what fails at once is an error and no broken list.
    private static async Task<RestAnswer> ListAsync(IAsyncEnumerable<MenuRow> rows, IReadOnlyList<string>? properties, CancellationToken cancelled)
    {
        var all = rows.GetAsyncEnumerator(cancelled);
        if (await all.MoveNextAsync().ConfigureAwait(false))
            return RestAnswer.List(Rest(all));

        await all.DisposeAsync().ConfigureAwait(false);
        return RestAnswer.Nothing();

        async IAsyncEnumerable<IEnumerable<KeyValuePair<string, string>>> Rest(IAsyncEnumerator<MenuRow> begun)
        {
            await using (begun.ConfigureAwait(false))
            {
                do
                    yield return begun.Current.Pairs(properties);
                while (await begun.MoveNextAsync().ConfigureAwait(false));
            }
        }
    }

    // --- commands ----------------------------------------------------------------------------------------------------------------

    private async Task<RestAnswer> PostAsync(
        Menu menu, string verb, Dictionary<string, GivenValue> arguments, PrintOptions options, CancellationToken cancelled)
    {
        if (menu.Commands.FirstOrDefault(c => c.Name == verb) is { } command && CommonFields.IsMonitor(command)
            && !(arguments.TryGetValue("once", out var once) && IsOn(once)))
            return await MonitorAsync(menu, command, arguments, options, cancelled).ConfigureAwait(false);

        IReadOnlyList<string>? properties = null;
        var counts = false;
        if (verb == "print")
        {
            properties = (Take(arguments, ".proplist") ?? Take(arguments, "_proplist")) is { } list ? list.Items ?? Split(list.ToString()) : null;
            if ((Take(arguments, ".query") ?? Take(arguments, "_query")) is { } query)
                options = options with { Where = RestQuery.Compile(menu, executor.Format, query.Items ?? [query.ToString()]) };

            counts = Take(arguments, "count-only") is { } flag && IsOn(flag);
            foreach (var shape in _shapes)
                arguments.Remove(shape);

            options = options with { Fields = counts ? [] : properties };
        }

        var reply = await executor.ExecuteAsync(menu, verb, arguments, options, cancelled).ConfigureAwait(false);
        if (counts)
            return Returned((await CountAsync(reply.Rows!, cancelled).ConfigureAwait(false)).ToString(CultureInfo.InvariantCulture));

        return reply.Rows is { } rows ? await ListAsync(rows, properties, cancelled).ConfigureAwait(false)
            : reply.Value is { } value ? Returned(value)
            : RestAnswer.Nothing();
    }

    private static RestAnswer Returned(string value) => RestAnswer.Object([new("ret", value)]);

    private static GivenValue? Take(Dictionary<string, GivenValue> arguments, string name) => arguments.Remove(name, out var value) ? value : default(GivenValue?);

    private static bool IsOn(GivenValue flag) => flag.ToString() is not ("false" or "no");

    private static async Task<long> CountAsync(IAsyncEnumerable<MenuRow> rows, CancellationToken cancelled)
    {
        long count = 0;
        await foreach (var _ in rows.WithCancellation(cancelled).ConfigureAwait(false))
            count++;

        return count;
    }

    // For a while, or until its session is closed: samples one interval apart, numbered.
    private async Task<RestAnswer> MonitorAsync(
        Menu menu, Command command, Dictionary<string, GivenValue> arguments, PrintOptions options, CancellationToken cancelled)
    {
        var duration = Time(command, arguments, "duration") ?? Timeout.InfiniteTimeSpan;
        var interval = Time(command, arguments, "interval") is { } given && given > TimeSpan.Zero ? given : TimeSpan.FromSeconds(1);
        var samples = new List<IEnumerable<KeyValuePair<string, string>>>();
        var begun = executor.Clock.GetTimestamp();
        while (true)
        {
            var reply = await executor.ExecuteAsync(menu, command.Name, arguments, options, cancelled).ConfigureAwait(false);
            await foreach (var row in (reply.Rows ?? AsyncEnumerable.Empty<MenuRow>()).WithCancellation(cancelled).ConfigureAwait(false))
                samples.Add([new(".section", samples.Count.ToString(CultureInfo.InvariantCulture)), .. row.Pairs()]);

            if (duration != Timeout.InfiniteTimeSpan && executor.Clock.GetElapsedTime(begun) + interval > duration)
                return RestAnswer.List(samples.ToAsyncEnumerable());

            await Task.Delay(interval, executor.Clock, cancelled).ConfigureAwait(false);
        }
    }

    private TimeSpan? Time(Command command, Dictionary<string, GivenValue> arguments, string name) =>
        Take(arguments, name) is { } given ? (TimeSpan)executor.Format.Parse(command.Arguments.First(f => f.Name == name), given) : null;
}
