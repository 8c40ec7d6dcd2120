using UserManager.Contract;

namespace UserManager.Management;

/// <summary><c>/user-manager profile</c>: what users can buy.</summary>
internal static class ProfileMenu
{
    public static Menu Declare(Func<string, IMenuRecords> recordsOf) => new(UserManagerMenus.Profile)
    {
        Summary = "Profiles that users can have",
        Noun = "profile",
        Fields =
        [
            CommonFields.Name("Unique name of the profile"),
            new Field("name-for-users", FieldType.Text) { Summary = "Name shown to users; empty for the name itself", Default = "" },
            new Field("validity", FieldType.Duration)
            {
                Summary = "How long it lasts from its start; a change does not touch those that run",
                Default = "unlimited",
                Words = ["unlimited"],
            },
            new Field("starts-when", FieldType.Enum)
            {
                Summary = "When the validity begins: when it is assigned, or with the first login",
                Default = "assigned",
                Words = ["assigned", "first-auth"],
            },
            new Field("price", FieldType.Decimal) { Summary = "What it costs; 0 is not for sale", Default = 0m },
            new Field("override-shared-users", FieldType.Number)
            {
                Summary = "Sessions at once, in the place of the user's shared-users",
                Default = "off",
                Words = ["off", "unlimited"],
                Minimum = 1,
                Maximum = int.MaxValue,
            },
            CommonFields.Comment,
        ],
        OnRemove = (record, cancelled) => RefuseUsedAsync(record, recordsOf, cancelled),
    };

    private static async ValueTask RefuseUsedAsync(MenuRecord profile, Func<string, IMenuRecords> recordsOf, CancellationToken cancelled)
    {
        await References.RefuseUsedAsync(profile, "profile", recordsOf(UserManagerMenus.ProfileLimitation), "profile-limitation", cancelled)
            .ConfigureAwait(false);

        // Rows outlive their user; those hold nothing up.
        var users = recordsOf(UserManagerMenus.User);
        var equal = new Dictionary<string, object> { ["profile"] = profile.Id };
        await foreach (var row in recordsOf(UserManagerMenus.UserProfile).ListAsync(equal, cancelled).ConfigureAwait(false))
        {
            if (row["user"] is RecordId id && await users.FindAsync(id, cancelled).ConfigureAwait(false) is { } user)
                throw new MenuException($"failure: can not remove, profile is used by user-profile {row.Id} of user {user.Text("name")}");
        }
    }
}
