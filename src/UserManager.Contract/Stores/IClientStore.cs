namespace UserManager.Contract;

/// <summary>The routers of the database, as clients of the server.</summary>
public interface IClientStore
{
    /// <summary>Every router that is not disabled.</summary>
    ValueTask<IReadOnlyList<Client>> AllAsync(CancellationToken cancelled);

    /// <summary>A router was added, changed or removed, here or on another node.</summary>
    event Action? Changed;
}
