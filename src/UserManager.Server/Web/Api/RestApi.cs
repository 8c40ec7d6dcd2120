using Microsoft.AspNetCore.Http.Features;
using UserManager.Contract;
using UserManager.Management;

namespace UserManager.Server.Web.Api;

/// <summary><c>/rest</c>: hands what comes over HTTP to <see cref="RestService"/>.</summary>
internal sealed class RestApi(MenuExecutor executor, WebThreads threads, ILogger<RestApi> log)
{
    private const string Prefix = "/rest";

    /// <param name="caller">Who asks.</param>
    /// <param name="rights">What he may do.</param>
    public async Task AnswerAsync(HttpContext http, Caller caller, Rights rights)
    {
        var answer = await ExecuteAsync(http, caller, rights);
        await threads;          // what was changed is committed on another
        await WriteAsync(http, answer);
    }

    /// <summary>Answers in RouterOS's form that nothing is done, before the body is read.</summary>
    /// <param name="detail">Null for none.</param>
    public Task RefuseAsync(HttpContext http, int status, string? detail) => WriteAsync(http, RestAnswer.Error(status, detail));

    /// <summary>Answers that it could not be read on. Once the status is out, what is left is to break off, so that half a list is no list.</summary>
    public Task FailAsync(HttpContext http, MenuException problem)
    {
        if (!http.Response.HasStarted)
            return RefuseAsync(http, StatusCodes.Status400BadRequest, problem.Message);

        log.RestBrokenOff(problem.Message);
        http.Abort();
        return Task.CompletedTask;
    }

    private async Task WriteAsync(HttpContext http, RestAnswer answer)
    {
        http.Response.StatusCode = answer.Status;
        http.Response.Headers.CacheControl = "no-store";
        if (answer.IsEmpty)
            return;

        http.Response.ContentType = "application/json";
        try
        {
            await answer.WriteAsync(threads.BodyOf(http.Response), length => http.Response.ContentLength = length, http.RequestAborted);
        }
        catch (MenuException problem)
        {
            await FailAsync(http, problem);
        }
    }

    private async Task<RestAnswer> ExecuteAsync(HttpContext http, Caller caller, Rights rights)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);

        // As it was sent: the framework's path has its percent signs decoded, and a slash in a name would be one of the path.
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var question = target.IndexOf('?', StringComparison.Ordinal);
        var (path, query) = question < 0 ? (target, "") : (target[..question], target[(question + 1)..]);
        var service = new RestService(executor.As(caller, rights));
        return await service.ExecuteAsync(
            new RestRequest(http.Request.Method, path[Prefix.Length..], query, body.GetBuffer().AsMemory(0, (int)body.Length), rights.Has(Rights.Sensitive)), http.RequestAborted);
    }
}
