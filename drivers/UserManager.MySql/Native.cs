using System.Runtime.InteropServices;

namespace UserManager.MySql;

/// <summary>The functions of libmariadb (MariaDB Connector/C 3) that are used here. All of them block.</summary>
internal static unsafe partial class Native
{
    private const string Library = "libmariadb.so.3";

    // enum mysql_option
    public const int ConnectTimeout = 0, CharsetName = 7, LocalInfile = 8, Protocol = 9, ReadTimeout = 11, WriteTimeout = 12;
    public const int ReportTruncation = 19, VerifyServerCertificate = 21, SslKey = 25, SslCertificate = 26, SslAuthority = 27, SslEnforce = 38;

    // enum mysql_protocol_type
    public const int Tcp = 1, Socket = 2;

    // enum mariadb_value
    public const int ServerStatus = 30;

    // Client flags: an UPDATE counts the rows that it found; results of procedures.
    public const ulong FoundRows = 2, MultiResults = 1 << 17;

    // Of the server's status.
    public const uint InTransaction = 1;

    // enum enum_stmt_attr_type
    public const int ArraySize = 201;

    // enum: what is in a row of an array.
    public const byte IndicatorNone = 0, IndicatorNull = 1;

    // What mysql_stmt_fetch says besides 0 and 1.
    public const int NoData = 100, Truncated = 101;

    // Errors: of the server below 2000, of the library from there on.
    public const int UnsupportedStatement = 1295, QueryInterrupted = 1317, NewMetadata = 2057;

    [LibraryImport(Library, EntryPoint = "mysql_init")]
    public static partial ConnectionHandle Init(nint none);

    [LibraryImport(Library, EntryPoint = "mysql_close")]
    public static partial void Close(nint connection);

    [LibraryImport(Library, EntryPoint = "mysql_options")]
    public static partial int Option(ConnectionHandle connection, int option, in uint value);

    [LibraryImport(Library, EntryPoint = "mysql_options")]
    public static partial int Flag(ConnectionHandle connection, int option, in byte value);

