using System.Data.Common;

namespace UserManager.Storage;

/// <summary>The servers of a cluster: connections are made to the one that was last found to work, so that all of a node are to one.</summary>
internal sealed class MySqlServers(MySqlAddress address)
{
    private volatile int _current;

    /// <summary>Opens a connection to the current server; where that cannot be reached, or has lost its cluster, to the next one that can.</summary>
    /// <remarks>What all servers would refuse, such as a wrong password, is no reason to ask another.</remarks>
    public DbConnection Open(Func<MySqlAddress, DbConnection> open)
    {
        var (servers, first) = (address.Servers, _current);
        for (var tried = 1; ; tried++)
        {
            var server = (first + tried - 1) % servers.Count;
            try
            {
                var connection = open(servers[server]);
                if (tried == servers.Count || IsReady(connection))
                {
                    _current = server;
                    return connection;
                }

                connection.Dispose();
            }
            catch (DbException fault) when (tried < servers.Count && MySqlErrors.IsLost(fault))
            {
                // The next one, then.
            }
        }
    }

    // A node of Galera that has lost its cluster, or is joining it, takes connections and refuses all that reads a table (1047).
    private static bool IsReady(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SHOW STATUS WHERE Variable_name = 'wsrep_ready' AND Value = 'OFF' OR Variable_name = 'wsrep_cluster_status' AND Value LIKE '%Primary'";
        using var row = command.ExecuteReader();
        var count = 0;
        while (row.Read())
            count++;

        return count < 2;
    }
}
