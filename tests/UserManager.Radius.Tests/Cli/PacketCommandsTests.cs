using System.Text.Json;
using UserManager.Server.Cli;

namespace UserManager.Radius.Tests;

public sealed class PacketCommandsTests
{
    private const string Login =
        "010000380f403f9473978057bd83d5cb98f4227a01066e656d6f02120dbe708d93d413ce3196e43f782a0aee0406c0a80110050600000003";

    private static readonly string Dictionary = Repository.At("dictionaries");

    [Fact]
    public void Decode_prints_the_attributes_of_RFC_2865_section_7_1()
    {
        var (code, said, wrong) = Decode(Login);
        Assert.Equal((0, ""), (code, wrong));
        Assert.Equal(
            ["User-Name = \"nemo\"", "User-Password = \"arctangent\"", "NAS-IP-Address = 192.168.1.16", "NAS-Port = 3"], Lines(said));
    }

    [Theory]
    [InlineData("01")]
    [InlineData("zz")]
    [InlineData("")]
    [InlineData("0400001400000000000000000000000000000000")]
    public void Decode_of_what_is_malformed_or_does_not_verify_is_one_line_and_nothing_on_the_output(string hex)
    {
        var (code, said, wrong) = Decode(hex);
        Assert.Equal((1, ""), (code, said));
        Assert.Single(Lines(wrong));
    }

    [Fact]
    public void Encode_prints_the_packet_of_RFC_2865_section_7_1()
    {
        var options = new PacketEncodeOptions
        {
            Code = "Access-Request",
            Secret = "xyzzy5461",
            Authenticator = "0f403f9473978057bd83d5cb98f4227a",
            DictionaryPath = Dictionary,
        };
        var (code, said, wrong) = Encode(options, """
            # a telnet login
            User-Name = "nemo"
            User-Password = arctangent

            NAS-IP-Address = 192.168.1.16
            NAS-Port = 3
            """);
        Assert.Equal((0, ""), (code, wrong));
        Assert.Equal([Login], Lines(said));
    }

    [Theory]
    [InlineData("Access-Request", "User-Nam = x", "did you mean \"User-Name\"?")]
    [InlineData("Access-Reqest", "", "did you mean \"Access-Request\"?")]
    [InlineData("Access-Accept", "", "needs the authenticator of its request")]
    public void Encode_says_what_is_wrong(string packetCode, string lines, string why)
    {
        var (code, said, wrong) = Encode(new PacketEncodeOptions { Code = packetCode, Secret = "s", DictionaryPath = Dictionary }, lines);
        Assert.Equal((1, ""), (code, said));
        Assert.Contains(why, wrong, StringComparison.Ordinal);
    }

    [Fact]
    public void Batch_answers_every_line_whatever_is_in_it()
    {
        string[] requests =
        [
            "{", "null", "[]", "7", "\"x\"", "{}", "{\"id\":7}", "{\"id\":\"a\",\"op\":null}", "{\"id\":\"a\",\"op\":\"print\"}",
            "{\"id\":\"a\",\"op\":\"print\",\"text\":7}", "{\"id\":\"a\",\"op\":\"print\",\"text\":[null,{}]}",
            "{\"id\":\"a\",\"op\":\"decode-packet\",\"hex\":\"" + new string('f', 100_000) + "\"}",
            "{\"id\":\"a\",\"op\":\"decode-attributes\",\"hex\":\"0103\",\"code\":\"Access-Request\"}",
            "{\"id\":\"a\",\"op\":\"encode-packet\",\"code\":\"Access-Request\",\"identifier\":256}",
            "{\"id\":\"a\",\"op\":\"encode-packet\",\"code\":\"Access-Request\",\"identifier\":1,\"authenticator\":\"00\"}",
            "{\"id\":\"\\ud800\",\"op\":\"lookup\",\"name\":\"User-Name\"}", "{\"id\":\"a\",\"op\":\"lookup\",\"name\":\"\\udc00\"}",
            "{\"id\":\"a\",\"op\":\"lookup\",\"name\":[1]}", "\u0000", new string('[', 100_000),
        ];
        using var output = new StringWriter();
        Assert.Equal(0, PacketCommands.Batch(Dictionary, new StringReader(string.Join('\n', requests)), output, TextWriter.Null));

        var answers = Lines(output.ToString());
        Assert.Equal(requests.Length, answers.Length);
        Assert.All(answers, answer => Assert.False(JsonDocument.Parse(answer).RootElement.GetProperty("ok").GetBoolean()));
    }

    [Fact]
    public void Batch_answers_what_it_understands()
    {
        using var output = new StringWriter();
        PacketCommands.Batch(
            Dictionary, new StringReader("{\"id\":\"1\",\"op\":\"lookup\",\"name\":\"mikrotik-rate-limit\"}\n\n"), output, TextWriter.Null);
        Assert.Equal(
            "{\"id\":\"1\",\"ok\":true,\"name\":\"Mikrotik-Rate-Limit\",\"oid\":\"26.14988.8\",\"type\":\"string\",\"has_tag\":false,\"encrypt\":0}",
            Assert.Single(Lines(output.ToString())));
    }

    [Fact]
    public void A_dictionary_that_is_not_there_ends_the_commands_with_1()
    {
        using var wrong = new StringWriter();
        Assert.Equal(1, PacketCommands.Batch("/no/such/folder", TextReader.Null, TextWriter.Null, wrong));
        Assert.Equal(1, DictionaryCommands.Check("/no/such/folder", TextWriter.Null, wrong));
        Assert.Equal(2, Lines(wrong.ToString()).Length);
    }

    private static (int Code, string Said, string Wrong) Decode(string hex)
    {
        using var said = new StringWriter();
        using var wrong = new StringWriter();
        var options = new PacketDecodeOptions { Hex = hex, Secret = "xyzzy5461", DictionaryPath = Dictionary };
        return (PacketCommands.Decode(options, said, wrong), said.ToString(), wrong.ToString());
    }

    private static (int Code, string Said, string Wrong) Encode(PacketEncodeOptions options, string lines)
    {
        using var said = new StringWriter();
        using var wrong = new StringWriter();
        return (PacketCommands.Encode(options, new StringReader(lines), said, wrong), said.ToString(), wrong.ToString());
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
