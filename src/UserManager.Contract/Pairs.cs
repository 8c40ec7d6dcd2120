using UserManager.Radius;

namespace UserManager.Contract;

/// <summary>Reads check and reply items as FreeRADIUS's users file and SQL tables have them. A module gets it by its constructor.</summary>
public interface IPairReader
{
    /// <summary>Reads one item. Do it when the file is loaded, or when the row was fetched.</summary>
    /// <exception cref="PairException">It is wrong: an attribute or value that is not known, an operator that has no meaning there.</exception>
    Pair Read(in PairText text, PairUse use);
}

/// <summary>Which of the two lists of an entry an item stands in.</summary>
public enum PairUse
{
    /// <summary>Compared with the request, or put into <c>control</c>.</summary>
    Check,

    /// <summary>Put into the reply.</summary>
    Reply,
}

/// <summary>An item as it is written: <c>Name op value</c>.</summary>
/// <param name="Name">An attribute with its tag, if any: <c>Tunnel-Type:1</c>, <c>Attr-26.9.1</c>.</param>
/// <param name="Operator">As it is written: <c>:=</c>, <c>==</c> …</param>
/// <param name="Value">Without its quotes, its escapes as they are written: <c>\"</c>, <c>\n</c>, <c>\101</c>. Nothing is read from it for <c>=*</c> and <c>!*</c>.</param>
public readonly record struct PairText(string Name, string Operator, string Value)
{
    /// <summary>It stood in double quotes: what is <c>%{...}</c> in it is expanded for each request.</summary>
    public bool IsExpanded { get; init; }
}

/// <summary>The parts of an item, to say where it is wrong.</summary>
public enum PairPart
{
    Name,
    Operator,
    Value,
}

/// <summary>An item that cannot be read.</summary>
public sealed class PairException(PairPart part, string message) : FormatException(message)
{
    /// <summary>What of it is wrong.</summary>
    public PairPart Part { get; } = part;
}

/// <summary>The operators of items (users(5) of FreeRADIUS 3.2).</summary>
public enum PairOperator
{
    /// <summary><c>:=</c> Check: agrees always, and takes the place of what <c>control</c> has of this name. Reply: takes the place of the first of this name.</summary>
    Set,

    /// <summary><c>=</c> Check: as <c>==</c>, but for Auth-Type and its like, which go to <c>control</c> unless there is one. Reply: added unless there is one.</summary>
    SetIfAbsent,

    /// <summary><c>+=</c> Added behind. As a check item it agrees always.</summary>
    Append,

    /// <summary><c>^=</c> Added before all others. As a check item it agrees always.</summary>
    Prepend,

    /// <summary><c>-=</c> Reply only: those of this value go.</summary>
    Remove,

    /// <summary><c>==</c> Check: one of this name has this value. Reply: those of another value go.</summary>
    Equal,

    /// <summary><c>!=</c> Check only: one of this name has another value.</summary>
    NotEqual,

    /// <summary><c>&lt;</c> Check only.</summary>
    Less,

    /// <summary><c>&lt;=</c> Reply: what is more becomes this value; added when there is none.</summary>
    LessOrEqual,

    /// <summary><c>&gt;</c> Check only.</summary>
    Greater,

    /// <summary><c>&gt;=</c> Reply: what is less becomes this value; added when there is none.</summary>
    GreaterOrEqual,

    /// <summary><c>=~</c> Check only: one of this name matches the expression. <c>%{0}</c> to <c>%{8}</c> hold what it caught.</summary>
    Match,

    /// <summary><c>!~</c> Check only: there is one of this name, and none matches the expression.</summary>
    NoMatch,

    /// <summary><c>=*</c> Check only: there is one of this name.</summary>
    Present,

    /// <summary><c>!*</c> Check: there is none of this name. Reply: all of this name go.</summary>
    Absent,
}

/// <summary>An item, read. Immutable.</summary>
/// <param name="key">The attribute.</param>
/// <param name="definition">Its definition; null for one that is known by number only.</param>
/// <param name="op">What is done with it.</param>
public abstract class Pair(AttributeKey key, AttributeDefinition? definition, PairOperator op)
{
    public AttributeKey Key { get; } = key;

    public AttributeDefinition? Definition { get; } = definition;

    public PairOperator Operator { get; } = op;

    /// <summary>RFC 2868's tag; null for none.</summary>
    public byte? Tag { get; init; }

