using System.Globalization;
using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Plugins;

/// <summary>The variables of <c>user/user_dynamic.html</c>, of one user's data in one language.</summary>
internal sealed class UserPage(UserData data, Language language, PortalOptions options, TimeProvider clock)
{
    private readonly DateTimeOffset _now = clock.GetUtcNow();
    private readonly TimeZoneInfo _zone = clock.LocalTimeZone;
    private readonly string _token = PortalSessions.FormToken(data.User.Token);

    /// <param name="notice">What has come of the last thing the user did.</param>
    public Dictionary<string, Html> Values(Html notice) => new()
    {
        ["username"] = Html.Encode(data.User.Name),
        ["notice"] = notice,
        ["form-token"] = Html.Encode(_token),
        ["active"] = Active(),
        ["statistics"] = Statistics(),
        ["chart"] = UsageChart.Draw(data.Days, language),
        ["profiles"] = Profiles(),
        ["shop"] = Shop(),
        ["payments"] = Payments(),
        ["sessions"] = Sessions(),
        ["password"] = Password(),
    };

    // --- the profile in force and what is left of it

    private Html Active()
    {
        if (!data.UsesProfiles)
            return Html.Empty;

        if (ProfileRules.InForce(data.Profiles, _now, _zone) is not { } one)
            return Html.Of($"<section class=\"card active none\" aria-labelledby=\"active\"><h2 id=\"active\">{language["no-profile"]}</h2><p>{language["no-profile-hint"]}</p></section>");

        var end = one.StartedAt is null ? Html.Encode(language["starts-with-login"])
            : one.EndTime is { } at ? Html.Of($"{language["until"]} {Show.Moment(at, _zone)} <span class=\"soft\">({language.With("left", Show.Time(at - _now))})</span>")
            : Html.Encode(language["without-end"]);
        return Html.Of(
            $"""
            <section class="card active" aria-labelledby="active"><p class="over">{language["your-profile"]}</p><h2 id="active">{NameOf(one.Profile)}</h2>
            <p>{Badge(ProfileRules.StateOf(one, data.Profiles, _now, _zone))} {end}</p>{Limits(one)}</section>
            """);
    }

    private Html Limits(UserProfile one)
    {
        var all = one.Profile.Limitations.SelectMany(l => Limits(one, l)).ToList();
        return all.Count == 0 ? Html.Empty : Html.Of($"<ul class=\"limits\">{Html.Join(all)}</ul>");
    }

    private IEnumerable<Html> Limits(UserProfile one, ProfileLimitation limitation)
    {
        var (rules, used) = (limitation.Limitation, one.CounterAt(limitation, _now, _zone).Counted(one.Usage));
        var note = rules.Reset.IsNever ? Html.Empty : Html.Of($" <span class=\"soft\">{language["resets"]} {Show.Moment(rules.Reset.PeriodAt(_now, _zone).End, _zone)}</span>");
        if (rules.DownloadLimit > 0)
            yield return Limit("download", used.Download, rules.DownloadLimit, Show.Bytes, note);

        if (rules.UploadLimit > 0)
            yield return Limit("upload", used.Upload, rules.UploadLimit, Show.Bytes, note);

        if (rules.TransferLimit > 0)
            yield return Limit("transfer", used.Transfer, rules.TransferLimit, Show.Bytes, note);

        if (rules.UptimeLimit > TimeSpan.Zero)
            yield return Limit("uptime", (long)used.Uptime.TotalSeconds, (long)rules.UptimeLimit.TotalSeconds, seconds => Show.Time(TimeSpan.FromSeconds(seconds)), note);
    }

    private Html Limit(string kind, long used, long limit, Func<long, string> show, Html note)
    {
        var left = Math.Max(0, limit - used);
        var text = language.With("left-of", show(left), show(limit));
        var state = left * 5 < limit ? "low" : "good";
        return Html.Of(
            $"<li><span class=\"what\">{language[kind]}</span> <span class=\"amount\">{text}</span><progress class=\"{state}\" max=\"{limit}\" value=\"{left}\" aria-label=\"{language[kind]}: {text}\"></progress>{note}</li>");
    }

