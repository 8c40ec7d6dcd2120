using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing.Patterns;
using UserManager.Contract;
using UserManager.Management;
using UserManager.Storage;

namespace UserManager.Server.Additions;

/// <summary>What may be wrong with the menus, commands, routes and tables that modules bring: found when the policy is compiled, and by <c>usermanager check</c>.</summary>
/// <param name="ours">The server's own menus.</param>
internal sealed partial class AdditionRules(IReadOnlyList<Menu> ours)
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

    private readonly Dictionary<string, string> _menus = ours.ToDictionary(menu => menu.Path, _ => "the server", StringComparer.Ordinal);
    private readonly Dictionary<string, string> _commands = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _routes = new(StringComparer.Ordinal);

    /// <returns>All that is wrong, a line each.</returns>
    public IEnumerable<string> Problems(Policy.Policy policy)
    {
        var modules = policy.All<object>().ToList();
        foreach (var module in modules)
        {
            foreach (var problem in Told(() => OfTables(module).Concat(OfMenus(module)).Concat(OfCommands(module)).Concat(OfRoutes(module)).ToList()))
                yield return $"module \"{module.Name}\": {problem}";
        }

        foreach (var module in modules)
        {
            foreach (var problem in Told(() => OfReferences(module).ToList()))
                yield return $"module \"{module.Name}\": {problem}";
        }
    }

    // The properties are a plugin's own code.
    private static IEnumerable<string> Told(Func<IEnumerable<string>> find)
    {
        try
        {
            return find();
        }
        catch (Exception fault)
        {
            return [fault.Message];
        }
    }

    private static IEnumerable<string> OfTables(Policy.OfferedBy<object> module) =>
        module.Module is ITables tables ? PluginTables.Check(module.Type, tables.Migrations) : [];

    private IEnumerable<string> OfMenus(Policy.OfferedBy<object> module)
    {
        if (module.Module is not IMenus menus)
            yield break;

        var tables = PluginTables.Made((module.Module as ITables)?.Migrations ?? []);
        foreach (var menu in menus.Menus)
        {
            if (!MenuPath().IsMatch(menu.Path))
                yield return $"\"{menu.Path}\" is no path of a menu: words of lower-case letters, digits and hyphens, each behind a slash";
            else if (!_menus.TryAdd(menu.Path, $"module \"{module.Name}\""))
                yield return $"there is a menu {menu.Path} already, of {_menus[menu.Path]}";

            if (menu.Table is { } table && !tables.Contains(table))
                yield return $"the menu {menu.Path} is to be kept in the table {table}, which none of the module's migrations makes";

            foreach (var twice in menu.Fields.GroupBy(f => f.Name).Where(g => g.Count() > 1))
                yield return $"the menu {menu.Path} has the field {twice.Key} twice";
        }
    }

    private IEnumerable<string> OfCommands(Policy.OfferedBy<object> module)
    {
        foreach (var (path, command) in (module.Module as ICommands)?.Commands ?? [])
        {
            if (!CommandName().IsMatch(command.Name))
                yield return $"\"{command.Name}\" is no name of a command: lower-case letters, digits and hyphens";
            else if (ours.FirstOrDefault(m => m.Path == path) is not { } menu)
                yield return $"the command {command.Name} is for {path}, which is no menu of the server's";
            else if (MenuVerbs.Of(menu).Contains(command.Name))
                yield return $"the menu {path} has a command {command.Name} already";
            else if (!_commands.TryAdd($"{path} {command.Name}", module.Name))
                yield return $"the menu {path} has a command {command.Name} already, of module \"{_commands[$"{path} {command.Name}"]}\"";
        }
    }

    private IEnumerable<string> OfReferences(Policy.OfferedBy<object> module) =>
        from owner in ((module.Module as IMenus)?.Menus ?? []).Select(m => (m.Path, m.Fields))
            .Concat(((module.Module as ICommands)?.Commands ?? []).Select(c => (Path: $"{c.Menu}/{c.Command.Name}", Fields: c.Command.Arguments)))
        from field in owner.Fields
        where field.Type == FieldType.Reference && (field.References is null || !_menus.ContainsKey(field.References))
        select $"the field {field.Name} of {owner.Path} refers to the menu {field.References ?? "(none)"}, which is not there";

    private IEnumerable<string> OfRoutes(Policy.OfferedBy<object> module)
    {
        foreach (var route in (module.Module as IRoutes)?.Routes ?? [])
        {
            if (!Methods.Contains(route.Method))
                yield return $"{route.Method} {route.Pattern}: the method is one of {string.Join(", ", Methods)}";
            else if (Misplaced(route, module.Name) is { } problem)
                yield return $"{route.Method} {route.Pattern}: {problem}";
            else if (!_routes.TryAdd($"{route.Method} {Shape(route.Pattern)}", module.Name))
                yield return $"{route.Method} {route.Pattern}: module \"{_routes[$"{route.Method} {Shape(route.Pattern)}"]}\" has this route already";
        }
    }

    private static string? Misplaced(HttpRoute route, string name)
    {
        try
        {
            var words = RoutePatternFactory.Parse(route.Pattern).PathSegments
                .Select(s => s is { IsSimple: true, Parts: [RoutePatternLiteralPart literal] } ? literal.Content : null).ToList();
            return words is ["um", ..] || (words is ["plugins", { } own, ..] && own == name) ? null : $"routes are below /um or /plugins/{name}";
        }
        catch (RoutePatternException wrong)
        {
            return wrong.Message;
        }
    }

    // Two patterns that differ in nothing but the names of their parameters answer the same requests.
    private static string Shape(string pattern) => Parameter().Replace(pattern.Trim('/'), "{$1$2}").ToLowerInvariant();

    [GeneratedRegex("^(/[a-z0-9]+(-[a-z0-9]+)*)+$")]
    private static partial Regex MenuPath();

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex CommandName();

    [GeneratedRegex(@"\{(\*{0,2})[^}:=?]+([^}]*)\}")]
    private static partial Regex Parameter();
}