    /// <summary>Its value in the form of the wire; null when it depends on the request.</summary>
    public ReadOnlyMemory<byte>? Constant { get; init; }

    /// <summary>What its author ought to know, though it can be used; null as a rule.</summary>
    public string? Warning { get; init; }

    /// <summary>As a check item: does the request agree with it? Prefix and Suffix set Stripped-User-Name when it does.</summary>
    /// <param name="context">The request.</param>
    /// <param name="all">The list it stands in: <c>Strip-User-Name := No</c> there keeps the name.</param>
    public abstract bool Agrees(RequestContext context, PairList all);

    /// <summary>Its value for this request.</summary>
    /// <returns>False when it cannot be made: what was expanded is no value of the attribute.</returns>
    public bool TryGetValue(RequestContext context, out ReadOnlySpan<byte> value)
    {
        var made = Constant ?? Expand(context);
        value = made.GetValueOrDefault().Span;
        return made is not null;
    }

    /// <summary>Works out a value that is not <see cref="Constant"/>; null when it cannot be made.</summary>
    protected abstract ReadOnlyMemory<byte>? Expand(RequestContext context);

    /// <summary>Below 0, 0 or above 0, as a value compares with another one of this attribute.</summary>
    internal int Compare(ReadOnlySpan<byte> value, ReadOnlySpan<byte> other) =>
        Definition is null ? value.SequenceCompareTo(other) : AttributeText.Compare(Definition, value, other);
}

/// <summary>The check items or the reply items of an entry. Immutable.</summary>
public sealed class PairList
{
    private const int UsualCount = 64;

    private readonly Pair[] _pairs;
    private readonly bool _isConstant;

    public PairList(IEnumerable<Pair> pairs)
    {
        _pairs = [.. pairs];
        _isConstant = Array.TrueForAll(_pairs, pair => pair.Constant is not null);
        if (Array.Find(_pairs, pair => pair.Key == Internal.FallThrough)?.Constant is { } value)
            FallThrough = value.Span.ContainsAnyExcept((byte)0);
    }

    public static PairList Empty { get; } = new([]);

    public IReadOnlyList<Pair> Pairs => _pairs;

    /// <summary>What its <c>Fall-Through</c> says: with yes, entries behind its own are looked at, too. Null when it has none.</summary>
    public bool? FallThrough { get; }

    /// <summary>Does the request agree with every check item?</summary>
    public bool Agrees(RequestContext context)
    {
        foreach (var pair in _pairs)
        {
            if (!pair.Agrees(context, this))
                return false;
        }

        return true;
    }

    /// <summary>Puts the check items that are settings (<c>:= = += ^=</c>) into <c>control</c>; the others were there to be compared.</summary>
    /// <remarks>As FreeRADIUS 3.2: operators look at what was there before, not at each other.</remarks>
    /// <returns>False when a value could not be made; it is left out.</returns>
    public bool MoveToControl(RequestContext context)
    {
        var list = context.Control;
        var before = list.Count;
        var complete = true;
        foreach (var pair in _pairs)
        {
            if (pair.Operator > PairOperator.Prepend || pair.Key == Internal.FallThrough)
                continue;

            if (!pair.TryGetValue(context, out var value))
            {
                complete = false;
                continue;
            }

            var at = list.IndexOf(pair.Key) is >= 0 and var index && index < before ? index : -1;
            if (pair.Operator == PairOperator.SetIfAbsent && at >= 0)
                continue;

            var place = pair.Operator == PairOperator.Prepend ? 0 : list.Count;
            if (pair.Operator == PairOperator.Set && at >= 0)
                (place, before) = (at, before - RemoveAmongFirst(list, pair.Key, before));

            list.Insert(place, pair.Key, value, pair.Tag ?? 0);
            if (place < before || (pair.Operator == PairOperator.Set && at >= 0))
                before++;
        }

        return complete;
    }

