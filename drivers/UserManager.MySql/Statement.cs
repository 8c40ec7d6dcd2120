using System.Runtime.InteropServices;
using System.Text;

namespace UserManager.MySql;

/// <summary>A column of a statement's result.</summary>
internal sealed record Column(string Name, string Table, FieldType Type, uint Flags, uint Charset, long Length)
{
    private const uint NotNull = 1;
    private const uint Unsigned = 32;
    private const uint BinaryCharset = 63;

    public bool IsUnsigned => (Flags & Unsigned) != 0;

    public bool IsNullable => (Flags & NotNull) == 0;

    /// <summary>Octets, not text.</summary>
    public bool IsBinary => Charset == BinaryCharset;

    public static bool IsUnsignedFlag(uint flags) => (flags & Unsigned) != 0;
}

internal static class FieldInfos
{
    public static bool IsUnsigned(this in FieldInfo field) => Column.IsUnsignedFlag(field.Flags);
}

/// <summary>A statement prepared on a session, with the memory of its parameters and of the row in hand. Its session's thread uses it.</summary>
internal sealed unsafe class Statement : IDisposable
{
    private readonly ConnectionHandle _connection;
    private readonly SqlText _sql;
    private readonly StatementHandle? _handle;          // null: the server takes it as text only
    private readonly Slot* _parameters;
    private readonly Bind* _parameterBinds;
    private readonly Rows[] _rows;
    private bool _isBound;
    private uint _arraySize;                            // 0: each parameter has one value
    private Slot* _row;
    private Bind* _rowBinds;

    private Statement(ConnectionHandle connection, SqlText sql, StatementHandle? handle)
    {
        (_connection, _sql, _handle) = (connection, sql, handle);
        _rows = new Rows[sql.Names.Length];
        var count = (nuint)sql.Names.Length;
        _parameters = (Slot*)NativeMemory.AllocZeroed(count + 1, (nuint)sizeof(Slot));
        _parameterBinds = (Bind*)NativeMemory.AllocZeroed(count + 1, (nuint)sizeof(Bind));
        Unbind();
    }

    /// <summary>Of the result in hand; empty for a statement that gives no rows.</summary>
    public Column[] Columns { get; private set; } = [];

    /// <summary>Rows that an INSERT, UPDATE or DELETE found; -1 for a SELECT.</summary>
    public long Affected { get; private set; }

    public long InsertId { get; private set; }

    public static Statement Prepare(ConnectionHandle connection, string text)
    {
        var sql = SqlText.Parse(text);
        var handle = Native.InitStatement(connection);
        if (handle.IsInvalid)
            throw Native.Fault(connection);

        var octets = Encoding.UTF8.GetBytes(sql.Text);
        int failed;
        fixed (byte* first = octets)
            failed = Native.Prepare(handle, first, (nuint)octets.Length);

        if (failed == 0)
        {
            if (Native.ParameterCount(handle) == (nuint)sql.Names.Length)
                return new Statement(connection, sql, handle);

            handle.Dispose();
            throw new MySqlException(2000, "HY000", "The statement's parameters could not be told from its text.");
        }

        var fault = Native.Fault(handle, connection);
        handle.Dispose();
        return fault.Number == Native.UnsupportedStatement && sql.Names.Length == 0 ? new Statement(connection, sql, null) : throw fault;
    }

    public void Execute(MySqlParameterCollection parameters)
    {
        if (_handle is null)
        {
            ExecuteText();
            return;
        }

        var rows = _sql.Names.Length == 0 ? -1 : Rows.CountOf(parameters.ValueOf(_sql.Names[0], 0));
        if (rows == 0)
        {
            (Columns, Affected) = ([], 0);
            return;
        }

        if (rows < 0)
            BindParameters(parameters);
        else
            BindRows(parameters, rows);

        if (Native.Execute(_handle) != 0)
            throw Native.Fault(_handle, _connection);

        Describe();
    }

    /// <returns>False when there is no row left.</returns>
    public bool Fetch()
    {
        if (Columns.Length == 0)
            return false;

        var code = Native.Fetch(_handle!);
        if (code is 0 or Native.Truncated)
        {
            FetchLong();
            return true;
        }

        return code == Native.NoData ? false : throw Native.Fault(_handle!, _connection);
    }

    /// <summary>Goes on to the next result of a procedure.</summary>
    public bool NextResult()
    {
        if (_handle is null)
            return false;

        _ = Native.FreeResult(_handle);
        var code = Native.NextResult(_handle);
        if (code > 0)
            throw Native.Fault(_handle, _connection);

        if (code < 0)
        {
            Columns = [];
            return false;
        }

        Describe();
        return true;
    }

    /// <summary>Lets go of rows and results that were not read.</summary>
    public void Finish()
    {
        if (_handle is null)
            return;

        _ = Native.FreeResult(_handle);
        while (Native.NextResult(_handle) == 0)
            _ = Native.FreeResult(_handle);
    }

    public Slot* this[int column] => &_row[column];

    public void Dispose()
    {
        _handle?.Dispose();
        for (var i = 0; i < _sql.Names.Length; i++)
        {
            _parameters[i].Free();
            _rows[i].Free();
        }

        NativeMemory.Free(_parameters);
        NativeMemory.Free(_parameterBinds);
        FreeRow();
    }

