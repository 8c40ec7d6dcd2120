using System.Collections;
using System.Collections.ObjectModel;
using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Text;

namespace UserManager.MySql;

/// <summary>The rows of a statement, as the server sends them: nothing is read ahead.</summary>
/// <remarks>Types: TINYINT … BIGINT as sbyte … long, unsigned ones as byte … ulong; YEAR int; DECIMAL decimal; FLOAT, DOUBLE; DATE, DATETIME, TIMESTAMP as
/// DateTime of no kind; TIME TimeSpan; BIT ulong; CHAR, VARCHAR, TEXT, ENUM, SET, JSON string; BINARY, VARBINARY, BLOB byte[].</remarks>
public sealed unsafe class MySqlDataReader : DbDataReader, IDbColumnSchemaGenerator
{
    private readonly MySqlConnection _connection;
    private readonly Session _session;
    private readonly Statement _statement;
    private readonly CommandBehavior _behavior;
    private bool _hasRow;           // the row in hand
    private bool _isAhead;          // it was fetched to know whether there is one
    private bool _isAtEnd;
    private bool _isClosed;

    internal MySqlDataReader(MySqlConnection connection, Session session, Statement statement, CommandBehavior behavior)
    {
        (_connection, _session, _statement, _behavior) = (connection, session, statement, behavior);
        RecordsAffected = (int)Math.Min(statement.Affected, int.MaxValue);
    }

    public override int Depth => 0;

    public override int FieldCount => _statement.Columns.Length;

    public override bool HasRows
    {
        get
        {
            if (!_hasRow && !_isAhead && !_isAtEnd)
                _isAhead = Fetch();

            return _hasRow || _isAhead || _hadRow;
        }
    }

    private bool _hadRow;

    public override bool IsClosed => _isClosed;

    public override int RecordsAffected { get; }

    public override object this[int ordinal] => GetValue(ordinal);

    public override object this[string name] => GetValue(GetOrdinal(name));

