using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using UserManager.Testing;

namespace EndToEnd.Tests;

/// <summary>A browser without eyes: keeps cookies, fills in forms with the token that the page has.</summary>
internal sealed class PortalClient : IDisposable
{
    private readonly HttpClient _http;

    public PortalClient(int port, string language = "en")
    {
        // Whatever certificate: it is the server's own, of its first start.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies };
#pragma warning disable CA5359
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        _http = new HttpClient(handler) { BaseAddress = new Uri($"https://127.0.0.1:{port}/um/") };
        _http.DefaultRequestHeaders.AcceptLanguage.ParseAdd(language);
    }

    public CookieContainer Cookies { get; } = new();

    /// <summary>The token of the page that was read last.</summary>
    public string Token { get; private set; } = "";

    public HttpResponseMessage Answer { get; private set; } = new();

    public void Dispose() => _http.Dispose();

    public Task<string> GetAsync(string path = "") => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    /// <summary>Sends a form with the page's token.</summary>
    public Task<string> PostAsync(string path, params (string Name, string Value)[] values) => PostAsync(path, null, values);

    public Task<string> PostAsync(string path, string? origin, params (string Name, string Value)[] values)
    {
        var request = Form(path, values);
        if (origin is not null)
            request.Headers.Add("Origin", origin);

        return SendAsync(request);
    }

    /// <summary>As <see cref="PostAsync(string, ValueTuple{string, string}[])"/>, for many at once: keeps nothing of the answer.</summary>
    public async Task<HttpStatusCode> TryAsync(string path, params (string Name, string Value)[] values)
    {
        using var answer = await _http.SendAsync(Form(path, values));
        return answer.StatusCode;
    }

    /// <summary>Reads the page, logs in, and reads the page again.</summary>
    public async Task<string> LogInAsync(string name, string password)
    {
        await GetAsync();
        await PostAsync("login", ("username", name), ("password", password));
        return await GetAsync();
    }

    /// <summary>Options of a server with a portal, on a TCP port of its own.</summary>
    public static (int Port, string[] Options) Server()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        var port = ((IPEndPoint)socket.LocalEndpoint).Port;
        return (port, ["--www-ssl-port", $"{port}"]);
    }

    /// <summary>A copy of config/, to be changed.</summary>
    public static string CopyConfig(string folder)
    {
        var config = Path.Combine(folder, "config");
        foreach (var file in Directory.GetFiles(Repository.At("config"), "*", SearchOption.AllDirectories).Where(f => !f.Contains("secret.key", StringComparison.Ordinal)))
        {
            var copy = Path.Combine(config, Path.GetRelativePath(Repository.At("config"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return config;
    }

    private HttpRequestMessage Form(string path, (string Name, string Value)[] values)
    {
        var fields = values.Any(v => v.Name == "token") ? values : [.. values, ("token", Token)];
        return new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Item1, f.Item2))) };
    }

    private async Task<string> SendAsync(HttpRequestMessage request)
    {
        Answer = await _http.SendAsync(request);
        var body = await Answer.Content.ReadAsStringAsync();
        if (Regex.Match(body, "name=\"token\" value=\"([0-9a-f]{64})\"") is { Success: true } token)
            Token = token.Groups[1].Value;

        return body;
    }
}
