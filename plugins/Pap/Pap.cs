using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>Checks User-Password against the known good password in <c>control</c> (RFC 2865 §5.2), in clear or as one of FreeRADIUS's hashes.</summary>
[Module("pap")]
public sealed class Pap : IAuthorize, IAuthenticate
{
    /// <summary>Takes a request that carries a User-Password, unless another module took it first. Reads Password-With-Header, for whoever checks the password.</summary>
    public ValueTask<Rcode> AuthorizeAsync(RequestContext context)
    {
        context.ReadHeaders();
        return ValueTask.FromResult(
            context.Request.Has(Rfc2865.UserPassword) && context.TrySetAuthType("pap") ? Rcode.Updated : Rcode.Noop);
    }

    public ValueTask<Rcode> AuthenticateAsync(RequestContext context)
    {
        if (!context.Request.TryGet(Rfc2865.UserPassword, out var password))
            return ValueTask.FromResult(Answer(context, Rcode.Invalid, "Auth-Type is pap, but there is no User-Password"));

        if (!context.Allows(OuterAuths.Pap))
            return ValueTask.FromResult(Rcode.Reject);

        var check = context.CheckPasswordAsync(password);
        return check.IsCompletedSuccessfully ? ValueTask.FromResult(Answer(context, check.Result)) : AwaitAsync(context, check);
    }

    // A hash that is made to take long.
    private static async ValueTask<Rcode> AwaitAsync(RequestContext context, ValueTask<Rcode> check) => Answer(context, await check);

    private static Rcode Answer(RequestContext context, Rcode checkedAs)
    {
        return checkedAs switch
        {
            Rcode.NotFound when context.User is null => Refuse(context, Rcode.NotFound, RefusalRule.UnknownUser, "no such user"),
            Rcode.NotFound => Answer(context, Rcode.NotFound, "no known good password that pap could check"),
            Rcode.Reject => Refuse(context, Rcode.Reject, RefusalRule.WrongPassword, "wrong password"),
            var rcode => rcode,
        };
    }

    private static Rcode Refuse(RequestContext context, Rcode rcode, RefusalRule rule, string reason)
    {
        context.Refuse(new Refusal(rule), reason);
        return rcode;
    }

    private static Rcode Answer(RequestContext context, Rcode rcode, string reason)
    {
        context.Fail(reason);
        return rcode;
    }
}
