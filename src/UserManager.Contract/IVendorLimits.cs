using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Contract;

/// <summary>Says limits in the attributes that a router understands: by its <c>vendor</c>, as <c>config/vendors.yaml</c> tells. A module gets it by its constructor.</summary>
public interface IVendorLimits
{
    /// <summary>Puts limits into a list, in the place of what it has under the same names; a Session-Timeout that is shorter stays.</summary>
    /// <remarks>For a login and for a CoA-Request alike. What is not limited is not mentioned; nothing is ever said as 0, which would mean unlimited.</remarks>
    /// <param name="routerId">The router. One that is not known is a <c>standard</c> one.</param>
    /// <param name="allowance">What is left; for a session under way <see cref="Allowance.Over"/>.</param>
    /// <param name="attributes">A reply, or what a CoA-Request is to carry.</param>
    void Limit(long routerId, in Allowance allowance, AttributeList attributes);
}
