using System.Buffers;
using System.Text;

namespace UserManager.Management;

/// <summary>Text that may hold bytes of any encoding: files of routers do. A byte that is not UTF-8 travels through a string as U+DC00 plus it.</summary>
internal static class ByteText
{
    private const char FirstByte = '\uDC80';
    private const char LastByte = '\uDCFF';

    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly Encoding _windows = CodePagesEncodingProvider.Instance.GetEncoding(1252) ?? Encoding.Latin1;

    /// <summary>A file's text. A byte-order mark is dropped.</summary>
    public static string FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("\uFEFF"u8))
            bytes = bytes[3..];

        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var length) == OperationStatus.Done)
            {
                text.Append(rune.ToString());
                bytes = bytes[length..];
                continue;
            }

            text.Append((char)(FirstByte - 0x80 + bytes[0]));
            bytes = bytes[1..];
        }

        return text.ToString();
    }

    /// <summary>Adds the bytes of the character at <paramref name="at"/> of <paramref name="text"/>.</summary>
    /// <returns>How many chars it takes.</returns>
    public static int Append(List<byte> bytes, string text, int at)
    {
        if (text[at] < 0x80)
        {
            bytes.Add((byte)text[at]);
            return 1;
        }

        if (Rune.TryGetRuneAt(text, at, out var rune))
        {
            Span<byte> octets = stackalloc byte[4];
            bytes.AddRange(octets[..rune.EncodeToUtf8(octets)]);
            return rune.Utf16SequenceLength;
        }

        if (text[at] is >= FirstByte and <= LastByte)
            bytes.Add((byte)text[at]);
        else
            bytes.AddRange("\uFFFD"u8);

        return 1;
    }

    /// <summary>A part of a file's text by itself.</summary>
    public static string Decode(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange(FirstByte, LastByte))
            return text;

        var bytes = new List<byte>(text.Length);
        for (var at = 0; at < text.Length;)
            at += Append(bytes, text, at);

        return Decode(bytes);
    }

    /// <summary>UTF-8 where all of it is, else Windows-1252.</summary>
    public static string Decode(List<byte> bytes)
    {
        var octets = bytes.ToArray();
        try
        {
            return _strict.GetString(octets);
        }
        catch (DecoderFallbackException)
        {
            return _windows.GetString(octets);
        }
    }
}
