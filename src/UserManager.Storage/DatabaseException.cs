namespace UserManager.Storage;

/// <summary>The store cannot be used. The message says what is wrong and what to do; it is shown as it is.</summary>
public sealed class DatabaseException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Its disk is full: what needs no more room is stored still.</summary>
    public bool IsFull { get; init; }
}

/// <summary>More writes wait than the store can take: this one was refused at once and nothing of it was stored.</summary>
public sealed class OverloadException() : Exception("more writes wait than the database can take; this one was refused");
