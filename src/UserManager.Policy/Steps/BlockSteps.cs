using UserManager.Contract;

namespace UserManager.Policy;

/// <summary><c>ok</c>, <c>reject</c> …: an entry that is a return code.</summary>
internal sealed class RcodeStep(Rcode rcode) : Step
{
    public override ValueTask<StepResult> RunAsync(RequestContext context, Frame frame)
    {
        context.Trace?.Write($"[{rcode.Name()}] = {rcode.Name()}");
        return new(StepResult.Of(rcode));
    }
}

/// <summary><c>return</c>: the section ends with the result it has.</summary>
internal sealed class ReturnStep : Step
{
    public override ValueTask<StepResult> RunAsync(RequestContext context, Frame frame)
    {
        context.Trace?.Write("return");
        return new(StepResult.Return);
    }
}

/// <summary><c>group</c>, <c>redundant</c> and a list of policy.yaml: a list in a list. What <c>redundant</c> is lies in its entries' actions.</summary>
internal sealed class GroupStep(Chain body) : Step
{
    public override ValueTask<StepResult> RunAsync(RequestContext context, Frame frame) =>
        body.IsEmpty ? new(StepResult.None) : body.RunAsync(context, frame.Result);
}

/// <summary><c>if</c>, <c>elsif</c>, <c>else</c>: the first branch whose condition holds.</summary>
internal sealed class IfStep(IfStep.Branch[] branches) : Step
{
    /// <param name="Word"><c>if</c> or <c>elsif</c>.</param>
    /// <param name="Condition">Null for <c>else</c>.</param>
    internal sealed record Branch(string Word, Condition? Condition, Chain Body)
    {
        /// <summary>Looks at the condition where a module compares something in it: answers for that module, and waits for it on a worker. Null for any other.</summary>
        public ModuleStep? Comparison { get; init; }

        public ValueTask<StepResult> RunAsync(RequestContext context, Frame frame) => Body.IsEmpty ? new(StepResult.None) : Body.RunAsync(context, frame.Result);

        public bool Holds(RequestContext context, Frame frame)
        {
            var holds = Condition is null || Condition.Holds(context, frame.Last);
            if (Condition is not null)
                context.Trace?.Write($"{Word} ({Condition}) -> {(holds ? "TRUE" : "FALSE")}");

            return holds;
        }
    }

    public override ValueTask<StepResult> RunAsync(RequestContext context, Frame frame)
    {
        for (var i = 0; i < branches.Length; i++)
        {
            if (branches[i].Comparison is not null)
                return CompareAsync(context, frame, i);

            if (branches[i].Holds(context, frame))
                return branches[i].RunAsync(context, frame);
        }

        return new(StepResult.None);
    }

    // From here on with modules that compare. One that fails is the result.
    private async ValueTask<StepResult> CompareAsync(RequestContext context, Frame frame, int from)
    {
        foreach (var branch in branches[from..])
        {
            var holds = branch.Comparison is { } comparison
                ? await comparison.RunAsync(context, c => new(branch.Holds(c, frame) ? Rcode.Ok : Rcode.Noop)).ConfigureAwait(false)
                : StepResult.Of(branch.Holds(context, frame) ? Rcode.Ok : Rcode.Noop);
            if (holds.Rcode == Rcode.Ok)
                return await branch.RunAsync(context, frame).ConfigureAwait(false);

            if (holds.Rcode != Rcode.Noop)
                return holds;
        }

        return StepResult.None;
    }
}

/// <summary><c>switch</c>: the first case whose value is the subject's, otherwise the default.</summary>
/// <param name="subject">Read once, whatever the number of cases.</param>
internal sealed class SwitchStep(Operand subject, SwitchStep.Case[] cases, Chain? otherwise) : Step
{
    internal sealed record Case(byte[] Value, ValueComparer Comparer, Chain Body);

    public override ValueTask<StepResult> RunAsync(RequestContext context, Frame frame)
    {
        if (Find(context) is var found && found < cases.Length)
            return cases[found].Body.RunAsync(context, frame.Result);

        // As FreeRADIUS: a switch without a match has the result that the list had.
        return otherwise?.RunAsync(context, frame.Result) ?? new(StepResult.Of(frame.Result));
    }

    // The first case that is any of the subject's values; their number when none is.
    private int Find(RequestContext context)
    {
        Span<byte> scratch = stackalloc byte[Operand.Scratch];
        var found = cases.Length;
        for (var i = 0; subject.TryNext(context, scratch, ref i, out var value);)
            found = IndexOf(value, found);

        return found;
    }

    private int IndexOf(ReadOnlySpan<byte> value, int end)
    {
        for (var i = 0; i < end; i++)
        {
            if (cases[i].Comparer.Holds(value, ComparisonOperator.Equal, cases[i].Value))
                return i;
        }

        return end;
    }
}

/// <summary><c>load-balance</c>: one entry by chance; <c>redundant-load-balance</c>: and then the next ones, until one works.</summary>
/// <param name="entries">Each entry as a list of its own.</param>
/// <param name="actions">What the entries' codes do: how <c>redundant-load-balance</c> knows which one worked.</param>
internal sealed class BalanceStep(string title, Chain[] entries, ActionTable[] actions, bool redundant) : Step
{
    public override async ValueTask<StepResult> RunAsync(RequestContext context, Frame frame)
    {
        context.Trace?.Open($"{title} {{");
        var first = Random.Shared.Next(entries.Length);
        var result = await entries[first].RunAsync(context, frame.Result).ConfigureAwait(false);
        for (var i = 1; redundant && i < entries.Length && !result.Unwinds; i++)
        {
            var previous = (first + i - 1) % entries.Length;
            if (actions[previous][result.Rcode].Stops)
                break;

            result = await entries[(first + i) % entries.Length].RunAsync(context, frame.Result).ConfigureAwait(false);
        }

        if (!result.IsFinal)
            context.Trace?.Close($"}} # {title} = {result.Rcode.Name()}");

        return result;
    }
}
