using System.Diagnostics;

namespace UserManager.MySql;

/// <summary>One connection to the server with its prepared statements. One thread at a time uses it; any may cancel.</summary>
internal sealed unsafe class Session : IDisposable
{
    private const int MaxLibraryTimeout = 86400;

    private readonly MySqlConnectionStringBuilder _settings;
    private readonly ConnectionHandle _handle;
    private readonly LinkedList<(string Text, Statement Statement)> _recent = new();
    private readonly Dictionary<string, LinkedListNode<(string Text, Statement Statement)>> _statements = [];
    private readonly Lock _cancelling = new();
    private readonly Timer _timeout;
    private long _idleSince;
    private bool _isBusy;
    private bool _wasKilled;
    private bool _timedOut;

    private Session(MySqlConnectionStringBuilder settings, ConnectionHandle handle)
    {
        (_settings, _handle) = (settings, handle);
        _timeout = new Timer(static session => ((Session)session!).TimeIsUp(), this, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>It must be closed: what its server thinks of it is not known.</summary>
    public bool IsBroken { get; private set; }

    public string ServerVersion => Native.Text(Native.ServerVersion(_handle));

    /// <summary>Of TLS; null without.</summary>
    public string? Cipher => Native.Cipher(_handle) is not 0 and var cipher ? Native.Text(cipher) : null;

    public long ThreadId => (long)Native.ThreadId(_handle);

    public TimeSpan Idle => Stopwatch.GetElapsedTime(_idleSince);

    public bool IsInTransaction
    {
        get
        {
            uint status = 0;
            return Native.Info(_handle, Native.ServerStatus, &status) == 0 && (status & Native.InTransaction) != 0;
        }
    }

    /// <exception cref="MySqlException">The server cannot be reached, or refuses.</exception>
    public static Session Open(MySqlConnectionStringBuilder settings)
    {
        var handle = Native.Init(0);
        try
        {
            SetOptions(handle, settings);
            var socket = settings.Server.StartsWith('/') ? settings.Server : null;
            var connected = Native.Connect(
                handle, socket is null ? settings.Server : null, settings.UserId, settings.Password,
                settings.Database.Length == 0 ? null : settings.Database, settings.Port, socket, Native.MultiResults
                | (settings.UseAffectedRows ? 0 : Native.FoundRows));
            if (connected == 0)
                throw Native.Fault(handle);

            // The library goes on in clear with a server that has no TLS, unless it is to verify.
            var session = new Session(settings, handle);
            return settings.SslMode < MySqlSslMode.Required || socket is not null || session.Cipher is not null
                ? session
                : throw new MySqlException(2026, "HY000", "The server does not speak TLS, which SslMode asks for.");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The statement of this text, prepared when it is not yet. The least used one goes when there are too many.</summary>
    public Statement Prepare(string text)
    {
        if (_statements.TryGetValue(text, out var node))
        {
            if (node != _recent.First)
            {
                _recent.Remove(node);
                _recent.AddFirst(node);
            }

            return node.Value.Statement;
        }

        Begin(0);
        try
        {
            var statement = Statement.Prepare(_handle, text);
            _statements.Add(text, _recent.AddFirst((text, statement)));
        }
        catch (MySqlException fault)
        {
            throw Ended(fault);
        }
        finally
        {
            End();
        }

        if (_recent.Count > _settings.MaximumStatements)
            Forget(_recent.Last!);

        return _recent.First!.Value.Statement;
    }

    /// <summary>Executes the statement of this text. Its rows are read, and <see cref="End"/> called, by who asked.</summary>
    /// <param name="seconds">After so long it is cancelled; 0 for never.</param>
    public Statement Execute(string text, MySqlParameterCollection parameters, int seconds)
    {
        var statement = Prepare(text);
        Begin(seconds);
        try
        {
            statement.Execute(parameters);
            return statement;
        }
        catch (MySqlException fault) when (fault.Number == Native.NewMetadata)
        {
            // A table has other columns than when it was prepared: once more, prepared anew.
            End();
            Forget(_statements[text]);
            statement = Prepare(text);
            Begin(seconds);
            return Try(statement, parameters);
        }
        catch (Exception fault)
        {
            End();
            throw fault is MySqlException known ? Ended(known) : fault;
        }
    }

    /// <summary>The error as the caller is to see it, and what it says of the session.</summary>
    public MySqlException Ended(MySqlException fault)
    {
        if (fault.IsConnectionLost)
            IsBroken = true;

        return _timedOut && fault.Number is Native.QueryInterrupted or 2013 or 1969
            ? new MySqlException(fault.Number, fault.SqlState, $"The statement took longer than its {nameof(MySqlCommand.CommandTimeout)}.")
            : fault;
    }

    /// <summary>The statement in hand is done with: from here on, a cancellation has nothing to end.</summary>
    public void End()
    {
        _timeout.Change(Timeout.Infinite, Timeout.Infinite);

        // Waits for a cancellation in progress, so that it does not meet the next statement.
        lock (_cancelling)
            _isBusy = false;
    }

    /// <summary>Ends the statement in hand by KILL QUERY from another connection; if the server does not answer that, by closing the socket.</summary>
    public void Cancel()
    {
        lock (_cancelling)
        {
            if (!_isBusy || IsBroken)
                return;

            try
            {
                using var killer = Open(_settings.ForKilling());
                killer.Execute($"KILL QUERY {ThreadId}", [], 0);
                killer.End();
                _wasKilled = true;
            }
            catch (MySqlException)
            {
                IsBroken = true;
                _ = Native.Shutdown(Native.SocketOf(_handle), 2);
            }
        }
    }

    public void SelectDatabase(string database)
    {
        if (Native.SelectDatabase(_handle, database) != 0)
            throw Ended(Native.Fault(_handle));
    }

    public bool Ping() => !IsBroken && Native.Ping(_handle) == 0;

    /// <summary>Makes it as new for the next who takes it from the pool.</summary>
    /// <returns>False when it cannot be.</returns>
    public bool TryReset()
    {
        if (IsBroken)
            return false;

        if (_settings.ConnectionReset)
        {
            DropStatements();           // the server drops them
            if (Native.Reset(_handle) != 0)
                return false;
        }
        else if (IsInTransaction)
        {
            try
            {
                Execute("ROLLBACK", [], 0);
                End();
            }
            catch (MySqlException)
            {
                return false;
            }
        }

        _idleSince = Stopwatch.GetTimestamp();
        return true;
    }

    public void Dispose()
    {
        _timeout.Dispose();
        if (IsBroken)
            _ = Native.Shutdown(Native.SocketOf(_handle), 2);      // nothing is waited for

        DropStatements();
        _handle.Dispose();
    }

    private Statement Try(Statement statement, MySqlParameterCollection parameters)
    {
        try
        {
            statement.Execute(parameters);
            return statement;
        }
        catch (MySqlException fault)
        {
            End();
            throw Ended(fault);
        }
    }

    private void Begin(int seconds)
    {
        if (_wasKilled)
            TakeLateKill();

        (_isBusy, _timedOut) = (true, false);
        if (seconds > 0)
            _timeout.Change(TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
    }

    // A KILL QUERY that found the server idle would end the next statement: this one takes it.
    private void TakeLateKill()
    {
        _wasKilled = false;
        fixed (byte* text = "DO SLEEP(0)"u8)
            _ = Native.Query(_handle, text, 11);
    }

    private void TimeIsUp()
    {
        _timedOut = true;
        Cancel();
    }

    private void Forget(LinkedListNode<(string Text, Statement Statement)> node)
    {
        _recent.Remove(node);
        _statements.Remove(node.Value.Text);
        node.Value.Statement.Dispose();
    }

    private void DropStatements()
    {
        foreach (var (_, statement) in _recent)
            statement.Dispose();

        _recent.Clear();
        _statements.Clear();
    }

    private static void SetOptions(ConnectionHandle handle, MySqlConnectionStringBuilder settings)
    {
        Native.Option(handle, Native.ConnectTimeout, Math.Max(1, settings.ConnectionTimeout));

        // The last resort, where not even the socket's end is heard of: somewhat after the statement's own time.
        var last = settings.DefaultCommandTimeout == 0 ? MaxLibraryTimeout : settings.DefaultCommandTimeout + settings.ConnectionTimeout;
        Native.Option(handle, Native.ReadTimeout, last);
        Native.Option(handle, Native.WriteTimeout, last);
        Native.Option(handle, Native.CharsetName, "utf8mb4");
        Native.Option(handle, Native.LocalInfile, 0);
        Native.Option(handle, Native.Protocol, settings.Server.StartsWith('/') ? (uint)Native.Socket : Native.Tcp);
        Native.Flag(handle, Native.ReportTruncation, 1);
        if (settings.SslMode == MySqlSslMode.Disabled || settings.Server.StartsWith('/'))
            return;

        Native.Option(handle, Native.SslAuthority, settings.CaCertificateFile.Length == 0 ? null : settings.CaCertificateFile);
        if (settings.CertificateFile.Length > 0)
        {
            Native.Option(handle, Native.SslCertificate, settings.CertificateFile);
            Native.Option(handle, Native.SslKey, settings.KeyFile.Length == 0 ? settings.CertificateFile : settings.KeyFile);
        }

        Native.Flag(handle, Native.SslEnforce, 1);
        Native.Flag(handle, Native.VerifyServerCertificate, settings.SslMode == MySqlSslMode.VerifyFull ? (byte)1 : (byte)0);
    }
}
