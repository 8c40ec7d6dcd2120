using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using UserManager.Radius;
using Endpoint = UserManager.Radius.Endpoint;

namespace UserManager.Server.Listeners;

/// <summary>Receives and sends up to <see cref="Capacity"/> datagrams a system call (Linux: recvmmsg, sendmmsg).</summary>
/// <remarks>
/// Each datagram comes with the address it was sent to (IPV6_PKTINFO), which becomes the source of its answer: on a host with
/// several addresses a NAS takes an answer only from the one it asked. One thread uses a batch; memory is native and the kernel's to write to.
/// </remarks>
internal sealed unsafe partial class DatagramBatch : IDisposable
{
    public const int Capacity = 64;

    private const int ControlLength = 64;
    private const int NameLength = 28;              // sockaddr_in6, the longer of the two
    private const int WaitForOne = 0x10000;         // MSG_WAITFORONE
    private const int HeaderLength = 16;            // cmsghdr: length, level, type

    private readonly Socket _socket;
    private readonly bool _isIpv4;
    private readonly Message* _received;
    private readonly Message* _answers;
    private readonly byte* _memory;
    private int _answerCount;

    public DatagramBatch(Socket socket)
    {
        _socket = socket;
        _isIpv4 = socket.AddressFamily == AddressFamily.InterNetwork;
        var perMessage = (2 * sizeof(Message)) + (2 * sizeof(Vector)) + (2 * Packet.MaxLength) + NameLength + 4 + ControlLength;
        _memory = (byte*)NativeMemory.AllocZeroed((nuint)(perMessage * Capacity));      // pages never written to cost nothing
        _received = (Message*)_memory;
        _answers = _received + Capacity;
        var vectors = (Vector*)(_answers + Capacity);
        var next = (byte*)(vectors + (2 * Capacity));
        for (var i = 0; i < Capacity; i++)
        {
            vectors[i] = new Vector { Base = next, Length = Packet.MaxLength };
            vectors[Capacity + i] = new Vector { Base = next + Packet.MaxLength, Length = 0 };
            next += 2 * Packet.MaxLength;
            _received[i] = new Message { Name = next, Vectors = vectors + i, VectorCount = 1, Control = next + NameLength + 4 };
            _answers[i] = new Message { Vectors = vectors + Capacity + i, VectorCount = 1 };
            next += NameLength + 4 + ControlLength;
        }
    }

    /// <summary>Waits for datagrams.</summary>
    /// <returns>How many came; 0 when the wait was interrupted; -1 when the socket is closed.</returns>
    public int Receive()
    {
        for (var i = 0; i < Capacity; i++)
        {
            _received[i].NameLength = NameLength;
            _received[i].ControlLength = ControlLength;
        }

        var count = ReceiveMessages(Handle, _received, Capacity, WaitForOne, null);
        return count >= 0 ? count
            : Marshal.GetLastPInvokeError() is 4 or 11 or 111 ? 0       // EINTR, EAGAIN, ECONNREFUSED of an answer sent before
            : -1;
    }

    public ReadOnlySpan<byte> Datagram(int index) => new(_received[index].Vectors->Base, (int)_received[index].Length);

    /// <summary>Where the datagram came from.</summary>
    public Endpoint Source(int index)
    {
        var name = new ReadOnlySpan<byte>(_received[index].Name, NameLength);
        var port = BinaryPrimitives.ReadUInt16BigEndian(name[2..]);
        return _isIpv4
            ? new Endpoint(((UInt128)0xFFFF << 32) | BinaryPrimitives.ReadUInt32BigEndian(name[4..]), port)
            : new Endpoint(BinaryPrimitives.ReadUInt128BigEndian(name[8..]), port);
    }

    /// <summary>Keeps the way back to a datagram's sender, for an answer that comes later.</summary>
    public void Keep(int index, ReturnPath path)
    {
        ref var message = ref _received[index];
        path.Set(new ReadOnlySpan<byte>(message.Name, (int)message.NameLength), new ReadOnlySpan<byte>(message.Control, (int)message.ControlLength));
    }

    /// <summary>Puts an answer to the datagram at <paramref name="index"/> into the batch that <see cref="Send()"/> sends.</summary>
    public void Answer(int index, ReadOnlySpan<byte> answer)
    {
        ref var message = ref _answers[_answerCount++];
        answer.CopyTo(new Span<byte>(message.Vectors->Base, Packet.MaxLength));
        message.Vectors->Length = (nuint)answer.Length;
        message.Name = _received[index].Name;
        message.NameLength = _received[index].NameLength;
        message.Control = _received[index].Control;
        message.ControlLength = (nuint)_received[index].ControlLength;
        ForgetInterface(new Span<byte>(message.Control, (int)message.ControlLength));
    }

    /// <summary>Puts an answer on a way kept before into the batch. Not for a batch that receives: the way takes a received datagram's place.</summary>
    public void Answer(ReturnPath path, ReadOnlySpan<byte> answer)
    {
        ref var message = ref _received[_answerCount];
        path.Name.CopyTo(new Span<byte>(message.Name, NameLength));
        path.Control.CopyTo(new Span<byte>(message.Control, ControlLength));
        message.NameLength = (uint)path.Name.Length;
        message.ControlLength = (nuint)path.Control.Length;
        Answer(_answerCount, answer);
    }

    /// <summary>Sends the answers of the batch. One that cannot be sent is lost, as any datagram may be.</summary>
    public void Send()
    {
        for (var sent = 0; sent < _answerCount;)
        {
            var count = SendMessages(Handle, _answers + sent, (uint)(_answerCount - sent), 0);
            sent += Math.Max(count, 1);
        }

        _answerCount = 0;
    }

    public void Dispose() => NativeMemory.Free(_memory);

    private SafeHandle Handle => _socket.SafeHandle;

    // The answer may take another way out than the request came in, except on a link-local address, which has no other.
    private void ForgetInterface(Span<byte> control)
    {
        if (control.Length < HeaderLength + (_isIpv4 ? 12 : 20))
            return;

        var info = control[HeaderLength..];
        if (_isIpv4)
            info[..4].Clear();                      // in_pktinfo: interface, address to answer from, address asked
        else if ((info[0], info[1] & 0xC0) != (0xFE, 0x80))
            info.Slice(16, 4).Clear();              // in6_pktinfo: address, interface
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Vector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary>struct mmsghdr of a 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public byte* Name;
        public uint NameLength;
        public Vector* Vectors;
        public nuint VectorCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
        private readonly int _endOfHeader;
        public uint Length;
        private readonly int _endOfMessage;
    }

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    private static partial int ReceiveMessages(SafeHandle socket, Message* messages, uint count, int flags, void* timeout);

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    private static partial int SendMessages(SafeHandle socket, Message* messages, uint count, int flags);
}

/// <summary>The way back to a sender.</summary>
internal sealed class ReturnPath
{
    private readonly byte[] _octets = new byte[128];
    private int _name;
    private int _control;

    /// <summary>Its socket address.</summary>
    public ReadOnlySpan<byte> Name => _octets.AsSpan(0, _name);

    /// <summary>A control message with the address of ours that it asked.</summary>
    public ReadOnlySpan<byte> Control => _octets.AsSpan(_name, _control);

    public void Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> control)
    {
        (_name, _control) = (name.Length, control.Length);
        name.CopyTo(_octets);
        control.CopyTo(_octets.AsSpan(_name));
    }
}
