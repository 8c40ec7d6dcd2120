namespace UserManager.Contract;

public enum Rcode : byte
{
    Reject,
}

public sealed class RequestContext;

public interface IAuthorize
{
    ValueTask<Rcode> AuthorizeAsync(RequestContext context);
}

[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ModuleAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}
