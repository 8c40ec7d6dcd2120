using UserManager.Contract;
using UserManager.Management;

namespace UserManager.Server.Additions;

/// <summary>The menu tree as modules see it.</summary>
/// <param name="executor">Asked for when a module asks: the tree comes after the modules.</param>
internal sealed class MenuAccess(Func<MenuExecutor> executor) : IMenuTree
{
    public Menu? Find(string path) => executor().Tree.Find(path);

    public ValueTask<RecordId> AddAsync(string path, IReadOnlyDictionary<string, string?> values, Caller caller, CancellationToken cancelled) =>
        executor().As(caller).AddAsync(Get(path), Given(values), cancelled);

    public ValueTask SetAsync(string path, RecordId id, IReadOnlyDictionary<string, string?> values, Caller caller, CancellationToken cancelled) =>
        executor().As(caller).SetAsync(Get(path), [id], Given(values), cancelled);

    public ValueTask RemoveAsync(string path, RecordId id, Caller caller, CancellationToken cancelled) =>
        executor().As(caller).RemoveAsync(Get(path), [id], cancelled);

    private Menu Get(string path) => Find(path) ?? throw new MenuException($"no such command or directory ({path})") { Kind = MenuError.NoSuchCommand };

    private static Dictionary<string, GivenValue> Given(IReadOnlyDictionary<string, string?> values) =>
        values.ToDictionary(v => v.Key, v => GivenValue.FromString(v.Value));
}
