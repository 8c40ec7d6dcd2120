using UserManager.Contract;

namespace UserManager.Management;

/// <summary><c>/user-manager profile-limitation</c>: the limitations of a profile, and the hours in which they apply.</summary>
internal static class ProfileLimitationMenu
{
    private static readonly IReadOnlyList<string> _weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

    public static Menu Declare() => new(UserManagerMenus.ProfileLimitation)
    {
        Summary = "Limitations of profiles",
        Noun = "profile-limitation",
        Fields =
        [
            new Field("profile", FieldType.Reference) { Summary = "Profile", Required = true, References = UserManagerMenus.Profile },
            new Field("limitation", FieldType.Reference) { Summary = "Limitation", Required = true, References = UserManagerMenus.Limitation },
            new Field("from-time", FieldType.TimeOfDay) { Summary = "Time of day from which it applies", Default = TimeSpan.Zero },
            new Field("till-time", FieldType.TimeOfDay)
            {
                Summary = "Time of day until which it applies; on the next day when it is not after from-time",
                Default = new TimeSpan(23, 59, 59),
            },
            new Field("weekdays", FieldType.Set) { Summary = "Days on which it begins to apply", Default = _weekdays, Words = _weekdays },
            CommonFields.Comment,
        ],
    };
}
