using System.Runtime.CompilerServices;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Contract;

/// <summary>A request on its way through the policy: its lists, who asks, and what is known so far.</summary>
/// <remarks>
/// It belongs to its request: the host takes it back when every module has returned, so a module must not keep it, nor a span
/// read from its lists. One thread works on it at a time.
/// </remarks>
public sealed class RequestContext
{
    /// <summary>Octets of the request's buffer: a packet, and as much again for values that had to be put together or revealed.</summary>
    public const int RequestCapacity = 2 * Packet.MaxLength;

    private readonly byte[] _authenticator = new byte[Packet.AuthenticatorLength];
    private readonly ModuleResult[] _passed;
    private int _passedCount;
    private Refusal? _innerRefusal;
    private UserAccount? _innerUser;
    private List<Func<ValueTask>>? _undo;

    /// <summary>Modules of one request that are remembered. Of more, the last takes the place of the last.</summary>
    public const int MaxPassed = 32;

    // A request inside a tunnel has no datagram to receive.
    private const int InnerCapacity = 512;

    public RequestContext(RadiusDictionary dictionary)
        : this(dictionary, RequestCapacity, MaxPassed)
    {
    }

    private RequestContext(RadiusDictionary dictionary, int capacity, int passed)
    {
        _passed = new ModuleResult[passed];
        Dictionary = dictionary;
        Request = new AttributeList(dictionary, capacity);
        Reply = new AttributeList(dictionary);
        Control = new AttributeList(dictionary);
        SessionState = new AttributeList(dictionary);
    }

    /// <summary>Grows by one a request; it stands in every log line about the request.</summary>
    public long Id { get; private set; }

    /// <summary>The dictionary of the policy that this request started with.</summary>
    public RadiusDictionary Dictionary { get; private set; }

    /// <summary>What the NAS sent.</summary>
    public AttributeList Request { get; }

    /// <summary>What goes back.</summary>
    public AttributeList Reply { get; }

    /// <summary>What modules tell each other: the known good password, Auth-Type.</summary>
    public AttributeList Control { get; }

    /// <summary>What is kept between the rounds of one login.</summary>
    public AttributeList SessionState { get; }

    /// <summary>The request around this one, for one that came through a tunnel: <c>outer.</c> in policies. Null for all others.</summary>
    public RequestContext? Outer { get; private set; }

    /// <summary>What this request came through.</summary>
    public Tunnel Tunnel { get; private set; }

    /// <summary>The login that this request is a round of; null while it is the first one and nobody has asked for more.</summary>
    public Conversation? Conversation { get; private set; }

    /// <summary>The NAS.</summary>
    public Client Client { get; private set; } = null!;

    /// <summary>Where the datagram came from.</summary>
    public Endpoint Source { get; private set; }

    public PacketCode Code { get; private set; }

    public byte Identifier { get; private set; }

    /// <summary>The Request Authenticator, 16 octets.</summary>
    public ReadOnlySpan<byte> Authenticator => _authenticator;

    public DateTimeOffset ReceivedAt { get; private set; }

    /// <summary>What the last regular expression that matched has caught.</summary>
    public RegexCaptures Captures { get; } = new();

    /// <summary>The user, once a module has found who it is.</summary>
    public UserAccount? User { get; set; }

    /// <summary>The session that an Accounting-Request is about, once it is recorded.</summary>
    public SessionStanding? Session { get; set; }

    /// <summary>Which reply is being built, for <c>post-auth</c>: Access-Accept, -Reject or -Challenge. None before that is decided.</summary>
    public PacketCode ReplyCode { get; set; }

    /// <summary>Ends with the server's stop. A module whose time is over is not told: its request goes on without it.</summary>
    public CancellationToken Cancelled { get; private set; }

    /// <summary>The log of <c>-X</c>; null when nobody listens.</summary>
    public RequestTrace? Trace { get; private set; }

    /// <summary>Set by a module that could not do its work: why, for the log and for <c>Module-Failure-Message</c>.</summary>
    public string? Failure { get; private set; }

    /// <summary>The rule by which it is refused, where the module that does knows one; inside a tunnel also that of the request inside. Null otherwise.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>Whom it is about, as far as that is known: <see cref="User"/>, else the user of the request inside its tunnel.</summary>
    public UserAccount? Concerned => User ?? _innerUser;

