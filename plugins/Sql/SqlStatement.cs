using System.Data.Common;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using UserManager.Contract;

namespace UserManager.Plugins;

/// <summary>A statement with <c>%{...}</c> in it, compiled to one with parameters: what a NAS or a user sends is never part of the SQL. Immutable.</summary>
/// <remarks>
/// What stands in quotes is one parameter, as text. What stands outside of them is a parameter too: a number where it is one, NULL where it is
/// empty or the word NULL. <c>%%</c> is a percent sign.
/// </remarks>
internal sealed partial class SqlStatement
{
    private readonly string _text;
    private readonly Parameter[] _parameters;

    private SqlStatement(string text, Parameter[] parameters) => (_text, _parameters) = (text, parameters);

    private sealed record Parameter(string Name, ITextTemplate Template, bool IsQuoted)
    {
        public object Value(RequestContext context)
        {
            var text = Template.Expand(context);
            if (IsQuoted)
                return text;

            return text.Length == 0 || text.Equals("NULL", StringComparison.OrdinalIgnoreCase) ? DBNull.Value
                : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
                : text;
        }
    }

    /// <param name="text">The statement; <c>${name}</c> was replaced already: <see cref="Substitute"/>.</param>
    /// <param name="expander">Compiles its expansions.</param>
    /// <exception cref="FormatException">An expansion in it is wrong.</exception>
    public static SqlStatement Compile(string text, IExpander expander)
    {
        var sql = new StringBuilder(text.Length);
        var parameters = new Dictionary<(string, bool), Parameter>();
        for (var i = 0; i < text.Length;)
        {
            var end = i + 1;
            if (text[i] is '\'' or '"')
            {
                end = EndOfQuoted(text, i);
                var content = text[(i + 1)..Math.Max(i + 1, end - 1)];
                if (content.Contains('%', StringComparison.Ordinal))
                    sql.Append(Name(content.Replace(new string(text[i], 2), text[i].ToString(), StringComparison.Ordinal), isQuoted: true));
                else
                    sql.Append(text, i, end - i);
            }
            else if (text[i] == '%' && end < text.Length && text[end] == '%')
            {
                sql.Append('%');
                end++;
            }
            else if (text[i] == '%' && end < text.Length && (text[end] == '{' || char.IsAsciiLetter(text[end])))
            {
                end = text[end] == '{' ? EndOfBraces(text, end) : end + 1;
                sql.Append(Name(text[i..end], isQuoted: false));
            }
            else
            {
                sql.Append(text[i]);
            }

            i = end;
        }

        return new SqlStatement(sql.ToString(), [.. parameters.Values]);

        string Name(string template, bool isQuoted)
        {
            if (!parameters.TryGetValue((template, isQuoted), out var parameter))
                parameters.Add((template, isQuoted), parameter = new Parameter($"@p{parameters.Count}", expander.Compile(template), isQuoted));

            return parameter.Name;
        }
    }

    /// <summary>Replaces <c>${name}</c>, as FreeRADIUS's configuration does: <c>${....acct_table1}</c> is the option's value.</summary>
    /// <exception cref="FormatException">There is no such name.</exception>
    public static string Substitute(string text, IReadOnlyDictionary<string, string> names) => Reference().Replace(text, match =>
        names.TryGetValue(match.Groups[1].Value.Replace('-', '_'), out var value)
            ? Substitute(value, names)
            : throw new FormatException($"{match.Value} is not known; there are {string.Join(", ", names.Keys.Order().Select(n => $"${{{n}}}"))}"));

    /// <summary>It depends on the request.</summary>
    public bool IsExpanded => _parameters.Length > 0;

    /// <summary>A command without a request.</summary>
    public DbCommand Bind(DbConnection connection)
    {
        var command = connection.CreateCommand();
        command.CommandText = _text;
        return command;
    }

    /// <summary>A command for this request, ready to run.</summary>
    public DbCommand Bind(DbConnection connection, RequestContext context)
    {
        var command = Bind(connection);
        foreach (var parameter in _parameters)
        {
            var bound = command.CreateParameter();
            (bound.ParameterName, bound.Value) = (parameter.Name, parameter.Value(context));
            command.Parameters.Add(bound);
        }

        return command;
    }

    public override string ToString() => _text;

    private static int EndOfQuoted(string text, int start)
    {
        for (var i = start + 1; i < text.Length; i++)
        {
            if (text[i] == '\\')
                i++;
            else if (text[i] == text[start] && (i + 1 == text.Length || text[i + 1] != text[start]))
                return i + 1;
            else if (text[i] == text[start])
                i++;
        }

        return text.Length;
    }

    private static int EndOfBraces(string text, int start)
    {
        var depth = 0;
        for (var i = start; i < text.Length; i++)
        {
            depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
            if (depth == 0)
                return i + 1;
        }

        return text.Length;
    }

    [GeneratedRegex(@"\$\{\.*([A-Za-z0-9_.-]+)\}")]
    private static partial Regex Reference();
}
