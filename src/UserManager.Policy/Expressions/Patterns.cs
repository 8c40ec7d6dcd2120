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
        foreach (var (posix, net) in Classes)
            pattern = pattern.Replace(posix, net, StringComparison.Ordinal);

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

    /// <summary>An expression with <c>%{...}</c> in it: compiled for each request, and false when it is wrong then.</summary>
    public static Func<RequestContext, Regex?> Dynamic(Expansion text, RegexOptions options) => context =>
    {
        var pattern = text.Expand(context);
        try
        {
            return Compile(pattern, options);
        }
        catch (ArgumentException exception)
        {
            context.Debug($"/{pattern}/ is no regular expression: {exception.Message}");
            return null;
        }
    };
}
