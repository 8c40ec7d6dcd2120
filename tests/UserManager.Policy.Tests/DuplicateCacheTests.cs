using System.Net;
using UserManager.Radius;
using UserManager.Testing;
using Xunit;

namespace UserManager.Policy.Tests;

/// <summary>RFC 5080 §2.2.2, and what DESIGN says of it.</summary>
public sealed class DuplicateCacheTests
{
    private static readonly byte[] Authenticator = Enumerable.Repeat((byte)7, 16).ToArray();
    private static readonly byte[] OtherAuthenticator = Enumerable.Repeat((byte)8, 16).ToArray();

    private static readonly Endpoint Source = Endpoint.From(new IPEndPoint(IPAddress.Parse("10.0.0.1"), 5000));

    private readonly ManualClock _clock = new();
    private readonly byte[] _reply = new byte[4096];

    [Fact]
    public void A_copy_of_a_request_still_worked_on_is_in_progress()
    {
        var cache = new DuplicateCache(_clock);

        Assert.Equal(DuplicateState.New, cache.Begin(Key(1), Authenticator, _reply, out _));
        Assert.Equal(DuplicateState.InProgress, cache.Begin(Key(1), Authenticator, _reply, out var length));
        Assert.Equal(0, length);
    }

    [Fact]
    public void A_copy_of_an_answered_request_gets_the_answer_for_5_seconds()
    {
        var cache = Answered([1, 2, 3]);

        _clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(DuplicateState.Answered, cache.Begin(Key(1), Authenticator, _reply, out var length));
        Assert.Equal([1, 2, 3], _reply[..length]);

        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(DuplicateState.New, cache.Begin(Key(1), Authenticator, _reply, out _));
    }

    [Fact]
    public void A_request_that_got_no_answer_is_forgotten()
    {
        var cache = Answered([]);

        Assert.Equal(DuplicateState.New, cache.Begin(Key(1), Authenticator, _reply, out _));
    }

    [Fact]
    public void A_new_authenticator_under_the_same_identifier_takes_the_place_of_the_old_request()
    {
        var cache = Answered([1]);

        Assert.Equal(DuplicateState.New, cache.Begin(Key(1), OtherAuthenticator, _reply, out _));
        cache.Settle(Key(1), Authenticator, [9]);       // the old request ends late: it must not answer the new one
        Assert.Equal(DuplicateState.InProgress, cache.Begin(Key(1), OtherAuthenticator, _reply, out _));
    }

    [Theory]
    [InlineData(2, 1, 1812)]
    [InlineData(1, 2, 1812)]
    [InlineData(1, 1, 1813)]
    public void Another_identifier_source_or_port_is_another_request(byte identifier, int host, ushort port)
    {
        var cache = Answered([1]);
        var key = new RequestKey(Endpoint.From(new IPEndPoint(IPAddress.Parse($"10.0.0.{host}"), 5000)), port, PacketCode.AccessRequest, identifier);

        Assert.Equal(DuplicateState.New, cache.Begin(key, Authenticator, _reply, out _));
    }

    [Fact]
    public void A_request_worked_on_for_more_than_30_seconds_is_taken_for_lost()
    {
        var cache = new DuplicateCache(_clock);
        cache.Begin(Key(1), Authenticator, _reply, out _);

        _clock.Advance(DuplicateCache.LongestWork);

        Assert.Equal(DuplicateState.New, cache.Begin(Key(1), Authenticator, _reply, out _));
    }

    [Fact]
    public void It_never_holds_more_than_its_capacity()
    {
        var cache = new DuplicateCache(_clock, capacity: 160);
        for (var i = 0; i < 10_000; i++)
        {
            var key = new RequestKey(new Endpoint((UInt128)i, 1), 1812, PacketCode.AccessRequest, 1);
            cache.Begin(key, Authenticator, _reply, out _);
            cache.Settle(key, Authenticator, [1]);
        }

        Assert.InRange(cache.Count, 1, 160);
    }

    [Fact]
    public void Answers_that_are_over_are_let_go_and_nothing_is_allocated_in_steady_state()
    {
        var cache = new DuplicateCache(_clock);
        Round(cache);
        _clock.Advance(TimeSpan.FromSeconds(6));
        Round(cache);
        _clock.Advance(TimeSpan.FromSeconds(6));

        var before = GC.GetAllocatedBytesForCurrentThread();
        Round(cache);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
        Assert.InRange(cache.Count, 1, 200);
    }

    private void Round(DuplicateCache cache)
    {
        for (byte i = 0; i < 200; i++)
        {
            cache.Begin(Key(i), Authenticator, _reply, out _);
            cache.Settle(Key(i), Authenticator, _reply.AsSpan(0, 60));
        }
    }

    private DuplicateCache Answered(byte[] answer)
    {
        var cache = new DuplicateCache(_clock);
        cache.Begin(Key(1), Authenticator, _reply, out _);
        cache.Settle(Key(1), Authenticator, answer);
        return cache;
    }

    private static RequestKey Key(byte identifier) => new(Source, 1812, PacketCode.AccessRequest, identifier);
}
