using System.Net;
using Microsoft.AspNetCore.Routing;
using UserManager.Contract;
using UserManager.Server.Web.Api;
using UserManager.Storage;

namespace UserManager.Server.Web;

/// <summary>What is answered on the ports of <c>/ip/service</c>: who asks for what is sent where, on one page.</summary>
/// <param name="pages">The routes that plugins declare, under <c>/um</c> and <c>/plugins</c>: here they are mounted.</param>
internal sealed class WebSite(RestApi rest, AdministratorLogins logins, EndpointDataSource pages)
{
    public EndpointDataSource Pages => pages;

    /// <param name="next">Answers by <see cref="Pages"/>; 404 where none fits.</param>
    public Task AnswerAsync(HttpContext http, WebService service, RequestDelegate next)
    {
        http.Response.Headers.XContentTypeOptions = "nosniff";
        if (!service.Allows(http.Connection.RemoteIpAddress))
        {
            // A connection that was made before the address was taken away from it.
            http.Abort();
            return Task.CompletedTask;
        }

        return http.Request.Path.StartsWithSegments("/rest", StringComparison.Ordinal) ? RestAsync(http, service) : next(http);
    }

    private async Task RestAsync(HttpContext http, WebService service)
    {
        if (service.Name == WebService.Plain && !IPAddress.IsLoopback(http.Connection.RemoteIpAddress ?? IPAddress.None))
        {
            await rest.RefuseAsync(http, StatusCodes.Status403Forbidden, "REST without TLS is for this host alone: use https (/ip/service www-ssl)");
            return;
        }

        var login = await logins.LogInAsync(http);
        if (login is { Administrator: { } administrator, Rights: { } rights })
        {
            var address = AdministratorLogins.AddressOf(http).ToString();
            var caller = new Caller(administrator.Name, $"rest {address}") { Administrator = new RecordId(administrator.Id) };
            await (rights.Has("api") && rights.Has("rest-api")
                ? rest.AnswerAsync(http, caller, rights)
                : rest.RefuseAsync(http, StatusCodes.Status500InternalServerError, "not enough permissions (9)"));
            return;
        }

        if (login.Status == StatusCodes.Status401Unauthorized)
            http.Response.Headers.WWWAuthenticate = "Basic realm=\"UserManager\", charset=\"UTF-8\"";
        else if (login.RetryAfter is { } seconds)
            http.Response.Headers.RetryAfter = $"{seconds}";

        await rest.RefuseAsync(http, login.Status, login.Detail);
    }
}