    /// <summary>The modules that the request has passed, in order, those of requests inside its tunnel before the module that ran these.</summary>
    public ReadOnlySpan<ModuleResult> Passed => _passed.AsSpan(0, _passedCount);

    /// <summary>True once a module overran its time: the context is never used again.</summary>
    public bool IsAbandoned { get; private set; }

    /// <summary>True once a module could not run because a queue of the server was full: a request that is refused for it gets no answer.</summary>
    public bool IsOverloaded { get; private set; }

    /// <summary>Names the section of <c>authenticate</c> that is to check this request, unless one is named already.</summary>
    /// <returns>True when it was named now. False also when the policy has no such section.</returns>
    public bool TrySetAuthType(string section)
    {
        if (Control.Has(Internal.AuthType)
            || !Dictionary.TryFind(Internal.AuthType, out var definition)
            || !definition.TryGetNumber(section, out var number))
        {
            return false;
        }

        Control.Add(Internal.AuthType, number);
        return true;
    }

    /// <summary>The login that this request is a round of, begun now if there is none. An Access-Challenge then keeps it for the next round.</summary>
    public Conversation OpenConversation() => Conversation ??= new Conversation();

    /// <summary>Makes a request that came through a tunnel inside this one: of the same NAS, with empty lists.</summary>
    /// <param name="tunnel">What it came through.</param>
    /// <param name="conversation">That of the inner login's round before; null in the first.</param>
    public RequestContext CreateInner(Tunnel tunnel, Conversation? conversation)
    {
        var inner = new RequestContext(Dictionary, InnerCapacity, 0);    // the outermost remembers the modules of all
        inner.Begin(new RequestStart(Id, Dictionary, Client, Source, ReceivedAt)
        {
            Trace = Trace,
            Cancelled = Cancelled,
            Code = PacketCode.AccessRequest,
            Conversation = conversation,
        });
        inner.Identifier = Identifier;
        (inner.Outer, inner.Tunnel) = (this, tunnel);
        return inner;
    }

    /// <summary>Says why the request is refused or failed: the log shows it and policies read it as <c>Module-Failure-Message</c>. No secrets.</summary>
    public void Fail(string reason)
    {
        Failure = reason;
        Refusal = _innerRefusal;
        Request.Add(Internal.ModuleFailureMessage, reason);
        Trace?.Write(reason);
    }

    /// <summary>As <see cref="Fail"/>, with the rule by which the request is refused: <c>/user-manager decision</c> and <c>%{refusal:...}</c> know it.</summary>
    /// <param name="refusal">The rule, what it looked at, and what would change it.</param>
    /// <param name="reason">What the log is told; null for the rule's own words. No secrets.</param>
    public void Refuse(Refusal refusal, string? reason = null)
    {
        Fail(reason ?? refusal.Explain());
        Refusal = refusal;
        for (var outer = Outer; outer is not null; outer = outer.Outer)
            outer._innerRefusal = refusal;
    }

    /// <summary>Has something undone that a module did for this login, should it not be let in after all: refused by a later module, or not answered.</summary>
    /// <param name="undo">Is called before the answer leaves. It must not touch this context, and what it throws is only traced.</param>
    public void UndoUnlessAccepted(Func<ValueTask> undo) => (_undo ??= []).Add(undo);

    /// <summary>Undoes what is to be undone, the last first, unless the login is accepted or goes on. For the host.</summary>
    /// <remarks>What was done inside a tunnel stands or falls with the request around it.</remarks>
    public ValueTask SettleAsync(PacketCode answer)
    {
        if (_undo is not { } undo)
            return ValueTask.CompletedTask;

        _undo = null;
        if (answer is not (PacketCode.AccessAccept or PacketCode.AccessChallenge))
            return UndoAsync(undo, Trace);

        Outer?.UndoLater(undo);
        return ValueTask.CompletedTask;
    }

    private void UndoLater(List<Func<ValueTask>> undo) => (_undo ??= []).AddRange(undo);

    private static async ValueTask UndoAsync(List<Func<ValueTask>> undo, RequestTrace? trace)
    {
        for (var i = undo.Count - 1; i >= 0; i--)
        {
            try
            {
                await undo[i]().ConfigureAwait(false);
            }
#pragma warning disable CA1031 // whatever it throws, the login has its answer
            catch (Exception fault)
#pragma warning restore CA1031
            {
                trace?.Write($"what was done for the login could not be undone: {fault.GetType().Name}");
            }
        }
    }

