using System.Net;
using UserManager.Contract;
using UserManager.Server.Web.Api;
using UserManager.Storage;

namespace UserManager.Server.Web;

/// <summary>What is answered on the ports of <c>/ip/service</c>: who asks for what is sent where, on one page.</summary>
internal sealed class WebSite(RestApi rest, AdministratorLogins logins)
{
    /// <summary>Answers all under <c>/um</c> and <c>/plugins</c>: here the routes that plugins declare are mounted. May be replaced at any time.</summary>
    public RequestDelegate Pages { get; set; } = NotFound;

    public Task AnswerAsync(HttpContext http, WebService service)
    {
        http.Response.Headers.XContentTypeOptions = "nosniff";
        if (!service.Allows(http.Connection.RemoteIpAddress))
        {
            // A connection that was made before the address was taken away from it.
            http.Abort();
            return Task.CompletedTask;
        }

        var path = http.Request.Path;
        return path.StartsWithSegments("/rest", StringComparison.Ordinal) ? RestAsync(http, service)
            : path.StartsWithSegments("/um", StringComparison.Ordinal) || path.StartsWithSegments("/plugins", StringComparison.Ordinal) ? Pages(http)
            : NotFound(http);
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

    private static Task NotFound(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
