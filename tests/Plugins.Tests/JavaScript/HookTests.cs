using System.Net;
using UserManager.Contract;
using UserManager.Plugins.JavaScript;
using UserManager.Radius;
using Xunit;

namespace UserManager.Plugins.Tests.JavaScript;

/// <summary>What hooks can do, on both engines alike.</summary>
public sealed class HookTests
{
    // On a busy machine, too.
    private static readonly JavaScriptOptions Unhurried = new() { TimeLimit = TimeSpan.FromMilliseconds(500) };

    public static TheoryData<EngineChoice> Engines => [EngineChoice.Javascriptcore, EngineChoice.Jint];

    /// <summary>A hook, where JavaScriptCore and Jint say that its mistake is, and words of the message.</summary>
    public static TheoryData<EngineChoice, string, string, string> Mistakes()
    {
        (string Source, string Core, string Jint, string Words)[] mistakes =
        [
            ("\n  nothing.at.all();", ":2:10: ", ":2:3: ", "ReferenceError"),
            ("var a = 1;\n  throw new TypeError('mine');", ":2:22: ", ":2:3: ", "TypeError: mine"),
            ("throw 'words';", ": ", ":1:1: ", "it threw words"),
            ("throw { a: 1 };", ": ", ": ", "it threw an object that is no Error"),
            ("\nreply.set('Sesion-Timeout', 1);", ":2:10: ", ":2:1: ", "no dictionary has an attribute \"Sesion-Timeout\"; did you mean \"Session-Timeout\"?"),
            ("reply.set('Session-Timeout', 'soon');", ":1:10: ", ":1:1: ", "Session-Timeout"),
            ("reply.set('Framed-IP-Address', 'nowhere');", ":1:10: ", ":1:1: ", "nowhere"),
            ("reply.add('Class', {});", ":1:10: ", ":1:1: ", "expected a value that is a text or a number, not object"),
            ("reply.add('Class');", ":1:10: ", ":1:1: ", "not undefined"),
            ("request.get(7);", ":1:12: ", ":1:1: ", "expected the name of an attribute, not number"),
            ("request.get('User-Name:1');", ":1:12: ", ":1:1: ", "User-Name has no tags"),
            ("return 'rejekt';", ": ", ": ", "it returned \"rejekt\", which is no return code; did you mean \"reject\"?"),
            ("return 7;", ": ", ": ", "it returned a value of type number"),
            ("for (;;) reply.add('Reply-Message', 'x');", ":1:19: ", ":1:1: ", "the list is full"),
        ];
        var data = new TheoryData<EngineChoice, string, string, string>();
        foreach (var (source, core, jint, words) in mistakes)
        {
            data.Add(EngineChoice.Javascriptcore, source, core, words);
            data.Add(EngineChoice.Jint, source, jint, words);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void The_name_of_a_return_code_is_the_answer_and_nothing_is_noop(EngineChoice engine)
    {
        using var hooks = new Hooks(engine);
        var answers = new[] { "reject", "fail", "ok", "handled", "invalid", "userlock", "disallow", "notfound", "noop", "updated" }
            .Select(word => File(hooks, word, $"return '{word}';"));

        Assert.Equal(
            [Rcode.Reject, Rcode.Fail, Rcode.Ok, Rcode.Handled, Rcode.Invalid, Rcode.Disallow, Rcode.Disallow, Rcode.NotFound, Rcode.Noop, Rcode.Updated],
            answers);
        Assert.Equal([Rcode.Noop, Rcode.Noop, Rcode.Noop], [File(hooks, "a", ""), File(hooks, "b", "return null;"), File(hooks, "c", "return undefined;")]);
    }

    // The first ones of a script are known again by where they lie: nothing else may come to lie there.
    [Theory]
    [MemberData(nameof(Engines))]
    public void Names_made_while_a_hook_runs_are_not_taken_for_one_another(EngineChoice engine)
    {
        using var hooks = new Hooks(engine, Unhurried);
        var step = hooks.Step("""
            var names = ['User-Name', 'Called-Station-Id', 'Calling-Station-Id', 'NAS-Identifier'], waste = [];
            for (var i = 0; i < 100; i++) {
              var name = names[Math.floor(4 * Math.random())];
              if (request.get(name.split('').join('')) !== name)
                return 'fail';
              waste.push(new Array(200).join(name));
            }
            return 'ok';
            """);
        for (var i = 0; i < 400; i++)
        {
            var context = Requests.Access(request =>
            {
                request.Add(Rfc2865.UserName, "User-Name");
                request.Add(Rfc2865.CalledStationId, "Called-Station-Id");
                request.Add(Rfc2865.CallingStationId, "Calling-Station-Id");
                request.Add(Rfc2865.NasIdentifier, "NAS-Identifier");
            });
            Assert.Equal((Rcode.Ok, ""), (hooks.Run(step, context), string.Join('\n', hooks.Log.Lines)));
        }
    }

    // The forms are those of %{...}: see docs/hooks.md.
    [Theory]
    [MemberData(nameof(Engines))]
    public void Values_are_the_text_that_an_expansion_has(EngineChoice engine)
    {
        using var hooks = new Hooks(engine);
        var context = Requests.Access(request =>
        {
            request.Add(Rfc2865.UserName, "zoë");
            request.Add(Rfc2865.NasPort, 7);
            request.Add(Rfc2865.ServiceType, 2);
            request.Add(Rfc2865.NasIpAddress, IPAddress.Parse("192.0.2.9"));
            request.Add(Rfc2865.Class, [0xCA, 0xFE]);
            request.Add(AttributeKey.Vendor(65000, 250), [1, 2]);
        });

        hooks.Run("""
            var names = ['User-Name', 'NAS-Port', 'Service-Type', 'NAS-IP-Address', 'Class', 'Attr-26.65000.250', 'user-name', 'Framed-Pool'];
            for (var i = 0; i < names.length; i++)
              reply.add('Reply-Message', typeof request.get(names[i]) + ' ' + request.get(names[i]));
            """, context);

        Assert.Equal(
            ["string zoë", "string 7", "string Framed-User", "string 192.0.2.9", "string 0xcafe", "string 0x0102", "string zoë", "undefined undefined"],
            All(context.Reply, Rfc2865.ReplyMessage));
        Assert.Empty(hooks.Log.Lines);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Every_list_can_be_read_and_changed(EngineChoice engine)
    {
        using var hooks = new Hooks(engine);
        var context = Requests.Access();

        Assert.Equal(Rcode.Updated, hooks.Run("""
            [request, reply, control, session].forEach(function (list, i) {
              list.add('Reply-Message', 'one');
              list.add('Reply-Message', i);
              list.set('Session-Timeout', 60 * (i + 1));
              list.set('Session-Timeout', list.get('Session-Timeout') * 2);
              list.add('Class', '0xfeed');
              if (list.remove('Class') !== 1 || list.remove('Class') !== 0)
                throw new Error('remove');
              if (list.getAll('Reply-Message').join() !== 'one,' + i || list.getAll('Class').length !== 0)
                throw new Error('getAll');
            });
            return 'updated';
            """, context));

        foreach (var (list, i) in new[] { context.Request, context.Reply, context.Control, context.SessionState }.Select((l, i) => (l, i)))
        {
            Assert.Equal(["one", $"{i}"], All(list, Rfc2865.ReplyMessage));
            Assert.True(list.TryGetNumber(Rfc2865.SessionTimeout, out var seconds));
            Assert.Equal(120UL * (ulong)(i + 1), seconds);
            Assert.False(list.Has(Rfc2865.Class));
        }
    }

    // As := of an update.
    [Theory]
    [MemberData(nameof(Engines))]
    public void Set_stands_in_the_place_of_what_it_replaces_and_minds_tags(EngineChoice engine)
    {
        using var hooks = new Hooks(engine);
        var context = Requests.Access();

        hooks.Run("""
            reply.add('Tunnel-Type:1', 'L2TP'); reply.add('Tunnel-Type:2', 'GRE'); reply.add('Reply-Message', 'x');
            reply.set('Tunnel-Type:1', 'VLAN');
            reply.set('Service-Type', 'Login-User'); reply.set('Framed-IP-Address', '192.0.2.5'); reply.set('Class', 'text');
            reply.set('Filter-Id', reply.get('Tunnel-Type:2') + reply.get('Tunnel-Type'));
            """, context);

        Assert.Equal(
            "Tunnel-Type:1 = VLAN, Tunnel-Type:2 = GRE, Reply-Message = \"x\", Service-Type = Login-User, Framed-IP-Address = 192.0.2.5, "
            + "Class = 0x74657874, Filter-Id = \"GREVLAN\"",
            Print(context.Reply));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void The_client_is_known_and_the_user_once_found(EngineChoice engine)
    {
        using var hooks = new Hooks(engine);
        const string Source = "reply.add('Reply-Message', [client.name, client.address, user.name, user.group].map(String).join());";
        var (before, after) = (Requests.Access(), Requests.Access());
        after.User = Requests.Account("carla");
        var step = hooks.Step(Source);

        hooks.Run(step, before);
        hooks.Run(step, after);

        Assert.Equal("hotspot,192.0.2.1,undefined,undefined", before.Reply.Text(Rfc2865.ReplyMessage));
        Assert.Equal("hotspot,192.0.2.1,carla,default", after.Reply.Text(Rfc2865.ReplyMessage));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void What_it_logs_has_the_request_and_the_hook_and_no_end_of_line(EngineChoice engine)
    {
        using var hooks = new Hooks(engine);

        hooks.Run("log.debug('a'); log.info('b\\r\\n(2) forged'); log.warn(3); log.error('d');");

        Assert.Equal(
            ["Debug: (1) hooks/x.js: a", "Information: (1) hooks/x.js: b??(2) forged", "Warning: (1) hooks/x.js: 3", "Error: (1) hooks/x.js: d"],
            hooks.Log.Lines);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void A_hook_that_logs_without_end_writes_twenty_lines(EngineChoice engine)
    {
        using var hooks = new Hooks(engine);

        hooks.Run("for (var i = 0; i < 100; i++) log.info(i);");

        Assert.Equal(20, hooks.Log.Lines.Count);
        Assert.EndsWith("19 (more of this call is left out)", hooks.Log.Lines[19], StringComparison.Ordinal);
    }

    // Where the engines differ in the words, only what is ours is compared.
    [Theory]
    [MemberData(nameof(Mistakes))]
    public void An_error_says_where_it_is(EngineChoice engine, string source, string place, string words)
    {
        using var hooks = new Hooks(engine, Unhurried);
        var context = Requests.Access();

        Assert.Equal(Rcode.Fail, hooks.Run(source, context));

        var line = Assert.Single(hooks.Log.Lines);
        Assert.StartsWith($"Error: (1) hooks/x.js{place}", line, StringComparison.Ordinal);
        Assert.Contains(words, line);
        Assert.StartsWith($"hooks/x.js{place}", context.Failure, StringComparison.Ordinal);
    }

    /// <summary>A file, and where its mistake is said to be when it is loaded.</summary>
    public static TheoryData<EngineChoice, string, string> SyntaxErrors()
    {
        (string Source, string Core, string Jint)[] mistakes =
        [
            ("var a = 1;\n  var b = ;\n", "2:11: SyntaxError: Unexpected token ';'", "2:11: SyntaxError: Unexpected token ;"),
            ("if (true) {\n  return 'ok';\n", "3:1: SyntaxError: ", "3:1: SyntaxError: "),
            ("return 'ok;", "1:1: SyntaxError: ", "1:13: SyntaxError: "),
            ("});\n(function () {", "1:1: SyntaxError: ", "1:1: SyntaxError: "),
        ];
        var data = new TheoryData<EngineChoice, string, string>();
        foreach (var (source, core, jint) in mistakes)
        {
            data.Add(EngineChoice.Javascriptcore, source, core);
            data.Add(EngineChoice.Jint, source, jint);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(SyntaxErrors))]
    public void A_file_that_is_no_JavaScript_is_refused_when_it_is_loaded(EngineChoice engine, string source, string error)
    {
        using var hooks = new Hooks(engine);

        System.IO.File.WriteAllText(Path.Combine(hooks.Folder, "hooks", "x.js"), source);

        Assert.Null(hooks.Compile("hooks/x.js"));
        Assert.StartsWith($"hooks/x.js:{error}", Assert.Single(hooks.Errors), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void A_file_that_is_not_there_is_named(EngineChoice engine)
    {
        using var hooks = new Hooks(engine);

        Assert.Null(hooks.Compile("hooks/none.js"));
        Assert.StartsWith("the hook \"hooks/none.js\" cannot be read: ", Assert.Single(hooks.Errors), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void One_file_named_twice_is_one_hook(EngineChoice engine)
    {
        using var hooks = new Hooks(engine);

        Assert.Same(hooks.Step("return 'ok';"), hooks.Compile("hooks/x.js"));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void The_value_of_a_secret_is_not_in_an_error(EngineChoice engine)
    {
        using var hooks = new Hooks(engine);
        var context = Requests.Access();

        hooks.Run("control.set('NT-Password', '0xhunter2');", context);

        Assert.DoesNotContain("hunter2", context.Failure);
        Assert.Contains("NT-Password", context.Failure);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void An_error_can_be_caught(EngineChoice engine)
    {
        using var hooks = new Hooks(engine);

        Assert.Equal(Rcode.Ok, hooks.Run("try { reply.set('No-Such-Thing', 1); } catch (e) { return e instanceof Error ? 'ok' : 'reject'; }"));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Nothing_of_one_request_is_left_for_the_next(EngineChoice engine)
    {
        using var hooks = new Hooks(engine);

        Assert.Equal(Rcode.Fail, hooks.Run("leak = 1;"));
        Assert.Equal(Rcode.Ok, File(hooks, "frozen", """
            var changed = 0, change = [
              function () { request.get = null; }, function () { request = 1; }, function () { reply.x = 1; }, function () { delete log.info; },
              function () { client.name = 'x'; }, function () { user.x = 1; }
            ];
            for (var i = 0; i < change.length; i++)
              try { change[i](); changed++; } catch (e) { if (!(e instanceof TypeError)) throw e; }
            return changed === 0 ? 'ok' : 'reject';
            """));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Methods_belong_to_their_list(EngineChoice engine)
    {
        using var hooks = new Hooks(engine);
        var context = Requests.Access(request => request.Add(Rfc2865.UserName, "bob"));

        Assert.Equal(Rcode.Ok, hooks.Run("return request.get('User-Name') === 'bob' && reply.get('User-Name') === undefined ? 'ok' : 'reject';", context));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Scripts_reach_nothing_else(EngineChoice engine)
    {
        using var hooks = new Hooks(engine);

        Assert.Equal(Rcode.Ok, hooks.Run("""
            var there = [typeof System, typeof importNamespace, typeof require, typeof process, typeof load, typeof print, typeof fetch, typeof setTimeout,
              typeof Atomics, typeof SharedArrayBuffer, typeof WebAssembly, typeof request.GetType, typeof request.get.GetType];
            return there.every(function (type) { return type === 'undefined'; }) ? 'ok' : there.join();
            """));
    }

    private static Rcode File(Hooks hooks, string name, string source)
    {
        System.IO.File.WriteAllText(Path.Combine(hooks.Folder, "hooks", $"{name}.js"), source);
        return hooks.Run(hooks.Compile($"hooks/{name}.js")!, Requests.Access());
    }

    private static List<string> All(AttributeList list, AttributeKey key)
    {
        var values = new List<string>();
        for (var i = list.IndexOf(key); i >= 0; i = list.IndexOf(key, i + 1))
            values.Add(AttributeList.Text(list.Value(i)));

        return values;
    }

    private static string Print(AttributeList list)
    {
        var lines = new List<string>();
        foreach (ref readonly var entry in list.Entries)
            lines.Add(AttributeText.Print(in entry, list));

        return string.Join(", ", lines);
    }
}
