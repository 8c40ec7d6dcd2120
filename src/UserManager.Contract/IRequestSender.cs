using System.Net;
using UserManager.Radius;

namespace UserManager.Contract;

/// <summary>Sends requests to a NAS and matches them to their answers (RFC 5176). A module gets it by its constructor.</summary>
public interface IRequestSender
{
    /// <summary>Sends a CoA-Request or Disconnect-Request to the client's <c>coa-port</c>, again and again as its schedule says.</summary>
    /// <returns>What the NAS answered, or that it did not. An answer that is not the NAS's own (wrong secret, source or identifier) is counted and ignored.</returns>
    /// <exception cref="OperationCanceledException">The wait was given up, or the server stops.</exception>
    ValueTask<RequestAnswer> SendAsync(OutgoingRequest request, CancellationToken cancelled);
}

/// <summary>A request to a NAS.</summary>
/// <param name="Code">CoA-Request or Disconnect-Request.</param>
/// <param name="Client">The NAS's port and secret.</param>
/// <param name="Address">Where it is: the client's own address, or one in its network.</param>
/// <param name="Attributes">
/// What it carries, read before <see cref="IRequestSender.SendAsync"/> first waits. Message-Authenticator is put before them, and
/// Event-Timestamp after them where they have none. Proxy-State is the business of proxies and left out.
/// </param>
public sealed record OutgoingRequest(PacketCode Code, Client Client, IPAddress Address, AttributeList Attributes)
{
    /// <summary>When it is sent again and given up.</summary>
    public Retransmission Retransmission { get; init; } = Retransmission.Default;
}

/// <summary>How a request was answered.</summary>
public enum AnswerKind
{
    /// <summary>Not within the schedule's time; or it could not be sent, see <see cref="RequestAnswer.Problem"/>.</summary>
    None,

    /// <summary>CoA-ACK or Disconnect-ACK: done.</summary>
    Ack,

    /// <summary>CoA-NAK or Disconnect-NAK: nothing was done (RFC 5176 §2).</summary>
    Nak,
}

/// <summary>The answer to a request.</summary>
public sealed record RequestAnswer(AnswerKind Kind)
{
    /// <summary>Error-Cause (RFC 5176 §3.5); 0 when there is none.</summary>
    public int ErrorCause { get; init; }

    /// <summary>Reply-Message; empty when there is none.</summary>
    public string ReplyMessage { get; init; } = "";

    /// <summary>Why it was not sent; empty when it was.</summary>
    public string Problem { get; init; } = "";

    /// <summary>The NAS says that it has no such session (RFC 5176 §3.5).</summary>
    public bool IsSessionUnknown => Kind == AnswerKind.Nak && ErrorCause == SessionContextNotFound;

    private const int SessionContextNotFound = 503;
}

/// <summary>When a request is sent again, and when it is given up (RFC 5080 §2.2.1, after RFC 3315 §14).</summary>
/// <remarks>
/// Copies are the same packet from the same port, so that a NAS knows them for copies (RFC 5176 §2.3); Event-Timestamp stays that of the
/// first, which RFC 5176 §6.3 lets be 300 s old.
/// </remarks>
public sealed record Retransmission
{
    /// <summary>The schedule of RFC 5080: about 2, 4, 8 and 16 s, given up after 30 s.</summary>
    public static Retransmission Default { get; } = new();

    /// <summary>For one who waits at the door: four copies, an answer or none within 0.8 s.</summary>
    public static Retransmission Hasty { get; } = new()
    {
        Initial = TimeSpan.FromMilliseconds(150),
        Longest = TimeSpan.FromMilliseconds(250),
        Count = 4,
        Duration = TimeSpan.FromMilliseconds(800),
    };

    /// <summary>IRT: the first wait, give or take a tenth. Above zero. Default 2 s.</summary>
    public TimeSpan Initial { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>MRT: no wait is longer, give or take a tenth; zero for no limit. Default 16 s.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(16);

    /// <summary>MRC: how often it is sent at most, the first time included; zero for no limit. Default 5.</summary>
    public int Count { get; init; } = 5;

    /// <summary>MRD: when it is given up, counted from the first sending; zero for no limit. Default 30 s.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The next wait: RT = IRT + RAND·IRT at first, then 2·RTprev + RAND·RTprev, or MRT + RAND·MRT beyond MRT.</summary>
    /// <param name="previous">The wait before; zero for the first.</param>
    /// <param name="random">RAND: -0.1 to 0.1, anew each time.</param>
    public TimeSpan Next(TimeSpan previous, double random)
    {
        var next = previous == TimeSpan.Zero ? Initial * (1 + random) : previous * (2 + random);
        return Longest > TimeSpan.Zero && next > Longest ? Longest * (1 + random) : next;
    }
}
