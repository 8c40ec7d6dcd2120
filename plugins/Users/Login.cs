using System.Text;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>The rules of a user's own record, asked with a request.</summary>
internal static class Login
{
    // The longest attribute there is: each octet is one character at most.
    private const int MaxStation = 253;

    /// <inheritdoc cref="LoginRules.Check"/>
    public static Refusal? Check(User user, AttributeList request)
    {
        Span<char> station = stackalloc char[MaxStation];
        return LoginRules.Check(user, Station(request, station));
    }

    private static ReadOnlySpan<char> Station(AttributeList request, Span<char> to) =>
        request.TryGet(Rfc2865.CallingStationId, out var octets) && Encoding.UTF8.TryGetChars(octets, to, out var length) ? to[..length] : default;
}
