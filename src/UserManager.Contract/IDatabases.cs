using System.Data.Common;

namespace UserManager.Contract;

/// <summary>Opens databases that are not the server's own, with the providers of <c>drivers/</c>. A module gets it by its constructor.</summary>
public interface IDatabases
{
    /// <summary>A source of connections to a database. Nothing is connected yet: what is away now may be back when it is used.</summary>
    /// <param name="address">
    /// As <c>database:</c> in <c>config/usermanager.yaml</c>: <c>mysql://USER:PASSWORD@HOST:PORT/DATABASE?KEY=VALUE</c>, or <c>sqlite:PATH</c>; a
    /// relative path is in the data folder. A file that is not there is not made.
    /// </param>
    /// <param name="limits">How many connections, and for how long; null for the defaults.</param>
    /// <exception cref="ArgumentException">The address cannot be read, or its driver is not there. The message says what to do and never has the password.</exception>
    DatabaseSource Open(string address, DatabaseLimits? limits = null);
}

/// <summary>What a <see cref="DatabaseSource"/> keeps to.</summary>
public sealed record DatabaseLimits
{
    /// <summary>Connections at a time; 1 and up. Default 8.</summary>
    public int Connections { get; init; } = 8;

    /// <summary>How long a connection may take to be made, or to come free. Whole seconds. Default 2 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a statement may take; in SQLite, how long it waits for another program. Whole seconds. Default 5 s.</summary>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Where the administrator has written the address, for messages.</summary>
    public string Where { get; init; } = "`database:`";
}

/// <summary>Connections to one database, by ADO.NET: a bounded pool, whose connections keep what was prepared on them.</summary>
/// <remarks>
/// Any number of threads use it. A database that cannot be reached is tried again after 100 ms, then twice as long each time, up to a second; in between
/// whoever asks is refused at once. That it is away, and that it is back, is one line each in the server's log. Commands are made with
/// <see cref="DbConnection.CreateCommand"/>; disposing a connection gives it back, and rolls back what was not committed.
/// </remarks>
public abstract class DatabaseSource : DbDataSource
{
    /// <summary>For messages and logs: the path, or the address without user and password.</summary>
    public abstract string Name { get; }

    /// <summary>Whose SQL it speaks.</summary>
    public abstract DatabaseProduct Product { get; }

    /// <summary>What kind of failure it is that a connection or command has thrown.</summary>
    public abstract DatabaseFault FaultOf(Exception fault);

    /// <summary>What is wrong, in words for an administrator, with what to do where that is known. No secrets.</summary>
    public abstract string Explain(Exception fault);

    /// <summary>Runs what uses a connection, on this thread. When the connection turns out to be dead it is run once more, on a new one: it must bear that.</summary>
    /// <exception cref="DbException">What the database says; <see cref="DatabaseAwayException"/> when it cannot be reached.</exception>
    public T Run<T>(Func<DbConnection, T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            return RunOnce(work);
        }
        catch (DbException fault) when (fault is not DatabaseAwayException && FaultOf(fault) == DatabaseFault.Away)
        {
            DropIdle();
            return RunOnce(work);
        }
    }

    /// <summary>Closes the connections that nobody uses: they may be dead, as others of their age are.</summary>
    public abstract void DropIdle();

    private T RunOnce<T>(Func<DbConnection, T> work)
    {
        using var connection = OpenConnection();
        return work(connection);
    }
}

/// <summary>Whose SQL a database speaks.</summary>
public enum DatabaseProduct
{
    /// <summary>MariaDB and MySQL.</summary>
    MySql,

    /// <summary>A SQLite file.</summary>
    Sqlite,
}

/// <summary>Why a statement failed.</summary>
public enum DatabaseFault
{
    /// <summary>The statement itself, or what it may do there.</summary>
    Statement,

    /// <summary>A unique key has this row already.</summary>
    Duplicate,

    /// <summary>Another transaction was in the way: the same one is likely to work when it is begun anew.</summary>
    Conflict,

    /// <summary>The database cannot be reached, or the connection was lost.</summary>
    Away,
}

/// <summary>The database cannot be used at all now. The message says why and what to do; the log has it already.</summary>
public sealed class DatabaseAwayException(string message, Exception? inner = null) : DbException(message, inner)
{
    /// <inheritdoc/>
    public override bool IsTransient => true;
}
