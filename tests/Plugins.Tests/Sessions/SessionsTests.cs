using System.Net;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;
using Xunit;

namespace UserManager.Plugins.Tests;

public sealed class SessionsTests
{
    private const uint Start = 1;
    private const uint Stop = 2;
    private const uint Interim = 3;

    private readonly FakeSessions _store = new();

    [Theory]
    [InlineData(1u, SessionEvent.Start)]
    [InlineData(2u, SessionEvent.Stop)]
    [InlineData(3u, SessionEvent.Interim)]
    public async Task Start_Stop_and_Interim_Update_are_recorded(uint status, SessionEvent expected)
    {
        var report = await RecordAsync(status);

        Assert.Equal(expected, report.Event);
    }

    [Fact]
    public async Task The_packet_becomes_a_report()
    {
        var report = await RecordAsync(Stop, r =>
        {
            r.Add(Rfc2865.UserName, "bob");
            r.Add(Rfc2865.CallingStationId, "00:11:22:AA:BB:CC");
            r.Add(Rfc2869.NasPortId, "ether2");
            r.Add(Rfc2865.NasPort, 5);
            r.Add(Rfc2865.NasIpAddress, IPAddress.Parse("10.0.0.1"));
            r.Add(Rfc2865.NasIdentifier, "MikroTik");
            r.Add(Rfc2865.NasPortType, 15);
            r.Add(Rfc2865.FramedIpAddress, IPAddress.Parse("10.5.5.5"));
            r.Add(Rfc2866.AcctSessionTime, 3600);
            r.Add(Rfc2866.AcctTerminateCause, 1);
            r.Add(Rfc2866.AcctMultiSessionId, "multi");
        });

        Assert.Equal(new SessionKey(7, "81000001", "bob", "00:11:22:AA:BB:CC", "ether2"), report.Key);
        Assert.Equal("10.0.0.1", report.NasIpAddress);
        Assert.Equal("MikroTik", report.NasIdentifier);
        Assert.Equal(15, report.NasPortType);
        Assert.Equal("10.5.5.5", report.UserAddress);
        Assert.Equal(TimeSpan.FromHours(1), report.Uptime);
        Assert.Equal(1, report.TerminateCause);
        Assert.Equal("multi", report.AcctMultiSessionId);
        Assert.Equal(Requests.Now, report.ReceivedAt);
    }

    [Fact]
    public async Task What_is_absent_is_empty()
    {
        var report = await RecordAsync(Start);

        Assert.Equal(new SessionKey(7, "81000001", "", "", ""), report.Key);
        Assert.Equal(("192.0.2.1", "192.0.2.1"), (report.NasIpAddress, report.SourceAddress));
        Assert.Equal("", report.UserAddress);
        Assert.Equal("", report.NasIdentifier);
        Assert.Null(report.NasPortType);
        Assert.Null(report.TerminateCause);
        Assert.Equal(TimeSpan.Zero, report.Uptime);
        Assert.Equal((0, 0), (report.Download, report.Upload));
    }

    [Fact]
    public async Task The_stripped_name_is_the_user()
    {
        var report = await RecordAsync(Start, r =>
        {
            r.Add(Rfc2865.UserName, "bob@example.com");
            r.Add(Internal.StrippedUserName, "bob");
        });

        Assert.Equal(("bob", "bob@example.com"), (report.Key.UserName, report.NasUserName));
    }

    [Fact]
    public async Task NAS_Port_stands_in_for_NAS_Port_Id()
    {
        var report = await RecordAsync(Start, r => r.Add(Rfc2865.NasPort, 4294967295));

        Assert.Equal("4294967295", report.Key.NasPortId);
    }

    [Fact]
    public async Task IPv6_addresses_stand_in_for_IPv4_ones()
    {
        var report = await RecordAsync(Start, r =>
        {
            r.Add(Rfc3162.NasIpv6Address, IPAddress.Parse("2001:db8::1"));
            r.Add(Rfc6911.FramedIpv6Address, IPAddress.Parse("2001:db8::5"));
        });

        Assert.Equal("2001:db8::1", report.NasIpAddress);
        Assert.Equal("2001:db8::5", report.UserAddress);
    }

