using System.Net;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Contract;

/// <summary>A NAS as the path of a request sees it: a router's address, secret and rules. Immutable.</summary>
public sealed class Client(Router router)
{
    /// <summary>The router's id.</summary>
    public long Id { get; } = router.Id;

    public string Name { get; } = router.Name;

    /// <summary>One address or a network.</summary>
    public IPNetwork Address { get; } = router.Address;

    /// <summary>Never printed; HMAC pads are worked out once.</summary>
    public SharedSecret Secret { get; } = new(router.SharedSecret);

    /// <summary>1..65535.</summary>
    public int CoaPort { get; } = router.CoaPort;

    /// <summary>An entry of <c>config/vendors.yaml</c>: what the NAS understands.</summary>
    public string Vendor { get; } = router.Vendor;

    public MessageAuthRule RequireMessageAuth { get; } = router.RequireMessageAuth;

    public override string ToString() => Name;
}
