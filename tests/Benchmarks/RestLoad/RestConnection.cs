using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace UserManager.Benchmarks;

/// <summary>One HTTPS connection that is kept, with one request at a time on it: HTTP/1.1, no more of it than the server's answers have. It has to be cheap:
/// it runs on the cores that the server runs on.</summary>
internal sealed class RestConnection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly SslStream _stream;
    private readonly string _headers;
    private readonly byte[] _buffer = new byte[64 * 1024];

    public RestConnection(int port, string credentials)
    {
        _socket.Connect(IPAddress.Loopback, port);
#pragma warning disable CA5359 // Whatever certificate: it is the server's own, of its first start.
        _stream = new SslStream(new NetworkStream(_socket, ownsSocket: true), false, (_, _, _, _) => true);
#pragma warning restore CA5359
        _stream.AuthenticateAsClient("localhost");
        _headers = $" HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Basic {credentials}\r\nContent-Type: application/json\r\nContent-Length: ";
    }

    /// <returns>The status and the answer's text, with its headers.</returns>
    public (int Status, string Text) Ask(string method, string path, string body = "")
    {
        _stream.Write(Encoding.UTF8.GetBytes($"{method} {path}{_headers}{Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));
        var length = 0;
        while (true)
        {
            var read = _stream.Read(_buffer, length, _buffer.Length - length);
            if (read == 0)
                throw new IOException("the server closed the connection");

            length += read;
            if (IsWhole(_buffer.AsSpan(0, length)))
                return (int.Parse(_buffer.AsSpan(9, 3), CultureInfo.InvariantCulture), Encoding.UTF8.GetString(_buffer, 0, length));
        }
    }

    public void Dispose() => _stream.Dispose();

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return false;

        var head = answer[..end];
        var body = answer[(end + 4)..];
        var at = head.IndexOf("Content-Length: "u8);
        if (at >= 0)
        {
            var line = head[(at + 16)..];
            var stop = line.IndexOf((byte)'\r');
            return body.Length >= int.Parse(stop < 0 ? line : line[..stop], CultureInfo.InvariantCulture);
        }

        return head.IndexOf("Transfer-Encoding: chunked"u8) < 0 || body.EndsWith("0\r\n\r\n"u8);
    }
}
