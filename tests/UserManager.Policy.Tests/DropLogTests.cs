using System.Net;
using Microsoft.Extensions.Logging;
using UserManager.Testing;
using Xunit;

namespace UserManager.Policy.Tests;

/// <summary>Source addresses can be forged: the log may not grow with their number.</summary>
public sealed class DropLogTests
{
    private readonly ManualClock _clock = new();
    private readonly Lines _lines = new();

    [Fact]
    public void A_source_is_told_of_once_a_minute()
    {
        var log = new DropLog(_clock, _lines);
        var source = Source(1);

        log.Write(DropReason.UnknownClient, source, null);
        log.Write(DropReason.UnknownClient, source, null);
        Assert.Single(_lines.Written);
        Assert.Contains("/user-manager/router/add name=NAME address=10.0.0.1 shared-secret=SECRET", _lines.Written[0]);

        _clock.Advance(TimeSpan.FromMinutes(1));
        log.Write(DropReason.UnknownClient, source, null);
        Assert.Equal(2, _lines.Written.Count);
    }

    [Fact]
    public void Many_sources_are_told_of_ten_a_second_and_the_rest_is_counted()
    {
        var log = new DropLog(_clock, _lines);
        for (var i = 0; i < 100_000; i++)
            log.Write(DropReason.UnknownClient, Source(i), null);

        Assert.Equal(10, _lines.Written.Count);

        _clock.Advance(TimeSpan.FromSeconds(1));
        log.Write(DropReason.UnknownClient, Source(200_000), null);

        Assert.Contains("99990 more dropped packets", _lines.Written[10]);
        Assert.Equal(12, _lines.Written.Count);
    }

    private static Radius.Endpoint Source(int host) =>
        Radius.Endpoint.From(new IPEndPoint(new IPAddress([10, (byte)(host >> 16), (byte)(host >> 8), (byte)host]), 1000));

    private sealed class Lines : ILogger
    {
        public List<string> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Written.Add(formatter(state, exception));
    }
}
