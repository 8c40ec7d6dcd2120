using UserManager.Contract;

namespace UserManager.Management;

/// <summary>The <c>.query</c> of an API's print: words for a stack, run once for each record. See MikroTik's API manual, "Queries".</summary>
internal static class RestQuery
{
    /// <returns>What a record must fulfil: no <c>false</c> is left on the stack, whose bottom is an endless supply of <c>true</c>.</returns>
    /// <exception cref="MenuException">A word is none.</exception>
    public static Func<MenuRow, bool> Compile(Menu menu, ValueFormat format, IReadOnlyList<string> words)
    {
        var steps = words.Select(word => Step(menu, format, word)).ToList();
        return row =>
        {
            var stack = new BitStack();
            foreach (var step in steps)
                step(stack, row);

            return stack.IsAllTrue;
        };
    }

    private static Action<BitStack, MenuRow> Step(Menu menu, ValueFormat format, string word)
    {
        if (word.StartsWith('#'))
            return Operations(word);

        var order = word.Length > 0 && word[0] is '<' or '>' ? word[..1] : "=";
        var rest = word.StartsWith('=') || order != "=" ? word[1..] : word;
        var equals = rest.IndexOf('=', StringComparison.Ordinal);
        if (equals > 0)
        {
            var test = ConditionCompiler.Test(menu, format, rest[..equals], order, rest[(equals + 1)..]);
            return (stack, row) => stack.Push(test(row));
        }

        if (equals == 0 || rest.Length == 0 || rest.Length < word.Length)
            throw Invalid(word);

        return word.StartsWith('-')
            ? (stack, row) => stack.Push(row[word[1..]] is null)
            : (stack, row) => stack.Push(row[word] is not null);
    }

    private static Action<BitStack, MenuRow> Operations(string word)
    {
        var operations = new List<Action<BitStack>>();
        for (var at = 1; at < word.Length;)
        {
            if (char.IsAsciiDigit(word[at]))
            {
                var from = at;
                while (at < word.Length && char.IsAsciiDigit(word[at]))
                    at++;

                if (!int.TryParse(word.AsSpan(from, at - from), out var index))
                    throw Invalid(word);

                if (at == word.Length)
                    operations.Add(stack => stack.ReplaceBy(index));
                else
                    operations.Add(stack => stack.Push(stack.Peek(index)));

                if (at < word.Length && word[at] == '.')
                    at++;
            }
            else
            {
                operations.Add(word[at++] switch
                {
                    '!' => stack => stack.Push(!stack.Pop()),
                    '&' => stack => stack.Push(stack.Pop() & stack.Pop()),
                    '|' => stack => stack.Push(stack.Pop() | stack.Pop()),
                    '.' => stack => stack.Push(stack.Peek(0)),
                    _ => throw Invalid(word),
                });
            }
        }

        return (stack, _) => operations.ForEach(operation => operation(stack));
    }

    private static MenuException Invalid(string word) => new($"invalid query word {word}");

    private sealed class BitStack
    {
        private readonly List<bool> _values = [];

        public bool IsAllTrue => !_values.Contains(false);

        public void Push(bool value) => _values.Add(value);

        public bool Pop()
        {
            var top = Peek(0);
            if (_values.Count > 0)
                _values.RemoveAt(_values.Count - 1);

            return top;
        }

        /// <param name="index">0 is the top.</param>
        public bool Peek(int index) => index >= _values.Count || _values[^(index + 1)];

        public void ReplaceBy(int index)
        {
            var value = Peek(index);
            _values.Clear();
            _values.Add(value);
        }
    }
}
