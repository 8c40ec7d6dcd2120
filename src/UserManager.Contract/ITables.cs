namespace UserManager.Contract;

/// <summary>A module with tables in the server's database. Their names begin with the module's name and <c>_</c>: <c>visitors_visit</c>.</summary>
public interface ITables
{
    /// <summary>What makes the tables, in order: each is run once in the life of a database, by one node, before the module is put to work.</summary>
    /// <remarks>
    /// SQL statements, each ended by a semicolon at the end of a line, that SQLite and MySQL both know: CREATE TABLE, CREATE INDEX, ALTER TABLE, DROP TABLE,
    /// INSERT, UPDATE and DELETE, on the module's own tables. <c>{key}</c> is the type of a numeric primary key, <c>{now}</c> the time in milliseconds
    /// since 1970 and back-ticks quote. A column of a menu's field is named like it, with <c>_</c> for <c>-</c>, and is INTEGER or BIGINT for numbers, times
    /// and yes or no, VARCHAR or TEXT for the rest; a menu's table has the column <c>id {key}</c>. What was released is never changed: what is to
    /// be otherwise is one more at the end. One that was changed is refused.
    /// </remarks>
    IReadOnlyList<string> Migrations { get; }
}

/// <summary>The server's database, for modules with tables. A module gets it by its constructor, and asks it later.</summary>
/// <remarks>A value of a parameter is a number (long, int, bool), a text, or null; money is text, times are milliseconds since 1970.</remarks>
public interface ITableStore
{
    /// <summary>Reads, on a connection of its own.</summary>
    /// <param name="read">Reads, and gives what it has read. It must not keep the statements.</param>
    /// <param name="cancelled">Gives up while it waits.</param>
    /// <exception cref="MenuException">The database is away.</exception>
    ValueTask<T> ReadAsync<T>(Func<IStatements, T> read, CancellationToken cancelled);

    /// <summary>Writes, in one transaction.</summary>
    /// <param name="write">Writes. It may run more than once, when another node was in the way, so it changes nothing but the database; it runs on the
    /// server's one writing thread, so it does not wait for anything. What it throws undoes what it wrote.</param>
    /// <param name="cancelled">Gives up while it waits.</param>
    /// <returns>When it is durable.</returns>
    /// <exception cref="MenuException">The database is away.</exception>
    ValueTask<T> CommitAsync<T>(Func<ITransaction, T> write, CancellationToken cancelled);
}

/// <summary>Statements of SQL, with values by name: <c>@visitor</c>.</summary>
public interface IStatements
{
    /// <summary>The rows of a query.</summary>
    IReadOnlyList<T> Query<T>(string text, Func<ITableRow, T> row, params ReadOnlySpan<(string Name, object? Value)> values);

    /// <summary>The first number of the first row; null when there is none.</summary>
    long? Number(string text, params ReadOnlySpan<(string Name, object? Value)> values);
}

/// <summary>A transaction.</summary>
public interface ITransaction : IStatements
{
    /// <summary>Runs a statement that writes.</summary>
    /// <returns>Rows changed.</returns>
    int Execute(string text, params ReadOnlySpan<(string Name, object? Value)> values);

    /// <summary>An id that the menu of this path has never had.</summary>
    long NextId(string menu);

    /// <summary>Tells all nodes, with the commit, that a record of a menu was written: what they remember of it they read anew.</summary>
    void Changed(string menu, long record);
}

/// <summary>A row of a query; its columns from 0 on.</summary>
public interface ITableRow
{
    bool IsNull(int column);

    /// <returns>0 when it is NULL.</returns>
    long Number(int column);

    /// <returns>Empty when it is NULL.</returns>
    string Text(int column);
}