    private void ExecuteText()
    {
        var octets = Encoding.UTF8.GetBytes(_sql.Text);
        fixed (byte* first = octets)
        {
            if (Native.Query(_connection, first, (nuint)octets.Length) != 0)
                throw Native.Fault(_connection);
        }

        if (Native.FieldCount(_connection) > 0)
        {
            Native.FreeResult(Native.StoreResult(_connection));
            throw new NotSupportedException("The server does not prepare this statement, so its rows cannot be read.");
        }

        Affected = (long)Native.AffectedRows(_connection);
    }

    // Each column anew: where they are may have changed with their number.
    private void BindRows(MySqlParameterCollection parameters, int rows)
    {
        for (var i = 0; i < _sql.Names.Length; i++)
        {
            var value = parameters.ValueOf(_sql.Names[i], i);
            if (Rows.CountOf(value) != rows)
                throw new InvalidOperationException($"The parameter @{_sql.Names[i]} has not as many rows as the first, which has {rows}.");

            _rows[i].Write(&_parameterBinds[i], value!);
        }

        SetArraySize((uint)rows);
        if (Native.BindParameters(_handle!, _parameterBinds) != 0)
            throw Native.Fault(_handle!, _connection);
    }

    private void SetArraySize(uint rows)
    {
        if (_arraySize != rows && Native.SetAttribute(_handle!, Native.ArraySize, rows) != 0)
            throw Native.Fault(_handle!, _connection);

        _arraySize = rows;
    }

    private void Unbind()
    {
        _isBound = false;
        for (var i = 0; i < _sql.Names.Length; i++)
            _parameterBinds[i] = new Bind { Length = &_parameters[i].Length, IsNull = &_parameters[i].IsNull };
    }

    private void BindParameters(MySqlParameterCollection parameters)
    {
        if (_arraySize > 0)
        {
            Unbind();
            SetArraySize(0);
        }

        var changed = !_isBound;
        for (var i = 0; i < _sql.Names.Length; i++)
            changed |= Slot.Write(&_parameters[i], &_parameterBinds[i], parameters.ValueOf(_sql.Names[i], i));

        if (!changed || _sql.Names.Length == 0)
            return;

        if (Native.BindParameters(_handle!, _parameterBinds) != 0)
            throw Native.Fault(_handle!, _connection);

        _isBound = true;
    }

    private void Describe()
    {
        var count = (int)Native.FieldCount(_handle!);
        Affected = count == 0 ? (long)Native.AffectedRows(_handle!) : -1;
        InsertId = count == 0 ? (long)Native.InsertId(_handle!) : 0;
        if (count == 0)
        {
            Columns = [];
            return;
        }

        var result = Native.Metadata(_handle!);
        if (result == 0)
            throw Native.Fault(_handle!, _connection);

        Describe(new ReadOnlySpan<FieldInfo>(Native.Fields(result), count));
        Native.FreeResult(result);
    }

    private void Describe(ReadOnlySpan<FieldInfo> fields)
    {
        if (!IsAsBefore(fields))
        {
            FreeRow();
            _row = (Slot*)NativeMemory.AllocZeroed((nuint)fields.Length, (nuint)sizeof(Slot));
            _rowBinds = (Bind*)NativeMemory.AllocZeroed((nuint)fields.Length, (nuint)sizeof(Bind));
            var columns = new Column[fields.Length];
            for (var i = 0; i < fields.Length; i++)
            {
                ref readonly var field = ref fields[i];
                columns[i] = new Column(
                    Native.Text(field.Name), Native.Text(field.Table), field.Type, field.Flags, field.Charset, (long)field.Length);
                Slot.Receive(&_row[i], &_rowBinds[i], field);
            }

            (Columns, _described) = (columns, columns);
            BindRow();
        }
        else
        {
            Columns = _described;
        }
    }

    private Column[] _described = [];

    private bool IsAsBefore(ReadOnlySpan<FieldInfo> fields)
    {
        if (fields.Length != _described.Length)
            return false;

        for (var i = 0; i < fields.Length; i++)
        {
            if (fields[i].Type != _described[i].Type || fields[i].Flags != _described[i].Flags || fields[i].Charset != _described[i].Charset)
                return false;
        }

        return true;
    }

    private void BindRow()
    {
        if (Native.BindResult(_handle!, _rowBinds) != 0)
            throw Native.Fault(_handle!, _connection);
    }

    // What did not fit is fetched again into a longer buffer, which then serves the rows that follow.
    private void FetchLong()
    {
        var grown = false;
        for (var i = 0; i < Columns.Length; i++)
        {
            if (!Slot.Grow(&_row[i], &_rowBinds[i]))
                continue;

            grown = true;
            if (Native.FetchColumn(_handle!, &_rowBinds[i], (uint)i, 0) != 0)
                throw Native.Fault(_handle!, _connection);
        }

        if (grown)
            BindRow();
    }

    private void FreeRow()
    {
        for (var i = 0; i < _described.Length; i++)
            _row[i].Free();

        NativeMemory.Free(_row);
        NativeMemory.Free(_rowBinds);
        _row = null;
        _rowBinds = null;
        _described = [];
    }
}