    [LibraryImport(Library, EntryPoint = "mysql_options", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Option(ConnectionHandle connection, int option, string? value);

    [LibraryImport(Library, EntryPoint = "mysql_real_connect", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint Connect(
        ConnectionHandle connection, string? host, string user, string password, string? database, uint port, string? socket, ulong flags);

    [LibraryImport(Library, EntryPoint = "mysql_errno")]
    public static partial uint Error(ConnectionHandle connection);

    [LibraryImport(Library, EntryPoint = "mysql_error")]
    public static partial nint ErrorText(ConnectionHandle connection);

    [LibraryImport(Library, EntryPoint = "mysql_sqlstate")]
    public static partial nint SqlState(ConnectionHandle connection);

    [LibraryImport(Library, EntryPoint = "mysql_real_query")]
    public static partial int Query(ConnectionHandle connection, byte* text, nuint length);

    [LibraryImport(Library, EntryPoint = "mysql_store_result")]
    public static partial nint StoreResult(ConnectionHandle connection);

    [LibraryImport(Library, EntryPoint = "mysql_field_count")]
    public static partial uint FieldCount(ConnectionHandle connection);

    [LibraryImport(Library, EntryPoint = "mysql_affected_rows")]
    public static partial ulong AffectedRows(ConnectionHandle connection);

    [LibraryImport(Library, EntryPoint = "mysql_free_result")]
    public static partial void FreeResult(nint result);

    [LibraryImport(Library, EntryPoint = "mysql_ping")]
    public static partial int Ping(ConnectionHandle connection);

    [LibraryImport(Library, EntryPoint = "mysql_reset_connection")]
    public static partial int Reset(ConnectionHandle connection);

    [LibraryImport(Library, EntryPoint = "mysql_select_db", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SelectDatabase(ConnectionHandle connection, string database);

    [LibraryImport(Library, EntryPoint = "mysql_thread_id")]
    public static partial nuint ThreadId(ConnectionHandle connection);

    [LibraryImport(Library, EntryPoint = "mysql_get_socket")]
    public static partial int SocketOf(ConnectionHandle connection);

    [LibraryImport(Library, EntryPoint = "mysql_get_server_info")]
    public static partial nint ServerVersion(ConnectionHandle connection);

    [LibraryImport(Library, EntryPoint = "mysql_get_ssl_cipher")]
    public static partial nint Cipher(ConnectionHandle connection);

    [LibraryImport(Library, EntryPoint = "mariadb_get_info")]
    public static partial byte Info(ConnectionHandle connection, int what, uint* value);

    [LibraryImport(Library, EntryPoint = "mysql_stmt_init")]
    public static partial StatementHandle InitStatement(ConnectionHandle connection);

    [LibraryImport(Library, EntryPoint = "mysql_stmt_close")]
    public static partial byte CloseStatement(nint statement);

    [LibraryImport(Library, EntryPoint = "mysql_stmt_prepare")]
    public static partial int Prepare(StatementHandle statement, byte* text, nuint length);

    [LibraryImport(Library, EntryPoint = "mysql_stmt_param_count")]
    public static partial nuint ParameterCount(StatementHandle statement);

    [LibraryImport(Library, EntryPoint = "mysql_stmt_attr_set")]
    public static partial byte SetAttribute(StatementHandle statement, int attribute, in uint value);

    [LibraryImport(Library, EntryPoint = "mysql_stmt_bind_param")]
    public static partial byte BindParameters(StatementHandle statement, Bind* binds);

    [LibraryImport(Library, EntryPoint = "mysql_stmt_bind_result")]
    public static partial byte BindResult(StatementHandle statement, Bind* binds);

    [LibraryImport(Library, EntryPoint = "mysql_stmt_execute")]
    public static partial int Execute(StatementHandle statement);

    [LibraryImport(Library, EntryPoint = "mysql_stmt_result_metadata")]
    public static partial nint Metadata(StatementHandle statement);

    [LibraryImport(Library, EntryPoint = "mysql_fetch_fields")]
    public static partial FieldInfo* Fields(nint result);

    [LibraryImport(Library, EntryPoint = "mysql_stmt_field_count")]
    public static partial uint FieldCount(StatementHandle statement);

    [LibraryImport(Library, EntryPoint = "mysql_stmt_fetch")]
    public static partial int Fetch(StatementHandle statement);

    [LibraryImport(Library, EntryPoint = "mysql_stmt_fetch_column")]
    public static partial int FetchColumn(StatementHandle statement, Bind* bind, uint column, nuint offset);

    [LibraryImport(Library, EntryPoint = "mysql_stmt_free_result")]
    public static partial byte FreeResult(StatementHandle statement);

    [LibraryImport(Library, EntryPoint = "mysql_stmt_next_result")]
    public static partial int NextResult(StatementHandle statement);

    [LibraryImport(Library, EntryPoint = "mysql_stmt_affected_rows")]
    public static partial ulong AffectedRows(StatementHandle statement);

    [LibraryImport(Library, EntryPoint = "mysql_stmt_insert_id")]
    public static partial ulong InsertId(StatementHandle statement);

    [LibraryImport(Library, EntryPoint = "mysql_stmt_errno")]
    public static partial uint Error(StatementHandle statement);

    [LibraryImport(Library, EntryPoint = "mysql_stmt_error")]
    public static partial nint ErrorText(StatementHandle statement);

    [LibraryImport(Library, EntryPoint = "mysql_stmt_sqlstate")]
    public static partial nint SqlState(StatementHandle statement);

    [LibraryImport("libc", EntryPoint = "shutdown")]
    public static partial int Shutdown(int socket, int how);

    public static string Text(nint text) => Marshal.PtrToStringUTF8(text) ?? "";

    public static MySqlException Fault(ConnectionHandle connection) =>
        new((int)Error(connection), Text(SqlState(connection)), Text(ErrorText(connection)));

    /// <remarks>What ends a result half-way is known to the connection only.</remarks>
    public static MySqlException Fault(StatementHandle statement, ConnectionHandle connection) => Error(statement) == 0
        ? Fault(connection)
        : new((int)Error(statement), Text(SqlState(statement)), Text(ErrorText(statement)));
}

/// <summary>A MYSQL*.</summary>
internal sealed class ConnectionHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Native.Close(handle);
        return true;
    }
}

/// <summary>A MYSQL_STMT*. It may be closed before its connection or after it.</summary>
internal sealed class StatementHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => Native.CloseStatement(handle) == 0;
}

/// <summary>MYSQL_BIND on 64-bit machines.</summary>
[StructLayout(LayoutKind.Explicit, Size = 112)]
internal unsafe struct Bind
{
    [FieldOffset(0)]
    public nuint* Length;

    [FieldOffset(8)]
    public byte* IsNull;

    [FieldOffset(16)]
    public void* Buffer;

    [FieldOffset(32)]
    public byte* Indicator;

    [FieldOffset(64)]
    public nuint BufferLength;

    [FieldOffset(96)]
    public FieldType Type;

    [FieldOffset(101)]
    public byte IsUnsigned;
}

/// <summary>MYSQL_FIELD on 64-bit machines.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct FieldInfo
{
    [FieldOffset(0)]
    public nint Name;

    [FieldOffset(24)]
    public nint Table;

    [FieldOffset(56)]
    public nuint Length;

    [FieldOffset(100)]
    public uint Flags;

    [FieldOffset(108)]
    public uint Charset;

    [FieldOffset(112)]
    public FieldType Type;
}

/// <summary>MYSQL_TIME.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
internal struct Time
{
    [FieldOffset(0)]
    public uint Year;

    [FieldOffset(4)]
    public uint Month;

    [FieldOffset(8)]
    public uint Day;

    [FieldOffset(12)]
    public uint Hour;

    [FieldOffset(16)]
    public uint Minute;

    [FieldOffset(20)]
    public uint Second;

    /// <summary>Microseconds.</summary>
    [FieldOffset(24)]
    public nuint Fraction;

    [FieldOffset(32)]
    public byte IsNegative;

    /// <summary>1 date, 2 date and time, 3 time.</summary>
    [FieldOffset(36)]
    public int Kind;
}

/// <summary>enum enum_field_types.</summary>
internal enum FieldType
{
    Decimal = 0,
    Tiny = 1,
    Short = 2,
    Long = 3,
    Float = 4,
    Double = 5,
    Null = 6,
    Timestamp = 7,
    LongLong = 8,
    Int24 = 9,
    Date = 10,
    Time = 11,
    DateTime = 12,
    Year = 13,
    VarChar = 15,
    Bit = 16,
    Json = 245,
    NewDecimal = 246,
    Enum = 247,
    Set = 248,
    TinyBlob = 249,
    MediumBlob = 250,
    LongBlob = 251,
    Blob = 252,
    VarString = 253,
    String = 254,
    Geometry = 255,
}
