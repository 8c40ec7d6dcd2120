using System.Collections.Concurrent;
using System.Data.Common;
using UserManager.Contract;

namespace UserManager.Plugins;

/// <summary>The statements that depend on what the tables have: those of older versions of FreeRADIUS lack columns. Asked once, when they are first needed.</summary>
internal sealed class SqlTables(SqlQueries queries, DatabaseSource database, SqlOptions options)
{
    private readonly ConcurrentDictionary<string, IReadOnlyList<SqlStatement>> _accounting = new();
    private readonly Lock _lock = new();
    private (SqlStatement? Count, SqlStatement? Verify)? _simul;

    /// <summary>How many sessions a user has open, and which; null for what the options leave out.</summary>
    public (SqlStatement? Count, SqlStatement? Verify) Simul
    {
        get
        {
            lock (_lock)
            {
                if (_simul is { } known)
                    return known;

                var hasReload = Columns("nasreload").Count > 0;
                _simul = (queries.SimulCount(hasReload), queries.SimulVerify(hasReload, Columns(options.AcctTable1)));
                return _simul.Value;
            }
        }
    }

    /// <param name="type">An Acct-Status-Type in small letters.</param>
    public IReadOnlyList<SqlStatement> Accounting(string type) => _accounting.TryGetValue(type, out var known)
        ? known
        : _accounting[type] = queries.Accounting(type, Columns(type == "stop" ? options.AcctTable2 : options.AcctTable1));

    // In small letters; none when there is no such table.
    private HashSet<string> Columns(string table) => database.Run(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT * FROM {table} WHERE 1 = 0";
        try
        {
            using var reader = command.ExecuteReader();
            return Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetName(i).ToLowerInvariant()).ToHashSet();
        }
        catch (DbException fault) when (table == "nasreload" && database.FaultOf(fault) == DatabaseFault.Statement)
        {
            return [];
        }
    });
}
