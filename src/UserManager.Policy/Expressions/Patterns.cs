using System.Text.RegularExpressions;
using UserManager.Contract;

namespace UserManager.Policy;

/// <summary>Regular expressions of policies.</summary>
internal static class Patterns
{
    /// <summary>For the few expressions that need backtracking.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(100);

    private static readonly (string Posix, string Net)[] Classes =
    [
        ("[:alpha:]", "a-zA-Z"), ("[:digit:]", "0-9"), ("[:alnum:]", "a-zA-Z0-9"), ("[:upper:]", "A-Z"), ("[:lower:]", "a-z"),
        ("[:xdigit:]", "0-9a-fA-F"), ("[:space:]", @"\s"), ("[:blank:]", @" \t"), ("[:word:]", "a-zA-Z0-9_"),
        ("[:punct:]", @"!-/:-@\[-`{-~"), ("[:cntrl:]", @"\x00-\x1f\x7f"), ("[:print:]", @"\x20-\x7e"), ("[:graph:]", @"\x21-\x7e"),
    ];

    /// <summary>Compiles an expression; time to match it grows with the text only, or is limited.</summary>
    /// <exception cref="RegexParseException">It is wrong.</exception>
    public static Regex Compile(string pattern, RegexOptions options)
    {
        return Build(WithClasses(pattern), options);
    }

    private static string WithClasses(string pattern)
    {
        foreach (var (posix, net) in Classes)
            pattern = pattern.Replace(posix, net, StringComparison.Ordinal);

        return pattern;
    }

    private static Regex Build(string pattern, RegexOptions options)
    {
        options |= RegexOptions.CultureInvariant;
        try
        {
            return new Regex(pattern, options | RegexOptions.NonBacktracking);
        }
        catch (NotSupportedException)
        {
            return new Regex(pattern, options, Limit);      // back references, lookaround
        }
    }

    /// <summary>
    /// An expression with <c>%{...}</c> in it: compiled for each request, and false when it is wrong then. What is expanded stands
    /// for itself: a NAS may not write expressions (as FreeRADIUS 3.2).
    /// </summary>
    public static Func<RequestContext, Regex?> Dynamic(Expansion text, RegexOptions options) => context =>
    {
        try
        {
            return Build(text.ExpandPattern(context, WithClasses, Escape), options);
        }
        catch (ArgumentException)
        {
            context.Debug($"/{text}/ is no regular expression once expanded");
            return null;
        }
    };

    // Also in [...], which Regex.Escape does not think of.
    private static string Escape(string text) =>
        Regex.Escape(text).Replace("]", @"\]", StringComparison.Ordinal).Replace("-", @"\-", StringComparison.Ordinal);
}
