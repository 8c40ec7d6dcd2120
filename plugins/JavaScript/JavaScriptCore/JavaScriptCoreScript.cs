using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static UserManager.Plugins.JavaScript.JavaScriptCoreLibrary;
using ValueType = UserManager.Plugins.JavaScript.JavaScriptCoreLibrary.ValueType;

namespace UserManager.Plugins.JavaScript;

/// <summary>A hook in a global scope of its own.</summary>
/// <remarks>
/// What scripts call are static functions that catch everything, since no exception may cross the library's frames; they find their hook by
/// the thread. They look at texts and numbers only and so never run JavaScript themselves: what the time limit ends inside of a host function
/// could be caught by a script and would go on without a limit.
/// </remarks>
internal sealed unsafe class JavaScriptCoreScript : IScript, IDisposable
{
    private const string Strict = "'use strict';\n";
    private const int MostNames = 64;
    private const int LongestName = 64;
    private const string Terminated = "JavaScript execution terminated.";

    // Run once in each scope, behind the objects that hooks have: nothing of one request is left in them for another.
    private const string Getter = "(function (target, name, get) { Object.defineProperty(target, name, { get: get, enumerable: true }); })";
    private const string Freeze = "[request, reply, control, session, client, user, log].forEach(Object.freeze);"
        + "delete this.Atomics; delete this.SharedArrayBuffer; delete this.WebAssembly;";      // they can wait, which is no CPU time

    [ThreadStatic]
    private static JavaScriptCoreScript? running;

    private readonly Context _handle;
    private readonly nint _context;
    private readonly nint _undefined;
    private readonly TimeSpan _timeLimit;
    private readonly nint[] _lists;
    private readonly Dictionary<nint, string> _names = [];
    private nint _function;
    private int _linesBefore;
    private HookCall? _call;

    public JavaScriptCoreScript(Context context, TimeSpan timeLimit)
    {
        (_handle, _context, _timeLimit) = (context, context.DangerousGetHandle(), timeLimit);
        _undefined = JSValueMakeUndefined(_context);
        _lists = Array.ConvertAll(HookCall.ListNames, AddList);
        var getter = Evaluate(Getter);
        var client = AddObject("client");
        Define(getter, client, "name", &ClientName);
        Define(getter, client, "address", &ClientAddress);
        var user = AddObject("user");
        Define(getter, user, "name", &UserName);
        Define(getter, user, "group", &UserGroup);
        var log = AddObject("log");
        AddFunction(log, "debug", &LogDebug);
        AddFunction(log, "info", &LogInfo);
        AddFunction(log, "warn", &LogWarn);
        AddFunction(log, "error", &LogError);
        Evaluate(Freeze);
    }

    private enum Host
    {
        Get,
        GetAll,
        Set,
        Add,
        Remove,
        ClientName,
        ClientAddress,
        UserName,
        UserGroup,
        LogDebug,
        LogInfo,
        LogWarn,
        LogError,
    }

    /// <exception cref="ScriptException">It is no JavaScript.</exception>
    public void Load(string name, string source)
    {
        // How many lines the library and we put before a hook's first one.
        JSObjectCallAsFunction(_context, Compile(name, "throw new Error()"), 0, 0, null, out var probe);
        _linesBefore = Number(probe, "line") - 1;
        _function = Compile(name, source);
        JSValueProtect(_context, _function);
    }

    public string? Run(HookCall call)
    {
        (running, _call) = (this, call);
        try
        {
            var returned = JSObjectCallAsFunction(_context, _function, 0, 0, null, out var exception);
            return exception == 0 ? Returned(returned) : throw Error(exception);
        }
        finally
        {
            (running, _call) = (null, null);
        }
    }

    public void Dispose() => _handle.Dispose();

    private string? Returned(nint value) => JSValueGetType(_context, value) switch
    {
        ValueType.Undefined or ValueType.Null => null,
        // What is ended behind the answer, in a promise, shows when that is read.
        ValueType.String => TryCopy(value, out var text, out var exception) ? text : throw Error(exception),
        var other => throw new ScriptException($"it returned a value of type {Word(other)}; a hook returns the name of a return code, or nothing"),
    };

    // --- errors ------------------------------------------------------------------------------------------------------

    private ScriptException Error(nint exception)
    {
        if (JSValueGetType(_context, exception) != ValueType.Object)
        {
            var thrown = Printable(exception);
            return new ScriptException(thrown is Terminated or "" ? $"it took longer than {_timeLimit.TotalMilliseconds} ms and was ended" : $"it threw {thrown}");
        }

        var line = Number(exception, "line") - _linesBefore;
        return new ScriptException(Describe(exception), Math.Max(0, line), line > 0 ? Number(exception, "column") : 0);
    }

