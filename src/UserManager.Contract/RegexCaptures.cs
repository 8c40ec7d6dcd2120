using System.Text.RegularExpressions;

namespace UserManager.Contract;

/// <summary>What the last <c>=~</c> that matched has caught: <c>%{0}</c> to <c>%{8}</c>.</summary>
/// <remarks>Only the subject is kept; the groups are looked for when somebody asks, which most policies never do.</remarks>
public sealed class RegexCaptures
{
    private char[] _subject = new char[256];
    private int _length;
    private Regex? _regex;
    private Match? _match;

    /// <summary>Keeps a match.</summary>
    public void Set(Regex regex, ReadOnlySpan<char> subject)
    {
        if (subject.Length > _subject.Length)
            _subject = new char[subject.Length];

        subject.CopyTo(_subject);
        (_regex, _length, _match) = (regex, subject.Length, null);
    }

    public void Clear() => (_regex, _length, _match) = (null, 0, null);

    /// <summary>The text of a group; false when nothing matched or the group took no part.</summary>
    public bool TryGet(int group, out string text)
    {
        _match ??= _regex?.Match(new string(_subject, 0, _length));
        var found = _match is { Success: true } && group < _match.Groups.Count && _match.Groups[group].Success;
        text = found ? _match!.Groups[group].Value : "";
        return found;
    }
}
