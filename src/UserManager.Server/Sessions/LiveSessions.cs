using System.Globalization;
using System.Net;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Policy;
using UserManager.Radius;

namespace UserManager.Server.Sessions;

/// <summary>Asks NASes to end or change sessions, and records what came of it.</summary>
internal sealed class LiveSessions(
    IRequestSender sender,
    ISessionStore sessions,
    ClientTable clients,
    Func<Vendors> vendors,
    Func<RadiusDictionary> dictionary,
    TimeProvider clock,
    ILogger<LiveSessions> log) : ILiveSessions
{
    private static readonly AttributeKey ErrorCause = Rfc3576.ErrorCause;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, Task<SessionAnswer>> _disconnecting = [];

    public async ValueTask<SessionAnswer> DisconnectAsync(Session session, string cause, Retransmission schedule, CancellationToken cancelled)
    {
        Task<SessionAnswer>? other;
        var mine = new TaskCompletionSource<SessionAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (!_disconnecting.TryGetValue(session.Id, out other))
                _disconnecting.Add(session.Id, mine.Task);
        }

        if (other is not null)
            return await ShareAsync(other, schedule, cancelled).ConfigureAwait(false);

        // Whoever waits for the answer must not depend on the one who asked: so it is not his to cancel.
        _ = FinishAsync(session, cause, schedule, mine);
        return await mine.Task.WaitAsync(cancelled).ConfigureAwait(false);
    }

    public async ValueTask<SessionAnswer> ChangeAsync(Session session, AttributeList changes, string cause, CancellationToken cancelled)
    {
        var (answer, client) = await AskAsync(PacketCode.CoaRequest, session, changes, Retransmission.Default, cancelled).ConfigureAwait(false);
        var explanation = Explain(PacketCode.CoaRequest, client, answer);
        if (answer.Kind == AnswerKind.Ack)
            return new SessionAnswer(SessionOutcome.Changed, explanation);

        if (answer.IsSessionUnknown)
            return await GoneAsync(session, cause, explanation, cancelled).ConfigureAwait(false);

        log.NotChanged(session.Key.UserName, explanation);
        return await DisconnectAsync(session, cause, Retransmission.Default, cancelled).ConfigureAwait(false);
    }

    // The other may have more time than this one.
    private async Task<SessionAnswer> ShareAsync(Task<SessionAnswer> other, Retransmission schedule, CancellationToken cancelled)
    {
        try
        {
            var patience = schedule.Duration > TimeSpan.Zero ? schedule.Duration : Timeout.InfiniteTimeSpan;
            return await other.WaitAsync(patience, clock, cancelled).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return new SessionAnswer(SessionOutcome.Unanswered, "no answer yet to the Disconnect-Request that is under way");
        }
    }

    private async Task FinishAsync(Session session, string cause, Retransmission schedule, TaskCompletionSource<SessionAnswer> done)
    {
        try
        {
            var answer = await EndAsync(session, cause, schedule).ConfigureAwait(false);
            Forget(session);
            done.SetResult(answer);
        }
        catch (Exception fault)
        {
            Forget(session);
            done.SetException(fault);
            _ = done.Task.Exception;        // the one who asked may have gone
        }
    }

    private void Forget(Session session)
    {
        lock (_lock)
            _disconnecting.Remove(session.Id);
    }

    private async Task<SessionAnswer> EndAsync(Session session, string cause, Retransmission schedule)
    {
        var (answer, client) = await AskAsync(PacketCode.DisconnectRequest, session, null, schedule, CancellationToken.None).ConfigureAwait(false);
        var explanation = Explain(PacketCode.DisconnectRequest, client, answer);
        if (answer.Kind == AnswerKind.Ack)
        {
            await sessions.CloseAsync([session], new SessionEnd(SessionStatus.CloseAcked, cause, clock.GetUtcNow()), CancellationToken.None).ConfigureAwait(false);
            log.Disconnected(session.Key.UserName, cause, explanation);
            return new SessionAnswer(SessionOutcome.Closed, explanation);
        }

        if (answer.IsSessionUnknown)
            return await GoneAsync(session, cause, explanation, CancellationToken.None).ConfigureAwait(false);

        log.NotDisconnected(session.Key.UserName, cause, explanation);
        return new SessionAnswer(answer.Kind == AnswerKind.Nak ? SessionOutcome.Refused : SessionOutcome.Unanswered, explanation);
    }

    private async Task<SessionAnswer> GoneAsync(Session session, string cause, string explanation, CancellationToken cancelled)
    {
        await sessions.CloseAsync([session], new SessionEnd(SessionStatus.Expired, cause, null), cancelled).ConfigureAwait(false);
        log.Disconnected(session.Key.UserName, cause, explanation);
        return new SessionAnswer(SessionOutcome.Gone, explanation);
    }

    private async Task<(RequestAnswer Answer, Client? Client)> AskAsync(
        PacketCode code, Session session, AttributeList? changes, Retransmission schedule, CancellationToken cancelled)
    {
        if (!clients.TryFind(session.Key.RouterId, out var client))
            return (new RequestAnswer(AnswerKind.None) { Problem = "its router is disabled or removed" }, null);

        if (AddressOf(session, client) is not { } address)
            return (new RequestAnswer(AnswerKind.None) { Problem = "the address of its NAS is not known" }, client);

        var attributes = new AttributeList(dictionary());
        vendors().Identify(session, client.Vendor, attributes);
        if (changes is not null)
            attributes.AddAll(changes);

        var request = new OutgoingRequest(code, client, address, attributes) { Retransmission = schedule };
        return (await sender.SendAsync(request, cancelled).ConfigureAwait(false), client);
    }

    // A router that is a network stands for many NASes: the one that the session's packets come from.
    private static IPAddress? AddressOf(Session session, Client client)
    {
        var length = client.Address.BaseAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? 128 : 32;
        if (client.Address.PrefixLength == length)
            return client.Address.BaseAddress;

        foreach (var text in (ReadOnlySpan<string>)[session.SourceAddress, session.NasIpAddress])
        {
            if (IPAddress.TryParse(text, out var address) && client.Address.Contains(address))
                return address;
        }

        return null;
    }

    private string Explain(PacketCode code, Client? client, RequestAnswer answer)
    {
        var router = client is null ? "" : $" router {client.Name}";
        var request = PacketCodes.Name(code);
        if (answer.Problem.Length > 0)
            return $"{request} to{(client is null ? " its NAS" : router)} was not sent: {answer.Problem}";

        if (answer.Kind == AnswerKind.None)
            return $"no answer to {request} from{router}";

        var kind = $"{request.Replace("-Request", "", StringComparison.Ordinal)}-{(answer.Kind == AnswerKind.Ack ? "ACK" : "NAK")} from{router}";
        var why = answer.ErrorCause == 0 ? "" : $": {Name(answer.ErrorCause)}";
        return answer.ReplyMessage.Length == 0 ? kind + why : $"{kind}{why}, \"{answer.ReplyMessage}\"";
    }

    private string Name(int errorCause)
    {
        var number = errorCause.ToString(CultureInfo.InvariantCulture);
        return dictionary().TryFind(ErrorCause, out var definition) && definition.TryGetName((ulong)errorCause, out var name) ? $"{name} ({number})" : $"Error-Cause {number}";
    }
}
