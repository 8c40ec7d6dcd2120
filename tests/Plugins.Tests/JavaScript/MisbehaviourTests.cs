using UserManager.Contract;
using UserManager.Plugins.JavaScript;
using Xunit;

namespace UserManager.Plugins.Tests.JavaScript;

/// <summary>Hooks that would end a process, or never end themselves. That these tests come to an end is half of what they say.</summary>
/// <remarks>Alone: what they take of memory and processor would be missed by tests with a limit of time.</remarks>
[Collection(nameof(BusyMachineTests))]
public sealed class MisbehaviourTests
{
    /// <summary>Each is ended, by an engine's limit or by an error that the engine throws.</summary>
    public static TheoryData<EngineChoice, string> Hooks()
    {
        string[] both =
        [
            "for (;;);",
            "while (true) { try { for (;;); } catch (e) { } finally { } }",
            "function f() { return f(); } return f();",
            "var o = { get a() { return this.a; } }; return o.a;",
            "var o = { toString: function () { return '' + this; } }; return '' + o;",
            "var o = { valueOf: function () { return +this; } }; return String(+o);",
            "var a = []; for (;;) a = [a];",
            "var a = []; for (var i = 0; i < 20000; i++) a = [a]; return String(a).length + '';",
            "var r = []; for (;;) r.push(new Array(1000).join('x'));",
            "for (;;) reply.set('Reply-Message', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx');",
            "var s = '['; for (var i = 0; i < 20; i++) s += s; return JSON.parse(s).length + '';",
            "var s = '['; for (var i = 0; i < 20; i++) s += s; return eval(s) + '';",
            "/(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!');",
            "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.match(new RegExp('(a+)+$'));",
            "return 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.replace(/(a+)+$/g, '').length + '';",
            "return new Array(2e7).join('x').length + '';",
            "return Array.prototype.map.call({ length: 4e9 }, function () { return 1; }).length + '';",
            "var s = 'xxxxxxxxxxxxxxxx'; for (var i = 0; i < 21; i++) s += s; return s.split('').length + '';",
            "return Math.max.apply(null, new Array(2e7)) + '';",
            "[3, 1, 2].sort(function () { for (;;); });",
            "'aaa'.replace(/a/g, function () { for (;;); });",
            "request.get({ toString: function () { for (;;); } });",
            "return { toString: function () { for (;;); } };",
            "throw { get message() { for (;;); }, get name() { for (;;); }, get line() { for (;;); } };",
        ];
        var data = new TheoryData<EngineChoice, string>();
        foreach (var hook in both)
        {
            data.Add(EngineChoice.Javascriptcore, hook);
            data.Add(EngineChoice.Jint, hook);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Hooks))]
    public void It_fails_and_the_next_hook_runs(EngineChoice engine, string source)
    {
        using var hooks = new Hooks(engine);
        var step = hooks.Step(source);

        for (var i = 0; i < 2; i++)
            Assert.Equal(Rcode.Fail, hooks.Run(step, Requests.Access()));

        File.WriteAllText(Path.Combine(hooks.Folder, "hooks", "good.js"), "return 'ok';");
        Assert.Equal(Rcode.Ok, hooks.Run(hooks.Compile("hooks/good.js")!, Requests.Access()));
    }

    // What a promise does later belongs to the call, which has answered by then.
    [Fact]
    public void A_promise_that_loops_is_ended_and_fails_its_hook()
    {
        using var hooks = new Hooks(EngineChoice.Javascriptcore);
        var step = hooks.Step("if (request.get('User-Name') === 'loop') Promise.resolve().then(function () { for (;;); }); return 'ok';");

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(Rcode.Fail, hooks.Run(step, Requests.Access(request => request.Add(Radius.Rfc2865.UserName, "loop"))));
            Assert.Equal(Rcode.Ok, hooks.Run(step, Requests.Access()));
        }

        Assert.All(hooks.Log.Lines, line => Assert.Equal("Error: (1) hooks/x.js: it took longer than 50 ms and was ended; the hook counts as fail", line));
    }
}
