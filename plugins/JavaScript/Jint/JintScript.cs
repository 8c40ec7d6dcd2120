using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Parser;
using Jint.Parser.Ast;
using Jint.Runtime;
using Jint.Runtime.Descriptors;
using Jint.Runtime.Interop;

namespace UserManager.Plugins.JavaScript;

/// <summary>A hook in an engine of its own.</summary>
/// <remarks>It is given functions only, never an object of .NET: scripts could reach types through one.</remarks>
internal sealed class JintScript : IScript
{
    // Before a hook's first line, on a line of its own, so that columns stay.
    private const string Before = "(function () { 'use strict';\n";
    private const string Behind = "\n})";

    private readonly Engine _engine;
    private readonly JsValue _function;
    private readonly TimeSpan _timeLimit;
    private HookCall? _call;

    /// <exception cref="ScriptException">It is no JavaScript that this engine reads.</exception>
    public JintScript(string name, string source, TimeSpan timeLimit)
    {
        _timeLimit = timeLimit;
        Options? limits = null;
        _engine = new Engine(options => limits = options.Strict().MaxStatements(JintEngine.MaxStatements).LimitRecursion(JintEngine.MaxDepth));
        JintGuards.Apply(_engine, timeLimit);
        AddScope();
        _function = _engine.Execute(Parse(name, source)).GetCompletionValue();
        limits!.TimeoutInterval(timeLimit);      // from here on: making the function may take its time, on a machine that has none to spare
    }

    private HookCall Call => _call ?? throw new InvalidOperationException("No hook runs.");

    public string? Run(HookCall call)
    {
        _call = call;
        try
        {
            _engine.ResetStatementsCount();
            _engine.ResetTimeoutTicks();
            _engine.ResetCallStack();
            return Returned(_engine.Invoke(_function));
        }
#pragma warning disable CA1031 // whatever the engine throws is the hook's failure
        catch (Exception problem) when (problem is not ScriptException)
#pragma warning restore CA1031
        {
            throw Error(problem);
        }
        finally
        {
            _call = null;
        }
    }

    private static string? Returned(JsValue value) =>
        value.IsUndefined() || value.IsNull() ? null
        : value.IsString() ? value.AsString()
        : throw new ScriptException($"it returned a value of type {Word(value)}; a hook returns the name of a return code, or nothing");

    // --- reading -----------------------------------------------------------------------------------------------------

    private static Program Parse(string name, string source)
    {
        try
        {
            var program = new JavaScriptParser().Parse(Before + source + Behind, new ParserOptions { Source = name });
            return IsOneFunction(program) ? program : throw new ScriptException("SyntaxError: a brace is closed that was not opened", 1, 1);
        }
        catch (ParserException wrong)
        {
            var (line, last) = (wrong.LineNumber - 1, source.Split('\n').Length);
            throw new ScriptException($"SyntaxError: {wrong.Description}", Math.Clamp(line, 1, last), line > last ? 1 : Math.Max(1, wrong.Column));
        }
    }

    private static bool IsOneFunction(Program program) =>
        program.Body.Count == 1 && program.Body.First() is ExpressionStatement { Expression: FunctionExpression };

    // --- errors ------------------------------------------------------------------------------------------------------

    private ScriptException Error(Exception problem) => problem switch
    {
        JavaScriptException thrown => Thrown(thrown),
        StatementsCountOverflowException => new ScriptException($"it ran more than {JintEngine.MaxStatements} statements and was ended"),
        TimeoutException => new ScriptException($"it took longer than {_timeLimit.TotalMilliseconds} ms and was ended"),
        ArgumentException => new ScriptException("it threw an object that is no Error"),      // Jint looks for its message
        RecursionDepthOverflowException => new ScriptException($"RangeError: functions call each other more than {JintEngine.MaxDepth} deep"),
        _ => new ScriptException($"the engine failed: {problem.GetType().Name}"),
    };

    private static ScriptException Thrown(JavaScriptException error)
    {
        var line = (error.Location?.Start.Line ?? 0) - 1;
        return new ScriptException(Describe(error.Error), Math.Max(0, line), line > 0 ? error.Location!.Start.Column + 1 : 0);
    }

