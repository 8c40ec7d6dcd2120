using System.Data.Common;
using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>FreeRADIUS's rlm_sql on FreeRADIUS's own tables: users and groups with their check and reply items, accounting, a record of logins.</summary>
[Module("sql", Blocking = true)]
[PairCompare("SQL-Group")]
public sealed class Sql : IAuthorize, ISession, IPostAuth, IAccounting, IPairCompare, IClientSource, IOwnThreads, IDescribed, IDisposable
{
    private readonly SqlOptions _options;
    private readonly string _name;
    private readonly DatabaseSource _database;
    private readonly SqlQueries _queries;
    private readonly SqlItems _items;
    private readonly SqlTables _tables;
    private readonly SqlClients _clients;
    private readonly ITextTemplate _userName;
    private readonly IExpander _expander;
    private readonly AttributeKey _groupAttribute;
    private readonly ILogger _log;
    private string _lastProblem = "";

    /// <exception cref="ArgumentException">The options are wrong; the message says which.</exception>
    public Sql(SqlOptions options, string name, IDatabases databases, IExpander expander, IPairReader pairs, RadiusDictionary dictionary, ILogger<Sql> log)
    {
        (_options, _name, _expander, _log) = (options, name, expander, log);
        if (!dictionary.TryFind(options.GroupAttribute, out var group))
            throw new ArgumentException($"group-attribute: there is no attribute {options.GroupAttribute}");

        _groupAttribute = group.Key;
        _userName = expander.Compile(options.SqlUserName);
        _items = new SqlItems(pairs, dictionary);
        _database = databases.Open(options.Address(), options.Limits(name));
        _queries = new SqlQueries(options, _database.Product, expander);
        _tables = new SqlTables(_queries, _database, options);
        _clients = new SqlClients(_queries, _database, name, log);
    }

    public int Threads => _options.PoolMax;

    public string Description => _database.Name;

    /// <summary>The routers of the table <c>nas</c>, with <c>read-clients: yes</c>.</summary>
    public ValueTask<IReadOnlyList<Router>> ReadClientsAsync(CancellationToken cancelled) => ValueTask.FromResult(_options.ReadClients ? _clients.Read() : []);

    public void Dispose() => _database.Dispose();

    /// <summary>Looks the user up in radcheck and radreply, then the groups, then the profile.</summary>
    public ValueTask<Rcode> AuthorizeAsync(RequestContext context) => Answer(context, Authorize);

    /// <summary>Counts the user's open sessions, where <c>control:Simultaneous-Use</c> limits them.</summary>
    public ValueTask<Rcode> SessionAsync(RequestContext context) => Answer(context, CountSessions);

    /// <summary>Records the login and how it ended.</summary>
    public ValueTask<Rcode> PostAuthAsync(RequestContext context) => Answer(context, c => Write(c, _queries.PostAuth));

    /// <summary>Records accounting (RFC 2866). Ends when the database has it: else the NAS gets no answer, and sends again.</summary>
    public ValueTask<Rcode> AccountingAsync(RequestContext context) => Answer(context, Account);

    /// <summary><c>SQL-Group == gold</c>: is the user in the group? While it is asked, SQL-User-Name is the user, also where a profile is read.</summary>
    public int Compare(RequestContext context, AttributeDefinition attribute, ReadOnlySpan<byte> value)
    {
        if (_queries.GroupMembership is null)
            return 1;

        var before = context.Request.TryGetText(Internal.SqlUserName, out var name) ? name : null;
        SetUser(context, _userName.Expand(context));
        try
        {
            return _database.Run(connection => Groups(connection, context)).Contains(AttributeList.Text(value)) ? 0 : 1;
        }
        finally
        {
            if (before is null)
                context.Request.Remove(Internal.SqlUserName);
            else
                SetUser(context, before);
        }
    }

    private List<string> Groups(DbConnection connection, RequestContext context)
    {
        using var command = _queries.GroupMembership!.Bind(connection, context);
        using var reader = command.ExecuteReader();
        var groups = new List<string>();
        while (reader.Read())
        {
            if (!reader.IsDBNull(0))
                groups.Add(reader.GetString(0));
        }

        return groups;
    }

