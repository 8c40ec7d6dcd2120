using UserManager.Server.Cli;

namespace UserManager.Scenarios;

/// <summary>The NAS as far as it is asked: what it hears, and what it says to it.</summary>
internal sealed class Nas : IRequestSender
{
    private static readonly string[] Identifying = ["User-Name", "Acct-Session-Id", "Framed-IP-Address", "Calling-Station-Id", "NAS-Identifier"];

    private readonly Queue<OutgoingRequest> _heard = new();
    private Func<OutgoingRequest, RequestAnswer> _answer = _ => new RequestAnswer(AnswerKind.Ack);

    /// <summary>It does what it is asked from now on.</summary>
    public void SaysAck() => _answer = _ => new RequestAnswer(AnswerKind.Ack);

    /// <summary>It refuses from now on. 406 is Unsupported-Extension, 503 Session-Context-Not-Found (RFC 5176 §3.5).</summary>
    public void SaysNak(int errorCause = 406) => _answer = _ => new RequestAnswer(AnswerKind.Nak) { ErrorCause = errorCause };

    /// <summary>It refuses every CoA-Request, and ends sessions: as hostapd does.</summary>
    public void TakesNoCoa(AnswerKind answer = AnswerKind.Nak) =>
        _answer = request => new RequestAnswer(request.Code == PacketCode.CoaRequest ? answer : AnswerKind.Ack);

    /// <summary>It is silent from now on.</summary>
    public void SaysNothing() => _answer = _ => new RequestAnswer(AnswerKind.None);

    public ValueTask<RequestAnswer> SendAsync(OutgoingRequest request, CancellationToken cancelled)
    {
        lock (_heard)
            _heard.Enqueue(request);

        return ValueTask.FromResult(_answer(request));
    }

    /// <summary>The next request it has heard is a Disconnect-Request for a session.</summary>
    /// <returns>How long it would be asked.</returns>
    public Retransmission HearsDisconnect(string session) => Hears(PacketCode.DisconnectRequest, session);

    /// <summary>The next request it has heard is a CoA-Request for a session, with these attributes beside those that tell it the session.</summary>
    public Retransmission HearsCoa(string session, params string[] attributes) => Hears(PacketCode.CoaRequest, session, attributes);

    /// <summary>It has heard nothing more.</summary>
    public void HearsNothing()
    {
        lock (_heard)
            Assert.Empty(_heard.Select(request => $"{request.Code} {string.Join(", ", PacketText.Print(request.Attributes))}"));
    }

    private Retransmission Hears(PacketCode code, string session, params string[] attributes)
    {
        OutgoingRequest? request;
        lock (_heard)
            Assert.True(_heard.TryDequeue(out request), $"no {PacketCodes.Name(code)} came");

        var lines = PacketText.Print(request!.Attributes);
        Assert.Equal(code, request.Code);
        Assert.Contains($"Acct-Session-Id = \"{session}\"", lines);
        Assert.Equal(attributes, lines.Where(line => !Identifying.Contains(line.Split(' ')[0])));
        return request.Retransmission;
    }
}
