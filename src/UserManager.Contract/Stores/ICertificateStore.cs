namespace UserManager.Contract;

/// <summary>The certificates of <c>/certificate</c>, as TLS needs them.</summary>
public interface ICertificateStore
{
    /// <summary>What holds now. Never null; whoever takes it may keep it for a whole conversation.</summary>
    CertificateSet Current { get; }

    /// <summary>There is another <see cref="Current"/>: a certificate, a list of revoked ones or the choice of the server's was changed, here
    /// or on another node. Called on the thread of the change: be quick, as in dropping what was made from the old set.</summary>
    event Action<CertificateSet>? Changed;
}