    private ValueTask<Rcode> Answer(RequestContext context, Func<RequestContext, Rcode> work)
    {
        try
        {
            SetUser(context, _userName.Expand(context));
            return ValueTask.FromResult(work(context));
        }
        catch (DatabaseAwayException away)
        {
            context.Fail(away.Message);             // the log has it
            return ValueTask.FromResult(Rcode.Fail);
        }
        catch (DbException fault)
        {
            var problem = _database.Explain(fault);
            context.Fail(problem);
            if (Interlocked.Exchange(ref _lastProblem, problem) != problem)
                _log.StatementFailed(_name, problem);

            return ValueTask.FromResult(Rcode.Fail);
        }
        catch (PairException wrong)
        {
            context.Fail(wrong.Message);
            if (Interlocked.Exchange(ref _lastProblem, wrong.Message) != wrong.Message)
                _log.BadItem(_name, wrong.Message);

            return ValueTask.FromResult(Rcode.Fail);
        }
        finally
        {
            context.Request.Remove(Internal.SqlUserName);
        }
    }

    private static void SetUser(RequestContext context, string name) => context.Request.Set(Internal.SqlUserName, name);

    private Rcode Authorize(RequestContext context)
    {
        var lookup = new SqlLookup(context, this);
        lookup.ReadUser();
        if (_queries.GroupMembership is null)
            return lookup.Rcode;

        if (lookup.FallThrough ?? _options.ReadGroups)
            lookup.ReadGroups();

        if (!(lookup.FallThrough ?? _options.ReadProfiles))
            return lookup.Rcode;

        var profile = context.Control.TryGetText(Internal.UserProfile, out var own) ? own : _options.DefaultUserProfile;
        if (profile.Length == 0)
            return lookup.Rcode;

        SetUser(context, _expander.Compile(profile).Expand(context));
        lookup.ReadGroups();
        return lookup.Rcode;
    }

    private Rcode CountSessions(RequestContext context)
    {
        if (!context.Control.TryGetNumber(Internal.SimultaneousUse, out var limit) || _tables.Simul.Count is not { } statement)
            return Rcode.Noop;

        if (!context.TryGetUserName(out var name) || name.IsEmpty)
        {
            context.Fail("there is no User-Name whose sessions could be counted");
            return Rcode.Invalid;
        }

        var open = _database.Run(connection =>
        {
            using var command = statement.Bind(connection, context);
            return Convert.ToInt64(command.ExecuteScalar());
        });
        context.Debug($"{open} of {limit} sessions are open");
        if (open >= (long)limit && _tables.Simul.Verify is { } verify)
            open = Verify(context, verify);

        if (open < (long)limit)
            return Rcode.Ok;

        context.Refuse(new Refusal(RefusalRule.SharedUsers) { Used = open, Limit = (long)limit });
        return Rcode.Reject;
    }

    // Which of them are still there? FreeRADIUS asks the NAS by checkrad, and takes the table's word where it has none.
    private long Verify(RequestContext context, SqlStatement statement)
    {
        var (open, multilink, stale) = (0, false, new List<object>());
        context.Request.TryGetText(Rfc2865.CallingStationId, out var station);
        var address = context.Request.TryGetAddress(Rfc2865.FramedIpAddress, out var ip) ? ip.ToString() : null;
        _database.Run(connection =>
        {
            using var command = statement.Bind(connection, context);
            using var reader = command.ExecuteReader();
            var column = Enumerable.Range(0, reader.FieldCount).FirstOrDefault(i => reader.GetName(i).Equals("stale", StringComparison.OrdinalIgnoreCase), -1);
            while (reader.Read())
            {
                if (column >= 0 && !reader.IsDBNull(column) && Convert.ToInt64(reader.GetValue(column)) != 0)
                {
                    stale.Add(reader.GetValue(0));
                    continue;
                }

                open++;
                multilink |= (address is not null && Is(reader, 5, address)) || (station is { Length: > 0 } && Is(reader, 6, station));
            }

            return open;
        });
        if (_options.DeleteStaleSessions)
            stale.ForEach(session => Close(context, session));
        else
            open += stale.Count;

        // One more line of a multilink connection, as FreeRADIUS: from the same station or with the same address, where Port-Limit allows several.
        return multilink && context.Request.TryGetNumber(Rfc2865.PortLimit, out var lines) && lines > 1 ? 0 : open;

        static bool Is(DbDataReader reader, int column, string text) => !reader.IsDBNull(column) && Convert.ToString(reader.GetValue(column), System.Globalization.CultureInfo.InvariantCulture) == text;
    }

