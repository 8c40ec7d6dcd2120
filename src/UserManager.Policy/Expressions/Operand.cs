using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>One side of a comparison, giving its values in the form of the type that is compared.</summary>
internal abstract class Operand
{
    /// <summary>Octets that a caller provides to <see cref="TryNext"/>.</summary>
    public const int Scratch = 512;

    /// <summary>Reads one value a call.</summary>
    /// <param name="cursor">0 before the first call.</param>
    public abstract bool TryNext(RequestContext context, Span<byte> scratch, ref int cursor, out ReadOnlySpan<byte> value);

    internal sealed class Constant(byte[] octets) : Operand
    {
        public override bool TryNext(RequestContext context, Span<byte> scratch, ref int cursor, out ReadOnlySpan<byte> value)
        {
            value = octets;
            return cursor++ == 0;
        }
    }

    internal sealed class Attribute(AttributeReference reference) : Operand
    {
        public override bool TryNext(RequestContext context, Span<byte> scratch, ref int cursor, out ReadOnlySpan<byte> value) =>
            reference.TryNext(context, scratch, ref cursor, out value);
    }

    /// <summary>An attribute of another type, by its text.</summary>
    internal sealed class AttributeText(AttributeReference reference) : Operand
    {
        public override bool TryNext(RequestContext context, Span<byte> scratch, ref int cursor, out ReadOnlySpan<byte> value)
        {
            var found = reference.TryNext(context, scratch, ref cursor, out value);
            if (!found)
                return false;

            var to = new OctetWriter(stackalloc byte[Scratch]);
            ValueText.Write(reference, value, ref to);
            value = Kept(to.Written, scratch);
            to.Dispose();
            return true;
        }
    }

    internal sealed class Text(Expansion expansion) : Operand
    {
        public override bool TryNext(RequestContext context, Span<byte> scratch, ref int cursor, out ReadOnlySpan<byte> value)
        {
            value = default;
            if (cursor++ != 0)
                return false;

            var to = new OctetWriter(stackalloc byte[Scratch]);
            expansion.Write(context, ref to);
            value = Kept(to.Written, scratch);
            to.Dispose();
            return true;
        }
    }

    /// <summary>Text read as a value of a type; text that is none is passed over.</summary>
    internal sealed class Parsed(Operand text, AttributeDefinition type) : Operand
    {
        public override bool TryNext(RequestContext context, Span<byte> scratch, ref int cursor, out ReadOnlySpan<byte> value)
        {
            while (text.TryNext(context, scratch, ref cursor, out value))
            {
                if (Radius.AttributeText.TryParseValue(type, AttributeList.Text(value), out var octets, out _))
                {
                    value = octets;
                    return true;
                }
            }

            return false;
        }
    }

    private static ReadOnlySpan<byte> Kept(scoped ReadOnlySpan<byte> text, Span<byte> scratch)
    {
        if (text.Length > scratch.Length)
            return text.ToArray();

        text.CopyTo(scratch);
        return scratch[..text.Length];
    }
}
