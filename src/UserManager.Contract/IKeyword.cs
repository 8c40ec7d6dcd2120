namespace UserManager.Contract;

/// <summary>Gives a module a word of the policy language: <c>[Keyword("js")]</c> makes <c>js: hooks/x.js</c> an entry of any list.</summary>
/// <remarks>
/// It stands beside <see cref="ModuleAttribute"/> on a class that implements <see cref="IKeyword"/>. The module's options, its time and whether it
/// may wait hold for the entries too. A word is lower-case letters, digits and hyphens; one of the server's own, or of another plugin, is refused.
/// </remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class KeywordAttribute(string word) : Attribute
{
    public string Word { get; } = word;
}

/// <summary>A module with a keyword of its own: see <see cref="KeywordAttribute"/>.</summary>
public interface IKeyword
{
    /// <summary>Compiles one entry, when the policy is loaded or checked: whatever can be wrong with it is to be found here.</summary>
    /// <param name="entry">What the policy says, and where errors go.</param>
    /// <returns>What the entry does; null when an error was reported. The same object may be returned for entries that say the same.</returns>
    IStep? Compile(KeywordEntry entry);
}

/// <summary>What an entry of a policy does with a request.</summary>
public interface IStep
{
    /// <summary>Runs on a worker when the module is blocking; otherwise on the thread that received, and then it must not wait.</summary>
    /// <returns>What it throws is its request's <c>fail</c>.</returns>
    ValueTask<Rcode> RunAsync(RequestContext context);

    /// <summary>
    /// A call of a blocking module did not come back in the module's time: its request has gone on without it, and another thread has taken the
    /// place of the one it holds. Called on a thread of the host's, as a rule while <see cref="RunAsync"/> still runs.
    /// </summary>
    /// <param name="context">Only to know which call is meant: nothing of it may be read.</param>
    void Overran(RequestContext context)
    {
    }
}

/// <summary>An entry of a policy that a keyword is to compile: <c>js: hooks/x.js</c>.</summary>
public abstract class KeywordEntry
{
    /// <summary>What stands behind the keyword, as it is written.</summary>
    public abstract string Value { get; }

    /// <summary>The folder <c>config</c>: files that a policy names are looked for there.</summary>
    public abstract string ConfigFolder { get; }

    /// <summary>Says what is wrong with the entry itself. The policy is then refused, with all other errors in it.</summary>
    public abstract void Error(string message);

    /// <summary>Says what is wrong in a file that the entry names.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="line">From 1.</param>
    /// <param name="column">From 1.</param>
    /// <param name="message">What is wrong, and what to do.</param>
    public abstract void Error(string file, int line, int column, string message);
}
