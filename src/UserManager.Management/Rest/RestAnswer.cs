using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace UserManager.Management;

/// <summary>An answer of REST: its status, and JSON in which every value is a text.</summary>
public sealed class RestAnswer
{
    // Octets that are written at once.
    private const int Piece = 64 * 1024;

    private static readonly JsonWriterOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly IEnumerable<KeyValuePair<string, string>>? _object;
    private readonly IAsyncEnumerable<IEnumerable<KeyValuePair<string, string>>>? _rows;
    private readonly int? _error;
    private readonly byte[]? _document;

    private RestAnswer(byte[] document) => (Status, _document) = (200, document);

    private RestAnswer(
        int status, IEnumerable<KeyValuePair<string, string>>? theObject = null, IAsyncEnumerable<IEnumerable<KeyValuePair<string, string>>>? rows = null,
        int? error = null) =>
        (Status, _object, _rows, _error) = (status, theObject, rows, error);

    public int Status { get; }

    /// <summary>It has no body.</summary>
    public bool IsEmpty => _object is null && _rows is null && _document is null;

    internal static RestAnswer NoContent { get; } = new(204);

    internal static RestAnswer Object(IEnumerable<KeyValuePair<string, string>> pairs, int status = 200) => new(status, pairs);

    internal static RestAnswer List(IAsyncEnumerable<IEnumerable<KeyValuePair<string, string>>> rows) => new(200, rows: rows);

    /// <summary>JSON that is no record.</summary>
    internal static RestAnswer Document(byte[] json) => new(json);

    internal static RestAnswer Nothing() => List(AsyncEnumerable.Empty<IEnumerable<KeyValuePair<string, string>>>());

    /// <summary>A refusal in RouterOS's form: <c>{"detail":…,"error":400,"message":"Bad Request"}</c>.</summary>
    /// <param name="detail">Null for none.</param>
    public static RestAnswer Error(int status, string? detail)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        if (detail is not null)
            pairs.Add(new("detail", detail));

        pairs.Add(new("message", Reason(status)));
        return new RestAnswer(status, pairs, error: status);
    }

    /// <summary>Writes the body. Of a list row by row, as its rows are read.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="whole">Is told the body's length before it is written, where it is at hand as a whole: all but long lists are.</param>
    /// <param name="cancelled">Nobody waits for it any more.</param>
    public async Task WriteAsync(Stream output, Action<long>? whole = null, CancellationToken cancelled = default)
    {
        if (_document is not null)
        {
            whole?.Invoke(_document.Length);
            await output.WriteAsync(_document, cancelled).ConfigureAwait(false);
            return;
        }

        var buffer = new ArrayBufferWriter<byte>(1024);
        await using var json = new Utf8JsonWriter(buffer, _options);
        var isWhole = true;
        if (_object is not null)
            Write(json, _object);

        if (_rows is not null)
        {
            json.WriteStartArray();
            await foreach (var row in _rows.WithCancellation(cancelled).ConfigureAwait(false))
            {
                Write(json, row);
                if (buffer.WrittenCount + json.BytesPending < Piece)
                    continue;

                json.Flush();
                await output.WriteAsync(buffer.WrittenMemory, cancelled).ConfigureAwait(false);
                buffer.ResetWrittenCount();
                isWhole = false;
            }

            json.WriteEndArray();
        }

        json.Flush();
        if (isWhole)
            whole?.Invoke(buffer.WrittenCount);

        await output.WriteAsync(buffer.WrittenMemory, cancelled).ConfigureAwait(false);
    }

    private void Write(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, string>> pairs)
    {
        json.WriteStartObject();
        foreach (var (name, value) in pairs)
        {
            // The one value that is a number, between its two neighbours.
            if (_error is { } error && name == "message")
                json.WriteNumber("error", error);

            json.WriteString(name, value);
        }

        json.WriteEndObject();
    }

    private static string Reason(int status) => status switch
    {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        406 => "Not Acceptable",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    };
}
