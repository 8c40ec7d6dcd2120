using System.Reflection;

namespace UserManager.Storage;

/// <summary>Brings the schema up to date: <c>Migrations/0001_….sql</c> and on, in order, each in a transaction.</summary>
internal static class Migrations
{
    private static readonly Assembly Program = typeof(Migrations).Assembly;

    /// <exception cref="DatabaseException">The database is newer than this program.</exception>
    public static void Apply(Connection connection)
    {
        var all = Program.GetManifestResourceNames().Order(StringComparer.Ordinal).ToArray();
        var version = Version(connection);
        if (version > all.Length)
        {
            throw new DatabaseException(
                $"{connection.Engine.Name}: the database is of a newer program (schema {version}; this one knows {all.Length}). "
                + "Install that program again, or restore the backup made before it.");
        }

        for (; version < all.Length; version++)
            Apply(connection, version, all[version]);
    }

    private static void Apply(Connection connection, int version, string name)
    {
        connection.Prepare(connection.Engine.Begin).Execute();
        try
        {
            // Another process may have come first.
            if (Version(connection) == version)
            {
                foreach (var statement in Statements(name))
                    connection.Prepare(statement).Execute();

                connection.Prepare("INSERT INTO schema_version (version, name, at) VALUES (@version, @name, {now})")
                    .With("@version", version + 1).With("@name", name)
                    .Execute();
            }

            connection.Prepare("COMMIT").Execute();
        }
        catch
        {
            connection.Prepare("ROLLBACK").Execute();
            throw;
        }
    }

    private static int Version(Connection connection)
    {
        connection.Prepare("CREATE TABLE IF NOT EXISTS schema_version (version {key}, name VARCHAR(100) NOT NULL, at BIGINT NOT NULL)").Execute();
        return (int)(connection.Prepare("SELECT MAX(version) FROM schema_version").Number() ?? 0);
    }

    // A statement ends with a semicolon at the end of a line.
    private static string[] Statements(string name)
    {
        using var reader = new StreamReader(Program.GetManifestResourceStream(name)!);
        return reader.ReadToEnd().Split(";\n", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }
}
