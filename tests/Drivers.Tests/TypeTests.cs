using System.Data;

namespace Drivers.Tests;

/// <summary>Every type of our schema and of FreeRADIUS's goes in and comes out as it was.</summary>
public sealed class TypeTests : IDisposable
{
    private readonly TestDatabase _database = new();
    private readonly MySqlConnection _connection;

    public TypeTests() => _connection = _database.Open();

    public void Dispose() => _database.Dispose();

    public static TheoryData<string, object> Values => new()
    {
        { "TINYINT", sbyte.MinValue },
        { "TINYINT UNSIGNED", byte.MaxValue },
        { "SMALLINT", short.MinValue },
        { "SMALLINT UNSIGNED", ushort.MaxValue },
        { "MEDIUMINT", -8388608 },
        { "MEDIUMINT UNSIGNED", 16777215u },
        { "INT", int.MinValue },
        { "INT UNSIGNED", uint.MaxValue },
        { "BIGINT", long.MinValue },
        { "BIGINT UNSIGNED", ulong.MaxValue },
        { "YEAR", 2026 },
        { "DECIMAL(20,4)", -1234567890123456.7891m },
        { "DECIMAL(10,0)", 42m },
        { "FLOAT", 1.5f },
        { "DOUBLE", Math.PI },
        { "DATE", new DateTime(2026, 2, 28) },
        { "DATETIME", new DateTime(2026, 2, 28, 23, 59, 58) },
        { "DATETIME(6)", new DateTime(2026, 2, 28, 23, 59, 58).AddMicroseconds(123456) },
        { "TIMESTAMP(3) NULL", new DateTime(2026, 2, 28, 23, 59, 58, 999) },
        { "TIME", new TimeSpan(23, 59, 58) },
        { "TIME(6)", -new TimeSpan(0, 838, 59, 58, 0, 123456) },
        { "CHAR(10) CHARACTER SET utf8mb4", "a b" },
        { "VARCHAR(100) CHARACTER SET utf8mb4", "žluťoučký 🐎 𝒳" },
        { "VARCHAR(100) CHARACTER SET utf8mb4", "" },
        { "VARCHAR(100) CHARACTER SET latin1", "Größe" },
        { "TEXT CHARACTER SET utf8mb4", new string('ž', 20000) },
        { "LONGTEXT CHARACTER SET utf8mb4", new string('x', 3_000_000) },
        { "JSON", "[[\"Framed-Pool\",\"pool1\"]]" },
        { "ENUM('up','down')", "down" },
        { "SET('a','b','c')", "a,c" },
        { "BIT(1)", 1ul },
        { "BIT(64)", ulong.MaxValue },
        { "BINARY(4)", new byte[] { 0, 1, 255, 0 } },
        { "VARBINARY(253)", new byte[] { 0, 0xFF, 0xC3, 0x28, 0 } },
        { "BLOB", Enumerable.Range(0, 60000).Select(i => (byte)i).ToArray() },
        { "LONGBLOB", Array.Empty<byte>() },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void Value_comes_out_as_it_went_in(string type, object value)
    {
        _connection.Run($"CREATE TABLE t (id INT, v {type})");
        Assert.Equal(1, _connection.Run("INSERT INTO t VALUES (1, @v)", ("@v", value)));
        _connection.Run("INSERT INTO t VALUES (2, @v)", ("@v", null));

        using var command = _connection.Command("SELECT v, id FROM t ORDER BY id");
        using var reader = command.ExecuteReader();
        Assert.True(reader.Read());
        Assert.Equal(value, reader.GetValue(0));
        Assert.Equal(value.GetType(), reader.GetFieldType(0));
        Assert.False(reader.IsDBNull(0));
        Assert.Equal(1, reader.GetInt32(1));
        Assert.True(reader.Read());
        Assert.True(reader.IsDBNull(0));
        Assert.Equal(DBNull.Value, reader.GetValue(0));
        Assert.Throws<InvalidCastException>(() => reader.GetString(0));
        Assert.Throws<InvalidCastException>(() => reader.GetInt64(0));
        Assert.Equal(2, reader.GetInt64(1));
        Assert.False(reader.Read());
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void Value_finds_its_row(string type, object value)
    {
        if (type is "FLOAT" or "JSON")
            return;         // the server compares a FLOAT by its shortest decimal, and JSON as a text of any collation

        _connection.Run($"CREATE TABLE t (v {type})");
        _connection.Run("INSERT INTO t VALUES (@v)", ("v", value));

        Assert.Equal(1L, _connection.Scalar("SELECT COUNT(*) FROM t WHERE v = @v", ("v", value)));
    }

    [Fact]
    public void Other_types_become_what_they_mean()
    {
        var moment = new DateTimeOffset(2026, 2, 28, 12, 0, 0, TimeSpan.FromHours(2));
        var guid = Guid.NewGuid();
        using var command = _connection.Command(
            "SELECT @flag, CAST(@moment AS DATETIME), CAST(@day AS DATE), CAST(@time AS TIME), @guid, @state, @char, @part",
            ("flag", true), ("moment", moment), ("day", new DateOnly(2026, 2, 28)), ("time", new TimeOnly(8, 30)), ("guid", guid),
            ("state", ConnectionState.Open), ("char", 'ž'), ("part", new ReadOnlyMemory<byte>([1, 2, 3], 1, 2)));
        using var reader = (MySqlDataReader)command.ExecuteReader();
        Assert.True(reader.Read());

        Assert.True(reader.GetBoolean(0));
        Assert.Equal(moment, reader.GetFieldValue<DateTimeOffset>(1));
        Assert.Equal(new DateOnly(2026, 2, 28), reader.GetFieldValue<DateOnly>(2));
        Assert.Equal(new TimeOnly(8, 30), reader.GetFieldValue<TimeOnly>(3));
        Assert.Equal(guid, reader.GetGuid(4));
        Assert.Equal(ConnectionState.Open, reader.GetFieldValue<ConnectionState>(5));
        Assert.Equal('ž', reader.GetChar(6));
        Assert.Equal([2, 3], reader.GetFieldValue<byte[]>(7));
        reader.Close();
        var fault = Assert.Throws<NotSupportedException>(() => _connection.Scalar("SELECT @x", ("x", new Version(1, 0))));
        Assert.Contains("System.Version", fault.Message);
    }

    [Fact]
    public void Numbers_are_read_as_any_type_that_holds_them()
    {
        using var command = _connection.Command("SELECT CAST(300 AS SIGNED), 1.5, CAST(18446744073709551615 AS UNSIGNED), 'text'");
        using var reader = command.ExecuteReader();
        reader.Read();

        Assert.Equal(300, reader.GetInt16(0));
        Assert.Equal(300m, reader.GetDecimal(0));
        Assert.Throws<OverflowException>(() => reader.GetByte(0));
        Assert.Equal(1.5, reader.GetDouble(1));
        Assert.Throws<OverflowException>(() => reader.GetInt64(2));
        Assert.Throws<InvalidCastException>(() => reader.GetInt64(3));
        Assert.Throws<InvalidCastException>(() => reader.GetString(0));
        Assert.Throws<IndexOutOfRangeException>(() => reader.GetValue(4));
        Assert.Throws<IndexOutOfRangeException>(() => reader.GetOrdinal("none"));
    }

    [Fact]
    public void Zero_date_is_refused_by_name_and_can_be_selected_as_null()
    {
        _connection.Run("SET sql_mode = ''");
        _connection.Run("CREATE TABLE radacct (acctstarttime DATETIME NOT NULL)");
        _connection.Run("INSERT INTO radacct VALUES ('0000-00-00 00:00:00')");

        Assert.Contains("acctstarttime", Assert.Throws<InvalidCastException>(() => _connection.Scalar("SELECT acctstarttime FROM radacct")).Message);
        Assert.Equal(DBNull.Value, _connection.Scalar("SELECT NULLIF(acctstarttime, 0) FROM radacct"));
    }

    [Fact]
    public void Long_column_does_not_cut_the_short_ones_of_its_row_nor_the_next_row()
    {
        _connection.Run("CREATE TABLE t (id INT, a TEXT, b BLOB, c TEXT)");
        var (a, c) = (new string('a', 500), new string('c', 70_000 / 2));
        _connection.Run("INSERT INTO t VALUES (1, 'short', 'x', 'y'), (2, @a, @b, @c), (3, 'end', NULL, '')", ("a", a), ("b", new byte[2000]), ("c", c));

        using var command = _connection.Command("SELECT a, b, c FROM t ORDER BY id");
        for (var run = 0; run < 2; run++)
        {
            using var reader = command.ExecuteReader();
            reader.Read();
            Assert.Equal(("short", "y"), (reader.GetString(0), reader.GetString(2)));
            reader.Read();
            Assert.Equal((a, 2000, c), (reader.GetString(0), (int)reader.GetBytes(1, 0, null, 0, 0), reader.GetString(2)));
            var part = new byte[10];
            Assert.Equal(5, reader.GetBytes(1, 1995, part, 0, 10));
            Assert.Equal(3, reader.GetChars(2, 34_997, new char[10], 0, 10));
            reader.Read();
            Assert.Equal(("end", true, ""), (reader.GetString(0), reader.IsDBNull(1), reader.GetString(2)));
        }
    }

    [Fact]
    public void Columns_are_described()
    {
        _connection.Run("CREATE TABLE t (id BIGINT UNSIGNED NOT NULL, name VARCHAR(20), octets VARBINARY(9), bits BIT(3))");
        using var command = _connection.Command("SELECT id, name AS Known, octets, bits FROM t");
        using var reader = command.ExecuteReader();

        Assert.Equal(["BIGINT UNSIGNED", "VARCHAR", "VARBINARY", "BIT"], Enumerable.Range(0, 4).Select(reader.GetDataTypeName));
        Assert.Equal(1, reader.GetOrdinal("known"));
        var table = reader.GetSchemaTable()!;
        Assert.Equal(["id", "Known", "octets", "bits"], table.Rows.Cast<DataRow>().Select(r => (string)r["ColumnName"]));
        Assert.Equal([false, true, true, true], table.Rows.Cast<DataRow>().Select(r => (bool)r["AllowDBNull"]));
    }

    [Fact]
    public void Rows_load_into_a_table()
    {
        using var command = _connection.Command("SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, NULL");
        using var reader = command.ExecuteReader();
        var table = new DataTable { Locale = System.Globalization.CultureInfo.InvariantCulture };
        table.Load(reader);

        Assert.Equal(2, table.Rows.Count);
        Assert.Equal(DBNull.Value, table.Rows[1]["b"]);
    }
}
