using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace UserManager.Storage;

/// <summary>A statement of SQLite's own: an ADO.NET command looks each parameter up by name, boxes it and makes a reader, at each run.</summary>
/// <remarks>Disposed before its connection is closed.</remarks>
internal sealed unsafe partial class SqliteCommand : PreparedCommand
{
    private const string Library = "e_sqlite3";
    private const int ShortText = 256;
    private const nint Copied = -1;                 // SQLITE_TRANSIENT

    private readonly sqlite3 _database;
    private readonly nint _connection;
    private readonly nint _statement;
    private readonly Dictionary<string, int> _parameters = [];
    private readonly SqliteRow _row;

    public SqliteCommand(SqliteConnection connection, string text)
    {
        _database = connection.Handle!;
        _connection = _database.DangerousGetHandle();
        _row = new SqliteRow(this);
        Check(Prepare(_connection, text, -1, out _statement, 0));
        for (var i = 1; i <= ParameterCount(_statement); i++)
            _parameters.Add(Marshal.PtrToStringUTF8(ParameterName(_statement, i))!, i);
    }

    public override PreparedCommand With(string name, long? value)
    {
        At(_parameters[name], value);
        return this;
    }

    public override PreparedCommand With(string name, string? value)
    {
        At(_parameters[name], value);
        return this;
    }

    public override void At(int position, long? value) =>
        Check(value is { } number ? BindNumber(_statement, position, number) : BindNull(_statement, position));

    public override void At(int position, string? value) => Check(value is null ? BindNull(_statement, position) : Bind(position, value));

    public override int Execute()
    {
        try
        {
            while (Next())
            {
                // A statement that gives rows (a PRAGMA) is run to its end.
            }
        }
        finally
        {
            _ = Reset(_statement);        // it says again what Step said
        }

        return Changes(_connection);
    }

    public override Row Read() => _row;

    public override void Dispose() => _ = Finish(_statement);

    private bool Next()
    {
        var code = Step(_statement);
        Check(code);
        return code == raw.SQLITE_ROW;
    }

    private int Bind(int parameter, string value)
    {
        Span<byte> buffer = stackalloc byte[ShortText];
        if (!Encoding.UTF8.TryGetBytes(value, buffer, out var length))
        {
            buffer = Encoding.UTF8.GetBytes(value);
            length = buffer.Length;
        }

        fixed (byte* octets = buffer)
            return BindText(_statement, parameter, octets, length, Copied);
    }

    private void Check(int code)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
            SqliteException.ThrowExceptionForRC(code, _database);
    }

    private sealed class SqliteRow(SqliteCommand command) : Row
    {
        public override int FieldCount => ColumnCount(command._statement);

        public override bool Read() => command.Next();

        public override bool IsNull(int column) => ColumnType(command._statement, column) == raw.SQLITE_NULL;

        public override long Number(int column) => ColumnNumber(command._statement, column);

        public override string Text(int column)
        {
            var octets = ColumnText(command._statement, column);
            return Encoding.UTF8.GetString(new ReadOnlySpan<byte>(octets, ColumnLength(command._statement, column)));
        }

        public override string Name(int column) => Marshal.PtrToStringUTF8(ColumnName(command._statement, column))!;

        public override bool IsInteger(int column) => Marshal.PtrToStringUTF8(ColumnTypeName(command._statement, column)) == "INTEGER";

        public override void Dispose() => _ = Reset(command._statement);
    }

    [LibraryImport(Library, EntryPoint = "sqlite3_prepare_v2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Prepare(nint connection, string text, int length, out nint statement, nint rest);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_parameter_count")]
    private static partial int ParameterCount(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_parameter_name")]
    private static partial nint ParameterName(nint statement, int index);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_int64"), SuppressGCTransition]
    private static partial int BindNumber(nint statement, int index, long value);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_text"), SuppressGCTransition]
    private static partial int BindText(nint statement, int index, byte* octets, int length, nint destructor);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_null"), SuppressGCTransition]
    private static partial int BindNull(nint statement, int index);

    [LibraryImport(Library, EntryPoint = "sqlite3_step")]
    private static partial int Step(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_reset")]
    private static partial int Reset(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_finalize")]
    private static partial int Finish(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_changes"), SuppressGCTransition]
    private static partial int Changes(nint connection);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_count"), SuppressGCTransition]
    private static partial int ColumnCount(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_type"), SuppressGCTransition]
    private static partial int ColumnType(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_int64"), SuppressGCTransition]
    private static partial long ColumnNumber(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_text"), SuppressGCTransition]
    private static partial byte* ColumnText(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_bytes"), SuppressGCTransition]
    private static partial int ColumnLength(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_name")]
    private static partial nint ColumnName(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_decltype")]
    private static partial nint ColumnTypeName(nint statement, int column);
}
