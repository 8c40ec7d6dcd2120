using System.Data.Common;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace UserManager.Storage;

/// <summary>Makes the tables that plugins bring: each migration once, by one node.</summary>
/// <remarks>A migration is claimed by its row, whose time is 0 until it is done: see <see cref="Migrations"/>.</remarks>
public static partial class PluginTables
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Says what is wrong with a module's migrations, without a database: statements that are none of the known, tables that are not its own.</summary>
    /// <param name="module">The module's name.</param>
    /// <param name="migrations">In order.</param>
    public static IEnumerable<string> Check(string module, IReadOnlyList<string> migrations)
    {
        var own = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < migrations.Count; i++)
        {
            foreach (var statement in Statements(migrations[i]))
            {
                if (Problem(module, statement, own) is { } problem)
                    yield return $"migration {i + 1}: {problem}";
            }
        }
    }

    /// <summary>The tables that a module's migrations make.</summary>
    public static IReadOnlySet<string> Made(IEnumerable<string> migrations) =>
        migrations.SelectMany(Statements).Select(s => Making().Match(s)).Where(m => m.Success).Select(m => m.Groups["table"].Value).ToHashSet(StringComparer.Ordinal);

    /// <exception cref="DatabaseException">One that was applied is another now, or one that was begun does not end.</exception>
    internal static void Apply(Connection connection, string module, IReadOnlyList<string> migrations, TimeSpan patience)
    {
        connection.Prepare(
            "CREATE TABLE IF NOT EXISTS plugin_schema (module VARCHAR(100) NOT NULL, version INTEGER NOT NULL, hash VARCHAR(64) NOT NULL, at BIGINT NOT NULL, "
            + "PRIMARY KEY (module, version))").Execute();
        var watch = Stopwatch.StartNew();
        for (var version = 1; version <= migrations.Count;)
        {
            if (State(connection, module, version) is var (hash, isDone) ? IsApplied(module, version, migrations, hash, isDone) : TryApply(connection, module, version, migrations[version - 1]))
                version++;
            else if (watch.Elapsed > patience)
                throw new DatabaseException($"{connection.Engine.Name}: migration {version} of the plugin module {module} was begun and has not ended. If another node is at it, wait; if it died at it, restore the backup made before it.");
            else
                Thread.Sleep(Pause);
        }
    }

    private static bool IsApplied(string module, int version, IReadOnlyList<string> migrations, string hash, bool isDone) =>
        hash == Hash(migrations[version - 1]) ? isDone
        : throw new DatabaseException($"migration {version} of the plugin module {module} is not the one that made its tables: leave those that were released as they were, and add another at the end");

    private static bool TryApply(Connection connection, string module, int version, string migration)
    {
        connection.Prepare(connection.Engine.Begin).Execute();
        try
        {
            connection.Prepare("INSERT INTO plugin_schema (module, version, hash, at) VALUES (@module, @version, @hash, 0)")
                .With("@module", module).With("@version", version).With("@hash", Hash(migration)).Execute();
        }
        catch (DbException fault) when (connection.Engine.IsUniqueViolation(fault) || connection.Engine.IsTransient(fault))
        {
            connection.Prepare("ROLLBACK").Execute();
            return false;
        }

        try
        {
            foreach (var statement in Statements(migration))
                connection.Prepare(statement).Execute();

            connection.Prepare("UPDATE plugin_schema SET at = {now} WHERE module = @module AND version = @version")
                .With("@module", module).With("@version", version).Execute();
            connection.Prepare("COMMIT").Execute();
            return true;
        }
        catch (DbException fault)
        {
            connection.Prepare("ROLLBACK").Execute();
            throw new DatabaseException($"migration {version} of the plugin module {module} failed: {fault.Message}", fault);
        }
    }

    private static (string Hash, bool IsDone)? State(Connection connection, string module, int version)
    {
        using var row = connection.Prepare("SELECT hash, at FROM plugin_schema WHERE module = @module AND version = @version")
            .With("@module", module).With("@version", version).Read();
        return row.Read() ? (row.Text(0), row.Number(1) != 0) : null;
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n"))));

    private static string? Problem(string module, string statement, HashSet<string> own)
    {
        if (Making().Match(statement) is { Success: true } making)
        {
            var table = making.Groups["table"].Value;
            own.Add(table);
            return IsNamed(module, table) ? null : $"the table {table} has to be named {module}_…";
        }

        if (Using().Match(statement) is not { Success: true } use)
            return $"\"{FirstWords(statement)}\" is no statement that a plugin's tables are made with (CREATE TABLE, CREATE INDEX, ALTER TABLE, DROP TABLE, INSERT, UPDATE, DELETE)";

        var (used, index) = (use.Groups["table"].Value, use.Groups["index"].Value);
        return !own.Contains(used) ? $"{used} is no table of the module {module}"
            : index.Length > 0 && !IsNamed(module, index) ? $"the index {index} has to be named {module}_…"
            : null;
    }

    private static bool IsNamed(string module, string name) => name.StartsWith(module + "_", StringComparison.Ordinal) && name.Length > module.Length + 1;

    private static string FirstWords(string statement) => string.Join(' ', statement.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(3));

    // A statement ends with a semicolon at the end of a line. Comments are lines of their own.
    private static IEnumerable<string> Statements(string migration)
    {
        var lines = migration.ReplaceLineEndings("\n").Split('\n').Where(l => !l.TrimStart().StartsWith("--", StringComparison.Ordinal));
        return (string.Join('\n', lines) + "\n").Split(";\n", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    [GeneratedRegex(@"^CREATE\s+TABLE\s+`?(?<table>\w+)`?", RegexOptions.IgnoreCase)]
    private static partial Regex Making();

    [GeneratedRegex(@"^(?:CREATE\s+(?:UNIQUE\s+)?INDEX\s+`?(?<index>\w+)`?\s+ON|ALTER\s+TABLE|DROP\s+TABLE|INSERT\s+INTO|UPDATE|DELETE\s+FROM|DROP\s+INDEX\s+`?(?<index>\w+)`?\s*\{of)\s+`?(?<table>\w+)`?", RegexOptions.IgnoreCase)]
    private static partial Regex Using();
}
