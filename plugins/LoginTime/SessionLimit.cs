using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Plugins;

internal static class SessionLimit
{
    /// <summary>Ends the session after so many seconds; a Session-Timeout that is shorter stays.</summary>
    public static void LimitSession(this RequestContext context, long seconds)
    {
        if (!context.Reply.TryGetNumber(Rfc2865.SessionTimeout, out var already) || already > (ulong)seconds)
            context.Reply.Set(Rfc2865.SessionTimeout, (uint)Math.Min(seconds, uint.MaxValue));
    }
}
