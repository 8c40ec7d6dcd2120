using System.Text;
using System.Text.RegularExpressions;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>A realm of the options.</summary>
/// <param name="Name">As it is written there.</param>
/// <param name="Strips">The name is to lose it.</param>
internal sealed record KnownRealm(string Name, bool Strips)
{
    /// <summary>An expression, <c>~regex</c>.</summary>
    public bool IsPattern => Pattern is not null;

    public byte[] Octets { get; } = Encoding.UTF8.GetBytes(Name);

    public Regex? Pattern { get; } = Name.StartsWith('~')
        ? new Regex(Name[1..], RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)
        : null;
}

/// <summary>The realms of the options, in the order FreeRADIUS tries them: by name, by expression, DEFAULT.</summary>
internal sealed class RealmTable
{
    private readonly KnownRealm[] _named;
    private readonly KnownRealm[] _patterns;
    private readonly KnownRealm? _null;
    private readonly KnownRealm? _default;

    public RealmTable(RealmOptions options)
    {
        KnownRealm[] all = [.. options.Realms.Select(r => new KnownRealm(r, true)), .. options.Nostrip.Select(r => new KnownRealm(r, false))];
        _named = [.. all.Where(r => !r.IsPattern)];
        _patterns = [.. all.Where(r => r.IsPattern)];
        _null = Named("NULL"u8);
        _default = options.IgnoreDefault ? null : Named("DEFAULT"u8);
    }

    /// <summary>The realm of names that have none.</summary>
    public KnownRealm? ForNoRealm() => _null ?? _default;

    public KnownRealm? Find(ReadOnlySpan<byte> realm) => Named(realm) ?? Matching(realm) ?? _default;

    private KnownRealm? Named(ReadOnlySpan<byte> realm)
    {
        foreach (var known in _named)
        {
            // Ascii's comparison is false for any other octet, equal or not.
            if (realm.SequenceEqual(known.Octets) || Ascii.EqualsIgnoreCase(known.Octets, realm))
                return known;
        }

        return null;
    }

    private KnownRealm? Matching(ReadOnlySpan<byte> realm)
    {
        if (_patterns.Length == 0)
            return null;

        var text = AttributeList.Text(realm);
        return Array.Find(_patterns, p => p.Pattern!.IsMatch(text));
    }
}
