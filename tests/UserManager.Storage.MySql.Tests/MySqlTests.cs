using UserManager.Contract;
using UserManager.Domain;
using UserManager.Testing;

namespace UserManager.Storage.Tests;

/// <summary>What concerns MariaDB and MySQL alone: addresses, refusals, the server's absence, two nodes at the same rows.</summary>
public sealed class MySqlTests : IDisposable
{
    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData("mysql://um", "`database:` names no database. It is written mysql://USER:PASSWORD@HOST:PORT/DATABASE")]
    [InlineData("mysql://db/um", "`database:` names no user.")]
    [InlineData("mysql://um:se cret@:x/um", "`database:` cannot be read as an address.")]
    [InlineData("mysql://um:secret@a,b:x/um", "`database:` cannot be read as an address.")]
    [InlineData("mysql://um:secret@db/um?ssl-mode", "`database:` has `ssl-mode` without a value behind its `?`.")]
    [InlineData("mysql://um:secret@db/um?driver=Nothing", "The database's driver Nothing was not found: there is neither ")]
    [InlineData("mysql://um:secret@db/um?ssl-mood=on", "`database:` is not understood by its driver: `ssl mood` is not known in a connection string of MySQL.")]
    public void Address_that_cannot_be_read_is_refused_without_its_password(string address, string begin)
    {
        var fault = Refused(address);

        Assert.StartsWith(begin, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("cret", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_password_is_one_message_without_it()
    {
        var fault = Refused(_store.Database.AddressOf("hunter2"));

        Assert.Equal(
            $"{_store.Database.Name}: the server refuses the user `{_store.Database.User}` or its password. Check both in `database:`.", fault.Message);
        Assert.DoesNotContain("hunter2", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_database_is_named_with_the_statement_that_makes_it()
    {
        TestDatabase.Server.Run($"DROP DATABASE {_store.Database.Database}");
        var fault = Refused(_store.Options.Database);
        TestDatabase.Server.Run($"CREATE DATABASE {_store.Database.Database}");

        Assert.Equal(
            $"{_store.Database.Name}: there is no database `{_store.Database.Database}`. As an administrator of the database: CREATE DATABASE `{_store.Database.Database}`;",
            fault.Message);
    }

    [Fact]
    public void Server_that_does_not_run_is_named()
    {
        _store.Database.TakeAway();
        var fault = Refused(_store.Options.Database);

        Assert.StartsWith($"{_store.Database.Name}: the server cannot be reached: ", fault.Message, StringComparison.Ordinal);
        Assert.EndsWith(". Check that it runs, and host and port in `database:`.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rights_that_lack_are_named()
    {
        TestDatabase.Server.Run($"REVOKE ALL ON {_store.Database.Database}.* FROM {_store.Database.User}@'127.0.0.1'; "
            + $"GRANT SELECT ON {_store.Database.Database}.* TO {_store.Database.User}@'127.0.0.1'");
        var fault = Refused(_store.Options.Database);

        Assert.StartsWith($"{_store.Database.Name}: the user `{_store.Database.User}` may not do what is needed there.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_programs_tables_are_left_alone()
    {
        TestDatabase.Server.Run($"CREATE TABLE {_store.Database.Database}.nas (id INT)");
        var fault = Refused(_store.Options.Database);

        Assert.Contains("and it has tables already. Give the server a database of its own", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Change_of_the_schema_that_died_half_way_is_told()
    {
        _ = _store.Node;
        using var connection = _store.Node.Database.OpenWriter();
        connection.Prepare("UPDATE schema_version SET at = 0 ORDER BY version DESC LIMIT 1").Execute();

        Assert.False(Migrations.IsCurrent(connection));
        var fault = Assert.Throws<DatabaseException>(() => Migrations.Apply(connection, TimeSpan.Zero));

        Assert.Contains("was begun and has not ended. If another node is at it, wait; if it died at it, restore the backup", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_that_differ_by_case_accent_or_a_space_at_the_end_are_different()
    {
        foreach (var name in new[] { "alice", "Alice", "alicé", "alice ", "🐎", "🐴" })
            await _store.AddUserAsync(name);

        Assert.Equal("alice ", (await _store.Node.Users.FindAsync("alice "u8, default))!.User.Name);
        Assert.Null(await _store.Node.Users.FindAsync("ALICE"u8, default));
        Assert.Equal(6, _store.Number("SELECT COUNT(*) FROM user"));
    }

    [Fact]
    public async Task Names_of_the_longest_attributes_are_kept_also_when_they_are_no_text()
    {
        var junk = new string('\uFFFD', 253);
        var key = new SessionKey(1, junk, junk, junk, junk);
        await ReportAsync(_store.Node, key, SessionEvent.Start, 0);
        await ReportAsync(_store.Node, key, SessionEvent.Interim, 5);

        var session = Assert.Single(await _store.Node.Sessions.OpenAsync(new OpenSessions(), default).ToListAsync());
        Assert.Equal((key, 5), (session.Key, session.Download));
    }

    [Fact]
    public async Task Logins_of_remembered_users_go_on_while_the_server_is_away_and_writes_say_why()
    {
        await _store.AddUserAsync("alice");
        await _store.AddUserAsync("bob");
        Assert.NotNull(await _store.Node.Users.FindAsync("alice"u8, default));
        _store.Database.TakeAway();

        Assert.NotNull(await _store.Node.Users.FindAsync("alice"u8, default));
        await Assert.ThrowsAsync<DatabaseException>(async () => await _store.Node.Users.FindAsync("bob"u8, default));
        await Assert.ThrowsAsync<DatabaseException>(() => ReportAsync(_store.Node, Key(1), SessionEvent.Start, 0));
        Assert.StartsWith(_store.Database.Name, _store.Node.Status.Failure, StringComparison.Ordinal);
        Assert.NotNull(await _store.Node.ProbeAsync(default));

        _store.BringBack();
        Assert.Null(await _store.Node.ProbeAsync(default));
        await ReportAsync(_store.Node, Key(1), SessionEvent.Start, 0);
        Assert.NotNull(await _store.Node.Users.FindAsync("bob"u8, default));
        _store.Clock.Advance(ChangeFeed.Interval);
        Assert.Null(_store.Node.Status.Failure);
        Assert.Contains(_store.Log.Lines, l => l == $"{_store.Database.Name}: the database is back.");
    }

    [Fact]
    public async Task Connections_that_the_server_closed_are_replaced_without_a_failed_read()
    {
        await _store.AddUserAsync("alice");
        TestDatabase.Server.Run($"KILL USER {_store.Database.User}@'127.0.0.1'");

        Assert.NotNull(await _store.Node.Users.FindAsync("alice"u8, default));
    }

    [Fact]
    public async Task Write_whose_connection_died_before_the_commit_is_written_on_another()
    {
        await _store.AddUserAsync("alice");
        var attempts = 0;
        await _store.Node.Writer.CommitAsync(
            transaction =>
            {
                transaction.Prepare("INSERT INTO user (id, name) VALUES (77, 'bob')").Execute();
                if (++attempts == 1)
                    TestDatabase.Server.Run($"KILL USER {_store.Database.User}@'127.0.0.1'");

                return 0;
            },
            default);

        Assert.Equal(2, attempts);
        Assert.Equal(1, _store.Number("SELECT COUNT(*) FROM user WHERE name = 'bob'"));
        Assert.Null(_store.Node.Status.Failure);
    }

    [Fact]
    public async Task Write_whose_commit_was_not_answered_is_not_written_again()
    {
        await _store.AddUserAsync("alice");
        var fault = await Assert.ThrowsAsync<DatabaseException>(async () => await _store.Node.Writer.CommitAsync(
            transaction =>
            {
                transaction.Prepare("INSERT INTO user (id, name) VALUES (77, 'bob')").Execute();
                _store.Database.LoseAnswer(number: 2);           // that to RELEASE SAVEPOINT is the first
                return 0;
            },
            default));

        Assert.Contains("the connection to the server was lost", fault.Message, StringComparison.Ordinal);
        Assert.Equal(1, _store.Number("SELECT COUNT(*) FROM user WHERE name = 'bob'"));
    }

    // As when its cable is pulled: nobody tells the server.
    [Fact]
    public async Task Transaction_of_a_node_that_has_fallen_silent_keeps_the_others_waiting_no_longer_than_they_wait()
    {
        var alice = await _store.AddUserAsync("alice");
        var other = _store.Open().Records(TestMenus.User);
        using var silent = new Gate(_store.Node.Writer, "UPDATE user SET comment = 'x'");

        Assert.True(await other.UpdateAsync(alice, TestStore.Changes(("comment", "y")), default));
    }

    [Fact]
    public async Task Statement_that_waits_too_long_for_another_is_a_failure_that_says_so()
    {
        await _store.AddUserAsync("alice");
        _store.Options = _store.Options with { Database = _store.Options.Database.Replace("default-command-timeout=30", "default-command-timeout=1", StringComparison.Ordinal) };
        _store.Reopen();
        _ = await _store.Users.AllAsync();
        using var other = _store.Node.Database.OpenWriter();
        other.Prepare("BEGIN").Execute();
        other.Prepare("UPDATE user SET comment = 'x'").Execute();

        var fault = await Assert.ThrowsAsync<MenuException>(async () =>
            await _store.Users.UpdateAsync(new RecordId(1), TestStore.Changes(("comment", "y")), default));
        other.Prepare("ROLLBACK").Execute();
        _store.Clock.Advance(BackOff.Longest);

        Assert.Contains("the server does not answer in time", fault.Message, StringComparison.Ordinal);
        Assert.True(await _store.Users.UpdateAsync(new RecordId(1), TestStore.Changes(("comment", "y")), default));
    }

    [Fact]
    public async Task Usage_is_exact_when_two_nodes_hear_of_the_same_sessions()
    {
        const int Sessions = 20;
        const int Reports = 25;
        var nodes = new[] { _store.Node, _store.Open() };
        await Task.WhenAll(nodes.SelectMany(node => Enumerable.Range(0, Sessions).Select(async session =>
        {
            // Copies of the same packets reach both, at the same time and in any order.
            foreach (var report in Enumerable.Range(0, Reports).OrderBy(_ => Random.Shared.Next()))
                await ReportAsync(node, Key(session), report == 0 ? SessionEvent.Start : SessionEvent.Interim, report);
        })));

        Assert.Equal(Sessions, _store.Number("SELECT COUNT(*) FROM session"));
        Assert.Equal(Sessions * (Reports - 1), _store.Number("SELECT CAST(SUM(download) AS SIGNED) FROM session"));
    }

    /// <summary>A node remembers where the sessions are that it wrote, and looks there first.</summary>
    [Fact]
    public async Task Node_takes_up_what_another_has_made_of_the_sessions_that_it_remembers()
    {
        const int Sessions = 4;
        var (a, b) = (_store.Node, _store.Open());
        await TogetherAsync(SessionEvent.Start, 0);

        // At the other: 0 goes on, 1 ends, 2 ends and begins anew, 3 is removed.
        await ReportAsync(b, Key(0), SessionEvent.Interim, 100);
        await ReportAsync(b, Key(1), SessionEvent.Stop, 100);
        await ReportAsync(b, Key(2), SessionEvent.Stop, 100);
        await ReportAsync(b, Key(2), SessionEvent.Start, 200);
        var removed = _store.Number("SELECT id FROM session WHERE acct_session_id = 's3'");
        Assert.True(await b.Records(TestMenus.Session).RemoveAsync(new RecordId(removed), default));
        await TogetherAsync(SessionEvent.Interim, 300);

        Assert.Equal(300, Download("s0", generation: 0));
        Assert.Equal(100, Download("s1", generation: 0));
        Assert.Equal(100, Download("s2", generation: 0));
        Assert.Equal(300, Download("s2", generation: 1));
        Assert.Equal(300, Download("s3", generation: 0));
        Assert.Equal(Sessions + 1, _store.Number("SELECT COUNT(*) FROM session"));

        async Task TogetherAsync(SessionEvent what, int number)
        {
            using var gate = new Gate(a.Writer);
            var reports = Enumerable.Range(0, Sessions).Select(i => ReportAsync(a, Key(i), what, number)).ToArray();
            gate.Open();
            await Task.WhenAll(reports);
        }

        long Download(string session, int generation) =>
            _store.Number($"SELECT download FROM session WHERE acct_session_id = '{session}' AND generation = {generation}");
    }

    /// <summary>As where the numbers were given by what was undone, or a backup was loaded.</summary>
    [Fact]
    public async Task Session_whose_number_is_another_s_by_now_is_found_all_the_same()
    {
        await TogetherAsync(SessionEvent.Start, 0);
        foreach (var (from, to) in new[] { ("s0", "t"), ("s1", "s0"), ("t", "s1") })
            await _store.ExecuteAsync($"UPDATE session SET acct_session_id = '{to}' WHERE acct_session_id = '{from}'");

        await TogetherAsync(SessionEvent.Interim, 100);
        await TogetherAsync(SessionEvent.Interim, 200);

        Assert.Equal(200, _store.Number("SELECT download FROM session WHERE acct_session_id = 's0'"));
        Assert.Equal(201, _store.Number("SELECT download FROM session WHERE acct_session_id = 's1'"));

        async Task TogetherAsync(SessionEvent what, int number)
        {
            using var gate = new Gate(_store.Node.Writer);
            var reports = Enumerable.Range(0, 2).Select(i => ReportAsync(_store.Node, Key(i), what, number + i)).ToArray();
            gate.Open();
            await Task.WhenAll(reports);
        }
    }

    [Fact]
    public async Task Of_logins_at_two_nodes_at_once_as_many_are_let_in_as_there_are_places()
    {
        const int Limit = 3;
        const int Users = 5;
        var nodes = new[] { _store.Node, _store.Open() };
        var taken = new int[Users];
        for (var user = 0; user < Users; user++, taken[user - 1]++)
            Assert.True((await nodes[0].Sessions.ReserveAsync(new SessionKey(1, "", $"user{user}", "first", ""), Limit, TimeSpan.FromMinutes(1), default)).IsTaken);

        await Task.WhenAll(nodes.SelectMany((node, n) => Enumerable.Range(0, 200).Select(i => Task.Run(async () =>
        {
            // Of each that is let in accounting begins, at the other node, while more come.
            var (user, key) = (i % Users, new SessionKey(1, $"s{n}-{i}", $"user{i % Users}", $"mac{n}-{i}", ""));
            if (!(await node.Sessions.ReserveAsync(key with { AcctSessionId = "" }, Limit, TimeSpan.FromMinutes(1), default)).IsTaken)
                return;

            Interlocked.Increment(ref taken[user]);
            await ReportAsync(nodes[1 - n], key, SessionEvent.Start, 0);
        }))));

        Assert.All(taken, count => Assert.Equal(Limit, count));
        Assert.Equal(Users * (Limit - 1), _store.Number("SELECT COUNT(*) FROM session WHERE active = 1"));
        Assert.Equal(Users, _store.Number("SELECT COUNT(*) FROM place WHERE held LIKE '%first%' AND held NOT LIKE '%mac%'"));
    }

    [Fact]
    public async Task Backup_that_one_node_loads_is_in_force_at_the_others()
    {
        var (a, b) = (_store.Node, _store.Open());
        await _store.AddUserAsync("alice");
        var file = Path.Combine(_store.Folder, "a.umb");
        a.Care.Save(file);
        var bob = await _store.AddUserAsync("bob");
        await ReportAsync(b, Key(1), SessionEvent.Start, 0);
        _store.Clock.Advance(ChangeFeed.Interval);
        Assert.NotNull(await b.Users.FindAsync("bob"u8, default));

        await a.Care.LoadAsync(file, new Caller("admin", ""), default);
        _store.Clock.Advance(ChangeFeed.Interval);

        Assert.Null(await b.Users.FindAsync("bob"u8, default));
        var carol = await b.Records(TestMenus.User).AddAsync(TestStore.Values(("name", "carol")), default);
        Assert.True(carol.Value > bob.Value);
        _store.Clock.Advance(ChangeFeed.Interval);
        Assert.NotNull(await a.Users.FindAsync("carol"u8, default));

        // The node that had taken ids of sessions ahead, and the one that takes the next.
        await ReportAsync(b, Key(2), SessionEvent.Start, 0);
        await ReportAsync(a, Key(3), SessionEvent.Start, 0);
        Assert.Equal(2, _store.Number("SELECT COUNT(*) FROM session"));
    }

    [Fact]
    public async Task Table_of_a_plugin_that_is_not_loaded_is_not_left_out_of_a_backup_in_silence()
    {
        const string Made = "CREATE TABLE shop_item (name VARCHAR(100) NOT NULL PRIMARY KEY)";
        var (with, without) = (Path.Combine(_store.Folder, "with.umb"), Path.Combine(_store.Folder, "without.umb"));
        _store.Node.Migrate("shop", [Made]);
        _store.Node.Care.Save(with);
        var fault = Assert.Throws<DatabaseException>(() => _store.Open().Care.Save(without));
        Assert.Contains("The table shop_item cannot be saved: no plugin that is loaded made it.", fault.Message, StringComparison.Ordinal);

        using var other = new TestStore();
        File.Copy(_store.Options.SecretKeyFile, other.Options.SecretKeyFile);
        await other.AddUserAsync("stays");
        fault = await Assert.ThrowsAsync<DatabaseException>(async () => await other.Node.Care.LoadAsync(with, new Caller("admin", ""), default));
        Assert.Contains("no plugin that is loaded here made its table shop_item", fault.Message, StringComparison.Ordinal);
        Assert.Single(await other.Users.AllAsync());
    }

    [Fact]
    public async Task Place_taken_at_one_node_is_known_at_the_other_until_it_is_given_back()
    {
        var (a, b) = (_store.Node.Sessions, _store.Open().Sessions);
        var (phone, laptop) = (Key(1) with { AcctSessionId = "" }, Key(2) with { AcctSessionId = "", CallingStationId = "02-00-00-00-00-02" });
        var place = await a.ReserveAsync(phone, 1, TimeSpan.FromMinutes(1), default);

        Assert.False((await b.ReserveAsync(laptop, 1, TimeSpan.FromMinutes(1), default)).IsTaken);
        Assert.Equal(1, (await b.PlacesAsync(laptop, default)).Taken);
        await a.ReleaseAsync(phone, place.Hold);
        Assert.True((await b.ReserveAsync(laptop, 1, TimeSpan.FromMinutes(1), default)).IsTaken);
    }

    [Fact]
    public async Task Logins_go_on_while_the_server_is_away_and_this_node_counts_its_own()
    {
        var sessions = _store.Node.Sessions;
        _store.Database.TakeAway();
        var (phone, laptop) = (Key(1) with { AcctSessionId = "" }, Key(2) with { AcctSessionId = "", CallingStationId = "02-00-00-00-00-02" });

        Assert.True((await WaitedAsync(sessions.ReserveAsync(phone, 1, TimeSpan.FromMinutes(1), default))).IsTaken);
        Assert.False((await WaitedAsync(sessions.ReserveAsync(laptop, 1, TimeSpan.FromMinutes(1), default))).IsTaken);
    }

    [Fact]
    public async Task Login_waits_for_a_database_that_is_away_for_a_moment_and_is_counted_in_it()
    {
        var sessions = _store.Node.Sessions;
        var (phone, laptop) = (Key(1) with { AcctSessionId = "" }, Key(2) with { AcctSessionId = "", CallingStationId = "02-00-00-00-00-02" });
        Assert.True((await sessions.ReserveAsync(phone, 1, TimeSpan.FromMinutes(1), default)).IsTaken);
        _store.Database.TakeAway();

        var login = sessions.ReserveAsync(laptop, 1, TimeSpan.FromMinutes(1), default).AsTask();
        Assert.True(SpinWait.SpinUntil(() => _store.Node.Writer.Failure is not null, TimeSpan.FromSeconds(30)));
        _store.BringBack();
        Assert.False((await WaitedAsync(new ValueTask<Place>(login))).IsTaken);
    }

    [Fact]
    public async Task What_one_node_puts_into_the_shared_cache_others_find_until_it_is_over_and_the_database_does_not_tell_it()
    {
        var (a, b) = (_store.Node.Cache, _store.Open().Cache);
        a.Put("tls.1", "secret one"u8, TimeSpan.FromHours(1));
        a.Put("tls.1", "secret two"u8, TimeSpan.FromHours(1));
        a.Put("tls.2", "over"u8, TimeSpan.Zero);
        a.Put("tls.3", "gone"u8, TimeSpan.FromHours(1));
        a.Remove("tls.3");
        await _store.ExecuteAsync("UPDATE shared_cache SET name = name");

        Assert.Equal("secret two"u8, b.Find("tls.1").AsSpan());
        Assert.Null(b.Find("tls.2"));
        Assert.Null(b.Find("tls.3"));
        Assert.Null(b.Find("tls.4"));
        Assert.Equal(0, _store.Number("SELECT COUNT(*) FROM shared_cache WHERE octets NOT LIKE '$gcm$%'"));
        _store.Database.TakeAway();
        b.Put("tls.5", "x"u8, TimeSpan.FromHours(1));
        Assert.Null(b.Find("tls.1"));
    }

    [Fact]
    public async Task Ids_are_given_once_and_every_change_is_heard_of_when_two_nodes_write()
    {
        var (a, b) = (_store.Node, _store.Open());
        var heard = new System.Collections.Concurrent.ConcurrentDictionary<long, int>();
        b.Feed.Changed += change => heard.AddOrUpdate(change.Record, 1, (_, count) => count + 1);
        var ids = await Task.WhenAll(new[] { a, b }.SelectMany((node, n) => Enumerable.Range(0, 100).Select(async i =>
            (await node.Records(TestMenus.User).AddAsync(TestStore.Values(("name", $"user{n}-{i}")), default)).Value)));
        b.Feed.Poll();

        Assert.Equal(200, ids.Distinct().Count());
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), ids.Order());
        Assert.Equal(ids.Order(), heard.Keys.Order());
        Assert.All(heard.Values, count => Assert.Equal(1, count));
    }

    [Fact]
    public async Task Two_nodes_that_generate_files_of_one_name_at_once_leave_one_that_is_whole()
    {
        var (a, b) = (_store.Node.Generated, _store.Open().Generated);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(async () =>
            await (i % 2 == 0 ? a : b).WriteAsync("a", async stream => await stream.WriteAsync(Enumerable.Repeat((byte)i, 1000).ToArray()), default))));

        var octets = new byte[1001];
        await using var file = (await a.OpenReadAsync("a", default))!;
        Assert.Equal(1000, await file.ReadAtLeastAsync(octets, 1001, throwOnEndOfStream: false));
        Assert.Single(octets[..1000].Distinct());
        Assert.Equal(1000, Assert.Single(await b.ListAsync(default)).Size);
    }

    [Fact]
    public async Task Deadlock_is_tried_again_and_nobody_hears_of_it()
    {
        var (a, b) = (_store.Node, _store.Open());
        await _store.AddUserAsync("x");
        await _store.AddUserAsync("y");
        using var both = new Barrier(2);
        Task<int> CrossAsync(Stores node, int first, int second)
        {
            var met = false;
            return node.Writer.CommitAsync(
                transaction =>
                {
                    var written = Write(transaction, first);
                    if (!met)
                        both.SignalAndWait(TimeSpan.FromSeconds(10));

                    met = true;
                    return written + Write(transaction, second);
                },
                default).AsTask();
        }

        var written = await Task.WhenAll(CrossAsync(a, 1, 2), CrossAsync(b, 2, 1));

        Assert.Equal([2, 2], written);
        Assert.Equal(1, a.Writer.Retries + b.Writer.Retries);
        Assert.Empty(_store.Log.Lines);

        static int Write(Transaction transaction, int id) =>
            transaction.Prepare("UPDATE user SET shared_users = COALESCE(shared_users, 0) + 1 WHERE id = @id").With("@id", id).Execute();
    }

    /// <summary>What a group has not found another node may write before it does: it begins anew, and finds it.</summary>
    [Fact]
    public async Task Session_that_another_node_has_begun_meanwhile_is_gone_on_with()
    {
        var (a, b) = (_store.Node, _store.Open());
        await _store.AddUserAsync("alice");
        foreach (var node in new[] { a, b })
            await node.Users.FindAsync("alice"u8, default);

        // So that the node has numbers for new sessions, whose row the other would wait for.
        using (var warm = new Gate(b.Writer))
        {
            Task[] before = [ReportAsync(b, Key(8), SessionEvent.Start, 0), ReportAsync(b, Key(9), SessionEvent.Start, 0)];
            warm.Open();
            await Task.WhenAll(before);
        }

        var runs = 0;
        using var gate = new Gate(b.Writer);
        Task[] sent =
        [
            ReportAsync(b, Key(1), SessionEvent.Start, 0),
            ReportAsync(b, Key(1), SessionEvent.Interim, 20),
            b.Writer.RunAsync<Meanwhile, int>(new Meanwhile(Key(2), OtherBegins), default).AsTask(),
            ReportAsync(b, Key(3), SessionEvent.Start, 0),
        ];
        gate.Open();
        await Task.WhenAll(sent);

        Assert.Equal(2, runs);
        Assert.Equal(1, b.Writer.Retries);
        Assert.Equal(4, _store.Number("SELECT COUNT(*) FROM session"));
        Assert.Equal(20, _store.Number("SELECT download FROM session WHERE acct_session_id = 's1'"));
        Assert.Empty(_store.Log.Lines);

        // The group has read what there is of its sessions, and has written nothing yet.
        void OtherBegins()
        {
            if (++runs == 1)
                ReportAsync(a, Key(1), SessionEvent.Interim, 10).Wait(TimeSpan.FromSeconds(30));
        }
    }

    [Fact]
    public async Task Change_of_one_node_is_honoured_by_the_other()
    {
        var (a, b) = (_store.Node, _store.Open());
        var id = await _store.AddUserAsync("alice", ("shared-users", 3L));
        Assert.Equal(3, (await b.Users.FindAsync("alice"u8, default))!.User.SharedUsers);

        await a.Records(TestMenus.User).UpdateAsync(id, TestStore.Changes(("shared-users", 5L)), default);
        _store.Clock.Advance(ChangeFeed.Interval);

        Assert.Equal(5, (await b.Users.FindAsync("alice"u8, default))!.User.SharedUsers);
    }

    [Fact]
    public async Task Of_the_servers_of_a_cluster_the_next_that_answers_is_taken_and_kept()
    {
        using var second = new CuttableProxy(TestDatabase.Server.Port);
        var first = _store.Options.Database.Split('@')[^1].Split('/')[0];
        _store.Options = _store.Options with { Database = _store.Options.Database.Replace($"@{first}/", $"@127.0.0.1:1,{first},127.0.0.1:{second.Port}/", StringComparison.Ordinal) };
        await _store.AddUserAsync("alice");
        Assert.Equal($"mysql://127.0.0.1:1,{first},127.0.0.1:{second.Port}/{_store.Database.Database}", _store.Node.Database.Name);

        _store.Database.TakeAway();
        await _store.AddUserAsync("bob");
        await _store.AddUserAsync("carol");
        second.Cut();
        _store.Database.BringBack();
        await _store.AddUserAsync("dave");
        await _store.AddUserAsync("erin");

        Assert.Equal("alice bob carol dave erin", string.Join(' ', (await _store.Users.AllAsync()).Select(u => u["name"])));
    }

    [Fact]
    public void When_none_of_a_cluster_s_servers_answers_all_are_named()
    {
        var fault = Refused("mysql://um:secret@127.0.0.1:1,127.0.0.1:2/um");

        Assert.StartsWith("mysql://127.0.0.1:1,127.0.0.1:2/um: the server cannot be reached: ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replica_that_may_only_be_read_is_refused_at_the_start_and_told_later()
    {
        using var server = new MariaDbServer();
        server.Run("CREATE DATABASE um; CREATE USER um@'127.0.0.1' IDENTIFIED BY 'secret'; GRANT ALL ON um.* TO um@'127.0.0.1'; SET GLOBAL read_only = 1");
        var expected = $"mysql://127.0.0.1:{server.Port}/um: the server is read-only, as a replica is. Name the primary in `database:`.";
        Assert.Equal(expected, Refused($"mysql://um:secret@127.0.0.1:{server.Port}/um").Message);

        server.Run("SET GLOBAL read_only = 0");
        await _store.AddUserAsync("alice");
        server.Run("SET GLOBAL read_only = 1");
        await Assert.ThrowsAsync<DatabaseException>(() => ReportAsync(_store.Node, Key(1), SessionEvent.Start, 0));

        Assert.Equal(expected, _store.Node.Status.Failure);
    }

    /// <summary>The server says so by one of these numbers (ER_DISK_FULL, ER_RECORD_FILE_FULL); a trigger stands in for the disk.</summary>
    [Theory]
    [InlineData(1021)]
    [InlineData(1114)]
    public async Task Full_disk_of_the_server_is_told_and_it_goes_on_when_there_is_room_again(int number)
    {
        _ = _store.Node;
        TestDatabase.Server.Run(
            $"CREATE TRIGGER {_store.Database.Database}.full BEFORE INSERT ON {_store.Database.Database}.session FOR EACH ROW SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {number}");

        var fault = await Assert.ThrowsAsync<DatabaseException>(() => ReportAsync(_store.Node, Key(1), SessionEvent.Start, 0));
        Assert.Equal($"{_store.Database.Name}: the server's disk is full. Free some space; until then nothing is stored and no record is acknowledged.", fault.Message);
        Assert.Equal(fault.Message, _store.Node.Status.Failure);

        // What changes in its place is stored still, and does not hide it.
        await _store.AddUserAsync("alice");
        Assert.Equal(fault.Message, await _store.Node.ProbeAsync(default));
        _store.Clock.Advance(TimeSpan.FromSeconds(20));
        await Assert.ThrowsAsync<DatabaseException>(() => ReportAsync(_store.Node, Key(1), SessionEvent.Start, 0));
        await _store.AddUserAsync("bob");
        _store.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(fault.Message, await _store.Node.ProbeAsync(default));
        Assert.Equal(fault.Message, _store.Node.Status.Failure);
        Assert.DoesNotContain(_store.Log.Lines, l => l.EndsWith("the database is back.", StringComparison.Ordinal));

        TestDatabase.Server.Run($"DROP TRIGGER {_store.Database.Database}.full");
        await ReportAsync(_store.Node, Key(1), SessionEvent.Start, 0);
        Assert.NotNull(_store.Node.Status.Failure);
        _store.Clock.Advance(TimeSpan.FromSeconds(10));
        await ReportAsync(_store.Node, Key(1), SessionEvent.Interim, 5);
        Assert.Null(_store.Node.Status.Failure);
        Assert.Null(await _store.Node.ProbeAsync(default));
        Assert.Equal(1, _store.Number("SELECT COUNT(*) FROM session"));
        Assert.Single(_store.Log.Lines, l => l.EndsWith("the database is back.", StringComparison.Ordinal));
    }

    /// <summary>Something that happens while a group's records are worked on.</summary>
    private readonly struct Meanwhile(SessionKey key, Action happens) : IGroupWork<int>, ISessionWork
    {
        public SessionKey Key => key;

        public bool IsLong => false;

        public int Run(Transaction transaction)
        {
            happens();
            return 0;
        }
    }

    /// <summary>The clock goes on, no faster than the server can answer.</summary>
    private Task<Place> WaitedAsync(ValueTask<Place> login)
    {
        var task = login.AsTask();
        while (!SpinWait.SpinUntil(() => task.IsCompleted, TimeSpan.FromMilliseconds(100)))
            _store.Clock.Advance(TimeSpan.FromMilliseconds(100));

        return task;
    }

    private DatabaseException Refused(string address)
    {
        _store.Options = _store.Options with { Database = address };
        return Assert.Throws<DatabaseException>(_store.Open);
    }

    private static SessionKey Key(int session) => new(1, $"s{session}", "alice", "02-00-00-00-00-01", "");

    private Task<SessionStanding> ReportAsync(Stores node, SessionKey key, SessionEvent what, int number) => node.Sessions.RecordAsync(
        new SessionReport
        {
            Event = what,
            Key = key,
            At = _store.Clock.GetUtcNow().AddSeconds(number),
            ReceivedAt = _store.Clock.GetUtcNow().AddSeconds(number),
            Download = number,
            Uptime = TimeSpan.FromSeconds(number),
        },
        default).AsTask();
}
