using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace UserManager.Testing;

/// <summary>A PayPal of its own for a test: the NVP API over HTTPS as PayPal documents it, the page that users agree on, and notifications.</summary>
public sealed class FakePayPal : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Checkout> _checkouts = new();
    private readonly ConcurrentDictionary<string, byte> _notices = new();
    private int _charges;

    private FakePayPal(string folder)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        Authority = Path.Combine(folder, "paypal.pem");
        File.WriteAllText(Authority, certificate.ExportCertificatePem());
        var served = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(served)));
        _app = builder.Build();
        _app.MapPost("/nvp", AnswerAsync);
        _app.MapPost("/ipn", VerifyAsync);
        _app.MapGet("/checkout", PageAsync);
        _app.MapGet("/agree", AgreeAsync);
    }

    /// <summary>The PEM file of the authority that its certificate is from: its own.</summary>
    public string Authority { get; }

    public string Address => _app.Urls.First();

    /// <summary>How often money was taken.</summary>
    public int Charges => _charges;

    /// <summary>The names of the methods called so far.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>What a charge ends as. Default Completed.</summary>
    public string Outcome { get; set; } = "Completed";

    /// <summary>Number and words of the error that a charge is refused with; null for none.</summary>
    public (string Code, string Words)? Refusal { get; set; }

    /// <summary>What is charged; null for what was asked.</summary>
    public (string Amount, string Currency)? Charged { get; set; }

    /// <summary>Awaited when the money was taken, and before that is said.</summary>
    public Func<Task>? AfterCharge { get; set; }

    /// <summary>Awaited before any answer.</summary>
    public Func<string, Task>? BeforeAnswer { get; set; }

    /// <summary>Answered instead of anything else; null for none.</summary>
    public string? Garbage { get; set; }

    public Checkout Only => _checkouts.Values.Single();

    public static async Task<FakePayPal> StartAsync(string folder)
    {
        var paypal = new FakePayPal(folder);
        await paypal._app.StartAsync();
        return paypal;
    }

    /// <summary>The options of the module <c>paypal</c> that lead here.</summary>
    public string Options => $"endpoint: {Address}/nvp\nwebsite: {Address}/checkout\nnotifications: {Address}/ipn\nauthority: {Authority}\nlook-every: 1s\n";

    /// <summary>The user agrees on the page.</summary>
    public void Agree(string token) => _checkouts[token].Payer = "PAYER" + token[^4..];

    /// <summary>The body of a notification of a checkout, as PayPal would send it.</summary>
    public string Notice(string token)
    {
        var one = _checkouts[token];
        var body = $"payment_status={one.Status}&txn_id={one.Transaction}&mc_gross={one.Amount}&mc_currency={one.Currency}&custom={one.Custom}&invoice={Uri.EscapeDataString(one.Invoice)}";
        Sign(body);
        return body;
    }

    /// <summary>Makes a notification one of its own, whatever is in it.</summary>
    public void Sign(string notice) => _notices[notice] = 0;

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync();
        var method = form["METHOD"].ToString();
        Calls.Enqueue(method);
        if (BeforeAnswer is { } before)
            await before(method);

        await http.Response.WriteAsync(Garbage ?? await CallAsync(method, form));
    }

    private async Task<string> CallAsync(string method, IFormCollection form)
    {
        if (form["USER"] != "shop_api" || form["PWD"] != "secret" || form["SIGNATURE"] != "SIG")
            return Failure("10002", "Security error", "Security header is not valid");

        return method switch
        {
            "SetExpressCheckout" => Begin(form),
            "GetExpressCheckoutDetails" => Details(form["TOKEN"].ToString()),
            "DoExpressCheckoutPayment" => await ChargeAsync(form),
            "GetTransactionDetails" => Transaction(form["TRANSACTIONID"].ToString()),
            _ => Failure("81002", "Unspecified Method", "Method Specified is not Supported"),
        };
    }

    private string Begin(IFormCollection form)
    {
        if (form["PAYMENTREQUEST_0_ITEMAMT"] != form["PAYMENTREQUEST_0_AMT"] || form["RETURNURL"].Count == 0 || form["CANCELURL"].Count == 0)
            return Failure("10413", "Transaction refused", "The totals of the cart item amounts do not match order amounts.");

        var token = "EC-" + Convert.ToHexString(RandomNumberGenerator.GetBytes(8));
        _checkouts[token] = new Checkout
        {
            Token = token,
            Amount = form["PAYMENTREQUEST_0_AMT"].ToString(),
            Currency = form["PAYMENTREQUEST_0_CURRENCYCODE"].ToString(),
            Invoice = form["PAYMENTREQUEST_0_INVNUM"].ToString(),
            Custom = form["PAYMENTREQUEST_0_CUSTOM"].ToString(),
            Item = form["L_PAYMENTREQUEST_0_NAME0"].ToString(),
            Return = form["RETURNURL"].ToString(),
            Cancel = form["CANCELURL"].ToString(),
        };
        return $"ACK=Success&TOKEN={Uri.EscapeDataString(token)}&VERSION=204.0";
    }

    private string Details(string token)
    {
        if (!_checkouts.TryGetValue(token, out var one))
            return Failure("10410", "Invalid token", "Invalid token.");

        var state = one.Transaction.Length > 0 ? "PaymentActionCompleted" : one.IsFailed ? "PaymentActionFailed" : "PaymentActionNotInitiated";
        return $"ACK=Success&TOKEN={token}&PAYERID={one.Payer}&CHECKOUTSTATUS={state}&PAYMENTREQUEST_0_AMT={one.Amount}&PAYMENTREQUEST_0_CURRENCYCODE={one.Currency}"
            + (one.Transaction.Length > 0 ? $"&PAYMENTREQUEST_0_TRANSACTIONID={one.Transaction}" : "");
    }

    private async Task<string> ChargeAsync(IFormCollection form)
    {
        var one = _checkouts[form["TOKEN"].ToString()];
        if (Refusal is { } refusal)
        {
            one.IsFailed = refusal.Code != "10486";
            return Failure(refusal.Code, "Declined", refusal.Words);
        }

        if (form["PAYERID"] != one.Payer || form["PAYMENTREQUEST_0_AMT"] != one.Amount)
            return Failure("10419", "Express Checkout PayerID is missing.", "Express Checkout PayerID is missing.");

        lock (one)
        {
            if (one.Transaction.Length > 0)
                return Failure("10415", "Transaction refused because of an invalid argument.", "A successful transaction has already been completed for this token.");

            one.Transaction = "TX" + Interlocked.Increment(ref _charges).ToString(CultureInfo.InvariantCulture);
            one.Status = Outcome;
            (one.Amount, one.Currency) = Charged ?? (one.Amount, one.Currency);
        }

        if (AfterCharge is { } after)
            await after();

        return $"ACK=Success&TOKEN={one.Token}&PAYMENTINFO_0_TRANSACTIONID={one.Transaction}&PAYMENTINFO_0_PAYMENTSTATUS={one.Status}"
            + $"&PAYMENTINFO_0_AMT={one.Amount}&PAYMENTINFO_0_CURRENCYCODE={one.Currency}&PAYMENTINFO_0_PENDINGREASON={(one.Status == "Pending" ? "echeck" : "None")}";
    }

    private string Transaction(string id) => _checkouts.Values.FirstOrDefault(c => c.Transaction == id) is { } one
        ? $"ACK=Success&TRANSACTIONID={id}&PAYMENTSTATUS={one.Status}&AMT={one.Amount}&CURRENCYCODE={one.Currency}&INVNUM={one.Invoice}&PENDINGREASON=None"
        : Failure("10004", "Transaction refused because of an invalid argument.", "The transaction id is not valid");

    private async Task VerifyAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync();
        const string Prefix = "cmd=_notify-validate&";
        await http.Response.WriteAsync(body.StartsWith(Prefix, StringComparison.Ordinal) && _notices.ContainsKey(body[Prefix.Length..]) ? "VERIFIED" : "INVALID");
    }

    private async Task PageAsync(HttpContext http)
    {
        var one = _checkouts[http.Request.Query["token"].ToString()];
        http.Response.ContentType = "text/html; charset=utf-8";
        await http.Response.WriteAsync(
            $"<!doctype html><title>PayPal</title><link rel=\"icon\" href=\"data:,\"><h1>{WebUtility.HtmlEncode(one.Item)}: {one.Amount} {one.Currency}</h1>"
            + $"<a id=\"agree\" href=\"/agree?token={one.Token}\">Pay now</a> <a id=\"cancel\" href=\"{WebUtility.HtmlEncode($"{one.Cancel}?token={one.Token}")}\">Cancel</a>");
    }

    private Task AgreeAsync(HttpContext http)
    {
        var one = _checkouts[http.Request.Query["token"].ToString()];
        Agree(one.Token);
        http.Response.Redirect($"{one.Return}?token={one.Token}&PayerID={one.Payer}");
        return Task.CompletedTask;
    }

    private static string Failure(string code, string brief, string words) =>
        $"ACK=Failure&L_ERRORCODE0={code}&L_SHORTMESSAGE0={Uri.EscapeDataString(brief)}&L_LONGMESSAGE0={Uri.EscapeDataString(words)}&L_SEVERITYCODE0=Error";

    /// <summary>One sale.</summary>
    public sealed class Checkout
    {
        public required string Token { get; init; }

        public required string Amount { get; set; }

        public required string Currency { get; set; }

        public required string Invoice { get; init; }

        public required string Custom { get; init; }

        public required string Item { get; init; }

        public required string Return { get; init; }

        public required string Cancel { get; init; }

        public string Payer { get; set; } = "";

        public string Transaction { get; set; } = "";

        public string Status { get; set; } = "";

        public bool IsFailed { get; set; }
    }
}
