using System.Net.Http.Json;
using System.Net.Sockets;

namespace UserManager.Server.Cli;

/// <summary>Speaks with a running server over its Unix socket.</summary>
internal sealed class ApiClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly string _socket;

    public ApiClient(string socket)
    {
        _socket = socket;
        var handler = new SocketsHttpHandler { ConnectCallback = ConnectAsync };
        _http = new HttpClient(handler) { BaseAddress = new Uri("http://usermanager"), Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <exception cref="CommandException">No server answers, or it refuses.</exception>
    public async Task<TReply> PostAsync<TRequest, TReply>(string path, TRequest request)
    {
        using var response = await SendAsync(() => _http.PostAsJsonAsync(path, request));
        return (await response.Content.ReadFromJsonAsync<TReply>())!;
    }

    public async Task CopyAsync(string path, TextWriter output)
    {
        using var response = await SendAsync(() => _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead));
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        while (await reader.ReadLineAsync() is { } line)
            await output.WriteLineAsync(line);
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(Func<Task<HttpResponseMessage>> send)
    {
        HttpResponseMessage response;
        try
        {
            response = await send();
        }
        catch (HttpRequestException problem) when (problem.InnerException is SocketException socket)
        {
            throw new CommandException(Explain(socket));
        }
        catch (HttpRequestException)
        {
            throw new CommandException($"The server at {_socket} went away in the middle: look at its log, and start it again with: usermanager serve");
        }

        if (response.IsSuccessStatusCode)
            return response;

        using (response)
            throw new CommandException(await RefusalAsync(response));
    }

    // In the words of REST, where it is a refusal.
    private static async Task<string> RefusalAsync(HttpResponseMessage response)
    {
        var refusal = response.Content.Headers.ContentType?.MediaType == "application/json" ? await response.Content.ReadFromJsonAsync<Refusal>() : null;
        return refusal?.Detail ?? $"The server answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}";
    }

    private sealed record Refusal(string? Detail);

    private string Explain(SocketException problem) => problem.SocketErrorCode switch
    {
        SocketError.AccessDenied => $"The server's socket {_socket} belongs to another user: run this as the user that runs the server.",
        _ => $"No server is running (nothing answers at {_socket}). Start one with: usermanager serve. If it runs elsewhere, name its socket: --socket PATH or USERMANAGER_SOCKET.",
    };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancelled)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_socket), cancelled);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
