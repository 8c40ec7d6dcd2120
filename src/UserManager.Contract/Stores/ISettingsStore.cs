using UserManager.Domain;

namespace UserManager.Contract;

/// <summary>The settings in force.</summary>
public interface ISettingsStore
{
    Settings Current { get; }

    event Action<Settings>? Changed;
}
