using System.Text.RegularExpressions;
using Jint;
using Jint.Native;
using Jint.Native.Function;
using Jint.Native.Object;
using Jint.Native.RegExp;
using Jint.Runtime;
using Jint.Runtime.Descriptors;
using Jint.Runtime.Interop;

namespace UserManager.Plugins.JavaScript;

/// <summary>Keeps within bounds what Jint does inside one statement, where it looks at no limit: long values, regular expressions, nesting.</summary>
internal static class JintGuards
{
    // Elements and characters that a built-in function may be given. It works through them without looking at the time.
    private const int MaxLength = 1_000_000;

    public static void Apply(Engine engine, TimeSpan timeLimit)
    {
        ObjectInstance[] guarded = [engine.Array.PrototypeObject, engine.String.PrototypeObject, engine.RegExp.PrototypeObject, engine.Function.PrototypeObject, engine.Json];
        foreach (var holder in guarded)
        {
            foreach (var (name, property) in holder.GetOwnProperties().ToList())
            {
                if (name != "constructor" && property.Value is { } value && value.TryCast<FunctionInstance>() is { } function)
                    Replace(holder, name, (self, given) => function.Call(Check(engine, self, timeLimit), CheckAll(engine, given, timeLimit)));
            }
        }

        var parse = engine.Json.Get("parse").TryCast<FunctionInstance>();
        Replace(engine.Json, "parse", (self, given) => parse.Call(self, CheckNesting(engine, given)));

        // Their texts would be read as deep as they nest.
        Replace(engine.Global, "eval", Refuse);
        Replace(engine.Global, "Function", Refuse);
        Replace(engine.Function.PrototypeObject, "constructor", Refuse);

        void Replace(ObjectInstance holder, string name, Func<JsValue, JsValue[], JsValue> function) => holder.DefineOwnProperty(
            name, new PropertyDescriptor(new ClrFunctionInstance(engine, function), writable: false, enumerable: false, configurable: false), throwOnError: false);

        JsValue Refuse(JsValue self, JsValue[] given) => throw new JavaScriptException(engine.TypeError, "eval and Function are not available with jint");
    }

    private static JsValue[] CheckAll(Engine engine, JsValue[] given, TimeSpan timeLimit)
    {
        foreach (var value in given)
            Check(engine, value, timeLimit);

        return given;
    }

    private static JsValue Check(Engine engine, JsValue value, TimeSpan timeLimit)
    {
        if (value.IsObject() && value.AsObject() is RegExpInstance expression)
            LimitTime(expression, timeLimit);

        return Length(value) <= MaxLength ? value : throw new JavaScriptException(engine.RangeError, $"more than {MaxLength} elements or characters");
    }

    private static double Length(JsValue value) =>
        value.IsString() ? value.AsString().Length
        : value.IsObject() && value.AsObject().GetProperty("length").Value is { } length && length.IsNumber() ? length.AsNumber()
        : 0;

    private static void LimitTime(RegExpInstance expression, TimeSpan timeLimit)
    {
        if (expression.Value.MatchTimeout != timeLimit)
            expression.Value = new Regex(expression.Value.ToString(), expression.Value.Options, timeLimit);
    }

    private static JsValue[] CheckNesting(Engine engine, JsValue[] given) =>
        given.Length == 0 || !given[0].IsString() || !IsDeep(given[0].AsString()) ? given
        : throw new JavaScriptException(engine.RangeError, $"JSON nested more than {JintEngine.MaxDepth} deep");

    private static bool IsDeep(string json)
    {
        var depth = 0;
        foreach (var character in json)
        {
            depth += character switch { '[' or '{' => 1, ']' or '}' => -1, _ => 0 };
            if (depth > JintEngine.MaxDepth)
                return true;
        }

        return false;
    }
}