    // The library says the line, not the column: it is that of the token it names, if that stands there once, or the first in the line.
    private ScriptException SyntaxError(nint exception, string source)
    {
        var lines = source.Split('\n');
        var message = Describe(exception);
        var line = Math.Clamp(Number(exception, "line") - _linesBefore, 1, lines.Length);
        var text = lines[line - 1];
        var token = message.Split('\'') is { Length: 3 } parts ? parts[1] : "";
        var at = token.Length == 0 ? -1 : text.IndexOf(token, StringComparison.Ordinal);
        if (at < 0 || text.IndexOf(token, at + 1, StringComparison.Ordinal) >= 0)
            at = text.Length - text.AsSpan().TrimStart().Length;

        return new ScriptException(message, line, at + 1);
    }

    private string Describe(nint error)
    {
        var (name, message) = (Property(error, "name"), Property(error, "message"));
        return JSValueGetType(_context, message) == ValueType.String ? $"{Printable(name)}: {Copy(message)}" : "it threw an object that is no Error";
    }

    private string Printable(nint value) => JSValueGetType(_context, value) switch
    {
        ValueType.String => Copy(value),
        ValueType.Number => JSValueToNumber(_context, value, out _).ToString(),
        var other => $"a value of type {Word(other)}",
    };

    private int Number(nint error, string property)
    {
        var value = Property(error, property);
        return JSValueGetType(_context, value) == ValueType.Number && JSValueToNumber(_context, value, out _) is > 0 and < int.MaxValue and var number
            ? (int)number
            : 0;
    }

    // A value that was thrown may be any object: what reading it throws counts as undefined.
    private nint Property(nint self, string name)
    {
        using var key = Text.Of(name);
        var value = JSObjectGetProperty(_context, self, key.Handle, out var exception);
        return exception == 0 ? value : _undefined;
    }

    // --- values ------------------------------------------------------------------------------------------------------

    private bool TryCopy(nint value, out string copy, out nint exception)
    {
        using var text = new Text(JSValueToStringCopy(_context, value, out exception));
        copy = text.Handle == 0 ? "" : text.Characters.ToString();
        return exception == 0;
    }

    private string Copy(nint value) => TryCopy(value, out var copy, out _) ? copy : "";

    private nint Value(ReadOnlySpan<char> characters)
    {
        using var text = Text.Of(characters);
        return JSValueMakeString(_context, text.Handle);
    }

    private nint Value(string? text) => text is null ? _undefined : Value(text.AsSpan());

    // They lie on this thread's stack, where the collector sees them.
    private nint Values(string[] texts)
    {
        Span<nint> values = texts.Length <= 64 ? stackalloc nint[texts.Length] : throw new HookException("there are more than 64 values");
        for (var i = 0; i < texts.Length; i++)
            values[i] = Value(texts[i].AsSpan());

        fixed (nint* first = values)
            return JSObjectMakeArray(_context, (nuint)values.Length, first, out _);
    }

    private nint MakeError(string message)
    {
        var text = Value(message.AsSpan());
        return JSObjectMakeError(_context, 1, &text, out _);
    }

    private static string Word(ValueType type) => type.ToString().ToLowerInvariant();

    // --- the scope ---------------------------------------------------------------------------------------------------

    private nint Compile(string name, string source)
    {
        using var body = Text.Of(Strict + source);
        using var url = Text.Of(name);
        var function = JSObjectMakeFunction(_context, 0, 0, null, body.Handle, url.Handle, 1, out var exception);
        return exception == 0 ? function : throw SyntaxError(exception, source);
    }

    private nint Evaluate(string script)
    {
        using var text = Text.Of(script);
        var value = JSEvaluateScript(_context, text.Handle, 0, 0, 1, out var exception);
        return exception == 0 ? value : throw Error(exception);
    }

    private nint AddList(string name)
    {
        var list = AddObject(name);
        AddFunction(list, "get", &Get);
        AddFunction(list, "getAll", &GetAll);
        AddFunction(list, "set", &Set);
        AddFunction(list, "add", &Add);
        AddFunction(list, "remove", &Remove);
        return list;
    }

    private nint AddObject(string name)
    {
        var added = JSObjectMake(_context, 0, 0);
        SetProperty(JSContextGetGlobalObject(_context), name, added);
        return added;
    }

    private void AddFunction(nint self, string name, delegate* unmanaged[Cdecl]<nint, nint, nint, nuint, nint*, nint*, nint> function) =>
        SetProperty(self, name, MakeFunction(name, function));

    private void Define(nint getter, nint self, string name, delegate* unmanaged[Cdecl]<nint, nint, nint, nuint, nint*, nint*, nint> function)
    {
        var arguments = stackalloc nint[3];
        arguments[0] = self;
        arguments[1] = Value(name.AsSpan());
        arguments[2] = MakeFunction(name, function);
        JSObjectCallAsFunction(_context, getter, 0, 3, arguments, out _);
    }

    private nint MakeFunction(string name, delegate* unmanaged[Cdecl]<nint, nint, nint, nuint, nint*, nint*, nint> function)
    {
        using var key = Text.Of(name);
        return JSObjectMakeFunctionWithCallback(_context, key.Handle, function);
    }

    private void SetProperty(nint self, string name, nint value)
    {
        using var key = Text.Of(name);
        JSObjectSetProperty(_context, self, key.Handle, value, ReadOnly, out _);
    }

    // --- what scripts call -------------------------------------------------------------------------------------------

