using UserManager.Contract;
using UserManager.Management;
using UserManager.Storage;

namespace UserManager.Server.Web;

/// <summary>Makes the administrator <c>admin</c> where a database has none.</summary>
internal static class FirstAdministrator
{
    private const string Name = "admin";

    /// <param name="output">Is told the password, this once. Not the log: that is kept, and may be sent elsewhere.</param>
    public static async Task MakeAsync(MenuExecutor executor, AdministratorStore administrators, TextWriter output)
    {
        if (administrators.Count > 0)
            return;

        var password = PasswordHash.Generate();
        var first = new Dictionary<string, GivenValue> { ["name"] = Name, ["group"] = "full", ["password"] = password };
        try
        {
            await executor.AddAsync(executor.Tree.Find(AdministrationMenus.User)!, first);
        }
        catch (MenuException taken) when (taken.Message.Contains("already have", StringComparison.Ordinal))
        {
            return;     // another node came first, and has told its password
        }

        await output.WriteLineAsync($"Administrator {Name}, password {password}: shown this once. To set another: usermanager exec \"/user/set {Name} password=...\"");
    }
}
