using System.Net;

namespace UserManager.Domain;

/// <summary>A NAS that may ask: a row of <c>/user-manager router</c>.</summary>
public sealed record Router
{
    public required long Id { get; init; }

    public required string Name { get; init; }

    /// <summary>One address, or a network. The most specific one wins.</summary>
    public required IPNetwork Address { get; init; }

    public string SharedSecret { get; init; } = "";

    /// <summary>1..65535. Default 3799 (RFC 5176).</summary>
    public int CoaPort { get; init; } = 3799;

    /// <summary>An entry of <c>config/vendors.yaml</c>: what the router understands. Default <see cref="DefaultVendor"/>.</summary>
    public string Vendor { get; init; } = DefaultVendor;

    public const string DefaultVendor = "mikrotik";

    public MessageAuthRule RequireMessageAuth { get; init; } = MessageAuthRule.Inherit;

    public bool Disabled { get; init; }
}

/// <summary>Whether an Access-Request must carry Message-Authenticator (CVE-2024-3596).</summary>
public enum MessageAuthRule
{
    /// <summary>As <c>/user-manager require-message-auth</c> says: a router's default.</summary>
    Inherit,

    No,

    /// <summary><c>yes-access-request</c>.</summary>
    Yes,
}
