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
    /// <param name="method">One method; inside a tunnel it stands for the one of <c>inner-auths</c>: Pap for <c>ttls-pap</c>.</param>
    /// <returns>False, and the reason is noted, when the user's group lacks the method or the user is disabled: reject then.</returns>
    public static bool Allows(this RequestContext context, OuterAuths method)
    {
        if (context.User is not { } account)
            return true;

        if (account.User.Disabled)
            return Refuse(context, new Refusal(RefusalRule.UserDisabled));

        return context.Tunnel == Tunnel.None ? AllowsOutside(context, account.Group, method) : AllowsInside(context, account.Group, method);
    }

    /// <summary>The word of <c>inner-auths</c> for a method in a tunnel: of Pap in TTLS, <c>ttls-pap</c>.</summary>
    /// <returns>None where there is none: that method is for no group.</returns>
    public static InnerAuths Inside(this Tunnel tunnel, OuterAuths method) => (tunnel, method) switch
    {
        (Tunnel.Ttls, OuterAuths.Pap) => InnerAuths.TtlsPap,
        (Tunnel.Ttls, OuterAuths.Chap) => InnerAuths.TtlsChap,
        (Tunnel.Ttls, OuterAuths.MsChap1) => InnerAuths.TtlsMsChap1,
        (Tunnel.Ttls, OuterAuths.MsChap2) => InnerAuths.TtlsMsChap2,
        (Tunnel.Ttls, OuterAuths.EapMd5) => InnerAuths.TtlsEapMd5,
        (Tunnel.Ttls, OuterAuths.EapMsChap2) => InnerAuths.TtlsEapMsChap2,
        (Tunnel.Ttls, OuterAuths.EapGtc) => InnerAuths.TtlsEapGtc,
        (Tunnel.Peap, OuterAuths.EapMsChap2) => InnerAuths.PeapMsChap2,
        (Tunnel.Peap, OuterAuths.EapGtc) => InnerAuths.PeapGtc,
        _ => InnerAuths.None,
    };

    private static bool AllowsOutside(RequestContext context, UserGroup group, OuterAuths method) =>
        (group.OuterAuths & method) != 0
        || Refuse(context, NotAllowed, $"method {Word(AuthMethods.Outer, (int)method)} is not in outer-auths of group {group.Name}");

    private static bool AllowsInside(RequestContext context, UserGroup group, OuterAuths method)
    {
        var inside = context.Tunnel.Inside(method);
        if (inside == InnerAuths.None)
            return Refuse(context, NotAllowed, $"method {Word(AuthMethods.Outer, (int)method)} is not for use inside {context.Tunnel.ToString().ToLowerInvariant()}");

        return (group.InnerAuths & inside) != 0
            || Refuse(context, NotAllowed, $"method {Word(AuthMethods.Inner, (int)inside)} is not in inner-auths of group {group.Name}");
    }

    private static string Word(IReadOnlyList<string> words, int bit) => words[BitOperations.TrailingZeroCount(bit)];

    private static Refusal NotAllowed => new(RefusalRule.MethodNotAllowed);

    private static bool Refuse(RequestContext context, Refusal refusal, string? reason = null)
    {
        context.Refuse(refusal, reason);
        return false;
    }
}
