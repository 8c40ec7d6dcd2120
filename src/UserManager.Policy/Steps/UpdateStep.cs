using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary><c>update</c>: changes lists. Returns noop, or fail when a value could not be made.</summary>
internal sealed class UpdateStep(Assignment[] assignments) : Step
{
    public override ValueTask<StepResult> RunAsync(RequestContext context, Frame frame)
    {
        context.Trace?.Open("update {");
        var rcode = Rcode.Noop;
        foreach (var assignment in assignments)
        {
            context.Trace?.Write(assignment.ToString());
            if (assignment.TryApply(context))
                continue;

            rcode = Rcode.Fail;
            break;
        }

        context.Trace?.Close($"}} # update = {rcode.Name()}");
        return new(StepResult.Of(rcode));
    }
}

/// <summary>The operators of <c>update</c>.</summary>
internal enum AssignmentOperator
{
    /// <summary><c>:=</c>: in the place of all of this name.</summary>
    Set,

    /// <summary><c>=</c>: unless there is one.</summary>
    SetIfAbsent,

    /// <summary><c>+=</c>: behind the others.</summary>
    Append,

    /// <summary><c>^=</c>: before all others.</summary>
    Prepend,

    /// <summary><c>-=</c>: those of this value go.</summary>
    Remove,

    /// <summary><c>!*</c>: all of this name go.</summary>
    RemoveAll,

    /// <summary><c>==</c>, <c>&lt;=</c> …: those that do not compare so go.</summary>
    Filter,
}

/// <summary>One line of an update.</summary>
internal abstract class Assignment
{
    /// <summary>How the policy has it, for <c>-X</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The list that is changed.</summary>
    protected abstract ListName Target { get; }

    /// <returns>False when the value could not be made, or there is no such list: then the update ends with fail.</returns>
    public bool TryApply(RequestContext context)
    {
        if (Lists.Exists(context, Target))
            return TryApplyTo(Lists.Of(context, Target), context);

        context.Fail($"update: this request has no {Lists.Name(Target)}: it did not come through a tunnel");
        return false;
    }

    protected abstract bool TryApplyTo(AttributeList list, RequestContext context);

    public override string ToString() => Source;
}

/// <summary><c>&amp;reply: += &amp;session-state:</c>: a whole list.</summary>
internal sealed class ListAssignment(ListName target, AssignmentOperator op, ListName from) : Assignment
{
    protected override ListName Target => target;

    protected override bool TryApplyTo(AttributeList to, RequestContext context)
    {
        var source = Lists.Of(context, from);
        if (op == AssignmentOperator.Set && target == from)
            return true;

        if (op == AssignmentOperator.Set)
            to.Clear();

        foreach (ref readonly var entry in source.Entries)
        {
            if (op != AssignmentOperator.SetIfAbsent || !to.Has(entry.Key))
                to.Add(entry.Key, source.Value(in entry), entry.Tag);
        }

        return true;
    }
}

/// <summary>An attribute and what becomes of it.</summary>
/// <param name="comparer">For <see cref="AssignmentOperator.Filter"/> and -Remove.</param>
internal sealed class AttributeAssignment(
    AttributeReference target, AssignmentOperator op, AssignedValue value, ComparisonOperator comparison, ValueComparer comparer) : Assignment
{
    protected override ListName Target => target.List;

    protected override bool TryApplyTo(AttributeList list, RequestContext context)
    {
        if (op == AssignmentOperator.RemoveAll)
            RemoveAll(list);
        else if (op == AssignmentOperator.SetIfAbsent && target.Next(list, 0) >= 0)
            return true;
        else
            return value.TryGive(context, this, list);

        return true;
    }

    /// <summary>Takes one of the values given.</summary>
    /// <param name="first">It is the first one of this update.</param>
    public void Take(AttributeList list, ReadOnlySpan<byte> octets, byte tag, bool first)
    {
        tag = target.Tag ?? tag;
        switch (op)
        {
            case AssignmentOperator.Set when first:
                list.Insert(RemoveForSet(list), target.Key, octets, tag);
                break;
            case AssignmentOperator.Prepend:
                list.Insert(0, target.Key, octets, tag);
                break;
            case AssignmentOperator.Remove or AssignmentOperator.Filter:
                RemoveWhere(list, octets);
                break;
            default:
                list.Add(target.Key, octets, tag);
                break;
        }
    }

    private void RemoveAll(AttributeList list)
    {
        if (target.Instance is Instance.Nth or Instance.Last)
        {
            if (target.Index(list) is var only and >= 0)
                list.RemoveAt(only);

            return;
        }

        for (var i = target.Next(list, 0); i >= 0; i = target.Next(list, i))
            list.RemoveAt(i);
    }

    // Where the new value goes: in the place of what it replaces.
    private int RemoveForSet(AttributeList list)
    {
        var at = target.Index(list);
        RemoveAll(list);
        return at < 0 ? list.Count : at;
    }

    private void RemoveWhere(AttributeList list, ReadOnlySpan<byte> octets)
    {
        for (var i = target.Next(list, 0); i >= 0;)
        {
            var compares = comparer.Holds(list.Value(i), comparison, octets);
            var goes = op == AssignmentOperator.Remove ? compares : !compares;
            if (goes)
                list.RemoveAt(i);

            i = target.Next(list, goes ? i : i + 1);
        }
    }
}

