namespace UserManager.Plugins;

public sealed record FilesOptions
{
    /// <summary>The users file of each section that has none of its own below. A relative name is looked for in <c>config/</c>. Default none.</summary>
    public string Filename { get; init; } = "";

    /// <summary>The users file of <c>authorize</c>. Default none.</summary>
    public string Usersfile { get; init; } = "";

    /// <summary>The users file of <c>preacct</c>. Default none.</summary>
    public string Acctusersfile { get; init; } = "";

    /// <summary>The users file of <c>authenticate</c>; FreeRADIUS's auth_usersfile. Default none.</summary>
    public string AuthUsersfile { get; init; } = "";

    /// <summary>The users file of <c>post-auth</c>; FreeRADIUS's postauth_usersfile. Default none.</summary>
    public string PostauthUsersfile { get; init; } = "";

    /// <summary>What names an entry, with <c>%{...}</c>. Default empty: Stripped-User-Name, else User-Name.</summary>
    public string Key { get; init; } = "";
}
