using UserManager.Storage;

namespace UserManager.Server.Web;

/// <summary>What is answered on the ports of <c>/ip/service</c>: who asks for what is sent where, on one page.</summary>
internal sealed class WebSite
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
        return path.StartsWithSegments("/um", StringComparison.Ordinal) || path.StartsWithSegments("/plugins", StringComparison.Ordinal) ? Pages(http)
            : NotFound(http);
    }

    private static Task NotFound(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
