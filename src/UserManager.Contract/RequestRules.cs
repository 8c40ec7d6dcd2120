using System.Numerics;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Contract;

/// <summary>Rules about a request that several modules share.</summary>
public static class RequestRules
{
    /// <summary>The name to look up: Stripped-User-Name, else User-Name.</summary>
    /// <param name="context">The request.</param>
    /// <param name="name">Valid until the request's list is changed.</param>
    public static bool TryGetUserName(this RequestContext context, out ReadOnlySpan<byte> name) =>
        context.Request.TryGet(Internal.StrippedUserName, out name) || context.Request.TryGet(Rfc2865.UserName, out name);

    /// <summary>May this login use the method? Yes while no user is known: then nothing says otherwise.</summary>
    /// <param name="context">The request.</param>
    /// <param name="method">One method.</param>
    /// <returns>False, and the reason is noted, when the user's group lacks the method in its <c>outer-auths</c> or the user is disabled: reject then.</returns>
    public static bool Allows(this RequestContext context, OuterAuths method)
    {
        if (context.User is not { } account)
            return true;

        if (account.User.Disabled)
            return Refuse(context, "user is disabled");

        if ((account.Group.OuterAuths & method) != 0)
            return true;

        var word = AuthMethods.Outer[BitOperations.TrailingZeroCount((int)method)];
        return Refuse(context, $"method {word} is not in outer-auths of group {account.Group.Name}");
    }

    private static bool Refuse(RequestContext context, string reason)
    {
        context.Fail(reason);
        return false;
    }
}
