using System.Text;
using Microsoft.Extensions.Logging;
using UserManager.Contract;

namespace UserManager.Plugins;

/// <summary>FreeRADIUS's users file (rlm_files of 3.2): check items are compared or put into <c>control</c>, reply items into the reply.</summary>
[Module("files")]
public sealed class Files : IAuthorize, IAuthenticate, IPreacct, IPostAuth
{
    private static readonly byte[] NoName = Encoding.ASCII.GetBytes("NONE");

    private readonly ITextTemplate? _key;
    private readonly UsersTable? _users;
    private readonly UsersTable? _authUsers;
    private readonly UsersTable? _acctUsers;
    private readonly UsersTable? _postAuthUsers;

    public Files(FilesOptions options, IConfigFiles files, IPairReader pairs, IExpander expander, ILogger<Files> log)
    {
        var read = new Dictionary<string, UsersTable>(StringComparer.Ordinal);
        var problems = new List<FileProblem>();
        _key = options.Key.Length > 0 ? expander.Compile(options.Key) : null;
        _users = Table(options.Usersfile);
        _authUsers = Table(options.AuthUsersfile);
        _acctUsers = Table(options.Acctusersfile);
        _postAuthUsers = Table(options.PostauthUsersfile);
        if (problems.Count > 0)
            throw new ConfigFileException([.. problems.Distinct()]);

        UsersTable? Table(string own)
        {
            var name = own.Length > 0 ? own : options.Filename;
            if (name.Length == 0)
                return null;

            if (read.TryGetValue(name, out var known))
                return known;

            try
            {
                return read[name] = UsersTable.Read(name, files, pairs, log);
            }
            catch (ConfigFileException wrong)
            {
                problems.AddRange(wrong.Problems);
                return null;
            }
        }
    }

    public ValueTask<Rcode> AuthorizeAsync(RequestContext context) => ValueTask.FromResult(Run(context, _users));

    public ValueTask<Rcode> AuthenticateAsync(RequestContext context) => ValueTask.FromResult(Run(context, _authUsers));

    public ValueTask<Rcode> PreacctAsync(RequestContext context) => ValueTask.FromResult(Run(context, _acctUsers));

    public ValueTask<Rcode> PostAuthAsync(RequestContext context) => ValueTask.FromResult(Run(context, _postAuthUsers));

    private Rcode Run(RequestContext context, UsersTable? users)
    {
        if (users is null)
            return Rcode.Noop;

        var found = Rcode.Noop;
        var candidates = users.Find(Name(context));
        while (candidates.Next() is { } entry)
        {
            if (!entry.Check.Agrees(context))
                continue;

            context.Debug($"{entry.Place}: entry {entry.Name} matches");
            entry.Reply.MoveTo(context, context.Reply);
            entry.Check.MoveToControl(context);
            found = Rcode.Ok;
            if (entry.Reply.FallThrough != true)
                break;
        }

        return found;
    }

    private ReadOnlySpan<byte> Name(RequestContext context)
    {
        if (_key is null)
            return context.TryGetUserName(out var name) ? name : NoName;

        var key = _key.ExpandOctets(context);
        return key.Length > 0 ? key : NoName;
    }
}