/// <summary>The right side of an assignment.</summary>
internal abstract class AssignedValue
{
    /// <returns>False when there should be a value and it cannot be made.</returns>
    public abstract bool TryGive(RequestContext context, AttributeAssignment to, AttributeList list);

    /// <summary>A value worked out when the policy was compiled.</summary>
    internal sealed class Constant(byte[] octets) : AssignedValue
    {
        public override bool TryGive(RequestContext context, AttributeAssignment to, AttributeList list)
        {
            to.Take(list, octets, tag: 0, first: true);
            return true;
        }
    }

    /// <summary>Text with <c>%{...}</c>, read as the attribute's type.</summary>
    internal sealed class Text(Expansion expansion, AttributeDefinition type) : AssignedValue
    {
        public override bool TryGive(RequestContext context, AttributeAssignment to, AttributeList list)
        {
            var text = new OctetWriter(stackalloc byte[Operand.Scratch]);
            expansion.Write(context, ref text);
            var given = Typed.TryGive(context, type, text.Written, to, list);
            text.Dispose();
            return given;
        }
    }

    /// <summary>A copy of an attribute, or of several. Nothing happens when there is none.</summary>
    internal sealed class Copy(AttributeReference from, AttributeDefinition type) : AssignedValue
    {
        public override bool TryGive(RequestContext context, AttributeAssignment to, AttributeList list)
        {
            if (from.Virtual is not null || from.Instance == Instance.Count)
                return TryGiveComputed(context, to, list);

            if (from.Instance == Instance.All)
                return TryGiveAll(context, to, list);

            var source = from.In(context);
            var index = from.Index(source);
            return index < 0 || TryGive(context, to, list, source.Value(index), source[index].Tag, first: true);
        }

        private bool TryGiveComputed(RequestContext context, AttributeAssignment to, AttributeList list)
        {
            Span<byte> scratch = stackalloc byte[VirtualAttribute.MaxLength];
            var cursor = 0;
            return !from.TryNext(context, scratch, ref cursor, out var value) || TryGive(context, to, list, value, 0, first: true);
        }

        // The lists may be one and the same, so the values are taken out first.
        private bool TryGiveAll(RequestContext context, AttributeAssignment to, AttributeList list)
        {
            var source = from.In(context);
            var values = new List<(byte[] Octets, byte Tag)>();
            for (var i = from.Next(source, 0); i >= 0; i = from.Next(source, i + 1))
                values.Add((source.Value(i).ToArray(), source[i].Tag));

            for (var i = 0; i < values.Count; i++)
            {
                if (!TryGive(context, to, list, values[i].Octets, values[i].Tag, first: i == 0))
                    return false;
            }

            return true;
        }

        private bool TryGive(RequestContext context, AttributeAssignment to, AttributeList list, ReadOnlySpan<byte> value, byte tag, bool first)
        {
            if (from.Definition?.Type == type.Type && from.Instance != Instance.Count)
            {
                to.Take(list, value, tag, first);
                return true;
            }

            var text = new OctetWriter(stackalloc byte[Operand.Scratch]);
            ValueText.Write(from, value, ref text);
            var given = Typed.TryGive(context, type, text.Written, to, list);
            text.Dispose();
            return given;
        }
    }

    /// <summary>Text read as a value of a type, while a request runs.</summary>
    private static class Typed
    {
        public static bool TryGive(RequestContext context, AttributeDefinition type, ReadOnlySpan<byte> text, AttributeAssignment to, AttributeList list)
        {
            if (AttributeText.IsTakenAsItIs(type, text))
            {
                to.Take(list, text, tag: 0, first: true);
                return true;
            }

            var read = AttributeText.TryParseValue(type, AttributeList.Text(text), out var octets, out var error);
            if (read)
                to.Take(list, octets, tag: 0, first: true);
            else
                context.Fail(AttributeText.IsSecret(type) ? $"update: this is no value of {type.Name}" : $"update: {error}");

            return read;
        }
    }
}
