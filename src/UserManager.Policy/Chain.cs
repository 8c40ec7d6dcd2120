using UserManager.Contract;

namespace UserManager.Policy;

/// <summary>What a step came to.</summary>
internal readonly record struct StepResult
{
    /// <summary>Nothing happened (a condition that does not hold): as if the step were not there.</summary>
    public static readonly StepResult None;

    /// <summary><c>return</c>: the section ends with the result it has.</summary>
    public static readonly StepResult Return = new() { Unwinds = true };

    /// <summary>The request was given up: fail, at once, whatever the policy says.</summary>
    public static readonly StepResult Abandoned = new() { HasRcode = true, Rcode = Rcode.Fail, Unwinds = true, IsFinal = true };

    public bool HasRcode { get; private init; }

    public Rcode Rcode { get; private init; }

    /// <summary>Every list around ends too.</summary>
    public bool Unwinds { get; private init; }

    /// <summary>No list around may change the code.</summary>
    public bool IsFinal { get; private init; }

    /// <summary>No step had a code: it is the one the list began with.</summary>
    public bool IsInitial { get; private init; }

    public static StepResult Initial(Rcode rcode) => new() { HasRcode = true, Rcode = rcode, IsInitial = true };

    public static StepResult Of(Rcode rcode, bool unwinds = false) => new() { HasRcode = true, Rcode = rcode, Unwinds = unwinds };
}

/// <summary>Where a list stands when a step begins.</summary>
/// <param name="Result">Its result so far: a nested list starts with it.</param>
/// <param name="Last">The code of the step before, which <c>if: ok</c> asks for; null before the first.</param>
internal readonly record struct Frame(Rcode Result, Rcode? Last);

/// <summary>One entry of a list.</summary>
internal abstract class Step
{
    /// <summary>What the list does with this step's codes.</summary>
    public required ActionTable Actions { get; init; }

    public abstract ValueTask<StepResult> RunAsync(RequestContext context, Frame frame);
}

/// <summary>A list of steps, compiled. Immutable.</summary>
/// <param name="title">How <c>-X</c> names it; null for one that is not shown.</param>
internal sealed class Chain(string? title, Step[] steps)
{
    public static readonly Chain Empty = new(null, []);

    public bool IsEmpty => steps.Length == 0;

    /// <summary>Runs the steps in order. The result is the code of highest priority; of equals, the first (as FreeRADIUS 3.2).</summary>
    public ValueTask<StepResult> RunAsync(RequestContext context, Rcode initial)
    {
        if (title is not null)
            context.Trace?.Open($"{title} {{");

        var progress = new Progress(initial);
        for (var i = 0; i < steps.Length; i++)
        {
            var pending = steps[i].RunAsync(context, progress.Frame);
            if (!pending.IsCompletedSuccessfully)
                return ContinueAsync(context, progress, i, pending);

            if (progress.Ends(pending.Result, steps[i].Actions))
                break;
        }

        return new(Close(context, progress));
    }

    private async ValueTask<StepResult> ContinueAsync(RequestContext context, Progress progress, int at, ValueTask<StepResult> pending)
    {
        while (!progress.Ends(await pending.ConfigureAwait(false), steps[at].Actions) && ++at < steps.Length)
            pending = steps[at].RunAsync(context, progress.Frame);

        return Close(context, progress);
    }

    private StepResult Close(RequestContext context, in Progress progress)
    {
        if (title is not null)
            context.Trace?.Close($"}} # {title} = {progress.Frame.Result.Name()}");

        return progress.Outcome;
    }

    /// <summary>How far a list has come. The rules are in the table; this only applies them.</summary>
    private struct Progress(Rcode initial)
    {
        private Rcode _result = initial;
        private Rcode? _last;
        private int _best;
        private bool _unwinds;
        private bool _final;
        private bool _ran;

        public readonly Frame Frame => new(_result, _last);

        public readonly StepResult Outcome => _final ? StepResult.Abandoned
            : !_ran && !_unwinds ? StepResult.Initial(_result)
            : StepResult.Of(_result, _unwinds);

        /// <summary>Takes a step's result in.</summary>
        /// <returns>True when the list ends here.</returns>
        public bool Ends(StepResult step, ActionTable actions)
        {
            (_unwinds, _final) = (step.Unwinds, step.IsFinal);
            _ran |= step.HasRcode && !step.IsInitial;
            if (_final)
                _result = step.Rcode;

            return _final || (step.HasRcode && Stops(step.Rcode, actions[step.Rcode])) || _unwinds;
        }

        private bool Stops(Rcode rcode, StepAction action)
        {
            _last = rcode;
            if (action.Stops || action.Priority > _best)
                (_result, _best) = (action.Rejects ? Rcode.Reject : rcode, action.Priority);

            return action.Stops;
        }
    }
}
