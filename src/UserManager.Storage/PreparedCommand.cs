using System.Data.Common;
using System.Text;

namespace UserManager.Storage;

/// <summary>A statement that is parsed once. Parameters keep their values until they are set again.</summary>
internal abstract class PreparedCommand : IDisposable
{
    public abstract PreparedCommand With(string name, long? value);

    public abstract PreparedCommand With(string name, string? value);

    /// <param name="position">From 1, of the parameters <c>@p1</c>, <c>@p2</c> and on, which the text has in this order and no others.</param>
    /// <param name="value">Null for NULL.</param>
    public abstract void At(int position, long? value);

    /// <inheritdoc cref="At(int, long?)"/>
    public abstract void At(int position, string? value);

    /// <summary>For as many rows as it has: the statement is run for each, in one go. Only where the engine <see cref="DatabaseEngine.TakesRows"/>.</summary>
    public virtual void At(int position, Memory<long?> rows) => throw new NotSupportedException();

    /// <inheritdoc cref="At(int, Memory{long?})"/>
    public virtual void At(int position, Memory<string?> rows) => throw new NotSupportedException();

    /// <param name="value">A number, a text or null.</param>
    public PreparedCommand With(string name, object? value) => value switch
    {
        null => With(name, (string?)null),
        string text => With(name, text),
        _ => With(name, Convert.ToInt64(value)),
    };

    /// <returns>Rows changed.</returns>
    public abstract int Execute();

    /// <summary>The rows, to be disposed before the statement is used again.</summary>
    public abstract Row Read();

    /// <returns>The first number of the first row; null when there is no row, or it is NULL.</returns>
    public long? Number()
    {
        using var row = Read();
        return row.Read() && !row.IsNull(0) ? row.Number(0) : null;
    }

    /// <summary>All rows, made into something else.</summary>
    public List<T> Rows<T>(Func<Row, T> make)
    {
        var rows = new List<T>();
        using var row = Read();
        while (row.Read())
            rows.Add(make(row));

        return rows;
    }

    public abstract void Dispose();
}

/// <summary>The rows of a query, one at a time.</summary>
internal abstract class Row : IDisposable
{
    public abstract int FieldCount { get; }

    /// <returns>False when there is none left.</returns>
    public abstract bool Read();

    public abstract bool IsNull(int column);

    /// <returns>0 when it is NULL.</returns>
    public abstract long Number(int column);

    /// <returns>Empty when it is NULL.</returns>
    public abstract string Text(int column);

    /// <returns>Whether a column of octets or text has just this.</returns>
    public virtual bool Is(int column, string text) => !IsNull(column) && Text(column) == text;

    public long Number(int column, long unset) => IsNull(column) ? unset : Number(column);

    public string Text(int column, string unset) => IsNull(column) ? unset : Text(column);

    public abstract string Name(int column);

    /// <summary>The table declares it as INTEGER.</summary>
    public abstract bool IsInteger(int column);

    public abstract void Dispose();
}

/// <summary>A statement of any ADO.NET provider.</summary>
internal sealed class AdoCommand(DbCommand command) : PreparedCommand
{
    private readonly Dictionary<string, DbParameter> _parameters = [];
    private readonly List<DbParameter> _byPosition = [];

    public override PreparedCommand With(string name, long? value) => Set(name, value is { } number ? number : DBNull.Value);

    public override PreparedCommand With(string name, string? value) => Set(name, value is null ? DBNull.Value : value);

    public override void At(int position, long? value) => ParameterAt(position).Value = value is { } number ? number : DBNull.Value;

    public override void At(int position, string? value) => ParameterAt(position).Value = value is null ? DBNull.Value : value;

    public override void At(int position, Memory<long?> rows) => ParameterAt(position).Value = rows;

    public override void At(int position, Memory<string?> rows) => ParameterAt(position).Value = rows;

    public override int Execute() => command.ExecuteNonQuery();

    public override Row Read() => new AdoRow(command.ExecuteReader());

    public override void Dispose() => command.Dispose();

    private AdoCommand Set(string name, object value)
    {
        if (!_parameters.TryGetValue(name, out var parameter))
            _parameters.Add(name, parameter = Add(name));

        parameter.Value = value;
        return this;
    }

    private DbParameter ParameterAt(int position)
    {
        while (_byPosition.Count < position)
            _byPosition.Add(Add(RowText.NameOf(_byPosition.Count + 1)));

        return _byPosition[position - 1];
    }

    private DbParameter Add(string name)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        command.Parameters.Add(parameter);
        return parameter;
    }

    private sealed class AdoRow(DbDataReader reader) : Row
    {
        private byte[]? _octets;

        public override int FieldCount => reader.FieldCount;

        public override bool Read() => reader.Read();

        public override bool IsNull(int column) => reader.IsDBNull(column);

        public override long Number(int column) => reader.IsDBNull(column) ? 0 : reader.GetInt64(column);

        public override string Text(int column) => 
            reader.IsDBNull(column) ? ""
            : reader.GetFieldType(column) == typeof(byte[]) ? Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(column))
            : reader.GetString(column);

        // Without a string for each row.
        public override bool Is(int column, string text)
        {
            if (reader.IsDBNull(column) || reader.GetFieldType(column) != typeof(byte[]))
                return base.Is(column, text);

            // One octet more than it may have shows one that goes on.
            var needed = Encoding.UTF8.GetByteCount(text);
            if (_octets is null || _octets.Length <= needed)
                _octets = new byte[needed + 256];

            var length = (int)reader.GetBytes(column, 0, _octets, 0, needed + 1);
            return length == needed && IsText(_octets.AsSpan(0, length), text);
        }

        public override string Name(int column) => reader.GetName(column);

        public override bool IsInteger(int column) => reader.GetFieldType(column) == typeof(int);

        public override void Dispose() => reader.Dispose();

        private static bool IsText(ReadOnlySpan<byte> octets, string text)
        {
            Span<byte> expected = octets.Length <= 1024 ? stackalloc byte[octets.Length] : new byte[octets.Length];
            Encoding.UTF8.GetBytes(text, expected);
            return octets.SequenceEqual(expected);
        }
    }
}
