using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Plugins.Tests;

/// <summary>Keeps what was started.</summary>
internal sealed class FakeUserProfiles : IUserProfileStore
{
    public List<long> Ids { get; } = [];

    public ValueTask<IReadOnlyList<UserProfile>> OfUserAsync(long userId, CancellationToken cancelled) => ValueTask.FromResult<IReadOnlyList<UserProfile>>([]);

    public ValueTask<bool> StartAsync(long userProfileId, CancellationToken cancelled)
    {
        Ids.Add(userProfileId);
        return ValueTask.FromResult(true);
    }

    public ValueTask<bool> ActivateAsync(long userProfileId, CancellationToken cancelled) => ValueTask.FromResult(false);
}

/// <summary>A little of what RouterOS is told.</summary>
internal sealed class FakeLimits : IVendorLimits
{
    public void Limit(long routerId, in Allowance allowance, AttributeList attributes)
    {
        if (allowance.Time is { } time)
            attributes.Add(Rfc2865.SessionTimeout, (ulong)time.TotalSeconds);

        if (allowance.Download is { } download)
            attributes.Add(Mikrotik.XmitLimit, (ulong)download);

        if (!allowance.RateLimit.IsNone)
            attributes.Add(Mikrotik.RateLimit, allowance.RateLimit.Text);
    }
}