    /// <summary>Notes what a module came to. For the host.</summary>
    public void Note(ModulePlace place, Rcode rcode)
    {
        var outermost = this;
        for (; outermost.Outer is { } outer; outermost = outer)
            outer._innerUser = Concerned;

        outermost._passed[Math.Min(outermost._passedCount, MaxPassed - 1)] = new ModuleResult(place, rcode, IsInner: Outer is not null);
        outermost._passedCount = Math.Min(outermost._passedCount + 1, MaxPassed);
    }

    /// <summary>Writes to the log of <c>-X</c>. Costs nothing when nobody listens: the text is not even put together. No secrets.</summary>
    public void Debug([InterpolatedStringHandlerArgument("")] ref TraceText text) => Trace?.Write(text.ToString());

    /// <summary>Begins a request in this context. For the host and for tests.</summary>
    /// <param name="start">What the host knows of it.</param>
    /// <param name="datagram">Octets of the datagram at the start of <see cref="Request"/>'s buffer; 0 when the lists are filled otherwise.</param>
    public void Begin(in RequestStart start, int datagram = 0)
    {
        Id = start.Id;
        Dictionary = start.Dictionary;
        Client = start.Client;
        Source = start.Source;
        ReceivedAt = start.ReceivedAt;
        Trace = start.Trace;
        Cancelled = start.Cancelled;
        (Outer, Tunnel, Conversation) = (null, Tunnel.None, start.Conversation);
        User = null;
        Session = null;
        ReplyCode = PacketCode.None;
        Failure = null;
        (Refusal, _innerRefusal, _innerUser, _passedCount) = (null, null, null, 0);
        IsOverloaded = false;
        _undo = null;
        Captures.Clear();
        Request.Reset(start.Dictionary, datagram);
        Reply.Reset(start.Dictionary);
        Control.Reset(start.Dictionary);
        SessionState.Reset(start.Dictionary);
        Conversation?.Resume(SessionState);
        if (datagram < Packet.HeaderLength)
        {
            Code = start.Code;
            _authenticator.AsSpan().Clear();
            return;
        }

        Code = Packet.Code(Request.Octets);
        Identifier = Packet.Identifier(Request.Octets);
        Packet.Authenticator(Request.Octets).CopyTo(_authenticator);
    }

    /// <summary>Gives the context up: a module still holds it. For the host.</summary>
    public void Abandon() => IsAbandoned = true;

    /// <summary>Notes that a module found no place in a queue. For the host.</summary>
    public void Overload() => IsOverloaded = true;

    /// <summary>The text of <see cref="Debug"/>, put together only when somebody listens.</summary>
    [InterpolatedStringHandler]
    public ref struct TraceText
    {
        private DefaultInterpolatedStringHandler _text;

        public TraceText(int literalLength, int formattedCount, RequestContext context, out bool isEnabled)
        {
            isEnabled = context.Trace is not null;
            if (isEnabled)
                _text = new DefaultInterpolatedStringHandler(literalLength, formattedCount);
        }

        public void AppendLiteral(string text) => _text.AppendLiteral(text);

        public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

        public void AppendFormatted(ReadOnlySpan<char> value) => _text.AppendFormatted(value);

        public override string ToString() => _text.ToStringAndClear();
    }
}

/// <summary>What the host knows of a request before its attributes are read.</summary>
public readonly record struct RequestStart(long Id, RadiusDictionary Dictionary, Client Client, Endpoint Source, DateTimeOffset ReceivedAt)
{
    public RequestTrace? Trace { get; init; }

    public CancellationToken Cancelled { get; init; }

    /// <summary>What State led to.</summary>
    public Conversation? Conversation { get; init; }

    /// <summary>The packet's code, when there is no datagram to read it from.</summary>
    public PacketCode Code { get; init; }
}

/// <summary>A module in a section: <c>users</c> in <c>authorize</c>.</summary>
/// <param name="Module">Its name in policies.</param>
/// <param name="Section">The section's name.</param>
public sealed record ModulePlace(string Module, string Section);

/// <summary>What a module came to.</summary>
/// <param name="IsInner">In a request inside a tunnel.</param>
public readonly record struct ModuleResult(ModulePlace Place, Rcode Rcode, bool IsInner);
