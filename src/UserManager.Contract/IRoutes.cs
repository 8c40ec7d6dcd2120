using Microsoft.AspNetCore.Http;

namespace UserManager.Contract;

/// <summary>A module with HTTP routes: pages below <c>/um</c>, or anything below <c>/plugins/NAME</c>, where NAME is the module's.</summary>
/// <remarks>
/// Read once, when the policy is compiled; another place, or one that is taken, is refused then. A request that is under way keeps its module as a
/// RADIUS request does; one that comes after a reload goes to the new module. There is no administrator in front of these routes: who may ask is the module's to say.
/// </remarks>
public interface IRoutes
{
    IReadOnlyList<HttpRoute> Routes { get; }
}

/// <summary>One route.</summary>
/// <param name="Method">GET (which answers HEAD too), POST, PUT, PATCH or DELETE.</param>
/// <param name="Pattern">As ASP.NET Core writes them: <c>/plugins/shop/items/{id:long}</c>, <c>/um/{**file}</c>. The most specific one answers.</param>
/// <param name="AnswerAsync">Answers. What it throws is a 500 and a line in the log.</param>
public sealed record HttpRoute(string Method, string Pattern, RequestDelegate AnswerAsync)
{
    /// <summary>The most octets of a body; more is refused with 413. Default 1 MiB.</summary>
    public long MostBody { get; init; } = 1024 * 1024;
}
