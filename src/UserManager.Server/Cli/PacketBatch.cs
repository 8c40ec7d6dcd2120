using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using UserManager.Radius;

namespace UserManager.Server.Cli;

/// <summary>Answers the requests of <c>packet batch</c>, one JSON object each.</summary>
internal sealed class PacketBatch(RadiusDictionary dictionary)
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly PacketText _packets = new(dictionary);

    /// <summary>The answer to one line. Whatever the line is, there is one.</summary>
    public string Answer(string line)
    {
        var id = "";
        try
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return Failure(id, "the request is not a JSON object");

            var request = new BatchRequest(document.RootElement);
            id = request.Text("id") ?? "";
            return Answer(id, request);
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or ArgumentException)
        {
            return Failure(id, wrong.Message);      // what is no JSON, or JSON with lone surrogates in its strings
        }
    }

    private string Answer(string id, BatchRequest request) => request.Text("op") switch
    {
        "print" => Print(id, request),
        "encode-attributes" => EncodeAttributes(id, request),
        "decode-attributes" => DecodeAttributes(id, request),
        "encode-packet" => EncodePacket(id, request),
        "decode-packet" => DecodePacket(id, request),
        "lookup" => LookUp(id, request),
        var op => Failure(id, $"unknown op \"{op}\""),
    };

    private string Print(string id, BatchRequest request) =>
        _packets.TryParse(request.Lines("text", otherwise: ""), out var list, out var error)
            ? Success(id, json => WriteLines(json, PacketText.Print(list)))
            : Failure(id, error);

    private string EncodeAttributes(string id, BatchRequest request) =>
        _packets.TryEncodeAttributes(
            request.Lines("text"), request.Text("secret") ?? "", request.Text("request_authenticator"), out var hex, out var error)
            ? Success(id, json => json.WriteString("hex", hex))
            : Failure(id, error);

    private string DecodeAttributes(string id, BatchRequest request) =>
        _packets.TryDecodeAttributes(request.Text("code") ?? "", DecodeOptions(request), out var lines, out var error)
            ? Success(id, json => WriteLines(json, lines))
            : Failure(id, error);

    private string EncodePacket(string id, BatchRequest request)
    {
        if (!request.TryOctet("identifier", out var identifier))
            return Failure(id, "the identifier is not 0..255");

        var options = new PacketEncodeOptions
        {
            Code = request.Text("code") ?? "",
            Secret = request.Text("secret") ?? "",
            Identifier = identifier,
            Authenticator = request.Text("authenticator"),
            RequestAuthenticator = request.Text("request_authenticator"),
        };
        return _packets.TryEncode(options, request.Lines("text"), out var hex, out var error)
            ? Success(id, json => json.WriteString("hex", hex))
            : Failure(id, error);
    }

    private string DecodePacket(string id, BatchRequest request)
    {
        if (!_packets.TryDecode(DecodeOptions(request), out var packet, out var error))
            return Failure(id, error);

        return Success(id, json =>
        {
            json.WriteString("code", PacketCodes.Name(packet.Code));
            json.WriteNumber("identifier", packet.Identifier);
            json.WriteString("authenticator", packet.Authenticator);
            WriteLines(json, packet.Lines);
        });
    }

    private static PacketDecodeOptions DecodeOptions(BatchRequest request) => new()
    {
        Hex = request.Text("hex") ?? "",
        Secret = request.Text("secret") ?? "",
        RequestAuthenticator = request.Text("request_authenticator"),
        Verify = request.Flag("verify", otherwise: true),
    };

    private string LookUp(string id, BatchRequest request)
    {
        var name = request.Text("name") ?? "";
        if (!dictionary.TryFind(name, out var definition) && (!dictionary.TryFindKey(name, out var key) || !dictionary.TryFind(key, out definition)))
            return Failure(id, $"unknown attribute \"{name}\"");

        return Success(id, json =>
        {
            json.WriteString("name", definition.Name);
            json.WriteString("oid", definition.Key.ToString());
            json.WriteString("type", AttributeTypes.Name(definition.Type));
            json.WriteBoolean("has_tag", definition.HasTag);
            json.WriteNumber("encrypt", (int)definition.Encryption);
        });
    }

    private static void WriteLines(Utf8JsonWriter json, IReadOnlyList<string> lines)
    {
        json.WriteStartArray("text");
        foreach (var line in lines)
            json.WriteStringValue(line);

        json.WriteEndArray();
    }

    private static string Success(string id, Action<Utf8JsonWriter> fields) => Write(id, ok: true, fields);

    private static string Failure(string id, string error) => Write(id, ok: false, json => json.WriteString("error", error));

    private static string Write(string id, bool ok, Action<Utf8JsonWriter> fields)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Readable))
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteBoolean("ok", ok);
            fields(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}

/// <summary>The fields of one request, read leniently: what is missing or of another kind is null.</summary>
internal readonly struct BatchRequest(JsonElement json)
{
    public string? Text(string name) => json.TryGetProperty(name, out var value)
        ? value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        }
        : null;

    /// <summary>A list of strings, or one string as a list of one.</summary>
    /// <param name="name">Of the field.</param>
    /// <param name="otherwise">What stands for a field that is missing; null for no line at all.</param>
    public IReadOnlyList<string> Lines(string name, string? otherwise = null)
    {
        if (!json.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.Array)
            return (Text(name) ?? otherwise) is { } single ? [single] : [];

        var lines = new List<string>(value.GetArrayLength());
        foreach (var line in value.EnumerateArray())
            lines.Add(line.ValueKind == JsonValueKind.String ? line.GetString()! : line.GetRawText());

        return lines;
    }

    public bool Flag(string name, bool otherwise) => json.TryGetProperty(name, out var value)
        ? value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => otherwise,
        }
        : otherwise;

    public bool TryOctet(string name, out byte octet)
    {
        octet = 0;
        return !json.TryGetProperty(name, out var value) || (value.ValueKind == JsonValueKind.Number && value.TryGetByte(out octet));
    }
}