    // --- statistics

    private Html Statistics() => Html.Of(
        $"""
        <dl class="tiles"><div><dt>{language["download"]}</dt><dd>{Show.Bytes(data.Total.Download)}</dd></div><div><dt>{language["upload"]}</dt><dd>{Show.Bytes(data.Total.Upload)}</dd></div>
        <div><dt>{language["uptime"]}</dt><dd>{Show.Time(data.Total.Uptime)}</dd></div><div><dt>{language["active-sessions"]}</dt><dd>{data.Open}</dd></div></dl>
        """);

    // --- profiles

    private Html Profiles()
    {
        if (!data.UsesProfiles || data.Profiles.Count == 0)
            return Empty("no-profiles");

        var rows = data.Profiles.Reverse().Select(one => Html.Of(
            $"<tr><th scope=\"row\" data-label=\"{language["profile"]}\">{NameOf(one.Profile)}</th><td data-label=\"{language["state"]}\">{Badge(ProfileRules.StateOf(one, data.Profiles, _now, _zone))}</td><td data-label=\"{language["end"]}\">{End(one)}</td></tr>"));
        return Table("your-profiles", ["profile", "state", "end"], rows);
    }

    private Html End(UserProfile one) =>
        one.StartedAt is null ? Html.Encode(language["starts-with-login"]) : one.EndTime is { } end ? Show.Moment(end, _zone) : Html.Encode(language["without-end"]);

    private Html Badge(UserProfileState state)
    {
        var key = state switch
        {
            UserProfileState.Waiting => "waiting", UserProfileState.Running => "running", UserProfileState.RunningActive => "running-active", _ => "used",
        };
        return Html.Of($"<span class=\"badge {key}\">{language["state-" + key]}</span>");
    }

    private static string NameOf(Profile profile) => profile.NameForUsers.Length > 0 ? profile.NameForUsers : profile.Name;

    public static string NameOf(MenuRecord profile) => profile.Text("name-for-users") is { Length: > 0 } name ? name : profile.Text("name");

    // --- the shop

    private Html Shop()
    {
        if (!data.UsesProfiles || data.ForSale.Count == 0)
            return Empty("nothing-for-sale");

        return Html.Of($"<ul class=\"offers\">{Html.Join(data.ForSale.Select(p => Offer(p.Id, p.Profile)))}</ul>");
    }