    [Theory]
    [InlineData(100u, 0u, 100L)]
    [InlineData(4294967295u, 0u, 4294967295L)]
    [InlineData(1u, 1u, 4294967297L)]
    [InlineData(0u, 2147483647u, 9223372032559808512L)]
    [InlineData(4294967295u, 4294967295u, long.MaxValue)]
    public async Task Gigawords_count(uint octets, uint gigawords, long expected)
    {
        var report = await RecordAsync(Interim, r =>
        {
            r.Add(Rfc2866.AcctOutputOctets, octets);
            r.Add(Rfc2869.AcctOutputGigawords, gigawords);
        });

        Assert.Equal((expected, 0), (report.Download, report.Upload));
    }

    [Fact]
    public async Task Input_is_what_the_user_sent()
    {
        var report = await RecordAsync(Interim, r =>
        {
            r.Add(Rfc2866.AcctInputOctets, 5);
            r.Add(Rfc2869.AcctInputGigawords, 2);
            r.Add(Rfc2866.AcctOutputOctets, 7);
        });

        Assert.Equal((7, 8589934597), (report.Download, report.Upload));
    }

    [Fact]
    public async Task A_counter_of_another_size_counts_as_absent()
    {
        var report = await RecordAsync(Interim, r => r.Add(Rfc2866.AcctInputOctets, new byte[] { 255, 255, 255, 255, 255, 255, 255, 255 }));

        Assert.Equal(0, report.Upload);
    }

    [Fact]
    public async Task Without_a_word_of_the_NAS_it_happened_on_arrival()
    {
        var report = await RecordAsync(Start);

        Assert.Equal((Requests.Now, false), (report.At, report.AtIsReported));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(90)]
    [InlineData(86400)]
    public async Task Acct_Delay_Time_is_taken_off(int delay)
    {
        var report = await RecordAsync(Start, r => r.Add(Rfc2866.AcctDelayTime, (ulong)delay));

        Assert.Equal((Requests.Now.AddSeconds(-delay), true), (report.At, report.AtIsReported));
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(60)]
    [InlineData(-86400)]
    public async Task Event_Timestamp_says_when_whatever_the_delay(int offset)
    {
        var report = await RecordAsync(Start, r =>
        {
            r.Add(Rfc2869.EventTimestamp, (ulong)(Requests.Now.ToUnixTimeSeconds() + offset));
            r.Add(Rfc2866.AcctDelayTime, 30);
        });

        Assert.Equal((Requests.Now.AddSeconds(offset), true), (report.At, report.AtIsReported));
    }

    [Theory]
    [InlineData(-86401)]
    [InlineData(86401)]
    [InlineData(-1000000000)]
    public async Task A_clock_more_than_a_day_off_is_not_believed(int offset)
    {
        var report = await RecordAsync(Start, r => r.Add(Rfc2869.EventTimestamp, (ulong)(Requests.Now.ToUnixTimeSeconds() + offset)));

        Assert.Equal((Requests.Now, false), (report.At, report.AtIsReported));
    }

    [Fact]
    public async Task A_delay_of_more_than_a_day_is_not_believed()
    {
        var report = await RecordAsync(Start, r => r.Add(Rfc2866.AcctDelayTime, uint.MaxValue));

        Assert.Equal((Requests.Now, false), (report.At, report.AtIsReported));
    }

    [Theory]
    [InlineData(7u)]
    [InlineData(8u)]
    public async Task Accounting_On_and_Off_close_the_router_s_sessions_even_without_a_session_id(uint status)
    {
        var context = Requests.Accounting(r =>
        {
            r.Add(Rfc2866.AcctStatusType, status);
            r.Add(Rfc2866.AcctDelayTime, 10);
        }, client: Requests.RouterAt("192.0.2.1/32"));

        Assert.Equal(Rcode.Ok, await Module().AccountingAsync(context));

        Assert.Equal((7, null, Requests.Now.AddSeconds(-10)), Assert.Single(_store.Closed));
        Assert.Empty(_store.Reports);
    }

