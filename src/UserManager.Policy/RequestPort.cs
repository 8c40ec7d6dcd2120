namespace UserManager.Policy;

/// <summary>What a port is for.</summary>
public enum RequestPort
{
    /// <summary>Access-Request (1812) and Status-Server.</summary>
    Authentication,

    /// <summary>Accounting-Request (1813) and Status-Server.</summary>
    Accounting,
}
