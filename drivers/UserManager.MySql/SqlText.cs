using System.Text;

namespace UserManager.MySql;

/// <summary>A statement as the server takes it: <c>?</c> for each parameter.</summary>
/// <param name="Text">With <c>?</c> in the place of <c>@name</c>.</param>
/// <param name="Names">For each <c>?</c> its name without <c>@</c>; empty for one that was written as <c>?</c>.</param>
internal sealed record SqlText(string Text, string[] Names)
{
    /// <remarks>Quoted texts, comments and <c>@@variables</c> stay as they are.</remarks>
    public static SqlText Parse(string sql)
    {
        var text = new StringBuilder(sql.Length);
        var names = new List<string>();
        for (var i = 0; i < sql.Length;)
        {
            var end = EndOfPlain(sql, i);
            if (end == i && sql[i] == '?')
            {
                names.Add("");
                end++;
                text.Append('?');
            }
            else if (end == i && sql[i] == '@')
            {
                end = EndOfName(sql, i + 1);
                if (end == i + 1)
                {
                    end = i + 1 < sql.Length && sql[i + 1] == '@' ? EndOfName(sql, i + 2) : end;
                    text.Append(sql, i, end - i);
                }
                else
                {
                    names.Add(sql[(i + 1)..end]);
                    text.Append('?');
                }
            }
            else
            {
                text.Append(sql, i, end - i);
            }

            i = end;
        }

        return new SqlText(text.ToString(), [.. names]);
    }

    /// <returns>Where what begins at <paramref name="start"/> ends; <paramref name="start"/> itself for a <c>?</c> or <c>@</c>.</returns>
    private static int EndOfPlain(string sql, int start)
    {
        var next = start + 1 < sql.Length ? sql[start + 1] : '\0';
        return sql[start] switch
        {
            '?' or '@' => start,
            '\'' or '"' or '`' => EndOfQuoted(sql, start),
            '#' => After(sql, "\n", start),
            '-' when next == '-' && (start + 2 == sql.Length || char.IsWhiteSpace(sql[start + 2])) => After(sql, "\n", start),
            '/' when next == '*' => After(sql, "*/", start + 2),
            _ => start + 1,
        };
    }

    private static int EndOfQuoted(string sql, int start)
    {
        var quote = sql[start];
        for (var i = start + 1; i < sql.Length; i++)
        {
            if (sql[i] == '\\' && quote != '`')
                i++;
            else if (sql[i] == quote)
                return i + 1;       // a doubled quote begins another quoted text
        }

        return sql.Length;
    }

    private static int After(string sql, string what, int start)
    {
        var found = sql.IndexOf(what, start, StringComparison.Ordinal);
        return found < 0 ? sql.Length : found + what.Length;
    }

    private static int EndOfName(string sql, int start)
    {
        var end = start;
        while (end < sql.Length && (char.IsLetterOrDigit(sql[end]) || sql[end] is '_' or '$'))
            end++;

        return end;
    }
}
