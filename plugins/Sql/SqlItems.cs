using System.Data.Common;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>Reads rows of check and reply items: <c>id, name, attribute, value, op</c>.</summary>
internal sealed class SqlItems(IPairReader pairs, RadiusDictionary dictionary)
{
    /// <summary>What a row of the tables says.</summary>
    private readonly record struct Row(string Attribute, string Value, string Op);

    /// <returns>Null when there is no row.</returns>
    /// <exception cref="PairException">A row cannot be read; the message says which. Then none counts, as in FreeRADIUS.</exception>
    public PairList? Read(DbCommand command, PairUse use)
    {
        using var reader = command.ExecuteReader();
        List<Pair>? read = null;
        while (reader.Read())
        {
            read ??= [];
            if (Read(reader, use) is { } pair)
                read.Add(pair);
        }

        return read is null ? null : new PairList(read);
    }

    private Pair? Read(DbDataReader reader, PairUse use)
    {
        var row = new Row(Text(reader, 2).Trim(), Text(reader, 3), Text(reader, 4).Trim());
        try
        {
            // Not compared in a reply, and not put into it.
            if (use == PairUse.Reply && row.Op is "!=" or "<" or ">" or "=~" or "!~" or "=*")
                return null;

            return pairs.Read(Pair(row, use), use);
        }
        catch (PairException wrong)
        {
            throw new PairException(wrong.Part, $"the row with the id {reader.GetValue(0)} of {Text(reader, 1)} cannot be read, {row.Attribute} {row.Op} …: {wrong.Message}");
        }
    }

    private PairText Pair(Row row, PairUse use)
    {
        // As FreeRADIUS: a subtraction is compared, and no operator at all compares, too.
        var op = row.Op.Length == 0 || (use == PairUse.Check && row.Op == "-=") ? "==" : row.Op;
        return new PairText(row.Attribute, op, row.Value.Length == 0 && IsNumber(row.Attribute) ? "0" : Unquoted(row.Value)) { IsExpanded = row.Value is ['`', .., '`'] };
    }

    private bool IsNumber(string attribute) => dictionary.TryFind(attribute, out var definition) && definition.Type
        is AttributeType.Integer or AttributeType.Integer64 or AttributeType.Byte or AttributeType.Short or AttributeType.Signed or AttributeType.Date;

    // A value that is quoted as a whole loses its quotes.
    private static string Unquoted(string value)
    {
        if (value is not (['"', .., '"'] or ['\'', .., '\''] or ['`', .., '`']))
            return value;

        for (var i = 1; i < value.Length; i++)
        {
            if (value[i] == '\\')
                i++;
            else if (value[i] == value[0])
                return value[1..i];
        }

        return value;
    }

    private static string Text(DbDataReader reader, int column) => reader.IsDBNull(column) ? "" : Convert.ToString(reader.GetValue(column))!;
}
