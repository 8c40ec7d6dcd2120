using System.Buffers.Binary;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>A site: the sections that a request passes, and what their results come to. Immutable once compiled.</summary>
public sealed class VirtualServer
{
    // What an Access-Reject may carry: the list of FreeRADIUS's attr_filter.access_reject.
    private static readonly AttributeKey[] KeptInReject =
    [
        Rfc2869.EapMessage, Rfc2865.State, Rfc2869.MessageAuthenticator, Rfc2865.ReplyMessage, MicrosoftVsa.MsChapError, Rfc2865.ProxyState,
    ];

    private readonly Dictionary<ulong, Chain> _authTypes = [];
    private readonly AttributeKey _responsePacketType;
    private readonly AttributeKey _errorCause;
    private readonly ulong _accept;
    private readonly ulong _reject;
    private readonly string _noAuthType;
    private readonly Func<RequestContext, ValueTask<PacketCode>> _answer;
    private readonly Func<RequestContext, ValueTask<PacketCode>> _record;
    private Chain _authorize = Chain.Empty;
    private Chain _session = Chain.Empty;
    private Chain _postAuth = Chain.Empty;
    private Chain _postAuthReject = Chain.Empty;
    private Chain _postAuthChallenge = Chain.Empty;
    private Chain _preacct = Chain.Empty;
    private Chain _accounting = Chain.Empty;

    internal VirtualServer(string name, RadiusDictionary dictionary)
    {
        Name = name;
        (_answer, _record) = (AnswerAsync, RecordAsync);
        _responsePacketType = dictionary.TryFind("Response-Packet-Type", out var type) ? type.Key : default;
        _errorCause = dictionary.TryFind("Error-Cause", out var cause) ? cause.Key : default;
        _accept = AuthType(dictionary, "Accept");
        _reject = AuthType(dictionary, "Reject");
        _noAuthType = $"No Auth-Type found: no module in authorize of the site {name} took this request. Either the module for its kind of "
            + "credentials (pap, chap, mschap, ...) is not listed there, or the request carries none";
    }

    /// <summary>The file's name: <c>sites/NAME.yaml</c>.</summary>
    public string Name { get; }

    /// <summary>Runs authorize, the section of authenticate that Auth-Type names, session and post-auth.</summary>
    /// <returns>AccessAccept, AccessReject or AccessChallenge; None when nothing is to be sent.</returns>
    /// <remarks>After a context was abandoned its lists may not be read: the answer then is a bare one.</remarks>
    public ValueTask<PacketCode> AuthorizeAndAuthenticateAsync(RequestContext context) => Departure.Run(_answer, context);

    private async ValueTask<PacketCode> AnswerAsync(RequestContext context)
    {
        var answer = await CompleteAsync(context).ConfigureAwait(false);
        await context.SettleAsync(answer).ConfigureAwait(false);
        return answer;
    }

    private async ValueTask<PacketCode> CompleteAsync(RequestContext context)
    {
        var decision = Override(context, await DecideAsync(context).ConfigureAwait(false));
        if (decision == PacketCode.None || context.IsAbandoned)
            return decision;

        context.ReplyCode = decision;
        if (decision == PacketCode.AccessReject)
            FilterReject(context.Reply);

        var list = decision switch
        {
            PacketCode.AccessReject => _postAuthReject,
            PacketCode.AccessChallenge => _postAuthChallenge,
            _ => _postAuth,
        };
        var result = await RunAsync(list, Section.PostAuth, context).ConfigureAwait(false);
        if (decision != PacketCode.AccessReject && Refuses(result.Rcode))
            return await RejectAsync(context).ConfigureAwait(false);

        return result.Rcode == Rcode.Handled || Silenced(context) ? PacketCode.None : decision;
    }

    /// <summary>Runs preacct and accounting.</summary>
    /// <returns>AccountingResponse when it was recorded (ok or updated), else None: the NAS asks again.</returns>
    public ValueTask<PacketCode> AccountAsync(RequestContext context) => Departure.Run(_record, context);

    private async ValueTask<PacketCode> RecordAsync(RequestContext context)
    {
        var prepared = await RunAsync(_preacct, Section.Preacct, context).ConfigureAwait(false);
        if (prepared.Rcode is not (Rcode.Ok or Rcode.Noop or Rcode.Updated))
            return PacketCode.None;

        var recorded = await RunAsync(_accounting, Section.Accounting, context).ConfigureAwait(false);
        return recorded.Rcode is Rcode.Ok or Rcode.Updated ? PacketCode.AccountingResponse : PacketCode.None;
    }

    internal void Set(Section section, Chain chain)
    {
        _ = section.Name switch
        {
            "authorize" => _authorize = chain,
            "session" => _session = chain,
            "post-auth" => _postAuth = chain,
            "preacct" => _preacct = chain,
            _ => _accounting = chain,
        };
    }

    internal bool TryAddAuthType(ulong number, Chain chain) => _authTypes.TryAdd(number, chain);

