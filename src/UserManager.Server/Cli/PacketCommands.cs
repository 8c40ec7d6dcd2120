using UserManager.Radius;

namespace UserManager.Server.Cli;

/// <summary>What <c>packet decode</c> is told.</summary>
public sealed record PacketDecodeOptions
{
    /// <summary>The packet in hexadecimal.</summary>
    public required string Hex { get; init; }

    /// <summary>The shared secret.</summary>
    public required string Secret { get; init; }

    /// <summary>A folder holding a file named <c>dictionary</c>, or such a file; null for no dictionary at all.</summary>
    public string? DictionaryPath { get; init; }

    /// <summary>For a reply: the authenticator of its request, 32 hexadecimal digits. Without it a reply is not verified.</summary>
    public string? RequestAuthenticator { get; init; }

    /// <summary>False checks the framing alone. Default true.</summary>
    public bool Verify { get; init; } = true;
}

/// <summary>What <c>packet encode</c> is told.</summary>
public sealed record PacketEncodeOptions
{
    /// <summary>The packet's code, for instance <c>Access-Request</c>.</summary>
    public required string Code { get; init; }

    /// <summary>The shared secret.</summary>
    public required string Secret { get; init; }

    /// <summary>0..255. Default 0.</summary>
    public byte Identifier { get; init; }

    /// <summary>A folder holding a file named <c>dictionary</c>, or such a file; null for no dictionary at all.</summary>
    public string? DictionaryPath { get; init; }

    /// <summary>For Access-Request and Status-Server: 32 hexadecimal digits. Default random.</summary>
    public string? Authenticator { get; init; }

    /// <summary>For a reply: the authenticator of its request, 32 hexadecimal digits.</summary>
    public string? RequestAuthenticator { get; init; }
}

/// <summary>The command <c>usermanager packet</c>. One error is one line on the error writer; exit codes are 0 and 1.</summary>
public static class PacketCommands
{
    /// <summary><c>packet decode</c>: prints a packet's attributes, one a line.</summary>
    public static int Decode(PacketDecodeOptions options, TextWriter output, TextWriter error)
    {
        if (!TryLoad(options.DictionaryPath, out var dictionary, error))
            return 1;

        var packets = new PacketText(dictionary);
        if (!packets.TryDecode(options, out var decoded, out var wrong))
            return Fail(error, wrong);

        foreach (var line in decoded.Lines)
            output.WriteLine(line);

        return 0;
    }

    /// <summary><c>packet encode</c>: reads <c>Name = value</c> lines and prints the packet in hexadecimal.</summary>
    public static int Encode(PacketEncodeOptions options, TextReader input, TextWriter output, TextWriter error)
    {
        if (!TryLoad(options.DictionaryPath, out var dictionary, error))
            return 1;

        var lines = new List<string>();
        while (input.ReadLine() is { } line)
        {
            if (line.AsSpan().TrimStart() is { IsEmpty: false } text && text[0] != '#')
                lines.Add(line);
        }

        var packets = new PacketText(dictionary);
        if (!packets.TryEncode(options, lines, out var hex, out var wrong))
            return Fail(error, wrong);

        output.WriteLine(hex);
        return 0;
    }

    /// <summary><c>packet batch</c>: one JSON request a line in, one JSON answer a line out. No request ends it.</summary>
    /// <param name="dictionaryPath">A folder holding a file named <c>dictionary</c>, or such a file; null for no dictionary at all.</param>
    /// <param name="input">The requests.</param>
    /// <param name="output">The answers.</param>
    /// <param name="error">What is wrong with the dictionary.</param>
    public static int Batch(string? dictionaryPath, TextReader input, TextWriter output, TextWriter error)
    {
        if (!TryLoad(dictionaryPath, out var dictionary, error))
            return 1;

        var batch = new PacketBatch(dictionary);
        while (input.ReadLine() is { } line)
        {
            if (!string.IsNullOrWhiteSpace(line))
                output.WriteLine(batch.Answer(line));
        }

        output.Flush();
        return 0;
    }

    private static bool TryLoad(string? path, out RadiusDictionary dictionary, TextWriter error)
    {
        dictionary = RadiusDictionary.Empty;
        if (path is null || DictionaryReader.TryLoad(path, out dictionary, out var errors))
            return true;

        foreach (var wrong in errors)
            error.WriteLine(wrong);

        return false;
    }

    private static int Fail(TextWriter error, string message)
    {
        error.WriteLine(message);
        return 1;
    }
}
