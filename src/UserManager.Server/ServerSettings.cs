using System.ComponentModel.DataAnnotations;
using System.Net;

namespace UserManager.Server;

/// <summary><c>config/usermanager.yaml</c>: see the comments there.</summary>
public sealed record ServerSettings
{
    public string Database { get; init; } = "sqlite:usermanager.db";

    public IPAddress Listen { get; init; } = IPAddress.IPv6Any;

    public string Dictionaries { get; init; } = "";

    public bool ReloadOnChange { get; init; } = true;

    [Range(0, 64)]
    public int Threads { get; init; }

    [Range(64, 1_000_000)]
    public int MaxRequests { get; init; } = 16384;

    [Range(16, 1_000_000)]
    public int MaxConversations { get; init; } = 8192;

    public TimeSpan ConversationTimeout { get; init; } = TimeSpan.FromSeconds(45);

    [Range(1000, 100_000_000)]
    public int CachedUsers { get; init; } = 1_000_000;

    public IPAddress HttpListen { get; init; } = IPAddress.Loopback;

    [Range(0, 65535)]
    public int HttpPort { get; init; }

    public string Otlp { get; init; } = "";

    public TimeSpan OtlpInterval { get; init; } = TimeSpan.FromMinutes(1);

    public TimeSpan AuditKeep { get; init; } = TimeSpan.FromDays(365);

    [Range(10, 100_000)]
    public int LogLines { get; init; } = 1000;

    [Range(0, 1_000_000)]
    public int Decisions { get; init; } = 2000;

    public LogFormat LogFormat { get; init; } = LogFormat.Text;
}

/// <summary>How log lines are written.</summary>
public enum LogFormat
{
    Text,
    Json,
}
