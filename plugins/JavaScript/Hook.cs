using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Plugins.JavaScript;

/// <summary>A hook of a policy: a file, read when the policy was compiled.</summary>
/// <param name="name">As the policy has it: <c>hooks/x.js</c>.</param>
/// <param name="source">The file's text.</param>
internal sealed class Hook(string name, string source, EngineThreads threads, ILogger log) : IStep
{
    // A hook that holds threads beyond its time is disabled when it has done so this often.
    private const int MostOverruns = 3;

    private int _overruns;

    public string Name => name;

    public string Source => source;

    private bool IsDisabled => Volatile.Read(ref _overruns) >= MostOverruns;

    public ValueTask<Rcode> RunAsync(RequestContext context) => new(Run(context));

    public void Overran(RequestContext context)
    {
        threads.GiveUp(context);
        if (Interlocked.Increment(ref _overruns) == MostOverruns)
            log.HookDisabled(name, MostOverruns);
    }

    private Rcode Run(RequestContext context)
    {
        if (IsDisabled)
            return Fail(context, $"{name}: the hook is disabled, because it could not be ended in time");

        try
        {
            return Read(threads.Run(this, context));
        }
        catch (ScriptException error)
        {
            var place = error.Line == 0 ? name : $"{name}:{error.Line}:{error.Column}";
            log.HookFailed(context.Id, place, error.Message);
            return Fail(context, $"{place}: {error.Message}");
        }
    }

    private static Rcode Read(string? returned) =>
        returned is null ? Rcode.Noop
        : Rcodes.TryParse(returned, out var rcode) ? rcode
        : throw new ScriptException(
            $"it returned \"{Shown(returned)}\", which is no return code{Words.DidYouMean(returned, Enumerable.Range(0, Rcodes.Count).Select(i => ((Rcode)i).Name()))}");

    private static string Shown(string text) => string.Concat(text.Take(40).Select(c => char.IsControl(c) ? '?' : c));

    private static Rcode Fail(RequestContext context, string reason)
    {
        context.Fail(reason);
        return Rcode.Fail;
    }
}
