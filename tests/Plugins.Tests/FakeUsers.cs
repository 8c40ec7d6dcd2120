using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Plugins.Tests;

/// <summary>A store of one user, that answers at once or later.</summary>
internal sealed class FakeUsers(UserAccount? account, bool later = false) : IUserStore
{
    private readonly byte[] _name = System.Text.Encoding.UTF8.GetBytes(account?.User.Name ?? "");
    private UserAccount? _account = account;

    public ValueTask<UserAccount?> FindAsync(ReadOnlySpan<byte> name, CancellationToken cancelled)
    {
        var found = name.SequenceEqual(_name) ? _account : null;
        return later ? LaterAsync(found) : ValueTask.FromResult(found);
    }

    /// <summary>What was bound: once, and then it is the account's.</summary>
    public string? Bound { get; private set; }

    public ValueTask<bool> BindCallerIdAsync(long userId, string callingStationId, CancellationToken cancelled)
    {
        if (_account is not { User.CallerId: "bind" } free || free.User.Id != userId)
            return ValueTask.FromResult(false);

        Bound = callingStationId;
        _account = free with { User = free.User with { CallerId = callingStationId } };
        return ValueTask.FromResult(true);
    }

    /// <summary>The last step whose one-time password was used.</summary>
    public long Step { get; private set; }

    public ValueTask<bool> UseOneTimePasswordAsync(long userId, long step, CancellationToken cancelled)
    {
        var isNew = step > Step;
        Step = Math.Max(Step, step);
        return ValueTask.FromResult(isNew);
    }

    private static async ValueTask<UserAccount?> LaterAsync(UserAccount? account)
    {
        await Task.Yield();
        return account;
    }
}

/// <summary>A store that is down.</summary>
internal sealed class BrokenUsers : IUserStore
{
    public ValueTask<UserAccount?> FindAsync(ReadOnlySpan<byte> name, CancellationToken cancelled) =>
        ValueTask.FromException<UserAccount?>(new IOException("the database is gone"));

    public ValueTask<bool> BindCallerIdAsync(long userId, string callingStationId, CancellationToken cancelled) =>
        ValueTask.FromException<bool>(new IOException("the database is gone"));

    public ValueTask<bool> UseOneTimePasswordAsync(long userId, long step, CancellationToken cancelled) =>
        ValueTask.FromException<bool>(new IOException("the database is gone"));
}

/// <summary>Settings that a test sets.</summary>
internal sealed class FakeSettings : ISettingsStore
{
    public event Action<Settings>? Changed
    {
        add { }
        remove { }
    }

    public Settings Current { get; set; } = new();
}
