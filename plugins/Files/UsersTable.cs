using System.Collections.Frozen;
using System.Text;
using Microsoft.Extensions.Logging;
using UserManager.Contract;

namespace UserManager.Plugins;

/// <summary>The entries of a users file by their names. Immutable.</summary>
internal sealed class UsersTable
{
    private const string Default = "DEFAULT";
    private const int UsualLength = 256;

    private readonly FrozenDictionary<string, Entry[]> _byName;
    private readonly FrozenDictionary<string, Entry[]>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly Entry[] _defaults;

    private UsersTable(IEnumerable<Entry> entries)
    {
        _byName = entries.GroupBy(entry => entry.Name, StringComparer.Ordinal).ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
        _lookup = _byName.GetAlternateLookup<ReadOnlySpan<char>>();
        _defaults = _byName.GetValueOrDefault(Default) ?? [];
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ConfigFileException">With all that is wrong in it.</exception>
    public static UsersTable Read(string path, IConfigFiles files, IPairReader pairs, ILogger log)
    {
        var file = UsersFile.Read(path, files.Use);
        var problems = new List<FileProblem>(file.Problems);
        var entries = new List<Entry>(file.Entries.Count);
        foreach (var entry in file.Entries)
        {
            var check = Read(entry, entry.Check, PairUse.Check);
            entries.Add(new Entry(entries.Count, entry, check, Read(entry, entry.Reply, PairUse.Reply)));
        }

        return problems.Count > 0 ? throw new ConfigFileException(problems) : new UsersTable(entries);

        PairList Read(UsersEntry entry, IReadOnlyList<UsersItem> items, PairUse use)
        {
            if (items.Count == 0)
                return PairList.Empty;

            var read = new List<Pair>(items.Count);
            foreach (var item in items)
            {
                try
                {
                    read.Add(pairs.Read(item.Text, use));
                    if (read[^1].Warning is { } warning)
                        log.RarelyMeant(new FileProblem(entry.File, item.Line, item.NameColumn, warning));
                }
                catch (PairException wrong)
                {
                    problems.Add(new FileProblem(entry.File, item.Line, item.ColumnOf(wrong.Part), wrong.Message));
                }
            }

            return new PairList(read);
        }
    }

    /// <summary>The entries of a name and those for all, in the order of the file.</summary>
    public Candidates Find(ReadOnlySpan<byte> name)
    {
        Span<char> text = stackalloc char[UsualLength];
        return new Candidates(TryDecode(name, text, out var length) && _lookup.TryGetValue(text[..length], out var own) && own != _defaults ? own : [], _defaults);
    }

    // As text is read everywhere: UTF-8 where it is, otherwise Latin-1. No name is longer than an attribute.
    private static bool TryDecode(ReadOnlySpan<byte> name, Span<char> to, out int length) =>
        System.Text.Unicode.Utf8.IsValid(name) ? Encoding.UTF8.TryGetChars(name, to, out length) : Encoding.Latin1.TryGetChars(name, to, out length);

    /// <param name="order">Its place in the file.</param>
    internal sealed class Entry(int order, UsersEntry written, PairList check, PairList reply)
    {
        public int Order => order;

        public string Name => written.Name;

        public PairList Check => check;

        public PairList Reply => reply;

        /// <summary>Where it stands, for <c>-X</c>.</summary>
        public string Place => $"{written.File}:{written.Line}";
    }

    /// <summary>Two lists of entries, walked as one.</summary>
    internal struct Candidates(Entry[] own, Entry[] defaults)
    {
        private int _own;
        private int _default;

        /// <summary>The next entry; null behind the last.</summary>
        public Entry? Next()
        {
            if (_own < own.Length && (_default == defaults.Length || own[_own].Order < defaults[_default].Order))
                return own[_own++];

            return _default < defaults.Length ? defaults[_default++] : null;
        }
    }
}
