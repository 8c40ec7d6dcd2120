using System.Data.Common;
using System.Diagnostics;
using System.Reflection;

namespace UserManager.Storage;

/// <summary>Brings the schema up to date: <c>Migrations/0001_….sql</c> and on, in order.</summary>
/// <remarks>
/// Each is a transaction, where the database has such of a schema. MySQL has not: so a migration is claimed by its row, whose time is 0 until it is
/// done, and what died half-way is told from what is under way on another node.
/// </remarks>
internal static class Migrations
{
    /// <summary>How long another node may be at it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly Assembly Program = typeof(Migrations).Assembly;
    private static readonly string[] All = [.. Program.GetManifestResourceNames().Order(StringComparer.Ordinal)];

    /// <exception cref="DatabaseException">The database is newer than this program.</exception>
    public static bool IsCurrent(Connection connection)
    {
        connection.Prepare("CREATE TABLE IF NOT EXISTS schema_version (version {key}, name VARCHAR(100) NOT NULL, at BIGINT NOT NULL)").Execute();
        var (version, isDone) = Version(connection);
        return version <= All.Length ? version == All.Length && isDone : throw new DatabaseException(
            $"{connection.Engine.Name}: the database is of a newer program (schema {version}; this one knows {All.Length}). "
            + "Install that program again, or restore the backup made before it.");
    }

    /// <exception cref="DatabaseException">One that was begun, here or by another node, does not end.</exception>
    public static void Apply(Connection connection, TimeSpan patience)
    {
        var watch = Stopwatch.StartNew();
        while (Version(connection) is var (version, isDone) && (version < All.Length || !isDone))
        {
            if (isDone && TryApply(connection, version))
                continue;

            if (watch.Elapsed > patience)
            {
                throw new DatabaseException(
                    $"{connection.Engine.Name}: the change of the schema to {version} was begun and has not ended. If another node is at it, wait; if it died "
                    + "at it, restore the backup made before it.");
            }

            Thread.Sleep(Pause);
        }
    }

    /// <returns>False when another has come first.</returns>
    private static bool TryApply(Connection connection, int version)
    {
        connection.Prepare(connection.Engine.Begin).Execute();
        try
        {
            if (Version(connection) != (version, true) || !TryClaim(connection, version + 1))
            {
                connection.Prepare("ROLLBACK").Execute();
                return false;
            }

            foreach (var statement in Statements(All[version]))
                connection.Prepare(statement).Execute();

            connection.Prepare("UPDATE schema_version SET at = {now} WHERE version = @version").With("@version", version + 1).Execute();
            connection.Prepare("COMMIT").Execute();
            return true;
        }
        catch
        {
            connection.Prepare("ROLLBACK").Execute();
            throw;
        }
    }

    private static bool TryClaim(Connection connection, int version)
    {
        try
        {
            connection.Prepare("INSERT INTO schema_version (version, name, at) VALUES (@version, @name, 0)")
                .With("@version", version).With("@name", All[version - 1])
                .Execute();
            return true;
        }
        catch (DbException fault) when (connection.Engine.IsUniqueViolation(fault) || connection.Engine.IsTransient(fault))
        {
            return false;
        }
    }

    private static (int Version, bool IsDone) Version(Connection connection)
    {
        using var row = connection.Prepare("SELECT version, at FROM schema_version ORDER BY version DESC LIMIT 1").Read();
        return row.Read() ? ((int)row.Number(0), row.Number(1) != 0) : (0, true);
    }

    // A statement ends with a semicolon at the end of a line.
    private static string[] Statements(string name)
    {
        using var reader = new StreamReader(Program.GetManifestResourceStream(name)!);
        return reader.ReadToEnd().Split(";\n", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }
}
