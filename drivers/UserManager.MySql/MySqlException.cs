using System.Data.Common;

namespace UserManager.MySql;

/// <summary>What the server or the library refused.</summary>
/// <param name="number">The server's error (1000–1999, 3000 on), or the library's (2000–2999): 2002 cannot connect, 2013 connection lost.</param>
/// <param name="sqlState">Five characters; <c>HY000</c> for an error without a state of its own.</param>
/// <param name="message">The server's own words. They may quote the statement, never the password.</param>
public sealed class MySqlException(int number, string sqlState, string message) : DbException(message, number)
{
    /// <summary>The server's error number, as MySQL's manual lists them.</summary>
    public int Number => ErrorCode;

    /// <inheritdoc/>
    public override string SqlState => sqlState;

    /// <summary>The same may work when it is tried again: a deadlock, a lock not got in time, a server that went away or is full.</summary>
    public override bool IsTransient => IsConnectionLost || Number is 1040 or 1047 or 1053 or 1205 or 1213 or 2002 or 2003 or 2005;

    /// <summary>The connection cannot be used any more.</summary>
    internal bool IsConnectionLost => Number is 1053 or 1927 or 2006 or 2013 or 2014 or 2026 or 2027 or 2055 or 4031;
}
