using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>Checks CHAP-Password against Cleartext-Password in <c>control</c> (RFC 1994 §4.1, RFC 2865 §5.3).</summary>
[Module("chap")]
public sealed class Chap : IAuthorize, IAuthenticate
{
    /// <summary>Takes a request that carries a CHAP-Password. Where no CHAP-Challenge came, the Request Authenticator becomes it.</summary>
    public ValueTask<Rcode> AuthorizeAsync(RequestContext context)
    {
        if (!context.Request.Has(Rfc2865.ChapPassword))
            return ValueTask.FromResult(Rcode.Noop);

        if (!context.Request.Has(Rfc2865.ChapChallenge))
            context.Request.Add(Rfc2865.ChapChallenge, context.Authenticator);

        return ValueTask.FromResult(context.TrySetAuthType("chap") ? Rcode.Ok : Rcode.Noop);
    }

    public ValueTask<Rcode> AuthenticateAsync(RequestContext context) => ValueTask.FromResult(Verify(context));

    private static Rcode Verify(RequestContext context)
    {
        if (!context.Request.TryGet(Rfc2865.ChapPassword, out var response))
            return Answer(context, Rcode.Invalid, "Auth-Type is chap, but there is no CHAP-Password");

        if (response.Length != ChapPassword.Length)
            return Answer(context, Rcode.Invalid, "CHAP-Password is not 17 octets long");

        if (!context.Allows(OuterAuths.Chap))
            return Rcode.Reject;

        var challenge = context.Request.TryGet(Rfc2865.ChapChallenge, out var sent) ? sent : context.Authenticator;
        for (var number = 0; ; number++)
        {
            var isKnown = context.TryGetPassword(number, out var known);
            var isRight = ChapPassword.Verify(response, known, challenge);         // for an unknown user too: it takes as long
            if (!isKnown)
            {
                var rule = context.User is null ? RefusalRule.UnknownUser : RefusalRule.WrongPassword;
                return number == 0
                    ? Refuse(context, Rcode.NotFound, rule, "no Cleartext-Password, which chap needs")
                    : Refuse(context, Rcode.Reject, RefusalRule.WrongPassword, "wrong password");
            }

            if (!isRight)
                continue;

            context.PasswordWas(number);
            return Rcode.Ok;
        }
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
