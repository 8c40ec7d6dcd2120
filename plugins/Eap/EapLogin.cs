using UserManager.Contract;

namespace UserManager.Plugins;

/// <summary>A login by EAP between its rounds.</summary>
/// <param name="identity">What the peer answered to the request for its identity.</param>
internal sealed class EapLogin(byte[] identity) : IDisposable
{
    public byte[] Identity => identity;

    /// <summary>The method under way.</summary>
    public required IEapMethod Method { get; set; }

    /// <summary>What the method keeps.</summary>
    public object? State { get; set; }

    /// <summary>The last request: sent again when a response makes no sense (RFC 3579 §2.2).</summary>
    public byte[] Request { get; set; } = [];

    /// <summary>The method has had a response: a Nak comes too late (RFC 3748 §5.3.1).</summary>
    public bool HasBegun { get; set; }

    /// <summary>Responses taken, senseless ones too.</summary>
    public int Rounds { get; set; }

    /// <summary>The user of the first round, for policies that look it up only there.</summary>
    public UserAccount? User { get; init; }

    public byte Identifier => Request[1];

    /// <summary>Drops what the method keeps: another one begins, or the login is over.</summary>
    public void Dispose()
    {
        (State as IDisposable)?.Dispose();
        State = null;
    }
}
