using System.Collections;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace UserManager.MySql;

/// <summary>A value of a statement. Its type is that of <see cref="Value"/>: integers, bool, float, double, decimal, string, char, byte[],
/// ReadOnlyMemory of bytes, DateTime, DateTimeOffset (as UTC), DateOnly, TimeSpan, TimeOnly, Guid (as text), enums (as numbers), null or DBNull.
/// Or <c>Memory&lt;long?&gt;</c> or <c>Memory&lt;string?&gt;</c>, a value a row: then each parameter has as many rows, and an INSERT, UPDATE or DELETE is run
/// for each of them in one message. MariaDB only; the number of rows changed is that of all.</summary>
public sealed class MySqlParameter : DbParameter
{
    private string _name = "";

    public MySqlParameter()
    {
    }

    /// <param name="name">With or without <c>@</c>.</param>
    /// <param name="value">See the type.</param>
    public MySqlParameter(string name, object? value) => (ParameterName, Value) = (name, value);

    public override DbType DbType { get; set; } = DbType.Object;

    /// <summary>Only <see cref="ParameterDirection.Input"/>: a procedure's results come as rows.</summary>
    public override ParameterDirection Direction
    {
        get => ParameterDirection.Input;
        set
        {
            if (value != ParameterDirection.Input)
                throw new NotSupportedException("A parameter is input only: select a procedure's results as rows.");
        }
    }

    public override bool IsNullable { get; set; }

    [AllowNull]
    public override string ParameterName
    {
        get => _name;
        set => (_name, Bare) = (value ?? "", (value ?? "").TrimStart('@'));
    }

    public override int Size { get; set; }

    [AllowNull]
    public override string SourceColumn { get; set; } = "";

    public override bool SourceColumnNullMapping { get; set; }

    public override object? Value { get; set; }

    internal string Bare { get; private set; } = "";

    public override void ResetDbType() => DbType = DbType.Object;
}

/// <summary>The values of a statement, by name (<c>@name</c>, letters' case as it is written) or in the order of its <c>?</c>.</summary>
public sealed class MySqlParameterCollection : DbParameterCollection
{
    private readonly List<MySqlParameter> _all = [];

    public override int Count => _all.Count;

    public override object SyncRoot => _all;

    /// <summary>Adds one.</summary>
    public MySqlParameter AddWithValue(string name, object? value)
    {
        var parameter = new MySqlParameter(name, value);
        _all.Add(parameter);
        return parameter;
    }

    public override int Add(object value)
    {
        _all.Add(One(value));
        return _all.Count - 1;
    }

    public override void AddRange(Array values)
    {
        foreach (var value in values)
            Add(value);
    }

    public override void Clear() => _all.Clear();

    public override bool Contains(object value) => value is MySqlParameter one && _all.Contains(one);

    public override bool Contains(string value) => IndexOf(value) >= 0;

    public override void CopyTo(Array array, int index) => ((ICollection)_all).CopyTo(array, index);

    public override IEnumerator GetEnumerator() => _all.GetEnumerator();

    public override int IndexOf(object value) => value is MySqlParameter one ? _all.IndexOf(one) : -1;

    public override int IndexOf(string parameterName) => Find(parameterName.TrimStart('@'));

    public override void Insert(int index, object value) => _all.Insert(index, One(value));

    public override void Remove(object value) => _all.Remove(One(value));

    public override void RemoveAt(int index) => _all.RemoveAt(index);

    public override void RemoveAt(string parameterName) => _all.RemoveAt(Known(parameterName));

    protected override DbParameter GetParameter(int index) => _all[index];

    protected override DbParameter GetParameter(string parameterName) => _all[Known(parameterName)];

    protected override void SetParameter(int index, DbParameter value) => _all[index] = One(value);

    protected override void SetParameter(string parameterName, DbParameter value) => _all[Known(parameterName)] = One(value);

    /// <returns>The value of the statement's parameter <paramref name="index"/>.</returns>
    internal object? ValueOf(string name, int index)
    {
        // Nearly always they were added in the order in which the statement names them.
        if (index < _all.Count && (name.Length == 0 || _all[index].Bare == name))
            return _all[index].Value;

        var found = name.Length == 0 ? -1 : Find(name);
        return found >= 0 ? _all[found].Value
            : throw new InvalidOperationException(
                name.Length == 0 ? $"The statement has more parameters than the {_all.Count} given." : $"The parameter @{name} was not given.");
    }

    private int Find(string bare)
    {
        for (var i = 0; i < _all.Count; i++)
        {
            if (_all[i].Bare == bare)
                return i;
        }

        return -1;
    }

    private int Known(string name) => IndexOf(name) is >= 0 and var index ? index : throw new ArgumentException($"There is no parameter {name}.");

    private static MySqlParameter One(object value) =>
        value as MySqlParameter ?? throw new InvalidCastException($"A parameter must be a {nameof(MySqlParameter)}.");
}
