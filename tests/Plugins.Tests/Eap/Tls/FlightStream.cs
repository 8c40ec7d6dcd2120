using System.Buffers;
using UserManager.Eap.Tls;

namespace UserManager.Plugins.Tests.Eap;

/// <summary>The stream an SslStream client writes its flights to and reads the server's from; the server is a connection of ours.</summary>
internal sealed class FlightStream(ITlsConnection server) : Stream
{
    private readonly ArrayBufferWriter<byte> _received = new();
    private readonly ArrayBufferWriter<byte> _answers = new();
    private int _read;

    public TlsState State { get; private set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        _received.Write(buffer.AsSpan(offset, count));
        State = server.Advance(_received.WrittenSpan, _answers);
        _received.ResetWrittenCount();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var taken = Math.Min(count, _answers.WrittenCount - _read);
        _answers.WrittenSpan.Slice(_read, taken).CopyTo(buffer.AsSpan(offset));
        _read += taken;
        return taken;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
