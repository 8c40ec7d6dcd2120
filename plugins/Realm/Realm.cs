using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>Splits <c>user@realm</c> or <c>DOMAIN\user</c>, and for a realm it knows sets Realm and Stripped-User-Name.</summary>
[Module("realm")]
public sealed class Realm : IAuthorize, IPreacct
{
    private readonly RealmOptions _options;
    private readonly RealmTable _realms;
    private readonly byte _delimiter;

    public Realm(RealmOptions options)
    {
        if (options.Delimiter.Length != 1 || !char.IsAscii(options.Delimiter[0]))
            throw new ArgumentException($"delimiter is one ASCII character, not \"{options.Delimiter}\"");

        _options = options;
        _realms = new RealmTable(options);
        _delimiter = (byte)options.Delimiter[0];
    }

    public ValueTask<Rcode> AuthorizeAsync(RequestContext context) => ValueTask.FromResult(Split(context));

    public ValueTask<Rcode> PreacctAsync(RequestContext context) => ValueTask.FromResult(Split(context));

    private Rcode Split(RequestContext context)
    {
        var request = context.Request;
        if (request.Has(Internal.Realm) || !context.TryGetUserName(out var name))
            return Rcode.Noop;

        var delimiter = _options.Format == RealmFormat.Suffix ? name.LastIndexOf(_delimiter) : name.IndexOf(_delimiter);
        if (delimiter < 0)
            return _options.IgnoreNull ? Rcode.Noop : Take(request, _realms.ForNoRealm(), name, default);

        var before = name[..delimiter];
        var after = name[(delimiter + 1)..];
        return _options.Format == RealmFormat.Suffix
            ? Take(request, _realms.Find(after), before, after)
            : Take(request, _realms.Find(before), after, before);
    }

    /// <param name="request">Where the result goes.</param>
    /// <param name="realm">The realm found; null when it is not known.</param>
    /// <param name="user">The name without its realm.</param>
    /// <param name="typed">The realm as the user typed it.</param>
    private static Rcode Take(AttributeList request, KnownRealm? realm, ReadOnlySpan<byte> user, ReadOnlySpan<byte> typed)
    {
        if (realm is null)
            return Rcode.Noop;

        // A request's buffer may move when it grows: both spans are used before, or keep the old one alive.
        request.Add(Internal.Realm, realm.IsPattern ? typed : realm.Octets);
        if (realm.Strips)
            request.Set(Internal.StrippedUserName, user);

        return Rcode.Ok;
    }
}
