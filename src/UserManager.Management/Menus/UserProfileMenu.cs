using UserManager.Contract;

namespace UserManager.Management;

/// <summary><c>/user-manager user-profile</c>: the profiles that users have.</summary>
internal static class UserProfileMenu
{
    public static Menu Declare(IUserProfileStore? store) => new(UserManagerMenus.UserProfile)
    {
        Summary = "Profiles of users, in the order in which they are used",
        Noun = "user-profile",
        Fields =
        [
            new Field("user", FieldType.Reference)
            {
                Summary = "User",
                Required = true,
                FixedAfterAdd = true,
                References = UserManagerMenus.User,
            },
            new Field("profile", FieldType.Reference) { Summary = "Profile", Required = true, References = UserManagerMenus.Profile },
            new Field("state", FieldType.Enum)
            {
                Summary = "waiting for the first login, running, running-active (in force), or used",
                ReadOnly = true,
                Words = ["waiting", "running", "running-active", "used"],
            },
            new Field("end-time", FieldType.Date)
            {
                Summary = "When it ends",
                ReadOnly = true,
                Words = ["not-yet-running", "unlimited"],
            },
        ],
        Commands =
        [
            new Command("activate-user-profile")
            {
                Summary = "Puts it in force at once, in the place of the one that is",
                TakesRecords = true,
                RunAsync = (call, cancelled) => ActivateAsync(store, call, cancelled),
            },
        ],
    };

    private static async ValueTask<CommandResult> ActivateAsync(IUserProfileStore? store, CommandCall call, CancellationToken cancelled)
    {
        foreach (var record in call.Records)
        {
            if (store is null || !await store.ActivateAsync(record.Id.Value, cancelled).ConfigureAwait(false))
                throw new MenuException($"failure: can not activate user-profile {record.Id}, it is used");
        }

        return CommandResult.Nothing;
    }
}
