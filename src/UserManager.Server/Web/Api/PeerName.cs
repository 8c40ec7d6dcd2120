using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections.Features;

namespace UserManager.Server.Web.Api;

/// <summary>Who is at the other end of the Unix socket: the kernel knows (SO_PEERCRED).</summary>
internal static partial class PeerName
{
    private const int SolSocket = 1;
    private const int PeerCredentials = 17;

    public static string Of(HttpContext http)
    {
        if (http.Features.Get<IConnectionSocketFeature>()?.Socket is not { AddressFamily: AddressFamily.Unix } socket)
            return "unknown";

        // struct ucred: process, user, group.
        Span<int> credentials = stackalloc int[3];
        _ = socket.GetRawSocketOption(SolSocket, PeerCredentials, MemoryMarshal.AsBytes(credentials));
        return NameOf((uint)credentials[1]);
    }

    // The first member of struct passwd is the name.
    private static unsafe string NameOf(uint user)
    {
        Span<byte> buffer = stackalloc byte[4096];
        Span<nint> entry = stackalloc nint[16];
        fixed (byte* text = buffer)
        fixed (nint* record = entry)
        {
            var failed = GetPasswd(user, record, text, (nuint)buffer.Length, out var found) != 0;
            return failed || found == 0
                ? user.ToString(CultureInfo.InvariantCulture)
                : Marshal.PtrToStringUTF8(record[0]) ?? "";
        }
    }

    [LibraryImport("libc", EntryPoint = "getpwuid_r")]
    private static unsafe partial int GetPasswd(uint user, nint* record, byte* buffer, nuint length, out nint found);
}