    private static nint Answer(Host function, nint self, nuint count, nint* arguments, nint* exception)
    {
        if (running is not { _call: { } call } script)
            return 0;

        try
        {
            return function < Host.ClientName ? script.CallList(call, function, self, count, arguments) : script.CallOther(call, function, count, arguments);
        }
        catch (HookException wrong)
        {
            *exception = script.MakeError(wrong.Message);
        }
#pragma warning disable CA1031 // nothing may cross the library's frames
        catch (Exception fault)
#pragma warning restore CA1031
        {
            *exception = script.MakeError($"the server failed in this call: {fault.GetType().Name}");
        }

        return script._undefined;
    }

    private nint CallList(HookCall call, Host function, nint self, nuint count, nint* arguments)
    {
        var list = (HookList)Array.IndexOf(_lists, self);
        if (list < 0)
            throw new HookException("this is a method of request, reply, control and session: call it as request.get(...)");

        var name = Name(count, arguments);
        switch (function)
        {
            case Host.Get:
                return Value(call.Get(list, name));
            case Host.GetAll:
                return Values(call.GetAll(list, name));
            case Host.Remove:
                return JSValueMakeNumber(_context, call.Remove(list, name));
        }

        using var value = ArgumentText(count, arguments, 1, "a value that is a text or a number", numbers: true);
        if (function == Host.Set)
            call.Set(list, name, value.Characters);
        else
            call.Add(list, name, value.Characters);

        return _undefined;
    }

    // A name that stands in the script is the same value in each call. It is kept, so that the collector gives its place to no other.
    private string Name(nuint count, nint* arguments)
    {
        if (count > 0 && _names.TryGetValue(arguments[0], out var known))
            return known;

        using var text = ArgumentText(count, arguments, 0, "the name of an attribute", numbers: false);
        var name = text.Characters.ToString();
        if (_names.Count < MostNames && name.Length <= LongestName)
        {
            JSValueProtect(_context, arguments[0]);
            _names.Add(arguments[0], name);
        }

        return name;
    }

    private nint CallOther(HookCall call, Host function, nuint count, nint* arguments)
    {
        switch (function)
        {
            case Host.ClientName:
                return Value(call.ClientName);
            case Host.ClientAddress:
                return Value(call.ClientAddress);
            case Host.UserName:
                return Value(call.UserName);
            case Host.UserGroup:
                return Value(call.UserGroup);
        }

        using var text = ArgumentText(count, arguments, 0, "a text or a number", numbers: true);
        call.Log(function - Host.LogDebug, text.Characters);
        return _undefined;
    }

    private Text ArgumentText(nuint count, nint* arguments, int index, string expected, bool numbers)
    {
        var type = (nuint)index < count ? JSValueGetType(_context, arguments[index]) : ValueType.Undefined;
        if (type != ValueType.String && !(numbers && type == ValueType.Number))
            throw new HookException($"expected {expected}, not {Word(type)}");

        var text = new Text(JSValueToStringCopy(_context, arguments[index], out var exception));
        return exception == 0 ? text : throw new HookException("the text is too long");
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Get(nint context, nint function, nint self, nuint count, nint* arguments, nint* exception) =>
        Answer(Host.Get, self, count, arguments, exception);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint GetAll(nint context, nint function, nint self, nuint count, nint* arguments, nint* exception) =>
        Answer(Host.GetAll, self, count, arguments, exception);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Set(nint context, nint function, nint self, nuint count, nint* arguments, nint* exception) =>
        Answer(Host.Set, self, count, arguments, exception);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Add(nint context, nint function, nint self, nuint count, nint* arguments, nint* exception) =>
        Answer(Host.Add, self, count, arguments, exception);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Remove(nint context, nint function, nint self, nuint count, nint* arguments, nint* exception) =>
        Answer(Host.Remove, self, count, arguments, exception);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint ClientName(nint context, nint function, nint self, nuint count, nint* arguments, nint* exception) =>
        Answer(Host.ClientName, self, count, arguments, exception);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint ClientAddress(nint context, nint function, nint self, nuint count, nint* arguments, nint* exception) =>
        Answer(Host.ClientAddress, self, count, arguments, exception);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint UserName(nint context, nint function, nint self, nuint count, nint* arguments, nint* exception) =>
        Answer(Host.UserName, self, count, arguments, exception);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint UserGroup(nint context, nint function, nint self, nuint count, nint* arguments, nint* exception) =>
        Answer(Host.UserGroup, self, count, arguments, exception);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint LogDebug(nint context, nint function, nint self, nuint count, nint* arguments, nint* exception) =>
        Answer(Host.LogDebug, self, count, arguments, exception);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint LogInfo(nint context, nint function, nint self, nuint count, nint* arguments, nint* exception) =>
        Answer(Host.LogInfo, self, count, arguments, exception);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint LogWarn(nint context, nint function, nint self, nuint count, nint* arguments, nint* exception) =>
        Answer(Host.LogWarn, self, count, arguments, exception);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint LogError(nint context, nint function, nint self, nuint count, nint* arguments, nint* exception) =>
        Answer(Host.LogError, self, count, arguments, exception);
}