    public override bool Read()
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        _hasRow = _isAhead || Fetch();
        _isAhead = false;
        _hadRow |= _hasRow;
        return _hasRow;
    }

    public override bool NextResult()
    {
        (_hasRow, _isAhead, _isAtEnd, _hadRow) = (false, false, false, false);
        try
        {
            // What a procedure ends with is no result.
            return _statement.NextResult() && _statement.Columns.Length > 0;
        }
        catch (MySqlException fault)
        {
            throw _session.Ended(fault);
        }
    }

    public override void Close()
    {
        if (_isClosed)
            return;

        _isClosed = true;
        _hasRow = false;
        if (!_session.IsBroken)
            _statement.Finish();

        _session.End();
        _connection.Reader = null;
        if (_behavior.HasFlag(CommandBehavior.CloseConnection))
            _connection.Close();
    }

    public override string GetName(int ordinal) => _statement.Columns[ordinal].Name;

    public override int GetOrdinal(string name)
    {
        var columns = _statement.Columns;
        var found = Array.FindIndex(columns, c => c.Name == name);
        found = found >= 0 ? found : Array.FindIndex(columns, c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return found >= 0 ? found : throw new IndexOutOfRangeException($"The result has no column {name}.");
    }

    public override string GetDataTypeName(int ordinal)
    {
        var column = _statement.Columns[ordinal];
        var name = column.Type switch
        {
            FieldType.Tiny => "TINYINT",
            FieldType.Short => "SMALLINT",
            FieldType.Int24 => "MEDIUMINT",
            FieldType.Long => "INT",
            FieldType.LongLong => "BIGINT",
            FieldType.Year => "YEAR",
            FieldType.Decimal or FieldType.NewDecimal => "DECIMAL",
            FieldType.Blob or FieldType.TinyBlob or FieldType.MediumBlob or FieldType.LongBlob => column.IsBinary ? "BLOB" : "TEXT",
            FieldType.String => column.IsBinary ? "BINARY" : "CHAR",
            FieldType.VarString or FieldType.VarChar => column.IsBinary ? "VARBINARY" : "VARCHAR",
            _ => column.Type.ToString().ToUpperInvariant(),
        };
        return column.IsUnsigned && name.EndsWith("INT", StringComparison.Ordinal) ? name + " UNSIGNED" : name;
    }

    public override Type GetFieldType(int ordinal)
    {
        var column = _statement.Columns[ordinal];
        return column.Type switch
        {
            FieldType.Tiny => column.IsUnsigned ? typeof(byte) : typeof(sbyte),
            FieldType.Short => column.IsUnsigned ? typeof(ushort) : typeof(short),
            FieldType.Int24 or FieldType.Long => column.IsUnsigned ? typeof(uint) : typeof(int),
            FieldType.LongLong => column.IsUnsigned ? typeof(ulong) : typeof(long),
            FieldType.Year => typeof(int),
            FieldType.Float => typeof(float),
            FieldType.Double => typeof(double),
            FieldType.Decimal or FieldType.NewDecimal => typeof(decimal),
            FieldType.Date or FieldType.DateTime or FieldType.Timestamp => typeof(DateTime),
            FieldType.Time => typeof(TimeSpan),
            FieldType.Bit => typeof(ulong),
            _ => IsOctets(column) ? typeof(byte[]) : typeof(string),
        };
    }

    public override object GetValue(int ordinal)
    {
        var slot = Slot(ordinal);
        if (slot->IsNull == 1)
            return DBNull.Value;

        var column = _statement.Columns[ordinal];
        return column.Type switch
        {
            FieldType.Tiny => column.IsUnsigned ? (byte)slot->Number : (sbyte)slot->Number,
            FieldType.Short => column.IsUnsigned ? (ushort)slot->Number : (short)slot->Number,
            FieldType.Int24 or FieldType.Long => column.IsUnsigned ? (uint)slot->Number : (int)slot->Number,
            FieldType.LongLong => column.IsUnsigned ? (ulong)slot->Number : slot->Number,
            FieldType.Year => (int)slot->Number,
            FieldType.Float => slot->Float,
            FieldType.Double => slot->Double,
            FieldType.Decimal or FieldType.NewDecimal => decimal.Parse(Encoding.ASCII.GetString(slot->Octets), CultureInfo.InvariantCulture),
            FieldType.Date or FieldType.DateTime or FieldType.Timestamp => Moment(slot->Time, column),
            FieldType.Time => Span(slot->Time),
            FieldType.Bit => Bits(slot->Octets),
            _ => IsOctets(column) ? slot->Octets.ToArray() : Encoding.UTF8.GetString(slot->Octets),
        };
    }

    public override int GetValues(object[] values)
    {
        var count = Math.Min(values.Length, FieldCount);
        for (var i = 0; i < count; i++)
            values[i] = GetValue(i);

        return count;
    }

    public override bool IsDBNull(int ordinal) => Slot(ordinal)->IsNull == 1;

    public override long GetInt64(int ordinal)
    {
        var column = _statement.Columns[ordinal];
        if (column.Type is FieldType.Tiny or FieldType.Short or FieldType.Int24 or FieldType.Long or FieldType.Year
            || column is { Type: FieldType.LongLong, IsUnsigned: false })
        {
            return Known(ordinal)->Number;
        }

        return Convert.ToInt64(Number(ordinal), CultureInfo.InvariantCulture);
    }

    public override int GetInt32(int ordinal) => checked((int)GetInt64(ordinal));

    public override short GetInt16(int ordinal) => checked((short)GetInt64(ordinal));

    public override byte GetByte(int ordinal) => checked((byte)GetInt64(ordinal));

    public override bool GetBoolean(int ordinal) => GetInt64(ordinal) != 0;

    public override double GetDouble(int ordinal) => Convert.ToDouble(Number(ordinal), CultureInfo.InvariantCulture);

    public override float GetFloat(int ordinal) => Convert.ToSingle(Number(ordinal), CultureInfo.InvariantCulture);

    public override decimal GetDecimal(int ordinal) => Convert.ToDecimal(Number(ordinal), CultureInfo.InvariantCulture);

    public override DateTime GetDateTime(int ordinal) => As<DateTime>(ordinal);

    /// <summary>Text, also of a column of octets that are UTF-8.</summary>
    public override string GetString(int ordinal) => GetFieldType(ordinal) == typeof(string) || GetFieldType(ordinal) == typeof(byte[])
        ? Encoding.UTF8.GetString(Known(ordinal)->Octets)
        : throw Unfit(ordinal, typeof(string));

    public override Guid GetGuid(int ordinal) => GetFieldType(ordinal) == typeof(byte[]) && Known(ordinal)->Octets.Length == 16
        ? new Guid(Known(ordinal)->Octets, bigEndian: true)
        : Guid.Parse(GetString(ordinal));

    public override char GetChar(int ordinal) => GetString(ordinal) is { Length: 1 } text ? text[0] : throw Unfit(ordinal, typeof(char));

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length)
    {
        if (GetFieldType(ordinal) != typeof(byte[]) && GetFieldType(ordinal) != typeof(string))
            throw Unfit(ordinal, typeof(byte[]));

        var octets = Known(ordinal)->Octets;
        if (buffer is null)
            return octets.Length;

        var rest = octets[(int)Math.Min(dataOffset, octets.Length)..];
        rest = rest[..Math.Min(rest.Length, length)];
        rest.CopyTo(buffer.AsSpan(bufferOffset));
        return rest.Length;
    }

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length)
    {
        var text = GetString(ordinal);
        if (buffer is null)
            return text.Length;

        var rest = text.AsSpan((int)Math.Min(dataOffset, text.Length));
        rest = rest[..Math.Min(rest.Length, length)];
        rest.CopyTo(buffer.AsSpan(bufferOffset));
        return rest.Length;
    }

    /// <summary>Also <see cref="DateTimeOffset"/> (the column as UTC), <see cref="DateOnly"/>, <see cref="TimeOnly"/>, and enums of numbers.</summary>
    public override T GetFieldValue<T>(int ordinal)
    {
        if (typeof(T) == typeof(long))
            return (T)(object)GetInt64(ordinal);

        if (IsDBNull(ordinal))
            return default(T) is null ? (T)(object)null! : throw Null(ordinal);

        var value = GetValue(ordinal);
        var type = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
        return value is T same ? same : (T)(value switch
        {
            DateTime moment when type == typeof(DateTimeOffset) => new DateTimeOffset(moment, TimeSpan.Zero),
            DateTime moment when type == typeof(DateOnly) => DateOnly.FromDateTime(moment),
            TimeSpan time when type == typeof(TimeOnly) => TimeOnly.FromTimeSpan(time),
            _ when type == typeof(string) => GetString(ordinal),
            _ when type == typeof(Guid) => GetGuid(ordinal),
            _ when type == typeof(bool) => GetBoolean(ordinal),
            _ when type.IsEnum => Enum.ToObject(type, GetInt64(ordinal)),
            IConvertible when type.IsPrimitive || type == typeof(decimal) => Convert.ChangeType(Number(ordinal), type, CultureInfo.InvariantCulture),
            _ => throw Unfit(ordinal, typeof(T)),
        });
    }

    public override IEnumerator GetEnumerator() => new DbEnumerator(this);

    public ReadOnlyCollection<DbColumn> GetColumnSchema() => new([.. _statement.Columns.Select((c, i) => new SchemaColumn(c, i, this))]);

    public override DataTable GetSchemaTable()
    {
        var table = new DataTable("SchemaTable");
        table.Columns.Add(SchemaTableColumn.ColumnName, typeof(string));
        table.Columns.Add(SchemaTableColumn.ColumnOrdinal, typeof(int));
        table.Columns.Add(SchemaTableColumn.ColumnSize, typeof(int));
        table.Columns.Add(SchemaTableColumn.DataType, typeof(Type));
        table.Columns.Add(SchemaTableColumn.AllowDBNull, typeof(bool));
        table.Columns.Add(SchemaTableColumn.BaseTableName, typeof(string));
        foreach (var column in GetColumnSchema())
            table.Rows.Add(column.ColumnName, column.ColumnOrdinal, column.ColumnSize, column.DataType, column.AllowDBNull, column.BaseTableName);

        return table;
    }

    private bool Fetch()
    {
        if (_isAtEnd)
            return false;

        try
        {
            _isAtEnd = !_statement.Fetch();
            return !_isAtEnd;
        }
        catch (MySqlException fault)
        {
            _isAtEnd = true;
            throw _session.Ended(fault);
        }
    }

    private Slot* Slot(int ordinal)
    {
        if (!_hasRow)
            throw new InvalidOperationException("There is no row: Read comes first.");

        return (uint)ordinal < (uint)FieldCount ? _statement[ordinal] : throw new IndexOutOfRangeException($"The result has no column {ordinal}.");
    }

    private Slot* Known(int ordinal) => Slot(ordinal) is var slot && slot->IsNull == 0 ? slot : throw Null(ordinal);

    private T As<T>(int ordinal) => GetValue(ordinal) switch
    {
        T value => value,
        DBNull => throw Null(ordinal),
        _ => throw Unfit(ordinal, typeof(T)),
    };

    private object Number(int ordinal) => GetValue(ordinal) switch
    {
        DBNull => throw Null(ordinal),
        string or byte[] or DateTime or TimeSpan => throw Unfit(ordinal, typeof(decimal)),
        var number => number,
    };

    private InvalidCastException Null(int ordinal) => new($"The column {GetName(ordinal)} is NULL.");

    private InvalidCastException Unfit(int ordinal, Type type) => new($"The column {GetName(ordinal)} is {GetDataTypeName(ordinal)}, which is no {type.Name}.");

    private static bool IsOctets(Column column) => column.IsBinary
        && column.Type is not (FieldType.Json or FieldType.Enum or FieldType.Set or FieldType.Null);

    private static DateTime Moment(in Time time, Column column) => time is { Year: 0, Month: 0, Day: 0 }
        ? throw new InvalidCastException($"The column {column.Name} is the date 0000-00-00, which is none. Select NULLIF(column, 0).")
        : new DateTime((int)time.Year, (int)time.Month, (int)time.Day, (int)time.Hour, (int)time.Minute, (int)time.Second)
            .AddTicks((long)time.Fraction * TimeSpan.TicksPerMicrosecond);

    private static TimeSpan Span(in Time time)
    {
        var length = new TimeSpan((int)(time.Day * 24 + time.Hour), (int)time.Minute, (int)time.Second)
            + new TimeSpan((long)time.Fraction * TimeSpan.TicksPerMicrosecond);
        return time.IsNegative == 0 ? length : -length;
    }

    private static ulong Bits(ReadOnlySpan<byte> octets)
    {
        ulong bits = 0;
        foreach (var octet in octets)
            bits = (bits << 8) | octet;

        return bits;
    }

    private sealed class SchemaColumn : DbColumn
    {
        public SchemaColumn(Column column, int ordinal, MySqlDataReader reader)
        {
            ColumnName = column.Name;
            ColumnOrdinal = ordinal;
            ColumnSize = (int)Math.Min(column.Length, int.MaxValue);
            AllowDBNull = column.IsNullable;
            BaseTableName = column.Table;
            DataType = reader.GetFieldType(ordinal);
            DataTypeName = reader.GetDataTypeName(ordinal);
        }
    }
}
