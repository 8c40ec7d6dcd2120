using System.Collections.Concurrent;
using UserManager.Contract;
using UserManager.Management;
using UserManager.Policy;
using UserManager.Radius;
using UserManager.Server.Listeners;

namespace UserManager.Server;

/// <summary>What <c>/user-manager router monitor</c> shows: the counters of requests and of what was sent, since the last <c>reset-counters</c>.</summary>
/// <remarks>The counters themselves are the metrics' too, and never go back: a reset remembers where they stood.</remarks>
internal sealed class RouterBook(RequestCounters requests, SenderCounters sent) : IRouterStatistics
{
    private static readonly DropReason[] Broken =
    [
        DropReason.BadLength, DropReason.MalformedAttribute, DropReason.TooManyAttributes, DropReason.BadRequestAuthenticator,
        DropReason.BadMessageAuthenticator, DropReason.MissingMessageAuthenticator, DropReason.ProxyStateUnprotected, DropReason.EapWithPassword,
    ];

    private readonly ConcurrentDictionary<long, Mark> _marks = new();

    public RouterStatistics Read(long router)
    {
        var (received, answers) = (Received.Of(requests.Find(router)), Answers.Of(sent, router));
        if (_marks.TryGetValue(router, out var mark))
        {
            // A router that was disabled in between is counted anew.
            received = mark.Counters == requests.Find(router) ? received - mark.Received : received;
            answers -= mark.Answers;
        }

        return new RouterStatistics
        {
            BrokenRequests = received.Broken,
            UnknownRequests = received.Unknown,
            AccessRequests = received.Access,
            AccessFailures = received.Rejects,
            AccountingRequests = received.Accounting,

            // One that is being worked on has no answer yet, and one may be answered between two looks.
            AccountingFailures = Math.Max(0, received.Accounting - received.Recorded),
            SentFromCache = received.Copies,
            DisconnectAcks = answers.DisconnectAcks,
            DisconnectNaks = answers.DisconnectNaks,
            CoaAcks = answers.CoaAcks,
            CoaNaks = answers.CoaNaks,
        };
    }

    public void Reset(long router)
    {
        var counters = requests.Find(router);
        _marks[router] = new Mark(counters, Received.Of(counters), Answers.Of(sent, router));
    }

    /// <summary>Where the counters stood.</summary>
    private sealed record Mark(RouterCounters? Counters, Received Received, Answers Answers);

    private readonly record struct Received(long Broken, long Unknown, long Access, long Rejects, long Accounting, long Recorded, long Copies)
    {
        public static Received Of(RouterCounters? from) => from is null ? default : new(
            RouterBook.Broken.Sum(from.Drops),
            from.Drops(DropReason.BadCode),
            from.Requests(PacketCode.AccessRequest),
            from.Replies(PacketCode.AccessReject),
            from.Requests(PacketCode.AccountingRequest),
            from.Replies(PacketCode.AccountingResponse),
            from.Duplicates);

        public static Received operator -(Received now, Received then) => new(
            now.Broken - then.Broken, now.Unknown - then.Unknown, now.Access - then.Access, now.Rejects - then.Rejects,
            now.Accounting - then.Accounting, now.Recorded - then.Recorded, now.Copies - then.Copies);
    }

    private readonly record struct Answers(long DisconnectAcks, long DisconnectNaks, long CoaAcks, long CoaNaks)
    {
        public static Answers Of(SenderCounters from, long router) => new(
            from.Answers(router, PacketCode.DisconnectRequest, AnswerKind.Ack),
            from.Answers(router, PacketCode.DisconnectRequest, AnswerKind.Nak),
            from.Answers(router, PacketCode.CoaRequest, AnswerKind.Ack),
            from.Answers(router, PacketCode.CoaRequest, AnswerKind.Nak));

        public static Answers operator -(Answers now, Answers then) => new(
            now.DisconnectAcks - then.DisconnectAcks, now.DisconnectNaks - then.DisconnectNaks, now.CoaAcks - then.CoaAcks, now.CoaNaks - then.CoaNaks);
    }
}