    private static string Describe(JsValue thrown)
    {
        if (!thrown.IsObject())
            return $"it threw {thrown}";

        var (name, message) = (Data(thrown.AsObject(), "name"), Data(thrown.AsObject(), "message"));
        return message.IsString() ? $"{(name.IsString() ? name.AsString() : "Error")}: {message.AsString()}" : "it threw an object that is no Error";
    }

    // Of properties that are values: a getter would run JavaScript outside of the limits.
    private static JsValue Data(ObjectInstance self, string name) => self.GetProperty(name).Value ?? JsValue.Undefined;

    // --- the scope ---------------------------------------------------------------------------------------------------

    private void AddScope()
    {
        foreach (var list in Enum.GetValues<HookList>())
            AddList(list);

        Add("client", Getter("name", () => Call.ClientName), Getter("address", () => Call.ClientAddress));
        Add("user", Getter("name", () => Call.UserName), Getter("group", () => Call.UserGroup));
        Add("log", [.. HookCall.LogLevels.Select((name, level) => Function(name, given => Call.Log(level, ValueIn(given, 0, "a text or a number"))))]);
    }

    private void AddList(HookList list) => Add(
        HookCall.ListNames[(int)list],
        Function("get", given => Value(Call.Get(list, NameIn(given)))),
        Function("getAll", given => _engine.Array.Construct([.. Call.GetAll(list, NameIn(given)).Select(v => new JsValue(v))])),
        Function("set", given => Call.Set(list, NameIn(given), ValueIn(given, 1, Settable))),
        Function("add", given => Call.Add(list, NameIn(given), ValueIn(given, 1, Settable))),
        Function("remove", given => new JsValue(Call.Remove(list, NameIn(given)))));

    // What scripts can reach is neither changed nor added to, so that nothing of one request is left there for another.
    private void Add(string name, params (string Name, PropertyDescriptor Property)[] members)
    {
        var added = _engine.Object.Construct(Arguments.Empty);
        foreach (var (key, property) in members)
            added.DefineOwnProperty(key, property, throwOnError: true);

        added.Extensible = false;
        _engine.Global.FastAddProperty(name, added, writable: false, enumerable: true, configurable: false);
    }

    private (string Name, PropertyDescriptor Property) Getter(string name, Func<string?> get) =>
        (name, new PropertyDescriptor(new ClrFunctionInstance(_engine, (_, _) => Value(get())), JsValue.Undefined, enumerable: true, configurable: false));

    private (string Name, PropertyDescriptor Property) Function(string name, Action<JsValue[]> call) => Function(name, given =>
    {
        call(given);
        return JsValue.Undefined;
    });

    private (string Name, PropertyDescriptor Property) Function(string name, Func<JsValue[], JsValue> call) =>
        (name, new PropertyDescriptor(new ClrFunctionInstance(_engine, (_, given) => Guarded(call, given)), writable: false, enumerable: true, configurable: false));

    private JsValue Guarded(Func<JsValue[], JsValue> call, JsValue[] given)
    {
        try
        {
            return call(given);
        }
        catch (HookException wrong)
        {
            throw new JavaScriptException(_engine.Error, wrong.Message);
        }
    }

    // --- values ------------------------------------------------------------------------------------------------------

    private const string Settable = "a value that is a text or a number";

    private static JsValue Value(string? text) => text is null ? JsValue.Undefined : new JsValue(text);

    private static string NameIn(JsValue[] given) =>
        given.Length > 0 && given[0].IsString() ? given[0].AsString() : throw Expected("the name of an attribute", given, 0);

    private static string ValueIn(JsValue[] given, int index, string expected) =>
        index >= given.Length ? throw Expected(expected, given, index)
        : given[index].IsString() ? given[index].AsString()
        : given[index].IsNumber() ? TypeConverter.ToString(given[index])
        : throw Expected(expected, given, index);

    private static HookException Expected(string expected, JsValue[] given, int index) =>
        new($"expected {expected}, not {(index < given.Length ? Word(given[index]) : "undefined")}");

    private static string Word(JsValue value) => value.Type.ToString().ToLowerInvariant();
}
