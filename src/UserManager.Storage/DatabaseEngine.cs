using System.Data.Common;
using System.Text.RegularExpressions;

namespace UserManager.Storage;

/// <summary>What differs from one database product to the next. The repositories' SQL is the same on all of them.</summary>
internal abstract partial class DatabaseEngine
{
    /// <summary>What messages call the database: the path of its file, or its address without user and password.</summary>
    public abstract string Name { get; }

    /// <summary>Begins a transaction that holds the right to write from its start.</summary>
    public abstract string Begin { get; }

    /// <summary>Run once on the writer's connection: from then on the first statement begins the transaction. Null where <see cref="Begin"/> must.</summary>
    public virtual string? BeginByItself => null;

    /// <summary>Stands for <c>{now}</c>: the database's own clock, in milliseconds since 1970.</summary>
    public abstract string Now { get; }

    /// <summary>Stands for <c>{key}</c>: the type of a numeric primary key.</summary>
    public abstract string Key { get; }

    /// <summary>Stands for <c>{octets}</c>: the type of an attribute of a packet, as text. It can stand in a key with three others.</summary>
    public abstract string Octets { get; }

    /// <summary>Stands for <c>{lock}</c> at the end of a SELECT: no other node may write its rows before the commit.</summary>
    public abstract string Lock { get; }

    /// <summary>A read takes microseconds and waits for no network.</summary>
    public abstract bool IsLocal { get; }

    /// <param name="create">Make the database when it is not there.</param>
    public abstract DbConnection OpenWriter(bool create);

    /// <summary>A connection for changes of the schema.</summary>
    public virtual DbConnection OpenMigrator() => OpenWriter(create: false);

    public abstract DbConnection OpenReader();

    /// <summary>True when what the connection writes to is no longer what <see cref="Name"/> names: the file was moved, replaced or removed.</summary>
    public abstract bool HasMoved(DbConnection connection);

    public virtual PreparedCommand Prepare(DbConnection connection, string text)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        return new AdoCommand(command);
    }

    /// <summary>The driver and the server take many rows of values for one statement: <see cref="PreparedCommand.At(int, Memory{long?})"/>.</summary>
    public virtual bool TakesRows(DbConnection connection) => false;

    public abstract bool IsUniqueViolation(Exception fault);

    /// <summary>Another node was in the way: the same transaction is likely to work when it is begun anew.</summary>
    public virtual bool IsTransient(Exception fault) => false;

    /// <summary>The server cannot be reached, or the connection to it is over.</summary>
    public virtual bool IsLost(Exception fault) => false;

    /// <returns>What is wrong with the store, in words for an administrator; null when the fault is the statement's own.</returns>
    public abstract DatabaseException? Explain(Exception fault);

    /// <summary>Stands for <c>{of TABLE}</c> behind <c>DROP INDEX NAME</c>: in SQLite an index is the database's, elsewhere its table's.</summary>
    public abstract string OfTable(string table);

    public string Translate(string text) =>
        !text.Contains('{') ? text : TableOfIndex().Replace(text, match => OfTable(match.Groups[1].Value))
            .Replace("{now}", Now, StringComparison.Ordinal)
            .Replace("{key}", Key, StringComparison.Ordinal)
            .Replace("{octets}", Octets, StringComparison.Ordinal)
            .Replace("{lock}", Lock, StringComparison.Ordinal);

    [GeneratedRegex(@"\{of (\w+)\}")]
    private static partial Regex TableOfIndex();
}
