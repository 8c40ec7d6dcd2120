using UserManager.Contract;

namespace UserManager.Management;

/// <summary>What a caller may do: the policies of the group he is in.</summary>
public sealed class Rights
{
    public const string Read = "read";
    public const string Write = "write";
    public const string Policy = "policy";
    public const string Sensitive = "sensitive";
    public const string Password = "password";

    /// <summary>The words of <c>/user/group policy</c>. Those of a router's own services are taken and mean nothing here.</summary>
    public static IReadOnlyList<string> Words { get; } =
    [
        "local", "telnet", "ssh", "ftp", "reboot", Read, Write, Policy, "test", "winbox", Password, "web", "sniff", Sensitive, "api", "romon", "rest-api",
    ];

    private readonly HashSet<string>? _policies;

    private Rights(IEnumerable<string>? policies) => _policies = policies?.ToHashSet(StringComparer.Ordinal);

    /// <summary>Everything: the server itself, and the owner of its socket.</summary>
    public static Rights All { get; } = new(null);

    public static Rights Of(IEnumerable<string> policies) => new(policies);

    public bool Has(string policy) => _policies?.Contains(policy) ?? true;

    /// <exception cref="MenuException"><c>not enough permissions (9)</c>.</exception>
    public void Require(params ReadOnlySpan<string?> policies)
    {
        foreach (var policy in policies)
        {
            if (policy is not null && !Has(policy))
                throw new MenuException("not enough permissions (9)") { Kind = MenuError.NotPermitted };
        }
    }

    /// <exception cref="MenuException"><c>not enough permissions (9)</c>.</exception>
    internal void Require(Menu menu, string verb)
    {
        if (menu.Commands.FirstOrDefault(c => c.Name == verb) is { } command)
            Require(command.Policy ?? (command.IsReadOnly ? Read : Write), command.Policy is null && !command.IsReadOnly ? menu.Policy : null);
        else if (verb is "print" or "get" or "find")
            Require(Read);
        else
            Require(Write, menu.Policy);
    }
}