    internal bool TrySetPostAuthType(string name, Chain chain)
    {
        if (name.Equals("Reject", StringComparison.OrdinalIgnoreCase))
            _postAuthReject = chain;
        else if (name.Equals("Challenge", StringComparison.OrdinalIgnoreCase))
            _postAuthChallenge = chain;
        else
            return false;

        return true;
    }

    private async ValueTask<PacketCode> DecideAsync(RequestContext context)
    {
        var authorized = await RunAsync(_authorize, Section.Authorize, context).ConfigureAwait(false);
        if (authorized.Rcode == Rcode.Handled)
            return PacketCode.None;

        if (Refuses(authorized.Rcode))
            return PacketCode.AccessReject;

        var authenticated = await AuthenticateAsync(context).ConfigureAwait(false);
        if (authenticated != Rcode.Ok)
            return authenticated == Rcode.Handled ? PacketCode.None : PacketCode.AccessReject;

        // Nothing ran: there is nothing to ask. (The initial result of session is fail.)
        var admitted = await RunAsync(_session, Section.Session, context).ConfigureAwait(false);
        return !admitted.IsInitial && Refuses(admitted.Rcode) ? PacketCode.AccessReject
            : admitted.Rcode == Rcode.Handled ? PacketCode.None
            : PacketCode.AccessAccept;
    }

    private ValueTask<Rcode> AuthenticateAsync(RequestContext context)
    {
        if (!TryGetAuthType(context.Control, out var type))
        {
            context.Fail(_noAuthType);
            return new(Rcode.Reject);
        }

        if (type == _reject || type == _accept)
        {
            context.Trace?.Write($"Auth-Type = {(type == _accept ? "Accept, accepting" : "Reject, rejecting")} the user");
            return new(type == _accept ? Rcode.Ok : Rcode.Reject);
        }

        if (_authTypes.TryGetValue(type, out var list))
            return RcodeAsync(list, context);

        var name = context.Dictionary.TryFind(Internal.AuthType, out var definition) && definition.TryGetName(type, out var known) ? known : $"{type}";
        context.Fail($"Auth-Type is {name}, but authenticate of the site {Name} has no list of that name; add \"{name}: [ ... ]\" there");
        return new(Rcode.Reject);
    }

    private static async ValueTask<Rcode> RcodeAsync(Chain list, RequestContext context) =>
        (await RunAsync(list, Section.Authenticate, context).ConfigureAwait(false)).Rcode;

    // An Auth-Type of Reject counts wherever it stands; of the others the last (as FreeRADIUS).
    private bool TryGetAuthType(AttributeList control, out ulong type)
    {
        type = 0;
        var found = false;
        foreach (ref readonly var entry in control.Entries)
        {
            if (entry.Key != Internal.AuthType || entry.Length != 4)
                continue;

            if (!found || type != _reject)
                type = BinaryPrimitives.ReadUInt32BigEndian(control.Value(in entry));

            found = true;
        }

        return found;
    }

    private async ValueTask<PacketCode> RejectAsync(RequestContext context)
    {
        if (context.IsAbandoned)
            return PacketCode.AccessReject;

        context.ReplyCode = PacketCode.AccessReject;
        FilterReject(context.Reply);
        var result = await RunAsync(_postAuthReject, Section.PostAuth, context).ConfigureAwait(false);
        return result.Rcode == Rcode.Handled || Silenced(context) ? PacketCode.None : PacketCode.AccessReject;
    }

    private static ValueTask<StepResult> RunAsync(Chain list, Section section, RequestContext context) =>
        list.IsEmpty ? new(StepResult.Initial(section.Initial)) : list.RunAsync(context, section.Initial);

    private static bool Refuses(Rcode rcode) => rcode is Rcode.Reject or Rcode.Fail or Rcode.Invalid or Rcode.Disallow;

    // control:Response-Packet-Type says which packet goes back, whatever was decided (as FreeRADIUS).
    private PacketCode Override(RequestContext context, PacketCode decided) =>
        !context.IsAbandoned && context.Control.TryGetNumber(_responsePacketType, out var number)
            ? (PacketCode)Math.Min(number, byte.MaxValue) switch
            {
                PacketCode.AccessAccept => PacketCode.AccessAccept,
                PacketCode.AccessReject => PacketCode.AccessReject,
                PacketCode.AccessChallenge => PacketCode.AccessChallenge,
                _ => number == 256 ? PacketCode.None : decided,
            }
            : decided;

    // Do-Not-Respond, which post-auth may still say.
    private bool Silenced(RequestContext context) =>
        !context.IsAbandoned && context.Control.TryGetNumber(_responsePacketType, out var number) && number == 256;

    private void FilterReject(AttributeList reply)
    {
        for (var i = reply.Count - 1; i >= 0; i--)
        {
            if (Array.IndexOf(KeptInReject, reply[i].Key) < 0 && reply[i].Key != _errorCause)
                reply.RemoveAt(i);
        }
    }

    private static ulong AuthType(RadiusDictionary dictionary, string name) =>
        dictionary.TryFind(Internal.AuthType, out var definition) && definition.TryGetNumber(name, out var number) ? number : ulong.MaxValue;
}
