using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using UserManager.Contract;

namespace UserManager.Plugins;

/// <summary>PayPal's NVP API: names and values over HTTPS, both ways.</summary>
internal sealed class NvpClient : IDisposable
{
    private const string Version = "204.0";

    private readonly HttpClient _http;

    public NvpClient(PayPalOptions options, string configFolder)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        if (options.Authority.Length > 0)
        {
            var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(configFolder, options.Authority));
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority }, RevocationMode = X509RevocationMode.NoCheck,
            };
        }

        _http = new HttpClient(handler) { Timeout = options.AnswerWithin, MaxResponseContentBufferSize = 64 * 1024 };
    }

    /// <summary>Calls a method of the API.</summary>
    /// <exception cref="NvpException">PayPal refuses, or does not answer.</exception>
    public async Task<NvpAnswer> CallAsync(PayPalAccount account, string method, CancellationToken cancelled, params (string Name, string Value)[] values)
    {
        (string Name, string Value)[] all =
        [
            ("METHOD", method), ("VERSION", Version), ("USER", account.User), ("PWD", account.Password), ("SIGNATURE", account.Signature), .. values,
        ];
        var answer = NvpAnswer.Parse(await PostAsync(account.Endpoint, all, cancelled).ConfigureAwait(false));
        if (answer["ACK"] is "Success" or "SuccessWithWarning")
            return answer;

        throw answer["ACK"].Length == 0
            ? new NvpException($"{method}: what came is no answer of PayPal's")
            : new NvpException($"{method}: {answer["L_ERRORCODE0"]} {answer["L_SHORTMESSAGE0"]}: {answer["L_LONGMESSAGE0"]}") { Code = answer["L_ERRORCODE0"] };
    }

    /// <summary>Whether a notification is PayPal's: it says so of what it has sent.</summary>
    /// <exception cref="NvpException">PayPal does not answer.</exception>
    public async Task<bool> IsGenuineAsync(PayPalAccount account, string notification, CancellationToken cancelled)
    {
        using var body = new StringContent("cmd=_notify-validate&" + notification, new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-www-form-urlencoded"));
        return await SendAsync(account.Notifications, body, cancelled).ConfigureAwait(false) == "VERIFIED";
    }

    public void Dispose() => _http.Dispose();

    private async Task<string> PostAsync(Uri to, IEnumerable<(string Name, string Value)> values, CancellationToken cancelled)
    {
        using var body = new FormUrlEncodedContent(values.Select(v => KeyValuePair.Create(v.Name, v.Value)));
        return await SendAsync(to, body, cancelled).ConfigureAwait(false);
    }

    private async Task<string> SendAsync(Uri to, HttpContent body, CancellationToken cancelled)
    {
        try
        {
            using var answer = await _http.PostAsync(to, body, cancelled).ConfigureAwait(false);
            return answer.IsSuccessStatusCode
                ? await answer.Content.ReadAsStringAsync(cancelled).ConfigureAwait(false)
                : throw new NvpException($"{to.Host} answers {(int)answer.StatusCode}") { IsInDoubt = true };
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException || (fault is TaskCanceledException && !cancelled.IsCancellationRequested))
        {
            throw new NvpException($"{to.Host} does not answer: {fault.Message}") { IsInDoubt = true };
        }
    }
}

/// <summary>What PayPal answered.</summary>
internal sealed class NvpAnswer(IReadOnlyDictionary<string, string> values)
{
    /// <summary>A value; empty when there is none.</summary>
    public string this[string name] => values.GetValueOrDefault(name, "");

    /// <summary>An amount of money, as in <c>9.99</c>; null when there is none.</summary>
    public decimal? Amount(string name) =>
        decimal.TryParse(this[name], NumberStyles.AllowDecimalPoint | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var amount) ? amount : null;

    public static NvpAnswer Parse(string body)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in body.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            values[Decoded(parts[0])] = parts.Length > 1 ? Decoded(parts[1]) : "";
        }

        return new NvpAnswer(values);
    }

    private static string Decoded(string text) => Uri.UnescapeDataString(text.Replace('+', ' ')).Trim();
}

/// <summary>PayPal refuses, or cannot be asked. The message holds no secret.</summary>
internal sealed class NvpException(string message) : Exception(message)
{
    /// <summary>PayPal's own number: <c>10486</c>. Empty when there is none.</summary>
    public string Code { get; init; } = "";

    /// <summary>It may have been done, or not: nobody has said.</summary>
    public bool IsInDoubt { get; init; }
}

/// <summary>The account that is paid to, and where PayPal is: of <c>/user-manager advanced</c> and the module's options.</summary>
internal sealed record PayPalAccount(string User, string Password, string Signature, string Currency, Uri Endpoint, Uri Website, Uri Notifications)
{
    /// <returns>Null while PayPal is not allowed, or the account is not complete.</returns>
    public static PayPalAccount? Of(MenuRecord settings, PayPalOptions options)
    {
        var host = settings.IsTrue("paypal-use-sandbox") ? "sandbox.paypal.com" : "paypal.com";
        var (user, password, signature) = (settings.Text("paypal-user"), settings.Text("paypal-password"), settings.Text("paypal-signature"));
        return !settings.IsTrue("paypal-allow") || user.Length == 0 || password.Length == 0 || signature.Length == 0 ? null : new PayPalAccount(
            user, password, signature, settings["paypal-currency"] as string ?? "USD",
            Place(options.Endpoint, $"https://api-3t.{host}/nvp"),
            Place(options.Website, $"https://www.{host}/cgi-bin/webscr?cmd=_express-checkout&useraction=commit"),
            Place(options.Notifications, $"https://ipnpb.{host}/cgi-bin/webscr"));
    }

    private static Uri Place(string chosen, string usual) => new(chosen.Length > 0 ? chosen : usual);
}
