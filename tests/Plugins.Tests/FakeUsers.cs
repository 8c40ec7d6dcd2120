using UserManager.Contract;

namespace UserManager.Plugins.Tests;

/// <summary>A store of one user, that answers at once or later.</summary>
internal sealed class FakeUsers(UserAccount? account, bool later = false) : IUserStore
{
    private readonly byte[] _name = System.Text.Encoding.UTF8.GetBytes(account?.User.Name ?? "");

    public ValueTask<UserAccount?> FindAsync(ReadOnlySpan<byte> name, CancellationToken cancelled)
    {
        var found = account is not null && name.SequenceEqual(_name) ? account : null;
        return later ? LaterAsync(found) : ValueTask.FromResult(found);
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
}