    /// <summary>Puts the reply items into a list, as their operators say.</summary>
    /// <remarks>
    /// As FreeRADIUS 3.2: operators look at what was in the list before, not at each other, so that of two <c>=</c> of one name both are added
    /// where there was none; <c>:=</c> takes the place of the first that was there. Fall-Through stays out.
    /// </remarks>
    /// <returns>False when a value could not be made; it is left out.</returns>
    public bool MoveTo(RequestContext context, AttributeList to)
    {
        var made = _isConstant ? null : Expand(context);
        var size = to.Count + _pairs.Length;
        var old = new OldEntries(size <= UsualCount ? stackalloc bool[UsualCount] : new bool[size], to.Count);
        var complete = true;
        for (var i = 0; i < _pairs.Length; i++)
        {
            var pair = _pairs[i];
            var value = made is null ? pair.Constant : made[i];
            if (pair.Key == Internal.FallThrough)
                continue;

            if (value is { } given)
                Give(to, pair, given.Span, ref old);
            else
                complete = false;
        }

        return complete;
    }

    // What is expanded sees the list as it was.
    private ReadOnlyMemory<byte>?[] Expand(RequestContext context) =>
        Array.ConvertAll(_pairs, pair => pair.TryGetValue(context, out var value) ? value.ToArray() : (ReadOnlyMemory<byte>?)null);

    private static void Give(AttributeList to, Pair pair, ReadOnlySpan<byte> value, ref OldEntries old)
    {
        var at = old.Find(to, pair.Key, 0);
        switch (pair.Operator)
        {
            case PairOperator.Prepend:
                to.Insert(0, pair.Key, value, pair.Tag ?? 0);
                old.Shift();
                break;

            case PairOperator.Append:
            case PairOperator.Set or PairOperator.SetIfAbsent or PairOperator.LessOrEqual or PairOperator.GreaterOrEqual when at < 0:
                to.Add(pair.Key, value, pair.Tag ?? 0);
                break;

            case PairOperator.Set:
                Replace(to, at, pair, value, ref old);
                break;

            case PairOperator.LessOrEqual or PairOperator.GreaterOrEqual:
                for (; at >= 0; at = old.Find(to, pair.Key, at + 1))
                {
                    if (pair.Compare(to.Value(at), value) is var order && (pair.Operator == PairOperator.LessOrEqual ? order > 0 : order < 0))
                        Replace(to, at, pair, value, ref old);
                }

                break;

            case PairOperator.Absent or PairOperator.Remove or PairOperator.Equal:
                while (at >= 0)
                    at = old.Find(to, pair.Key, RemoveIf(to, at, pair, value, ref old) ? at : at + 1);

                break;
        }
    }

    private static void Replace(AttributeList to, int at, Pair pair, ReadOnlySpan<byte> value, ref OldEntries old)
    {
        to.RemoveAt(at);
        to.Insert(at, pair.Key, value, pair.Tag ?? 0);
        old.Forget(at);
    }

    private static bool RemoveIf(AttributeList to, int at, Pair pair, ReadOnlySpan<byte> value, ref OldEntries old)
    {
        var goes = pair.Operator == PairOperator.Absent || (pair.Compare(to.Value(at), value) == 0) == (pair.Operator == PairOperator.Remove);
        if (!goes)
            return false;

        to.RemoveAt(at);
        old.RemoveAt(at);
        return true;
    }

    private static int RemoveAmongFirst(AttributeList list, AttributeKey key, int first)
    {
        var removed = 0;
        for (var i = list.IndexOf(key); i >= 0 && i < first - removed; i = list.IndexOf(key, i))
        {
            list.RemoveAt(i);
            removed++;
        }

        return removed;
    }

    /// <summary>Which entries of a list were there before, and have not been replaced since: those that operators look at.</summary>
    private ref struct OldEntries
    {
        private readonly Span<bool> _isNew;
        private int _count;

        /// <param name="room">A place for each entry there may be.</param>
        /// <param name="count">Entries that are there now.</param>
        public OldEntries(Span<bool> room, int count)
        {
            room.Clear();
            _isNew = room;
            _count = count;
        }

        public readonly int Find(AttributeList list, AttributeKey key, int start)
        {
            for (var i = list.IndexOf(key, start); i >= 0 && i < _count; i = list.IndexOf(key, i + 1))
            {
                if (!_isNew[i])
                    return i;
            }

            return -1;
        }

        public readonly void Forget(int at) => _isNew[at] = true;

        public void RemoveAt(int at)
        {
            _isNew[(at + 1).._count].CopyTo(_isNew[at..]);
            _count--;
        }

        /// <summary>A new one was put before all others.</summary>
        public void Shift()
        {
            _isNew[.._count].CopyTo(_isNew[1..]);
            _isNew[0] = true;
            _count++;
        }
    }
}
