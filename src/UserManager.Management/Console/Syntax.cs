using UserManager.Contract;

namespace UserManager.Management;

/// <summary>What one line or one command between semicolons says. <paramref name="Offset"/> is where it begins.</summary>
internal abstract record Statement(int Offset);

/// <summary>A path without a command: it becomes the current menu.</summary>
internal sealed record MenuLine(int Offset, string Path) : Statement(Offset);

/// <summary>A menu that a router has and this server has not; what stands under it is swallowed.</summary>
/// <param name="Swallowed">It is a command, not the line that names the menu.</param>
internal sealed record RouterSideLine(int Offset, string Path, bool Swallowed) : Statement(Offset);

internal sealed record HelpLine(int Offset, string Path, string? Verb) : Statement(Offset);

internal sealed record QuitLine(int Offset) : Statement(Offset);

/// <summary><c>:put</c>.</summary>
internal sealed record PutLine(int Offset, IReadOnlyList<Value> Values) : Statement(Offset);

internal sealed record ExportLine(int Offset, string Path, IReadOnlyList<string> Flags) : Statement(Offset);

/// <summary>A verb or command of a menu.</summary>
internal sealed record Call(int Offset, Menu Menu, string Verb, IReadOnlyList<Argument> Arguments, Condition? Where) : Statement(Offset)
{
    public Argument? Find(string name) => Arguments.LastOrDefault(a => a.Name == name);

    public bool Has(string name) => Find(name) is not null;
}

/// <summary>An argument under its full name. A flag has no value.</summary>
internal sealed record Argument(int Offset, string Name, Value? Value);

/// <summary>A text, or a command in brackets whose answer it is.</summary>
internal sealed record Value(int Offset, string Text, Statement? Command = null);

/// <summary>An expression of <c>where</c>.</summary>
internal abstract record Condition;

internal sealed record AllOf(IReadOnlyList<Condition> Parts) : Condition;

internal sealed record AnyOf(IReadOnlyList<Condition> Parts) : Condition;

internal sealed record Not(Condition Part) : Condition;

/// <summary>A property alone: it is set, and not <c>no</c>.</summary>
internal sealed record IsSet(string Name) : Condition;

/// <param name="Operator"><c>= != &lt; &gt; &lt;= &gt;= ~ in</c>.</param>
internal sealed record Comparison(string Name, string Operator, Value Value) : Condition;
