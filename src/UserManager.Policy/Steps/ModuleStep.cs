using Microsoft.Extensions.Logging;
using UserManager.Contract;

namespace UserManager.Policy;

/// <summary>A module as a policy has it: its name there, its time and where it runs.</summary>
internal sealed record ModuleInstance(string Name, ModuleType Type, object Module, TimeSpan Timeout)
{
    /// <summary>Where it runs in sections in which it may wait; null for a module that waits in none.</summary>
    public WorkerPool? Workers { get; init; }

    public required TimeProvider Clock { get; init; }

    public required ILogger Logger { get; init; }
}

/// <summary>Runs a module and answers for it: an exception, a timeout and a full queue are its request's <c>fail</c>.</summary>
internal sealed class ModuleStep(ModuleInstance module, Section section, ModuleCall call) : Step
{
    // Inline modules are to be quicker than this; -X names the others.
    private const double SlowMilliseconds = 1;

    // The first requests pay for code that is compiled when it first runs: that says nothing of a module.
    private const int WarmUp = 100;

    private readonly WorkerPool? _workers = module.Type.WaitsIn(section.Interface) ? module.Workers : null;

    public override ValueTask<StepResult> RunAsync(RequestContext context, Frame frame)
    {
        if (_workers is { } workers)
            return RunOnWorkerAsync(context, workers);

        try
        {
            var started = context.Trace is null ? 0 : TimeProvider.System.GetTimestamp();
            var pending = call(context);
            if (started != 0)
                TraceSlow(context, TimeProvider.System.GetElapsedTime(started));

            return pending.IsCompletedSuccessfully
                ? new(Done(context, pending.Result))
                : WaitAsync(context, pending.AsTask());
        }
#pragma warning disable CA1031 // whatever a module throws is its request's failure
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return new(Fault(context, exception));
        }
    }

    private async ValueTask<StepResult> WaitAsync(RequestContext context, Task<Rcode> pending)
    {
        try
        {
            return Done(context, await pending.WaitAsync(module.Timeout, module.Clock).ConfigureAwait(false));
        }
        catch (TimeoutException) when (!pending.IsCompleted)
        {
            return Abandon(context);
        }
#pragma warning disable CA1031
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Fault(context, exception);
        }
    }

    private async ValueTask<StepResult> RunOnWorkerAsync(RequestContext context, WorkerPool workers)
    {
        var ended = await new BlockingCall(call, context, workers, module.Timeout, module.Clock);
        switch (ended.End)
        {
            case CallEnd.TimedOut:
                return Abandon(context);
            case CallEnd.Refused:
                Log.WorkersFull(module.Logger, context.Id, module.Name);
                return Failed(context, "no worker was free");
            case CallEnd.NeverBegan:
                Log.WorkersBusy(module.Logger, context.Id, module.Name, module.Timeout);
                return Failed(context, "no worker was free");
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
        return StepResult.Of(rcode);
    }

    private StepResult Fault(RequestContext context, Exception exception)
    {
        if (exception is OperationCanceledException && context.Cancelled.IsCancellationRequested)
            return Failed(context, "the server stops");

        Log.ModuleFailed(module.Logger, context.Id, module.Name, section.Name, exception.GetType().Name);
        Log.ModuleFault(module.Logger, context.Id, module.Name, exception);
        return Failed(context, exception.GetType().Name);
    }

    private StepResult Failed(RequestContext context, string reason)
    {
        context.Fail($"{module.Name}: {reason}");
        context.Trace?.Write($"[{module.Name}] = fail");
        return StepResult.Of(Rcode.Fail);
    }

    // The module still has the context: nothing of it may be touched from here on.
    private StepResult Abandon(RequestContext context)
    {
        context.Abandon();
        Log.ModuleTimedOut(module.Logger, context.Id, module.Name, section.Name, module.Timeout);
        return StepResult.Abandoned;
    }

    private void TraceSlow(RequestContext context, TimeSpan elapsed)
    {
        if (elapsed.TotalMilliseconds > SlowMilliseconds && context.Id > WarmUp)
            context.Trace?.Write($"[{module.Name}] took {elapsed.TotalMilliseconds:0.0} ms; an inline module should take less than 1 ms");
    }
}