    private void Close(RequestContext context, object session)
    {
        context.Debug($"the session {session} was silent for too long: it is closed");
        _database.Run(connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = _queries.CloseStale;
            var id = command.CreateParameter();
            (id.ParameterName, id.Value) = ("@id", session);
            command.Parameters.Add(id);
            return command.ExecuteNonQuery();
        });
    }

    private Rcode Account(RequestContext context)
    {
        var request = context.Request;
        if (!request.TryGetNumber(Rfc2866.AcctStatusType, out var number)
            || !context.Dictionary.TryFind(Rfc2866.AcctStatusType, out var definition)
            || !definition.TryGetName(number, out var type))
        {
            return Rcode.Noop;
        }

        var statements = _tables.Accounting(type!.ToLowerInvariant());
        var isOfSession = number is 1 or 2 or 3;
        if (isOfSession && !request.Has(Internal.AcctUniqueSessionId))
        {
            context.Fail("there is no Acct-Unique-Session-Id: preprocess has to stand in preacct");
            return Rcode.Invalid;
        }

        return Write(context, statements);
    }

    // Until one changes something: an UPDATE finds no row, or an INSERT one that is there.
    private Rcode Write(RequestContext context, IReadOnlyList<SqlStatement> statements)
    {
        foreach (var statement in statements)
        {
            var changed = _database.Run(connection => Execute(connection, statement, context));
            context.Debug($"{changed} rows changed");
            if (changed > 0)
                return Rcode.Ok;
        }

        return Rcode.Noop;
    }

    private int Execute(DbConnection connection, SqlStatement statement, RequestContext context)
    {
        using var command = statement.Bind(connection, context);
        try
        {
            return command.ExecuteNonQuery();
        }
        catch (DbException fault) when (_database.FaultOf(fault) == DatabaseFault.Duplicate)
        {
            return 0;
        }
    }

    /// <summary>One user's way through the tables.</summary>
    private sealed class SqlLookup(RequestContext context, Sql sql)
    {
        private bool _isFound;
        private Rcode _rcode = Rcode.Noop;

        public Rcode Rcode => _isFound ? _rcode : Rcode.NotFound;

        /// <summary>What the last reply says: null where nothing does.</summary>
        public bool? FallThrough { get; private set; }

        public void ReadUser()
        {
            if (sql._queries.AuthorizeCheck is { } checks)
            {
                // Without a row, or when one does not agree, the user's reply is not read: the groups are.
                if (Read(checks, PairUse.Check) is not { } items)
                    return;

                _isFound = true;
                if (!Take(items))
                    return;
            }

            if (sql._queries.AuthorizeReply is { } replies && Read(replies, PairUse.Reply) is { } reply)
                Give(reply);
        }

        public void ReadGroups()
        {
            var groups = sql._database.Run(connection => sql.Groups(connection, context));
            _isFound |= groups.Count > 0;
            if (groups.Count == 0)
                FallThrough = null;

            foreach (var group in groups)
            {
                context.Request.Set(sql._groupAttribute, group);
                if (sql._queries.GroupCheck is { } checks && Read(checks, PairUse.Check) is var items && !Take(items ?? PairList.Empty))
                    continue;

                FallThrough = null;
                if (sql._queries.GroupReply is { } replies && Read(replies, PairUse.Reply) is { } reply)
                    Give(reply);

                if (FallThrough != true)
                    break;
            }

            context.Request.Remove(sql._groupAttribute);
        }

        private PairList? Read(SqlStatement statement, PairUse use) => sql._database.Run(connection =>
        {
            using var command = statement.Bind(connection, context);
            return sql._items.Read(command, use);
        });

        private bool Take(PairList items)
        {
            if (!items.Agrees(context))
                return false;

            items.MoveToControl(context);
            _rcode = Rcode.Ok;
            return true;
        }

        private void Give(PairList items)
        {
            FallThrough = items.FallThrough;
            items.MoveTo(context, context.Reply);
            (_isFound, _rcode) = (true, Rcode.Ok);
        }
    }
}
