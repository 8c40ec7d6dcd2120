using System.Text;
using UserManager.Server.Web.Api;

namespace UserManager.Server.Cli;

/// <summary>Reads a line from a terminal, with history, tab completion and the usual keys. Without a terminal it just reads lines.</summary>
/// <param name="complete">Asks what could stand at a place of the text.</param>
internal sealed class LineEditor(Func<string, int, Task<CompletionReply>> complete)
{
    private const int MostHistory = 500;

    private readonly List<string> _history = [];
    private readonly StringBuilder _text = new();
    private int _cursor;
    private int _shown;         // entry of the history that is shown; its count for the line being written

    /// <returns>The line; null at the end of input.</returns>
    public async Task<string?> ReadAsync(string prompt)
    {
        if (Console.IsInputRedirected)
            return await Console.In.ReadLineAsync();

        Console.TreatControlCAsInput = true;
        if (prompt.Length > Console.WindowWidth / 2)
            prompt = "> ";

        Begin();
        Draw(prompt);
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            switch (key.Key)
            {
                case ConsoleKey.Enter:
                    Console.WriteLine($"\r{prompt}{_text}\e[K");     // whole, also what had scrolled out
                    return Remember(_text.ToString());
                case ConsoleKey.C when IsControl(key):
                    Console.WriteLine("^C");
                    Begin();
                    break;
                case ConsoleKey.D when IsControl(key) && _text.Length == 0:
                    Console.WriteLine();
                    return null;
                case ConsoleKey.Tab when Console.KeyAvailable:
                    _text.Insert(_cursor++, ' ');                   // pasted, not asked
                    break;
                case ConsoleKey.Tab:
                    await CompleteAsync();
                    break;
                default:
                    Edit(key);
                    break;
            }

            Draw(prompt);
        }
    }

    private void Begin()
    {
        _text.Clear();
        _cursor = 0;
        _shown = _history.Count;
    }

    private static bool IsControl(ConsoleKeyInfo key) => key.Modifiers.HasFlag(ConsoleModifiers.Control);

    private void Edit(ConsoleKeyInfo key)
    {
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow:
                _cursor = Math.Max(0, _cursor - 1);
                break;
            case ConsoleKey.RightArrow:
                _cursor = Math.Min(_text.Length, _cursor + 1);
                break;
            case ConsoleKey.Home:
            case ConsoleKey.A when IsControl(key):
                _cursor = 0;
                break;
            case ConsoleKey.End:
            case ConsoleKey.E when IsControl(key):
                _cursor = _text.Length;
                break;
            case ConsoleKey.UpArrow:
                Recall(_shown - 1);
                break;
            case ConsoleKey.DownArrow:
                Recall(_shown + 1);
                break;
            case ConsoleKey.Backspace:
                Cut(_cursor - 1, _cursor);
                break;
            case ConsoleKey.Delete:
            case ConsoleKey.D when IsControl(key):
                Cut(_cursor, _cursor + 1);
                break;
            case ConsoleKey.U when IsControl(key):
                Cut(0, _cursor);
                break;
            case ConsoleKey.K when IsControl(key):
                Cut(_cursor, _text.Length);
                break;
            case ConsoleKey.W when IsControl(key):
                Cut(WordBefore(), _cursor);
                break;
            case ConsoleKey.L when IsControl(key):
                Console.Clear();
                break;
            default:
                if (!char.IsControl(key.KeyChar))
                    _text.Insert(_cursor++, key.KeyChar);

                break;
        }
    }

    private void Cut(int from, int until)
    {
        if (from < 0 || until > _text.Length)
            return;

        _text.Remove(from, until - from);
        _cursor = from;
    }

    private int WordBefore()
    {
        var start = _cursor;
        while (start > 0 && _text[start - 1] == ' ')
            start--;

        while (start > 0 && _text[start - 1] != ' ')
            start--;

        return start;
    }

    private void Recall(int entry)
    {
        if (entry < 0 || entry > _history.Count)
            return;

        _shown = entry;
        _text.Clear().Append(entry == _history.Count ? "" : _history[entry]);
        _cursor = _text.Length;
    }

    // A secret on the command line would stay in the history only as long as the console runs: it is kept nowhere else.
    private string Remember(string line)
    {
        if (line.Length > 0 && (_history.Count == 0 || _history[^1] != line))
            _history.Add(line);

        if (_history.Count > MostHistory)
            _history.RemoveAt(0);

        return line;
    }

    private async Task CompleteAsync()
    {
        var reply = await complete(_text.ToString(), _cursor);
        if (reply.Candidates.Count == 0)
            return;

        var common = reply.Candidates.Aggregate(CommonStart);
        if (reply.Candidates.Count > 1 && common.Length <= _cursor - reply.Start)
        {
            Console.WriteLine();
            Console.WriteLine(string.Join("  ", reply.Candidates));
            return;
        }

        _text.Remove(reply.Start, _cursor - reply.Start).Insert(reply.Start, common);
        _cursor = reply.Start + common.Length;
        if (reply.Candidates.Count == 1 && !common.EndsWith('='))
            _text.Insert(_cursor++, ' ');
    }

    private static string CommonStart(string one, string other)
    {
        var length = 0;
        while (length < Math.Min(one.Length, other.Length) && one[length] == other[length])
            length++;

        return one[..length];
    }

    // One row: a line longer than the terminal scrolls sideways, so that nothing has to be known of what was drawn before.
    private void Draw(string prompt)
    {
        var room = Math.Max(10, Console.WindowWidth - prompt.Length - 1);
        var from = Math.Max(0, _cursor - room);
        var shown = _text.ToString(from, Math.Min(room, _text.Length - from));
        Console.Write($"\r{prompt}{shown}\e[K\r");
        Console.Write($"\e[{prompt.Length + _cursor - from}C");
    }
}