    private Html Offer(RecordId id, MenuRecord profile)
    {
        var validity = profile["validity"] is TimeSpan time ? language.With("valid-for", Show.Time(time)) : language["without-end"];
        var buttons = data.Gateways.Select(g => Html.Of(
            $"<button name=\"method\" value=\"{g.Method}\" class=\"pay\">{(g.Method == "paypal" ? new Html("<img src=\"/um/img/PayPal_mark_37x23.gif\" alt=\"\" width=\"37\" height=\"23\"> ") : Html.Empty)}{language.With("pay-with", g.Title)}</button>"));
        var buy = data.Gateways.Count == 0 ? Html.Of($"<p class=\"soft\">{language["no-gateway"]}</p>") : Html.Of(
            $"""
            <details class="buy"><summary class="button">{language["buy-this-profile"]}</summary><form method="post" action="/um/buy"><input type="hidden" name="token" value="{_token}"><input type="hidden" name="profile" value="{id.Value}">
            <p class="soft">{language["choose-gateway"]}</p>{Html.Join(buttons)}</form></details>
            """);
        return Html.Of($"<li class=\"card offer\"><h3>{NameOf(profile)}</h3><p class=\"price\">{Show.Money((decimal)profile["price"]!, data.Currency)}</p><p class=\"soft\">{validity}</p>{buy}</li>");
    }

    // --- history

    private Html Payments()
    {
        if (data.Payments.Count == 0)
            return Empty("no-payments");

        var names = data.ForSale.ToDictionary(p => p.Id.Value, p => NameOf(p.Profile));
        foreach (var owned in data.Profiles)
            names[owned.Profile.Id] = NameOf(owned.Profile);

        var rows = data.Payments.Select(p => Html.Of(
            $"<tr><td data-label=\"{language["date"]}\">{Show.Moment(p.StartedAt, _zone)}</td><th scope=\"row\" data-label=\"{language["profile"]}\">{names.GetValueOrDefault(p.ProfileId, "")}</th><td class=\"number\" data-label=\"{language["price"]}\">{Show.Money(p.Price, p.Currency)}</td><td data-label=\"{language["method"]}\">{TitleOf(p.Method)}</td><td data-label=\"{language["state"]}\"><span class=\"badge {Word(p.Status)}\">{language["payment-" + Word(p.Status)]}</span>{Said(p)}</td></tr>"));
        return Table("payments", ["date", "profile", "price", "method", "state"], rows);
    }

    private static Html Said(Payment payment) => payment.UserMessage.Length == 0 ? Html.Empty : Html.Of($"<br><span class=\"soft\">{payment.UserMessage}</span>");

    private string TitleOf(string method) => data.Gateways.FirstOrDefault(g => g.Method == method)?.Title ?? method;

    /// <summary>As <c>trans-status</c> writes it.</summary>
    public static string Word(PaymentStatus status) => status == PaymentStatus.UserApproved ? "user-approved" : status.ToString().ToLowerInvariant();

    private Html Sessions()
    {
        if (data.Sessions.Count == 0)
            return Empty("no-sessions");

        var rows = data.Sessions.Select(s => Html.Of(
            $"<tr><th scope=\"row\" data-label=\"{language["started"]}\">{Moment(s["started"])}</th><td data-label=\"{language["ended"]}\">{(s["ended"] is DateTimeOffset end ? Show.Moment(end, _zone) : Html.Of($"<span class=\"badge running-active\">{language["online"]}</span>"))}</td><td class=\"number\" data-label=\"{language["uptime"]}\">{Show.Time(UserDataReader.UsageOf(s).Uptime)}</td><td class=\"number\" data-label=\"{language["download"]}\">{Show.Bytes(UserDataReader.UsageOf(s).Download)}</td><td class=\"number\" data-label=\"{language["upload"]}\">{Show.Bytes(UserDataReader.UsageOf(s).Upload)}</td><td data-label=\"{language["device"]}\">{s.Text("calling-station-id")}</td></tr>"));
        return Table("sessions", ["started", "ended", "uptime", "download", "upload", "device"], rows);
    }

    private Html Moment(object? value) => value is DateTimeOffset moment ? Show.Moment(moment, _zone) : Html.Empty;

    // --- the rest

    private Html Password() => !options.ChangePassword ? Html.Empty : Html.Of(
        $"""
        <section class="card" aria-labelledby="password"><h2 id="password">{language["change-password"]}</h2><form method="post" action="/um/password" class="stack" id="password-form">
        <input type="hidden" name="token" value="{_token}"><input type="text" name="username" value="{data.User.Name}" autocomplete="username" hidden>
        <label>{language[data.User.Account.OtpSecret is null ? "current-password" : "current-password-otp"]}<input type="password" name="current" autocomplete="current-password" required></label>
        <label>{language["new-password"]}<input type="password" name="new" autocomplete="new-password" minlength="{options.PasswordLength}" maxlength="128" required aria-describedby="password-rule"></label>
        <label>{language["repeat-password"]}<input type="password" name="again" autocomplete="new-password" minlength="{options.PasswordLength}" maxlength="128" required></label>
        <p class="soft" id="password-rule">{language.With("password-rule", options.PasswordLength.ToString(CultureInfo.InvariantCulture))}</p><button>{language["change-password"]}</button></form></section>
        """);

    private Html Empty(string key) => Html.Of($"<p class=\"empty\">{language[key]}</p>");

    private Html Table(string caption, string[] columns, IEnumerable<Html> rows) => Html.Of(
        $"<div class=\"scroll\"><table class=\"list\"><caption class=\"unseen\">{language[caption]}</caption><thead><tr>{Html.Join(columns.Select(c => Html.Of($"<th scope=\"col\">{language[c]}</th>")))}</tr></thead><tbody>{Html.Join(rows)}</tbody></table></div>");
}
