using System.Globalization;
using System.Text;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Management;

/// <summary><c>/user-manager user explain</c>: would this user get in, and why not. By the rules that the modules ask; touches nothing.</summary>
internal sealed class UserExplain(Func<string, IMenuRecords> recordsOf, MenuServices services)
{
    private readonly TimeZoneInfo _zone = services.Clock.LocalTimeZone;

    public Command Declare() => new("explain")
    {
        Summary = "Tells whether users would be let in with the right password, and why not",
        TakesRecords = true,
        IsReadOnly = true,
        Arguments =
        [
            new Field("router", FieldType.Reference) { Summary = "Where they log in; else the only router there is", References = UserManagerMenus.Router },
            new Field("calling-station-id", FieldType.Text) { Summary = "From which device; else the one of caller-id" },
            new Field("at", FieldType.Date) { Summary = "When, with what is used by now; else now" },
        ],
        RunAsync = RunAsync,
    };

    private async ValueTask<CommandResult> RunAsync(CommandCall call, CancellationToken cancelled)
    {
        if (services.Logins is not { } logins)
            throw new MenuException("failure: nobody logs in here");

        var router = await RouterAsync(call, cancelled).ConfigureAwait(false);
        var at = call.Arguments.GetValueOrDefault("at") as DateTimeOffset? ?? services.Clock.GetUtcNow();
        var rows = new List<IReadOnlyDictionary<string, object>>();
        foreach (var record in call.Records)
        {
            var account = await logins.Users.FindAsync(Encoding.UTF8.GetBytes(record.Text("name")), cancelled).ConfigureAwait(false)
                ?? throw MenuRefusal.NoSuchItem();
            var station = call.Arguments.GetValueOrDefault("calling-station-id") as string ?? Device(account.User);
            var login = new SessionKey(router?.Id.Value ?? 0, "", account.User.Name, station, "");
            var places = await logins.Sessions.PlacesAsync(login, cancelled).ConfigureAwait(false);
            rows.AddRange(new Answer(logins, account, router, station, places, at, _zone).Rows());
        }

        return new CommandResult(rows);
    }

    private static string Device(User user) => user.CallerId == LoginRules.Bind ? "" : user.CallerId;

    private async ValueTask<MenuRecord?> RouterAsync(CommandCall call, CancellationToken cancelled)
    {
        var routers = recordsOf(UserManagerMenus.Router);
        if (call.Arguments.GetValueOrDefault("router") is RecordId id)
            return await routers.FindAsync(id, cancelled).ConfigureAwait(false);

        MenuRecord? only = null;
        await foreach (var router in routers.ListAsync(null, cancelled).ConfigureAwait(false))
        {
            if (only is not null)
                return null;

            only = router;
        }

        return only;
    }

