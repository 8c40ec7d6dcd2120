using System.Data.Common;

namespace UserManager.MySql;

/// <summary>The provider: makes its connections, commands and parameters.</summary>
public sealed class MySqlFactory : DbProviderFactory
{
    /// <summary>The one there is.</summary>
    public static readonly MySqlFactory Instance = new();

    private MySqlFactory()
    {
    }

    public override bool CanCreateBatch => true;

    public override DbConnection CreateConnection() => new MySqlConnection();

    public override DbCommand CreateCommand() => new MySqlCommand();

    public override DbParameter CreateParameter() => new MySqlParameter();

    public override DbBatch CreateBatch() => new MySqlBatch();

    public override DbBatchCommand CreateBatchCommand() => new MySqlBatchCommand();

    public override DbConnectionStringBuilder CreateConnectionStringBuilder() => new MySqlConnectionStringBuilder();
}