    [Theory]
    [InlineData("192.0.2.0/24", "192.0.2.1", null, "192.0.2.1")]
    [InlineData("192.0.2.0/24", "192.0.2.1", "10.0.0.1", "10.0.0.1")]
    [InlineData("2001:db8::/32", "2001:db8::1", null, "2001:db8::1")]
    [InlineData("2001:db8::/32", "2001:db8::1", "2001:db8::2", "2001:db8::2")]
    [InlineData("2001:db8::1/128", "2001:db8::1", null, null)]
    [InlineData("192.0.2.1/32", "192.0.2.1", "10.0.0.1", null)]
    public async Task A_restart_in_a_router_that_is_a_network_concerns_one_NAS(string router, string source, string? nas, string? expected)
    {
        var context = Requests.Accounting(
            r =>
            {
                r.Add(Rfc2866.AcctStatusType, 7);
                if (nas is not null)
                    r.Add(nas.Contains(':', StringComparison.Ordinal) ? Rfc3162.NasIpv6Address : Rfc2865.NasIpAddress, IPAddress.Parse(nas));
            },
            source,
            Requests.RouterAt(router));

        Assert.Equal(Rcode.Ok, await Module().AccountingAsync(context));

        Assert.Equal(expected, Assert.Single(_store.Closed).Nas);
    }

    [Theory]
    [InlineData(9u)]
    [InlineData(15u)]
    [InlineData(0u)]
    public async Task Other_kinds_are_answered_and_not_kept(uint status)
    {
        var context = Packet(status);

        Assert.Equal(Rcode.Ok, await Module().AccountingAsync(context));

        Assert.Empty(_store.Reports);
        Assert.Empty(_store.Closed);
    }

    [Fact]
    public async Task Without_Acct_Status_Type_the_packet_is_invalid()
    {
        var context = Requests.Accounting(r => r.Add(Rfc2866.AcctSessionId, "81000001"));

        Assert.Equal(Rcode.Invalid, await Module().AccountingAsync(context));

        Assert.Contains("RFC 2866 §5.1", context.Failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task Without_Acct_Session_Id_the_packet_is_invalid(string? id)
    {
        var context = Requests.Accounting(r =>
        {
            r.Add(Rfc2866.AcctStatusType, Start);
            if (id is not null)
                r.Add(Rfc2866.AcctSessionId, id);
        });

        Assert.Equal(Rcode.Invalid, await Module().AccountingAsync(context));

        Assert.Contains("RFC 2866 §5.5", context.Failure, StringComparison.Ordinal);
        Assert.Empty(_store.Reports);
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(7u)]
    public async Task The_answer_waits_until_the_record_is_durable(uint status)
    {
        var durable = new TaskCompletionSource();
        var answer = Module(new FakeSessions { Durable = durable.Task }).AccountingAsync(Packet(status));
        Assert.False(answer.IsCompleted);

        durable.SetResult();

        Assert.Equal(Rcode.Ok, await answer);
    }

    [Theory]
    [InlineData(2u)]
    [InlineData(8u)]
    public async Task A_store_that_fails_is_no_answer(uint status)
    {
        var store = new FakeSessions { Durable = Task.FromException(new IOException("disk full")) };

        await Assert.ThrowsAsync<IOException>(() => Module(store).AccountingAsync(Packet(status)).AsTask());
    }

    private Sessions Module(FakeSessions? store = null) =>
        new(new SessionsOptions(), store ?? _store, new FakeSettings(), new FakeLiveSessions(store ?? _store), TimeProvider.System);

    private async Task<SessionReport> RecordAsync(uint status, Action<AttributeList>? fill = null)
    {
        var context = Packet(status);
        fill?.Invoke(context.Request);

        Assert.Equal(Rcode.Ok, await Module().AccountingAsync(context));

        return Assert.Single(_store.Reports);
    }

    private static RequestContext Packet(uint status) => Requests.Accounting(r =>
    {
        r.Add(Rfc2866.AcctStatusType, status);
        r.Add(Rfc2866.AcctSessionId, "81000001");
    });
}
