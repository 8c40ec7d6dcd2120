using System.CommandLine;

namespace UserManager.Server.Cli;

/// <summary>The commands <c>packet</c> and <c>dictionary</c>: packets and their text, on the tree that the program ships unless told otherwise.</summary>
internal static class PacketCommandLine
{
    public static Command Packet() => new("packet", "Packets and their text.") { Decode(), Encode(), Batch() };

    public static Command Dictionary()
    {
        var path = new Argument<string>("path") { Description = "A folder with a file named dictionary, or such a file." };
        var check = new Command("check", "Count what a dictionary tree defines, or say all that is wrong with it.") { path };
        check.SetAction(parsed => DictionaryCommands.Check(parsed.GetValue(path)!, System.Console.Out, System.Console.Error));
        return new Command("dictionary", "Dictionary trees.") { check };
    }

    private static Command Decode()
    {
        var hex = new Argument<string>("hex") { Description = "The packet, in hexadecimal." };
        var (secret, dictionary, request) = (Secret(), Tree(), RequestAuthenticator());
        var noVerify = new Option<bool>("--no-verify") { Description = "Check only the framing." };
        var command = new Command("decode", "Print a packet's attributes.") { hex, secret, dictionary, request, noVerify };
        command.SetAction(parsed => PacketCommands.Decode(
            new PacketDecodeOptions
            {
                Hex = parsed.GetValue(hex)!,
                Secret = parsed.GetValue(secret)!,
                DictionaryPath = parsed.GetValue(dictionary) ?? Folders.Dictionaries,
                RequestAuthenticator = parsed.GetValue(request),
                Verify = !parsed.GetValue(noVerify),
            },
            System.Console.Out,
            System.Console.Error));
        return command;
    }

    private static Command Encode()
    {
        var (secret, dictionary, request) = (Secret(), Tree(), RequestAuthenticator());
        var code = new Option<string>("--code") { Description = "Access-Request, Access-Accept, …", Required = true };
        var identifier = new Option<byte>("--identifier") { Description = "0..255. Default 0." };
        var authenticator = new Option<string?>("--authenticator") { Description = "Of an Access-Request or Status-Server, in hexadecimal." };
        var command = new Command("encode", "Make a packet of the attributes on standard input.")
        {
            secret, code, identifier, authenticator, request, dictionary,
        };
        command.SetAction(parsed => PacketCommands.Encode(
            new PacketEncodeOptions
            {
                Code = parsed.GetValue(code)!,
                Secret = parsed.GetValue(secret)!,
                Identifier = parsed.GetValue(identifier),
                DictionaryPath = parsed.GetValue(dictionary) ?? Folders.Dictionaries,
                Authenticator = parsed.GetValue(authenticator),
                RequestAuthenticator = parsed.GetValue(request),
            },
            System.Console.In,
            System.Console.Out,
            System.Console.Error));
        return command;
    }

    private static Command Batch()
    {
        var dictionary = Tree();
        var command = new Command("batch", "JSON lines in, JSON lines out: many packets in one go.") { dictionary };
        command.SetAction(parsed =>
            PacketCommands.Batch(parsed.GetValue(dictionary) ?? Folders.Dictionaries, System.Console.In, System.Console.Out, System.Console.Error));
        return command;
    }

    private static Option<string> Secret() => new("--secret") { Description = "The shared secret.", Required = true };

    private static Option<string?> Tree() => new("--dictionary") { Description = "A dictionary tree. Default: the one that came with the program." };

    private static Option<string?> RequestAuthenticator() =>
        new("--request-authenticator") { Description = "Of the request a reply belongs to, in hexadecimal." };
}
