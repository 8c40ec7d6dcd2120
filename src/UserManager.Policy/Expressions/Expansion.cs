using System.Buffers.Binary;
using System.Text;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>A text with <c>%{...}</c>, compiled to its parts. Immutable.</summary>
internal sealed class Expansion(string source, Expansion.Part[] parts) : ITextTemplate
{
    /// <summary>A piece of the text.</summary>
    internal abstract class Part
    {
        public abstract void Write(RequestContext context, ref OctetWriter to);
    }

    /// <summary>Its octets when nothing in it depends on the request; null otherwise.</summary>
    public byte[]? Constant { get; } =
        parts.All(part => part is LiteralPart) ? [.. parts.SelectMany(part => ((LiteralPart)part).Octets)] : null;

    /// <summary>The attribute, when the text is that and nothing else.</summary>
    public AttributeReference? Attribute { get; } = parts is [AttributePart only] ? only.Reference : null;

    /// <summary>Compiles a text.</summary>
    /// <exception cref="PolicyTextException">It is wrong.</exception>
    public static Expansion Compile(string text, Scope scope) => new ExpansionParser(text, scope, escapes: false).Parse();

    public void Write(RequestContext context, ref OctetWriter to)
    {
        foreach (var part in parts)
            part.Write(context, ref to);
    }

    public string Expand(RequestContext context)
    {
        var to = new OctetWriter(stackalloc byte[512]);
        Write(context, ref to);
        var text = AttributeList.Text(to.Written);
        to.Dispose();
        return text;
    }

    /// <summary>The text with each part changed by what it is: written in the policy, or expanded.</summary>
    public string ExpandPattern(RequestContext context, Func<string, string> written, Func<string, string> expanded)
    {
        var pattern = new StringBuilder();
        foreach (var part in parts)
        {
            var to = new OctetWriter([]);
            part.Write(context, ref to);
            var text = AttributeList.Text(to.Written);
            to.Dispose();
            pattern.Append(part is LiteralPart ? written(text) : expanded(text));
        }

        return pattern.ToString();
    }

    public byte[] ExpandOctets(RequestContext context)
    {
        var to = new OctetWriter(stackalloc byte[512]);
        Write(context, ref to);
        var octets = to.Written.ToArray();
        to.Dispose();
        return octets;
    }

    public override string ToString() => source;

    internal sealed class LiteralPart(byte[] octets) : Part
    {
        public byte[] Octets => octets;

        public override void Write(RequestContext context, ref OctetWriter to) => to.Write(octets);
    }

    /// <summary><c>%{reply:Class}</c>; several values are separated by commas.</summary>
    internal sealed class AttributePart(AttributeReference reference) : Part
    {
        public AttributeReference Reference => reference;

        public override void Write(RequestContext context, ref OctetWriter to)
        {
            Span<byte> scratch = stackalloc byte[VirtualAttribute.MaxLength];
            var cursor = 0;
            for (var first = true; reference.TryNext(context, scratch, ref cursor, out var value); first = false)
            {
                if (!first)
                    to.Write(","u8);

                ValueText.Write(reference, value, ref to);
            }
        }
    }

    /// <summary><c>%{%{A}:-%{B}}</c>: B when A is empty.</summary>
    internal sealed class AlternativePart(Part first, Expansion second) : Part
    {
        public override void Write(RequestContext context, ref OctetWriter to)
        {
            var start = to.Length;
            first.Write(context, ref to);
            if (to.Length == start)
                second.Write(context, ref to);
        }
    }

    /// <summary><c>%{1}</c>.</summary>
    internal sealed class CapturePart(int group) : Part
    {
        public override void Write(RequestContext context, ref OctetWriter to)
        {
            if (context.Captures.TryGet(group, out var text))
                to.Write(text.AsSpan());
        }
    }

    /// <summary><c>%S</c> and its kin: the time the request came, or a number of it.</summary>
    internal sealed class LetterPart(char letter, TimeZoneInfo zone) : Part
    {
        // Formats of .NET for the letters of FreeRADIUS; the others are numbers.
        public const string Letters = "cCdDeGHIlmMnStTYv";

        public override void Write(RequestContext context, ref OctetWriter to)
        {
            var when = TimeZoneInfo.ConvertTime(context.ReceivedAt, zone);
            switch (letter)
            {
                case 'l' or 'c':
                    to.Write(when.ToUnixTimeSeconds());
                    break;
                case 'C' or 'M':
                    to.Write(when.Ticks % TimeSpan.TicksPerSecond / 10, "D6");
                    break;
                case 'n':
                    to.Write(context.Id);
                    break;
                case 'I':
                    to.Write(context.Identifier);
                    break;
                case 't':
                    to.Write(when, "ddd MMM ");
                    to.Write(when.Day < 10 ? " "u8 : ""u8);
                    to.Write(when, "%d");
                    to.Write(when, " HH:mm:ss yyyy");
                    break;
                case 'v':
                    to.Write("UserManager"u8);
                    break;
                default:
                    to.Write(when, Format(letter));
                    break;
            }
        }

        private static string Format(char letter) => letter switch
        {
            'd' => "dd",
            'D' => "yyyyMMdd",
            'e' => "ss",
            'G' => "mm",
            'H' => "HH",
            'm' => "MM",
            'S' => "yyyy-MM-dd HH:mm:ss",
            'T' => "yyyy-MM-dd-HH.mm.ss.ffffff",
            _ => "yyyy",
        };
    }
}

/// <summary>The text of a value inside other text: without quotes, a string's octets as they are.</summary>
internal static class ValueText
{
    public static void Write(AttributeReference reference, scoped ReadOnlySpan<byte> value, ref OctetWriter to)
    {
        if (reference.Instance == Instance.Count)
            to.Write(BinaryPrimitives.ReadInt32BigEndian(value));
        else
            Write(reference.Definition, value, ref to);
    }

    public static void Write(AttributeDefinition? definition, scoped ReadOnlySpan<byte> value, ref OctetWriter to)
    {
        switch (definition?.Type)
        {
            case null:
                to.Write("0x"u8);
                to.Write(Convert.ToHexStringLower(value).AsSpan());
                break;
            case AttributeType.String:
                to.Write(value);
                break;
            case AttributeType.Integer or AttributeType.Byte or AttributeType.Short or AttributeType.Integer64:
                WriteNumber(definition, value, ref to);
                break;
            case AttributeType.IpAddr when value.Length == 4:
                to.Write(value[0]);
                foreach (var octet in value[1..])
                {
                    to.Write("."u8);
                    to.Write(octet);
                }

                break;
            default:
                to.Write(AttributeText.PrintRaw(definition, value).AsSpan());
                break;
        }
    }

    private static void WriteNumber(AttributeDefinition definition, scoped ReadOnlySpan<byte> value, ref OctetWriter to)
    {
        ulong number = 0;
        foreach (var octet in value)
            number = (number << 8) | octet;

        if (definition.TryGetName(number, out var name))
            to.Write(name.AsSpan());
        else
            to.Write(number);
    }
}

/// <summary>Compiles templates for modules.</summary>
internal sealed class Expander(Scope scope) : IExpander
{
    public ITextTemplate Compile(string text)
    {
        try
        {
            return Expansion.Compile(text, scope);
        }
        catch (PolicyTextException exception)
        {
            throw new FormatException($"{exception.Message} (at character {exception.Offset + 1} of {text})", exception);
        }
    }
}
