using System.Numerics;
using System.Text;

namespace UserManager.Storage;

/// <summary>The texts of a statement with rows of values, one for each number of rows that is a power of two.</summary>
/// <param name="head">Up to VALUES.</param>
/// <param name="columns">Values of a row that are parameters: <c>@p1</c> and on, through all rows.</param>
/// <param name="tail">What follows the rows.</param>
/// <param name="constants">Values of a row behind its parameters.</param>
internal sealed class RowText(string head, int columns, string tail, string constants = "")
{
    public const int MostRows = 128;

    private readonly string?[] _texts = new string?[MostRows + 1];

    public int Columns => columns;

    public string Of(int rows) => _texts[rows] ??= Build(rows);

    public static string NameOf(int position) => $"@p{position}";

    private string Build(int rows)
    {
        var text = new StringBuilder(head);
        for (var row = 0; row < rows; row++)
        {
            text.Append(row == 0 ? "\n(" : ",\n(")
                .AppendJoin(", ", Enumerable.Range((row * columns) + 1, columns).Select(NameOf))
                .Append(constants)
                .Append(')');
        }

        return text.Append('\n').Append(tail).ToString();
    }
}

/// <summary>The texts of a statement with a list of values, one for each length that is a power of two: a list that is shorter has its last value again.</summary>
/// <param name="head">Up to the list.</param>
/// <param name="tail">What follows it.</param>
internal sealed class ListText(string head, string tail)
{
    private readonly string?[] _texts = new string?[32];

    public static int SizeFor(int values) => (int)BitOperations.RoundUpToPowerOf2((uint)values);

    public string Of(int size) =>
        _texts[BitOperations.Log2((uint)size)] ??= $"{head}{string.Join(", ", Enumerable.Range(1, size).Select(RowText.NameOf))}{tail}";
}

/// <summary>Takes the values of a <see cref="RowText"/>, column by column and row by row. Those of a column are all numbers or all texts.</summary>
internal interface IRowValues
{
    void Next(long? value);

    void Next(string? value);
}

/// <summary>Rows for a statement that takes as many as there are.</summary>
internal sealed class RowCommand(PreparedCommand command) : IRowValues
{
    private int _position;

    public void Next(long? value) => command.At(++_position, value);

    public void Next(string? value) => command.At(++_position, value);

    public void Execute() => command.Execute();
}

/// <summary>Rows that are gathered, to be written together.</summary>
internal sealed class RowList(RowText text) : IRowValues
{
    private readonly long?[]?[] _numbers = new long?[text.Columns][];
    private readonly string?[]?[] _texts = new string?[text.Columns][];
    private int _row;
    private int _column;

    public int Count => _row;

    public void Next(long? value) => Add(ref _numbers[_column], value);

    public void Next(string? value) => Add(ref _texts[_column], value);

    public void Clear()
    {
        foreach (var texts in _texts)
            texts?.AsSpan(0, Math.Min(_row + 1, texts.Length)).Clear();

        (_row, _column) = (0, 0);
    }

    /// <summary>Writes them in one statement, of which the driver makes as many as there are rows.</summary>
    public void WriteAtOnce(Func<string, PreparedCommand> prepare)
    {
        var command = prepare(text.Of(1));
        for (var column = 0; column < text.Columns; column++)
        {
            if (_numbers[column] is { } numbers)
                command.At(column + 1, numbers.AsMemory(0, _row));
            else
                command.At(column + 1, _texts[column].AsMemory(0, _row));
        }

        command.Execute();
    }

    /// <summary>Writes them in statements of a power of two rows, the largest first: few texts, each prepared once.</summary>
    public void WriteInPieces(Func<string, PreparedCommand> prepare)
    {
        var first = 0;
        for (var piece = RowText.MostRows; piece > 0; piece /= 2)
        {
            for (; _row - first >= piece; first += piece)
                Write(new RowCommand(prepare(text.Of(piece))), first, piece);
        }
    }

    private void Write(RowCommand command, int first, int rows)
    {
        for (var row = first; row < first + rows; row++)
        {
            for (var column = 0; column < text.Columns; column++)
            {
                if (_numbers[column] is { } numbers)
                    command.Next(numbers[row]);
                else
                    command.Next(_texts[column]![row]);
            }
        }

        command.Execute();
    }

    private void Add<T>(ref T[]? column, T value)
    {
        if (column is null || _row == column.Length)
            Array.Resize(ref column, Math.Max(64, 2 * _row));

        column[_row] = value;
        if (++_column == text.Columns)
            (_row, _column) = (_row + 1, 0);
    }
}
