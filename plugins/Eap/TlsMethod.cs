using UserManager.Contract;
using UserManager.Domain;
using UserManager.Eap.Tls;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>What EAP-TLS, TTLS and PEAP share: the handshake in packets.</summary>
public abstract class TlsMethod(TlsCommon tls) : IEapMethod
{
    public abstract EapType Type { get; }

    public abstract OuterAuths Word { get; }

    public bool IsReady => tls.IsReady;

    public bool NeedsPassword => false;

    /// <summary>The exporter's label of TLS 1.2.</summary>
    private protected abstract ReadOnlySpan<byte> KeyLabel { get; }

    private protected abstract TlsAsk Ask { get; }

    private protected virtual TlsLogin NewLogin(ITlsConnection connection) => new(connection);

    /// <summary>The handshake has ended; in <see cref="TlsLogin.Out"/> stands the rest of ours.</summary>
    /// <returns>Null to send what stands there, and to go on.</returns>
    private protected abstract ValueTask<EapStep?> OnEstablishedAsync(EapExchange exchange, TlsLogin login);

    /// <summary>The peer has sent inner data.</summary>
    private protected abstract ValueTask<EapStep> OnDataAsync(EapExchange exchange, TlsLogin login, byte[] plain);

    /// <summary>The peer has nothing to say, and neither had we.</summary>
    private protected abstract ValueTask<EapStep> OnSilenceAsync(EapExchange exchange, TlsLogin login);

    public ValueTask<EapStep> BeginAsync(EapExchange exchange)
    {
        exchange.State = NewLogin(tls.Accept(Ask));
        return ValueTask.FromResult(EapStep.Request(TlsFragments.Start));
    }

    public ValueTask<EapStep> ContinueAsync(EapExchange exchange, ReadOnlyMemory<byte> response)
    {
        var login = (TlsLogin)exchange.State!;
        switch (login.Fragments.Take(response.Span, out var flight))
        {
            case TlsReceived.Malformed:
                return ValueTask.FromResult(EapStep.Ignore);
            case TlsReceived.OutOfOrder:
                return ValueTask.FromResult(EapStep.Failure("a fragment of TLS out of order, too long, or other than announced"));
            case TlsReceived.Fragment:
                return ValueTask.FromResult(EapStep.Request(TlsFragments.Acknowledgement));
            case TlsReceived.Acknowledgement:
                return AcknowledgedAsync(exchange, login);
            default:
                return AdvanceAsync(exchange, login, flight);
        }
    }

    private protected EapStep Send(EapExchange exchange, TlsLogin login) => login.Send(exchange, tls.FragmentSize);

    private protected EapStep Success(TlsLogin login) => EapStep.Success(login.Keys(Type, KeyLabel));

    private async ValueTask<EapStep> AcknowledgedAsync(EapExchange exchange, TlsLogin login)
    {
        if (login.Fragments.HasMore)
            return login.SendMore(exchange, tls.FragmentSize);

        if (login.Failure is { } reason)
            return EapStep.Failure(reason);

        if (login.IsSuccess)
            return Success(login);

        return login.IsEstablished
            ? await OnSilenceAsync(exchange, login).ConfigureAwait(false)
            : EapStep.Failure("the client does not go on with the TLS handshake");
    }

    private async ValueTask<EapStep> AdvanceAsync(EapExchange exchange, TlsLogin login, ReadOnlyMemory<byte> flight)
    {
        var state = login.Tls.Advance(flight.Span, login.Out);
        if (state == TlsState.Failed)
            return Fail(exchange, login);

        if (state == TlsState.Handshaking)
            return Send(exchange, login);

        if (!login.IsEstablished)
        {
            login.IsEstablished = true;
            Describe(exchange.Context, login.Tls);
            if (await OnEstablishedAsync(exchange, login).ConfigureAwait(false) is { } step)
                return step;
        }

        var plain = login.ReadAll();
        return plain.Length > 0 ? await OnDataAsync(exchange, login, plain).ConfigureAwait(false) : Send(exchange, login);
    }

    // RFC 5216 §2.1.3: the alert first; the failure follows when the peer has seen it.
    private EapStep Fail(EapExchange exchange, TlsLogin login)
    {
        var reason = $"TLS: {login.Tls.FailureReason}";
        if (login.Out.WrittenCount == 0)
            return EapStep.Failure(reason);

        login.Failure = reason;
        exchange.Context.Debug($"eap: {reason}");
        return Send(exchange, login);
    }

    // For policies, by FreeRADIUS's names.
    private static void Describe(RequestContext context, ITlsConnection tls)
    {
        context.SessionState.Set(Internal.TlsSessionVersion, tls.Version == System.Security.Authentication.SslProtocols.Tls13 ? "TLS 1.3" : "TLS 1.2");
        context.SessionState.Set(Internal.TlsSessionCipherSuite, tls.CipherSuite);
        context.Request.Set(Internal.EapSessionResumed, tls.IsResumed ? 1UL : 0UL);
    }
}
