using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace UserManager.Radius;

/// <summary>The <c>abinary</c> data type: a packet filter of Ascend as 32 octets, shown as <c>ip in forward tcp dstport = 25</c>.</summary>
/// <remarks>
/// Wire form: type (0 generic, 1 ip), forward, direction (1 in), a filler; for ip then source and destination address, their
/// lengths in bits, protocol, established, source and destination port, their comparisons, zeros. Other filters are shown as octets.
/// </remarks>
internal sealed class AscendFilterCodec : AttributeCodec
{
    private const int Size = 32;
    private const int SourceAt = 4;
    private const int DestinationAt = 8;
    private const int SourceBitsAt = 12;
    private const int DestinationBitsAt = 13;
    private const int ProtocolAt = 14;
    private const int EstablishedAt = 15;
    private const int SourcePortAt = 16;
    private const int DestinationPortAt = 18;
    private const int SourceComparisonAt = 20;
    private const int DestinationComparisonAt = 21;

    // By their number on the wire; 0 is none.
    private static readonly string[] Comparisons = ["", "<", "=", ">", "!="];

    private static readonly (string Name, byte Number)[] Protocols = [("tcp", 6), ("udp", 17), ("icmp", 1), ("ospf", 89)];

    public override bool IsQuoted => true;

    public override bool Fits(AttributeDefinition definition, ReadOnlySpan<byte> value) => value.Length <= Size;

    public override void Print(AttributeDefinition definition, ReadOnlySpan<byte> value, StringBuilder into)
    {
        if (value.Length != Size || value[0] != 1 || value[SourceComparisonAt] > 4 || value[DestinationComparisonAt] > 4)
        {
            HexText.Print(value, into);
            return;
        }

        into.Append("ip ").Append(value[2] != 0 ? "in" : "out").Append(value[1] != 0 ? " forward" : " drop");
        PrintAddress(" srcip ", value.Slice(SourceAt, 4), value[SourceBitsAt], into);
        PrintAddress(" dstip ", value.Slice(DestinationAt, 4), value[DestinationBitsAt], into);
        into.Append(' ').Append(ProtocolName(value[ProtocolAt]));
        PrintPort(" srcport ", value[SourcePortAt..], value[SourceComparisonAt], into);
        PrintPort(" dstport ", value[DestinationPortAt..], value[DestinationComparisonAt], into);
        into.Append(value[EstablishedAt] != 0 ? " est" : "");
    }

    public override bool TryParse(AttributeDefinition definition, string text, out byte[] value, out string error)
    {
        error = "";
        if (TryParseOctets(definition, text, out value))
            return true;

        var words = text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        value = new byte[Size];
        if (TryWords(words, value))
            return true;

        error = $"\"{text}\" is not a filter like \"ip in forward srcip 10.0.0.0/8 tcp dstport = 25 est\" or 0x…, which {definition.Name} needs";
        return false;
    }

    private static void PrintAddress(string name, ReadOnlySpan<byte> address, byte bits, StringBuilder into)
    {
        if (!address.ContainsAnyExcept((byte)0))
            return;

        into.Append(name);
        AddressText.Print(address, into);
        into.Append('/').Append(bits);
    }

    private static void PrintPort(string name, ReadOnlySpan<byte> port, byte comparison, StringBuilder into)
    {
        if (comparison != 0)
            into.Append(name).Append(Comparisons[comparison]).Append(' ').Append(BinaryPrimitives.ReadUInt16BigEndian(port));
    }

    private static string ProtocolName(byte number)
    {
        foreach (var (name, known) in Protocols)
        {
            if (known == number)
                return name;
        }

        return number.ToString(CultureInfo.InvariantCulture);
    }

    private static bool TryWords(ReadOnlySpan<string> words, Span<byte> value)
    {
        if (words.Length < 3 || !Is(words[0], "ip") || !TryEither(words[1], "out", "in", out value[2]) || !TryEither(words[2], "drop", "forward", out value[1]))
            return false;

        value[0] = 1;
        words = words[3..];
        while (!words.IsEmpty)
        {
            var taken = TakeClause(words, value);
            if (taken == 0)
                return false;

            words = words[taken..];
        }

        return true;
    }

    /// <returns>How many words were understood; 0 when the first was not.</returns>
    private static int TakeClause(ReadOnlySpan<string> words, Span<byte> value)
    {
        var word = words[0];
        if (Is(word, "srcip"))
            return words.Length > 1 && TryAddress(words[1], value.Slice(SourceAt, 4), out value[SourceBitsAt]) ? 2 : 0;

        if (Is(word, "dstip"))
            return words.Length > 1 && TryAddress(words[1], value.Slice(DestinationAt, 4), out value[DestinationBitsAt]) ? 2 : 0;

        if (Is(word, "srcport"))
            return TryPort(words, value[SourcePortAt..], out value[SourceComparisonAt]) ? 3 : 0;

        if (Is(word, "dstport"))
            return TryPort(words, value[DestinationPortAt..], out value[DestinationComparisonAt]) ? 3 : 0;

        if (Is(word, "est"))
        {
            value[EstablishedAt] = 1;
            return 1;
        }

        return TryProtocol(word, out value[ProtocolAt]) ? 1 : 0;
    }

    private static bool TryAddress(string text, Span<byte> address, out byte bits)
    {
        if (!Prefixes.TryReadLength(text, 32, out var host, out bits) || !AddressText.TryParseIpv4Network(host, address))
            return false;

        return true;
    }

    private static bool TryPort(ReadOnlySpan<string> words, Span<byte> port, out byte comparison)
    {
        comparison = 0;
        if (words.Length < 3 || !ushort.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return false;

        comparison = (byte)Math.Max(0, Array.IndexOf(Comparisons, words[1] == "==" ? "=" : words[1]));
        BinaryPrimitives.WriteUInt16BigEndian(port, number);
        return comparison != 0;
    }

    private static bool TryProtocol(string text, out byte number)
    {
        foreach (var (name, known) in Protocols)
        {
            if (Is(text, name))
            {
                number = known;
                return true;
            }
        }

        return byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static bool TryEither(string word, string zero, string one, out byte number)
    {
        number = (byte)(Is(word, one) ? 1 : 0);
        return number == 1 || Is(word, zero);
    }

    private static bool Is(string word, string keyword) => word.Equals(keyword, StringComparison.OrdinalIgnoreCase);
}
