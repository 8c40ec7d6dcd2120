using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace UserManager.Scenarios;

/// <summary>For any order, loss and repetition of accounting packets: usage is the sum over sessions, never falls, and no limit is exceeded by more than one interim interval.</summary>
public sealed class AccountingInAnyOrder
{
    private const int Sessions = 3;
    private const int Reports = 6;
    private const long Limit = 5000;

    /// <summary>A packet as a NAS sends it: report <paramref name="Number"/> of a session; 0 is the Start and the last one the Stop.</summary>
    /// <param name="Copies">0: it is lost.</param>
    /// <param name="Delay">How many places it comes late.</param>
    public sealed record Sent(int Session, int Number, int Download, int Upload, int Copies, int Delay)
    {
        public override string ToString() => $"s{Session}#{Number} +{Download}/{Upload} x{Copies} late {Delay}";
    }

    [Fact]
    public void Usage_is_the_sum_over_sessions_and_never_falls()
    {
        Check.One(Config(25), Prop.ForAll(Arb.From(Runs()), run =>
        {
            using var isp = Bought("validity=unlimited", "");
            var before = 0L;
            foreach (var packet in Arrivals(run))
            {
                isp.Send(PacketCode.AccountingRequest, packet.Lines());
                var used = isp.Number("SELECT download + upload FROM user_profile");
                if (used < before)
                    return false;

                before = used;
            }

            // Each session has used what the greatest report that came says.
            var told = Arrivals(run).GroupBy(packet => packet.Session).Sum(session => session.Max(packet => packet.Total));
            return before == told && before == isp.Number("SELECT SUM(download + upload) FROM session");
        }));
    }

    [Fact]
    public void No_limit_is_exceeded_by_more_than_one_interim_interval()
    {
        Check.One(Config(25), Prop.ForAll(Arb.From(Runs()), run =>
        {
            using var isp = Bought("validity=unlimited", $"transfer-limit={Limit}");
            var (totals, open) = (new long[Sessions], new bool[Sessions]);
            var (used, longest) = (0L, 0L);

            // Sessions that run at once, each reporting in its turn; a NAS does what it is asked.
            for (var number = 0; number < Reports; number++)
            {
                for (var session = 0; session < Sessions; session++)
                {
                    var report = run.First(sent => sent.Session == session && sent.Number == number);
                    if (number == 0)
                        open[session] = isp.Device("alice", $"s{session}", $"station {session}").Asks().Code == PacketCode.AccessAccept;

                    if (!open[session])
                        continue;

                    totals[session] += report.Download + report.Upload;
                    used += report.Download + report.Upload;
                    longest = Math.Max(longest, report.Download + report.Upload);
                    isp.Send(PacketCode.AccountingRequest, new Packet(session, number, totals[session], 0, isp.Now).Lines());
                    open[session] = isp.Number($"SELECT COUNT(*) FROM session WHERE acct_session_id = 's{session}' AND active = 1") == 1;
                    isp.Passes("1m");
                }
            }

            // Of each session that was on line at most the interval in which the limit was reached.
            return used <= Limit + (Sessions * longest)
                && (used < Limit || isp.Device("alice", "late", "late").Asks().Code == PacketCode.AccessReject);
        }));
    }

    private static FsCheck.Config Config(int tests) => FsCheck.Config.QuickThrowOnFailure.WithMaxTest(tests);

    private static Gen<IReadOnlyList<Sent>> Runs()
    {
        var one = from download in Gen.Choose(0, 1000)
                  from upload in Gen.Choose(0, 1000)
                  from copies in Gen.Frequency((5, Gen.Constant(1)), (2, Gen.Constant(0)), (2, Gen.Constant(2)))
                  from delay in Gen.Frequency((3, Gen.Constant(0)), (2, Gen.Choose(1, 12)))
                  select (download, upload, copies, delay);
        return from many in Gen.ListOf(one, Sessions * Reports)
               select (IReadOnlyList<Sent>)[.. many.Select((the, i) => new Sent(i % Sessions, i / Sessions, the.download, the.upload, the.copies, the.delay))];
    }

    /// <summary>What comes to the server, in the order in which it comes.</summary>
    private static IEnumerable<Packet> Arrivals(IReadOnlyList<Sent> run)
    {
        var begin = new DateTimeOffset(2026, 11, 21, 7, 0, 0, TimeSpan.Zero);
        var (down, up) = (new long[Sessions], new long[Sessions]);
        var arrivals = new List<(int At, Packet Packet)>();
        for (var i = 0; i < run.Count; i++)
        {
            var sent = run[i];
            down[sent.Session] += sent.Download;
            up[sent.Session] += sent.Upload;
            for (var copy = 0; copy < sent.Copies; copy++)
            {
                arrivals.Add((
                    i + (sent.Delay * (copy + 1)),
                    new Packet(sent.Session, sent.Number, down[sent.Session], up[sent.Session], begin.AddMinutes(sent.Number))));
            }
        }

        return arrivals.OrderBy(arrival => arrival.At).Select(arrival => arrival.Packet);
    }

    private static Isp Bought(string profile, string limitation) => new($"""
        /user-manager set use-profiles=yes
        /user-manager user add name=alice password=secret shared-users=unlimited
        /user-manager limitation add name=limit {limitation}
        /user-manager profile add name=pass {profile}
        /user-manager profile-limitation add profile=pass limitation=limit
        /user-manager user-profile add user=alice profile=pass
        """);

    /// <summary>A packet on the wire; the NAS says when it happened (Event-Timestamp).</summary>
    private sealed record Packet(int Session, int Number, long Download, long Upload, DateTimeOffset At)
    {
        public long Total => Download + Upload;

        public string[] Lines() =>
        [
            $"Acct-Status-Type = {(Number == 0 ? "Start" : Number == Reports - 1 ? "Stop" : "Interim-Update")}",
            "User-Name = \"alice\"",
            $"Acct-Session-Id = \"s{Session}\"",
            $"Calling-Station-Id = \"station {Session}\"",
            string.Create(CultureInfo.InvariantCulture, $"Acct-Session-Time = {Number * 60}"),
            $"Acct-Output-Octets = {Download}",
            $"Acct-Input-Octets = {Upload}",
            string.Create(CultureInfo.InvariantCulture, $"Event-Timestamp = {At.ToUnixTimeSeconds()}"),
        ];
    }
}
