using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>A condition of <c>if</c>, compiled. Immutable.</summary>
internal abstract class Condition
{
    /// <summary>How the policy has it.</summary>
    public string Source { get; set; } = "";

    /// <summary>A module that compares something in it, and of several one that waits; null for none. Then it is looked at as that module is run.</summary>
    public ModuleInstance? ComparedBy { get; set; }

    /// <param name="last">The code of the step before; null before the first.</param>
    public abstract bool Holds(RequestContext context, Rcode? last);

    public override string ToString() => Source;

    internal sealed class Always(bool value) : Condition
    {
        public override bool Holds(RequestContext context, Rcode? last) => value;
    }

    internal sealed class And(Condition left, Condition right) : Condition
    {
        public override bool Holds(RequestContext context, Rcode? last) => left.Holds(context, last) && right.Holds(context, last);
    }

    internal sealed class Or(Condition left, Condition right) : Condition
    {
        public override bool Holds(RequestContext context, Rcode? last) => left.Holds(context, last) || right.Holds(context, last);
    }

    internal sealed class Not(Condition inner) : Condition
    {
        public override bool Holds(RequestContext context, Rcode? last) => !inner.Holds(context, last);
    }

    /// <summary><c>ok</c>: the step before returned that.</summary>
    internal sealed class LastWas(Rcode rcode) : Condition
    {
        public override bool Holds(RequestContext context, Rcode? last) => last == rcode;
    }

    /// <summary><c>&amp;reply:Class</c>: it is there.</summary>
    internal sealed class Present(AttributeReference reference) : Condition
    {
        public override bool Holds(RequestContext context, Rcode? last) => reference.IsPresent(context);
    }

    /// <summary><c>&amp;reply:</c>: the list is not empty.</summary>
    internal sealed class NotEmptyList(ListName list) : Condition
    {
        public override bool Holds(RequestContext context, Rcode? last) => Lists.Of(context, list).Count > 0;
    }

    /// <summary><c>"%{User-Name}"</c>: it is not empty.</summary>
    internal sealed class NotEmpty(Expansion text) : Condition
    {
        public override bool Holds(RequestContext context, Rcode? last)
        {
            var to = new OctetWriter(stackalloc byte[Operand.Scratch]);
            text.Write(context, ref to);
            var holds = to.Length > 0;
            to.Dispose();
            return holds;
        }
    }

    /// <summary>Two sides, an operator, and how values of their type compare. True when it is so for any pair of values.</summary>
    internal sealed class Comparison(Operand left, ComparisonOperator op, Operand right, ValueComparer comparer) : Condition
    {
        public override bool Holds(RequestContext context, Rcode? last)
        {
            Span<byte> leftScratch = stackalloc byte[Operand.Scratch];
            Span<byte> rightScratch = stackalloc byte[Operand.Scratch];
            for (var i = 0; left.TryNext(context, leftScratch, ref i, out var leftValue);)
            {
                for (var j = 0; right.TryNext(context, rightScratch, ref j, out var rightValue);)
                {
                    if (comparer.Holds(leftValue, op, rightValue))
                        return true;
                }
            }

            return false;
        }
    }

    /// <summary><c>SQL-Group == "gold"</c>: a module knows.</summary>
    internal sealed class Compared(IPairCompare module, AttributeDefinition attribute, ComparisonOperator op, Operand right) : Condition
    {
        public override bool Holds(RequestContext context, Rcode? last)
        {
            Span<byte> scratch = stackalloc byte[Operand.Scratch];
            for (var i = 0; right.TryNext(context, scratch, ref i, out var value);)
            {
                if (ValueComparer.Is(op, module.Compare(context, attribute, value)))
                    return true;
            }

            return false;
        }
    }

    /// <summary><c>=~</c> and <c>!~</c>. A value that is absent matches neither.</summary>
    /// <param name="source">The pattern as the policy has it, for the log.</param>
    internal sealed class Match(Operand subject, string source, Func<RequestContext, Regex?> pattern, bool negated, ILogger logger) : Condition
    {
        public override bool Holds(RequestContext context, Rcode? last)
        {
            if (pattern(context) is not { } regex)
                return false;

            Span<byte> scratch = stackalloc byte[Operand.Scratch];
            var found = false;
            for (var i = 0; subject.TryNext(context, scratch, ref i, out var value); found = true)
            {
                if (!TryMatch(context, regex, value, out var matches))
                    return false;

                if (matches)
                    return !negated;
            }

            context.Captures.Clear();
            return negated && found;
        }

        private bool TryMatch(RequestContext context, Regex regex, ReadOnlySpan<byte> value, out bool matches)
        {
            Span<char> buffer = value.Length <= 512 ? stackalloc char[512] : new char[value.Length];
            var text = buffer[..Decode(value, buffer)];
            try
            {
                matches = regex.IsMatch(text);
                if (matches)
                    context.Captures.Set(regex, text);

                return true;
            }
            catch (RegexMatchTimeoutException)
            {
                Log.RegexTimedOut(logger, context.Id, source, regex.MatchTimeout);
                matches = false;
                return false;
            }
        }

        private static int Decode(ReadOnlySpan<byte> value, Span<char> to) =>
            System.Text.Unicode.Utf8.IsValid(value) ? Encoding.UTF8.GetChars(value, to) : Encoding.Latin1.GetChars(value, to);
    }
}
