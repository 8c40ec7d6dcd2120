using System.Security.Cryptography;
using System.Text;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>The passwords of a user with an <c>otp-secret</c>: its password with the code of a step behind it (RFC 6238).</summary>
internal static class OneTimeCodes
{
    // The clock of who made the code may be a step behind or ahead (RFC 6238 §5.2).
    private static readonly int[] Offsets = [0, -OneTimePassword.Skew, OneTimePassword.Skew];

    /// <summary>Puts them into <c>control</c> with their steps, without leaving one on the heap or the stack.</summary>
    public static void Set(RequestContext context, string password, OtpSecret secret)
    {
        var length = Encoding.UTF8.GetByteCount(password);
        var octets = length <= 256 ? stackalloc byte[length + OneTimePassword.Digits] : new byte[length + OneTimePassword.Digits];
        Encoding.UTF8.GetBytes(password, octets);
        context.Control.Remove(Internal.CleartextPassword);
        context.Control.Remove(UserManagerInternal.OtpStep);
        foreach (var offset in Offsets)
        {
            var step = OneTimePassword.StepAt(context.ReceivedAt) + offset;
            OneTimePassword.Write(secret.Key, step, octets[length..]);
            context.Control.Add(Internal.CleartextPassword, octets);
            context.Control.Add(UserManagerInternal.OtpStep, (ulong)step);
        }

        CryptographicOperations.ZeroMemory(octets);
    }
}
