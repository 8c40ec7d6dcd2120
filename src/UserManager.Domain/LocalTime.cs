namespace UserManager.Domain;

/// <summary>The moments that a wall clock's times stand for. Where the clock goes back a time comes twice; where it goes forward some never come.</summary>
internal static class LocalTime
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>The first moment at which the clock shows this, or more: a time that is left out begins when the clock is put forward.</summary>
    public static DateTimeOffset First(DateTime local, TimeZoneInfo zone)
    {
        if (zone.IsInvalidTime(local))
            return Forward(local, zone);

        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return At(local, offset);
    }

    /// <summary>The last moment at which the clock shows this.</summary>
    public static DateTimeOffset Last(DateTime local, TimeZoneInfo zone)
    {
        if (zone.IsInvalidTime(local))
            return Forward(local, zone);

        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Min() : zone.GetUtcOffset(local);
        return At(local, offset);
    }

    /// <summary>The moment as the wall clock shows it, with its offset. Null stays null.</summary>
    public static DateTimeOffset? Shown(DateTimeOffset? moment, TimeZoneInfo zone) =>
        moment is { } known ? TimeZoneInfo.ConvertTime(known, zone) : null;

    public static DateTime Of(DateTimeOffset moment, TimeZoneInfo zone) => TimeZoneInfo.ConvertTime(moment, zone).DateTime;

    // Clocks are put forward at a full minute.
    private static DateTimeOffset Forward(DateTime local, TimeZoneInfo zone)
    {
        var before = new DateTime(local.Ticks - (local.Ticks % TimeSpan.TicksPerMinute), DateTimeKind.Unspecified);
        while (zone.IsInvalidTime(before))
            before -= Minute;

        return At(before, zone.GetUtcOffset(before)) + Minute;
    }

    private static DateTimeOffset At(DateTime local, TimeSpan offset) =>
        new DateTimeOffset(DateTime.SpecifyKind(local, DateTimeKind.Unspecified), offset).ToUniversalTime();
}
