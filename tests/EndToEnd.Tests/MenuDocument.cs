using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using UserManager.Testing;

namespace EndToEnd.Tests;

/// <summary>A running server's menus as its OpenAPI document tells them, and requests to them over its Unix socket. A new menu, of a plugin too, is in it by being there.</summary>
internal sealed class MenuDocument : IDisposable
{
    private readonly HttpClient _http;

    private MenuDocument(string socket)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancelled) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancelled);
                return new NetworkStream(connection, ownsSocket: true);
            },
        };
        _http = new HttpClient(handler) { BaseAddress = new Uri("http://localhost") };
    }

    /// <summary>Those with records, in the order of the document.</summary>
    public IReadOnlyList<DescribedMenu> Menus { get; private set; } = [];

    public static async Task<MenuDocument> ReadAsync(TestServer server)
    {
        var document = new MenuDocument(server.Socket);
        using var json = JsonDocument.Parse((await document.AskAsync("GET", "/openapi.json")).Text);
        var (paths, schemas) = (json.RootElement.GetProperty("paths"), json.RootElement.GetProperty("components").GetProperty("schemas"));
        document.Menus =
        [
            .. paths.EnumerateObject()
                .Where(path => path.Value.TryGetProperty("get", out _) && !path.Name.EndsWith("/{id}", StringComparison.Ordinal))
                .Select(path => DescribedMenu.Of(path, paths, schemas)),
        ];
        return document;
    }

    public DescribedMenu this[string path] => Menus.Single(menu => menu.Path == path);

    public async Task<(int Status, string Text)> AskAsync(string method, string target, object? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri("http://localhost/rest" + target));
        if (body is not null)
            request.Content = new StringContent(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");

        using var answer = await _http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The records of a menu, as they are printed; of settings the one.</summary>
    public async Task<IReadOnlyList<Dictionary<string, string>>> PrintAsync(DescribedMenu menu)
    {
        var text = (await AskAsync("GET", menu.Path)).Text;
        return menu.IsSettings ? [JsonSerializer.Deserialize<Dictionary<string, string>>(text)!] : JsonSerializer.Deserialize<List<Dictionary<string, string>>>(text)!;
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>A menu as a client knows it.</summary>
internal sealed record DescribedMenu(
    string Path, bool IsSettings, IReadOnlySet<string> Verbs, IReadOnlyList<string> Names, IReadOnlyList<DescribedField> Fields, IReadOnlySet<string> Required)
{
    public static DescribedMenu Of(JsonProperty path, JsonElement paths, JsonElement schemas)
    {
        var name = path.Name[1..].Replace('/', '.');
        var verbs = paths.EnumerateObject()
            .Where(p => p.Name.StartsWith(path.Name + "/", StringComparison.Ordinal) && !p.Name[(path.Name.Length + 1)..].Contains('/', StringComparison.Ordinal) && p.Value.TryGetProperty("post", out _))
            .Select(p => p.Name[(path.Name.Length + 1)..]);
        var required = path.Value.TryGetProperty("put", out var put)
            ? put.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("allOf")[1].GetProperty("required").EnumerateArray().Select(r => r.GetString()!)
            : [];
        return new DescribedMenu(
            path.Name,
            !paths.TryGetProperty(path.Name + "/{id}", out _),
            verbs.ToHashSet(),
            [.. schemas.GetProperty(name).GetProperty("properties").EnumerateObject().Select(p => p.Name)],
            [.. schemas.GetProperty(name + ".input").GetProperty("properties").EnumerateObject().Select(DescribedField.Of)],
            required.ToHashSet());
    }
}

/// <summary>A field that may be written.</summary>
/// <param name="Type">bool, number, text, or the document's format.</param>
internal sealed record DescribedField(string Name, string Type, string? Default, IReadOnlyList<string> Words, string? References, long? Minimum, long? Maximum)
{
    public static DescribedField Of(JsonProperty property)
    {
        var field = property.Value;
        string? Text(string name) => field.TryGetProperty(name, out var value) ? value.GetString() : null;
        long? Number(string name) => field.TryGetProperty(name, out var value) ? value.GetInt64() : null;
        return new DescribedField(
            property.Name,
            Text("format") ?? field.GetProperty("type")[0].GetString() switch { "boolean" => "bool", "number" => "number", _ => "text" },
            Text("default"),
            field.TryGetProperty("examples", out var words) ? [.. words.EnumerateArray().Select(w => w.GetString()!)] : [],
            Text("x-references"),
            Number("minimum"),
            Number("maximum"));
    }
}
