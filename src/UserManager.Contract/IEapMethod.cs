using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Contract;

/// <summary>A method of EAP (RFC 3748 §5): a module that the module <c>eap</c> runs when <c>methods:</c> of its options names it.</summary>
/// <remarks>
/// <c>eap</c> does what all methods share: identity, negotiation, identifiers, retransmissions, EAP-Success and -Failure, the keys of the
/// Access-Accept. A method gets the octets behind the Type field and gives such octets back. It is run on a worker: it may wait.
/// </remarks>
public interface IEapMethod
{
    /// <summary>The number in the Type field, 4 to 253.</summary>
    EapType Type { get; }

    /// <summary>The word of <c>outer-auths</c> that allows it. Default none: every group may use it, where the policy lists it.</summary>
    OuterAuths Word => OuterAuths.None;

    /// <summary>It can be offered now. Default true; false for one that waits for something, as TLS does for a certificate.</summary>
    bool IsReady => true;

    /// <summary>It needs the user's known good password in every round. Default true; false spares the look-up of later rounds.</summary>
    bool NeedsPassword => true;

    /// <summary>Makes the first request.</summary>
    ValueTask<EapStep> BeginAsync(EapExchange exchange);

    /// <summary>Takes a response.</summary>
    /// <param name="exchange">The login.</param>
    /// <param name="response">What stood behind the Type field; untrusted. Valid until the task ends.</param>
    ValueTask<EapStep> ContinueAsync(EapExchange exchange, ReadOnlyMemory<byte> response);
}

/// <summary>A login by one EAP method, as the method sees it.</summary>
public sealed class EapExchange
{
    /// <summary>The request of this round. <c>User</c> is the outer identity's; in <c>control</c> stands the known good password.</summary>
    public required RequestContext Context { get; init; }

    /// <summary>What the peer calls itself (RFC 3748 §5.1): octets, never empty.</summary>
    public required ReadOnlyMemory<byte> Identity { get; init; }

    /// <summary>The Identifier of the packet that was received. The next request's is one more.</summary>
    public required byte Identifier { get; init; }

    /// <summary>The method's own, from round to round. Disposed at the end of the login, if it can be.</summary>
    public object? State { get; set; }
}

/// <summary>What a method answers.</summary>
public readonly record struct EapStep
{
    private EapStep(EapStepKind kind) => Kind = kind;

    /// <summary>The response made no sense, though the login may go on: it is as if it had not come (RFC 3579 §2.2).</summary>
    public static EapStep Ignore { get; } = new(EapStepKind.Ignore);

    public EapStepKind Kind { get; }

    /// <summary>Of a request: what stands behind the Type field.</summary>
    public ReadOnlyMemory<byte> Data { get; private init; }

    /// <summary>Of a success: null for a method that makes none.</summary>
    public EapKeys? Keys { get; private init; }

    /// <summary>Of a failure: why, for the log. No secrets. Null when it is noted already.</summary>
    public string? Reason { get; private init; }

    /// <summary>One more round.</summary>
    public static EapStep Request(ReadOnlyMemory<byte> data) => new(EapStepKind.Request) { Data = data };

    /// <summary>The peer is who it says.</summary>
    public static EapStep Success(EapKeys? keys = null) => new(EapStepKind.Success) { Keys = keys };

    /// <summary>The peer is refused.</summary>
    public static EapStep Failure(string? reason) => new(EapStepKind.Failure) { Reason = reason };
}

/// <summary>The kinds of <see cref="EapStep"/>.</summary>
public enum EapStepKind
{
    Ignore,
    Request,
    Success,
    Failure,
}

/// <summary>What a method yields (RFC 3748 §7.10, RFC 5247).</summary>
/// <param name="Msk">64 octets. Its halves go to the NAS as MS-MPPE-Recv-Key and MS-MPPE-Send-Key.</param>
/// <param name="Emsk">64 octets that never leave the server; empty for none.</param>
/// <param name="SessionId">The Session-Id: Type, then the Method-Id; empty for none.</param>
public sealed record EapKeys(byte[] Msk, byte[] Emsk, byte[] SessionId);
