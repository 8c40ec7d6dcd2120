namespace UserManager.Eap.Tls;

/// <summary>What an administrator has to put right: no usable libssl, a certificate or key that cannot be read, an unknown cipher.</summary>
public sealed class TlsException : Exception
{
    public TlsException()
    {
    }

    public TlsException(string message)
        : base(message)
    {
    }

    public TlsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