    /// <summary>What is to be said of one user.</summary>
    private sealed class Answer(
        LoginServices logins, UserAccount account, MenuRecord? router, string station, PlacesTaken places, DateTimeOffset at, TimeZoneInfo zone)
    {
        private readonly User _user = account.User;
        private readonly Settings _settings = logins.Settings.Current;
        private readonly Dictionary<string, object> _row = [];

        private IReadOnlyList<UserProfile>? Profiles => _settings.UseProfiles ? account.Profiles : null;

        public IEnumerable<IReadOnlyDictionary<string, object>> Rows()
        {
            Allowance allowance = default;
            var refusals = new[]
            {
                LoginRules.Check(_user, station),
                Profiles is { } all ? ProfileRules.Evaluate(all, at, zone, out allowance) : null,
            }.OfType<Refusal>().ToList();
            var limit = LoginRules.Places(_user, Profiles, at, zone);
            var isFull = limit is { } most && !places.HasOne && places.Taken >= most;
            if (isFull && places.Oldest is null)
                refusals.Add(new Refusal(RefusalRule.SharedUsers) { Used = places.Taken, Limit = limit!.Value });

            Say("user", _user.Name);
            Say("at", at);
            Decide(refusals, isFull);
            Who();
            var inForce = Profiles is { } profiles ? ProfileRules.InForce(profiles, at, zone)?.Start(at) : null;
            Profile(inForce);
            Say("sessions", $"{places.Taken} of {limit?.ToString(CultureInfo.InvariantCulture) ?? "unlimited"}" + (places.HasOne ? ", one of them of this device" : ""));
            if (refusals.Count == 0)
                Say("access-accept", Accept(allowance));

            yield return _row;

            foreach (var standing in inForce is null ? [] : LimitationStanding.Of(inForce, at, zone))
                yield return Limitation(standing);

            foreach (var session in places.Open)
                yield return Session(session);
        }

        // What stands before any rule of the user: without it nobody gets an answer.
        private string? Silence =>
            !_settings.Enabled ? "RADIUS is off: enabled=no of /user-manager"
            : router?.IsTrue("disabled") == true ? $"router {router.Text("name")} is disabled: its packets are dropped"
            : null;

        private void Decide(List<Refusal> refusals, bool isFull)
        {
            Say("result", Silence is not null ? "no-answer" : refusals.Count > 0 ? "access-reject" : "access-accept");
            Say("reason", string.Join("; ", refusals.Select(r => r.Explain()).Prepend(Silence).OfType<string>()));
            Say("rule", string.Join(",", refusals.Select(r => r.Word)));
            Say("changed-by", string.Join("; ", refusals.Select(r => r.Remedy())));
            if (isFull && refusals.Count == 0 && places.Oldest is { } oldest)
            {
                Say(
                    "condition",
                    $"session {oldest.Key.AcctSessionId}, the oldest, is ended first; if its router does not confirm that within 0.8s, the login is refused (shared-users)");
            }
        }

        private void Who()
        {
            Say("group", account.Group.Name);
            Say("outer-auths", Words(AuthMethods.Outer, (int)account.Group.OuterAuths));
            Say("inner-auths", Words(AuthMethods.Inner, (int)account.Group.InnerAuths));
            if (account.OtpSecret is not null)
                Say("one-time-password", _settings.OtpReuse ? "behind the password" : "behind the password, each once");

            Say("caller-id", _user.CallerId == LoginRules.Bind ? "bind: the device of the next login becomes the only one" : _user.CallerId);
            Say("calling-station-id", station);
            Say("router", router?.Text("name") ?? "");
        }

        private void Profile(UserProfile? inForce)
        {
            if (!_settings.UseProfiles)
            {
                Say("profile", "not asked for: use-profiles=no");
                return;
            }

            if (inForce is null)
                return;

            var waits = account.Profiles.First(p => p.Id == inForce.Id).StartedAt is null;
            Say("profile", inForce.Profile.Name);
            Say("state", waits ? "waiting: it begins with this login" : "running-active");
            Say("end-time", (object?)inForce.EndTime ?? "unlimited");
        }

        private Dictionary<string, object> Limitation(LimitationStanding standing)
        {
            var (rules, counted) = (standing.Limitation, standing.Counted);
            var row = new Dictionary<string, object>
            {
                ["limitation"] = rules.Name,
                ["applies"] = standing switch
                {
                    { IsOpen: true, Changes: null } => "always",
                    { IsOpen: true } => $"until {Time(standing.Changes.Value)}",
                    { Changes: { } opens } => $"not now, but from {Time(opens)} on",
                    _ => "never",
                },
            };
            Count(row, "download", rules.DownloadLimit, counted.Download);
            Count(row, "upload", rules.UploadLimit, counted.Upload);
            Count(row, "transfer", rules.TransferLimit, counted.Transfer);
            if (rules.UptimeLimit > TimeSpan.Zero)
                row["uptime"] = $"{Duration(counted.Uptime)} of {Duration(rules.UptimeLimit)}, {Duration(Left(rules.UptimeLimit, counted.Uptime))} left";

            if (!rules.RateLimit.IsNone)
                row["rate-limit"] = rules.RateLimit.Text;

            if (rules.HasCounters)
                row["counts-anew"] = (object?)standing.ResetsAt ?? "never";

            return row;
        }

        private static Dictionary<string, object> Session(Session session)
        {
            var row = new Dictionary<string, object> { ["session"] = session.Key.AcctSessionId, ["started"] = session.Started, ["uptime"] = session.Uptime };
            foreach (var (name, value) in new[] { ("calling-station-id", session.Key.CallingStationId), ("nas-ip-address", session.NasIpAddress), ("user-address", session.UserAddress) })
            {
                if (value.Length > 0)
                    row[name] = value;
            }

            return row;
        }

        /// <summary>What modules put into the Access-Accept: the attributes of user and group, then what is left. A policy may add to it.</summary>
        private string Accept(in Allowance allowance)
        {
            var reply = new AttributeList(logins.Dictionary());
            var macros = new List<string>();
            foreach (var attribute in account.Attributes.Where(a => a.PacketTypes.HasFlag(AttributePackets.AccessAccept)))
            {
                if (attribute.IsMacro)
                    macros.Add($"{Name(attribute.Key)} = \"{Encoding.UTF8.GetString(attribute.Value)}\"");
                else
                    reply.Add(attribute.Key, attribute.Value);
            }

            if (_settings.UseProfiles)
                logins.Vendors.Limit(router?.Id.Value ?? 0, allowance, reply);

            return string.Join(", ", Printed(reply).Concat(macros));
        }

        private string Name(AttributeKey key) => logins.Dictionary().TryFind(key, out var definition) ? definition.Name : key.ToString();

        private static List<string> Printed(AttributeList list)
        {
            var lines = new List<string>();
            foreach (ref readonly var entry in list.Entries)
            {
                lines.Add(entry.Definition is { } definition && AttributeText.IsSecret(definition)
                    ? $"{definition.Name} = <<< secret >>>"
                    : AttributeText.Print(in entry, list));
            }

            return lines;
        }

        private void Say(string name, object value)
        {
            if (value is not "")
                _row[name] = value;
        }

        private static void Count(Dictionary<string, object> row, string name, long limit, long used)
        {
            if (limit > 0)
                row[name] = string.Create(CultureInfo.InvariantCulture, $"{used} of {limit}, {Math.Max(0, limit - used)} left");
        }

        private static TimeSpan Left(TimeSpan limit, TimeSpan used) => used < limit ? limit - used : TimeSpan.Zero;

        private static string Words(IReadOnlyList<string> words, int bits) => string.Join(",", words.Where((_, i) => (bits & (1 << i)) != 0));

        private string Time(DateTimeOffset moment) => DateText.Print(moment, zone);

        private static string Duration(TimeSpan time) => DurationText.Print(TimeSpan.FromSeconds((long)time.TotalSeconds));
    }
}
