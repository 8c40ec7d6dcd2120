namespace UserManager.Policy.Tests.Steps;

/// <summary>An inline module that holds the thread that receives.</summary>
public sealed class SlowModuleTests
{
    [Theory]
    [InlineData(101, 1)]
    [InlineData(100, 0)]
    public async Task It_is_named_in_the_log_once(int milliseconds, int lines)
    {
        var modules = new ModuleRegistry();
        modules.TryAdd(new ModuleType("sluggish", typeof(Sluggish), Blocking: false, "test"));
        await using var policy = new TestPolicy { Modules = modules }
            .With("sites/default.yaml", "authorize: [ sluggish ]").With("modules/sluggish.yaml", $"takes: {milliseconds}ms");

        for (var i = 0; i < 3; i++)
            await policy.AskAsync(Request());

        Assert.Equal(lines, policy.Log.Lines.Count(l => l.Contains($"Module sluggish held its thread for {milliseconds} ms in authorize", StringComparison.Ordinal)));
    }

    // One of those that are timed: the first hundred are not.
    private static RequestContext Request()
    {
        var context = new RequestContext(Some.Dictionary);
        context.Begin(new RequestStart(1000, Some.Dictionary, Some.Client, default, default) { Code = PacketCode.AccessRequest, Trace = new RequestTrace(1000, _ => { }) });
        return context;
    }

    public sealed record SluggishOptions
    {
        public TimeSpan Takes { get; init; }
    }

    public sealed class Sluggish(SluggishOptions options, TimeProvider clock) : IAuthorize
    {
        public ValueTask<Rcode> AuthorizeAsync(RequestContext context)
        {
            ((ManualClock)clock).Advance(options.Takes);
            return new(Rcode.Ok);
        }
    }
}
