using UserManager.Contract;

namespace UserManager.Policy;

/// <summary>What a module does in one section.</summary>
internal delegate ValueTask<Rcode> ModuleCall(RequestContext context);

/// <summary>A section of a virtual server: where its lists start, what their entries' codes do, and which modules may stand in it.</summary>
/// <param name="Name">The word of policies.</param>
/// <param name="Initial">The result before the first entry (FreeRADIUS 3.2).</param>
/// <param name="Defaults">What the codes of entries do, unless an entry says otherwise.</param>
/// <param name="Redundant">The same inside <c>redundant</c> and <c>load-balance</c> blocks.</param>
/// <param name="Interface">What a module implements to stand in it.</param>
/// <param name="Bind">The section's method of such a module.</param>
internal sealed record Section(string Name, Rcode Initial, ActionTable Defaults, ActionTable Redundant, Type Interface, Func<object, ModuleCall> Bind)
{
    //                                              reject fail   ok     handled invalid disallow notfound noop updated
    private const string AuthenticateRow = "        return 1      return return  1       return   return   1    1";
    private const string AuthorizeRow = "           return return 3      return  return  return   1        2    4";
    private const string AccountingRow = "          return return 2      return  return  return   return   1    3";
    private const string FirstThatWorks = "         return 1      return return  return  return   return   return return";
    private const string AccountingFirst = "        1      1      return return  1       1        1        2    4";

    public static readonly Section Authorize = new(
        "authorize", Rcode.NotFound, ActionTable.Row(AuthorizeRow), ActionTable.Row(FirstThatWorks),
        typeof(IAuthorize), module => ((IAuthorize)module).AuthorizeAsync);

    public static readonly Section Authenticate = new(
        "authenticate", Rcode.Reject, ActionTable.Row(AuthenticateRow), ActionTable.Row(FirstThatWorks),
        typeof(IAuthenticate), module => ((IAuthenticate)module).AuthenticateAsync);

    public static readonly Section Session = new(
        "session", Rcode.Fail, ActionTable.Row(FirstThatWorks), ActionTable.Row(FirstThatWorks),
        typeof(ISession), module => ((ISession)module).SessionAsync);

    public static readonly Section PostAuth = new(
        "post-auth", Rcode.Noop, ActionTable.Row(AuthorizeRow), ActionTable.Row(FirstThatWorks),
        typeof(IPostAuth), module => ((IPostAuth)module).PostAuthAsync);

    public static readonly Section Preacct = new(
        "preacct", Rcode.Noop, ActionTable.Row(AccountingRow), ActionTable.Row(FirstThatWorks),
        typeof(IPreacct), module => ((IPreacct)module).PreacctAsync);

    public static readonly Section Accounting = new(
        "accounting", Rcode.Noop, ActionTable.Row(AccountingRow), ActionTable.Row(FirstThatWorks),
        typeof(IAccounting), module => ((IAccounting)module).AccountingAsync)
    {
        RedundantBlock = ActionTable.Row(AccountingFirst),
    };

    /// <summary>In the order of their running.</summary>
    public static readonly IReadOnlyList<Section> All = [Authorize, Authenticate, Session, PostAuth, Preacct, Accounting];

    /// <summary>Inside <c>redundant</c> only: accounting goes on past everything that did not record.</summary>
    public ActionTable RedundantBlock { get; private init; } = Redundant;
}
