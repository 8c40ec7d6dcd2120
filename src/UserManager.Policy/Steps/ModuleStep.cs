using Microsoft.Extensions.Logging;
using UserManager.Contract;

namespace UserManager.Policy;

/// <summary>A module as a policy has it: its name there, its time and where it runs.</summary>
internal sealed record ModuleInstance(string Name, ModuleType Type, object Module, TimeSpan Timeout, TimeProvider Clock)
{
    /// <summary>Where it runs in sections in which it may wait; null for a module that waits in none.</summary>
    public WorkerPool? Workers { get; init; }

    /// <summary>The same pool when nobody else has it, so that it ends with the module.</summary>
    public WorkerPool? OwnWorkers { get; init; }

    /// <summary>It waits in every section, whatever its type says: items that it has read are compared by a module that does.</summary>
    public bool Waits { get; init; }

    /// <summary>Of its calls that wait.</summary>
    public Deadlines Deadlines { get; } = new(Timeout, Clock);

    public required ILogger Logger { get; init; }

    public RequestCounters Counters { get; init; } = new();

    /// <summary>Disposes the module. What that throws is logged: the others are to end too.</summary>
    public async ValueTask DisposeAsync()
    {
        OwnWorkers?.Dispose();
        try
        {
            if (Module is IAsyncDisposable asynchronous)
                await asynchronous.DisposeAsync().ConfigureAwait(false);
            else
                (Module as IDisposable)?.Dispose();
        }
#pragma warning disable CA1031 // whatever a module throws, it has ended
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.DisposeFailed(Logger, Name, exception.GetType().Name, exception.Message);
        }
    }

    /// <summary>See <see cref="IInherit"/>.</summary>
    public void Inherit(ModuleInstance before)
    {
        if (Module is not IInherit heir || before.Module.GetType() != Module.GetType())
            return;

        try
        {
            heir.Inherit(before.Module);
        }
#pragma warning disable CA1031 // whatever a module throws, it begins anew
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.InheritFailed(Logger, Name, exception.GetType().Name, exception.Message);
        }
    }
}

/// <summary>Runs a module and answers for it: an exception, a timeout and a full queue are its request's <c>fail</c>.</summary>
/// <param name="overran">Is told of a call that did not come back in the module's time.</param>
/// <param name="work">What it does there, by an interface of the contract. Default the section's.</param>
internal sealed class ModuleStep(ModuleInstance module, Section section, ModuleCall call, Action<RequestContext>? overran = null, Type? work = null) : Step
{
    // The first requests pay for code that is compiled when it first runs: that says nothing of a module.
    private const int WarmUp = 100;

    // From here on a slow inline module is one that stops the traffic, and worth a line of the log.
    private static readonly TimeSpan Holding = TimeSpan.FromMilliseconds(100);

    private int _saidSlow;
    private readonly ModulePlace _place = new(module.Name, section.Name);
    private readonly ModuleCounters _counters = module.Counters.Of(module.Name, section.Name);
    private readonly WorkerPool? _workers = module.Waits || module.Type.WaitsIn(work ?? section.Interface) ? module.Workers : null;

    public override ValueTask<StepResult> RunAsync(RequestContext context, Frame frame) => RunAsync(context, call);

