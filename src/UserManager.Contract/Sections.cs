namespace UserManager.Contract;

/// <summary>Stands in <c>authorize</c>: finds out who asks, what is known of them and how they are to be checked.</summary>
public interface IAuthorize
{
    ValueTask<Rcode> AuthorizeAsync(RequestContext context);
}

/// <summary>Stands in <c>authenticate</c>: checks the credential.</summary>
public interface IAuthenticate
{
    ValueTask<Rcode> AuthenticateAsync(RequestContext context);
}

/// <summary>Stands in <c>session</c>: may this user have one more session?</summary>
public interface ISession
{
    ValueTask<Rcode> SessionAsync(RequestContext context);
}

/// <summary>Stands in <c>post-auth</c>: runs when the answer is known, and completes it.</summary>
public interface IPostAuth
{
    ValueTask<Rcode> PostAuthAsync(RequestContext context);
}

/// <summary>Stands in <c>preacct</c>: prepares an Accounting-Request.</summary>
public interface IPreacct
{
    ValueTask<Rcode> PreacctAsync(RequestContext context);
}

/// <summary>Stands in <c>accounting</c>: records it. What is acknowledged must be durable when the task ends.</summary>
public interface IAccounting
{
    ValueTask<Rcode> AccountingAsync(RequestContext context);
}