    /// <summary>The same with another call of the module: one that depends on the request.</summary>
    public ValueTask<StepResult> RunAsync(RequestContext context, ModuleCall call)
    {
        if (_workers is { } workers)
            return RunOnWorkerAsync(context, call, workers);

        try
        {
            var started = context.Trace is not null || module.Counters.Watches(context.Id) ? module.Clock.GetTimestamp() : 0;
            var pending = call(context);
            if (started != 0)
                NoteSlow(context, module.Clock.GetElapsedTime(started));

            return pending.IsCompletedSuccessfully
                ? new(Done(context, pending.Result))
                : WaitAsync(context, new PendingCall(pending, module.Deadlines));
        }
#pragma warning disable CA1031 // whatever a module throws is its request's failure
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return new(Fault(context, exception));
        }
    }

    private async ValueTask<StepResult> WaitAsync(RequestContext context, PendingCall pending)
    {
        var started = module.Clock.GetTimestamp();
        await pending;
        if (!pending.IsAnswered)
            return Abandon(context);

        try
        {
            var rcode = pending.Rcode;
            _counters.Waits.Add(module.Clock.GetElapsedTime(started));
            return Done(context, rcode);
        }
#pragma warning disable CA1031
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Fault(context, exception);
        }
    }

    private async ValueTask<StepResult> RunOnWorkerAsync(RequestContext context, ModuleCall call, WorkerPool workers)
    {
        var started = module.Clock.GetTimestamp();
        var ended = await new BlockingCall(call, context, workers, module.Deadlines);
        _counters.Waits.Add(module.Clock.GetElapsedTime(started));
        switch (ended.End)
        {
            case CallEnd.TimedOut:
                return Abandon(context);
            case CallEnd.Refused:
                Log.WorkersFull(module.Logger, context.Id, module.Name);
                return Overloaded(context);
            case CallEnd.NeverBegan:
                Log.WorkersBusy(module.Logger, context.Id, module.Name, module.Timeout);
                return Overloaded(context);
        }

        try
        {
            return Done(context, ended.Rcode);
        }
#pragma warning disable CA1031
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Fault(context, exception);
        }
    }

    private StepResult Done(RequestContext context, Rcode rcode)
    {
        if ((uint)rcode >= Rcodes.Count)
        {
            Log.NoRcode(module.Logger, context.Id, module.Name, section.Name, (int)rcode);
            return Failed(context, "it returned no return code");
        }

        context.Trace?.Write($"[{module.Name}] = {rcode.Name()}");
        _counters.Result(rcode);
        context.Note(_place, rcode);
        return StepResult.Of(rcode);
    }

    private StepResult Fault(RequestContext context, Exception exception)
    {
        if (exception is OperationCanceledException && context.Cancelled.IsCancellationRequested)
            return Failed(context, "the server stops");

        if (exception is DatabaseAwayException away)
            return Failed(context, away.Message);           // the log has it

        Log.ModuleFailed(module.Logger, context.Id, module.Name, section.Name, exception.GetType().Name);
        Log.ModuleFault(module.Logger, context.Id, module.Name, exception);
        return Failed(context, exception.GetType().Name);
    }

    private StepResult Overloaded(RequestContext context)
    {
        context.Overload();
        return Failed(context, "no worker was free");
    }

    private StepResult Failed(RequestContext context, string reason)
    {
        _counters.Result(Rcode.Fail);
        context.Note(_place, Rcode.Fail);
        context.Fail($"{module.Name}: {reason}");
        context.Trace?.Write($"[{module.Name}] = fail");
        return StepResult.Of(Rcode.Fail);
    }

    // The module still has the context: nothing of it may be touched from here on.
    private StepResult Abandon(RequestContext context)
    {
        context.Abandon();
        context.Note(_place, Rcode.Fail);
        _counters.Result(Rcode.Fail);
        Log.ModuleTimedOut(module.Logger, context.Id, module.Name, section.Name, module.Timeout);
        overran?.Invoke(context);
        return StepResult.Abandoned;
    }

    private void NoteSlow(RequestContext context, TimeSpan elapsed)
    {
        if (elapsed <= RequestCounters.SlowInline || context.Id <= WarmUp)
            return;

        _counters.Slow();
        if (elapsed > Holding && Interlocked.Exchange(ref _saidSlow, 1) == 0)
            Log.HoldsThread(module.Logger, context.Id, module.Name, section.Name, (long)elapsed.TotalMilliseconds);

        context.Trace?.Write($"[{module.Name}] took {elapsed.TotalMilliseconds:0.0} ms; an inline module should take less than 1 ms");
    }
}
