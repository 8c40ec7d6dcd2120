using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Plugins;

/// <summary>PayPal's Express Checkout: SetExpressCheckout, the user's consent on PayPal's page, GetExpressCheckoutDetails, DoExpressCheckoutPayment.</summary>
/// <remarks>
/// The payment is <c>user-approved</c> on the disk before the money is asked for, so that what dies in between is found at the next start, and PayPal
/// asked what became of it. Nothing that a browser or a notification says is believed: it only makes us ask PayPal.
/// </remarks>
[Module("paypal")]
public sealed class PayPal : IPaymentGateway, IRoutes, IJob, IDisposable
{
    private const string Menu = "/user-manager/advanced";
    private const string Folder = "/um/pay/paypal";

    // DoExpressCheckoutPayment: the buyer's means of payment was refused, and another may be chosen on PayPal's page.
    private const string ChooseAnother = "10486";
    private const string AlreadyDone = "10415";

    private static readonly TimeSpan AskPendingEvery = TimeSpan.FromMinutes(10);

    private readonly PayPalOptions _options;
    private readonly IPaymentStore _payments;
    private readonly IMenuTree _menus;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly NvpClient _nvp;
    private readonly ConcurrentDictionary<long, DateTimeOffset> _asked = new();

    public PayPal(PayPalOptions options, IPaymentStore payments, IMenuTree menus, ConfigFolder config, TimeProvider clock, ILogger log)
    {
        (_options, _payments, _menus, _clock, _log) = (options, payments, menus, clock, log);
        _nvp = new NvpClient(options, config.Path);
    }

    public string Method => "paypal";

    public string Title => "PayPal";

    public TimeSpan Interval => _options.LookEvery;

    public IReadOnlyList<HttpRoute> Routes =>
    [
        new("GET", $"{Folder}/return", http => ReturnAsync(http)),
        new("GET", $"{Folder}/cancel", http => CancelAsync(http)),
        new("POST", $"{Folder}/notify", http => NotifyAsync(http)) { MostBody = 64 * 1024 },
    ];

    public void Dispose() => _nvp.Dispose();

    public async ValueTask<bool> IsOpenAsync(CancellationToken cancelled) => await AccountAsync(cancelled) is not null;

    public async ValueTask<Uri> StartAsync(PaymentOrder order, CancellationToken cancelled)
    {
        var (payment, account) = (order.Payment, await RequireAsync(cancelled));
        try
        {
            var amount = Money(payment.Price);
            var answer = await _nvp.CallAsync(
                account, "SetExpressCheckout", cancelled,
                [
                    .. Asked(payment, order.Portal),
                    ("PAYMENTREQUEST_0_DESC", Short(order.Item)), ("PAYMENTREQUEST_0_ITEMAMT", amount),
                    ("L_PAYMENTREQUEST_0_NAME0", Short(order.Item)), ("L_PAYMENTREQUEST_0_AMT0", amount), ("L_PAYMENTREQUEST_0_QTY0", "1"),
                    ("NOSHIPPING", "1"), ("RETURNURL", new Uri(order.Portal, "pay/paypal/return").AbsoluteUri), ("CANCELURL", new Uri(order.Portal, "pay/paypal/cancel").AbsoluteUri),
                ]);
            var token = answer["TOKEN"];
            if (token.Length == 0)
                throw new NvpException("SetExpressCheckout: there is no TOKEN in the answer");

            if (!await _payments.MoveAsync(payment.Id, new PaymentMove(PaymentStatus.Started, PaymentStatus.Started) { Reference = token }, cancelled))
                throw new NvpException("the payment is over already");

            return PageOf(account, token);
        }
        catch (NvpException refused)
        {
            _log.Refused(payment.Id, refused.Message);
            await _payments.MoveAsync(payment.Id, new PaymentMove(PaymentStatus.Started, PaymentStatus.Error, "PayPal could not be asked"), cancelled);
            throw new MenuException($"failure: PayPal: {refused.Message}");
        }
    }

    /// <summary>Brings what was begun to its end: what was left undone at a crash, what PayPal holds back, what users have forgotten.</summary>
    public async ValueTask RunAsync(CancellationToken cancelled)
    {
        var account = await AccountAsync(cancelled);
        foreach (var payment in await _payments.OpenAsync(Method, cancelled))
        {
            cancelled.ThrowIfCancellationRequested();
            var age = _clock.GetUtcNow() - payment.ChangedAt;
            if (payment.Status == PaymentStatus.Started && age >= _options.GiveUpAfter)
                await _payments.MoveAsync(payment.Id, new PaymentMove(PaymentStatus.Started, PaymentStatus.Timeout, "It was not finished in time"), cancelled);
            else if (account is not null && payment.Status == PaymentStatus.UserApproved && age >= _options.AnswerWithin)      // until then it may be under way, here or on another node
                await AskAsync(payment, () => ResolveAsync(account, payment, cancelled));
            else if (account is not null && payment.Status == PaymentStatus.Pending && IsToAsk(payment))
                await AskAsync(payment, () => AskTransactionAsync(account, payment, payment.Transaction, cancelled));
        }
    }

    private bool IsToAsk(Payment payment)
    {
        var now = _clock.GetUtcNow();
        if (_asked.TryGetValue(payment.Id, out var at) && now - at < AskPendingEvery)
            return false;

        _asked[payment.Id] = now;
        return true;
    }

    private async Task AskAsync(Payment payment, Func<Task> ask)
    {
        try
        {
            await ask();
        }
        catch (NvpException problem)
        {
            _log.InDoubt(payment.Id, problem.Message);
        }
    }

    // The browser comes back from PayPal. It may come twice, late, or not at all.
    private async Task ReturnAsync(HttpContext http)
    {
        var (cancelled, token) = (CancellationToken.None, http.Request.Query["token"].ToString());
        if (token.Length == 0 || await _payments.FindAsync(Method, token, cancelled) is not { } payment)
        {
            Back(http, null);
            return;
        }

        var account = await AccountAsync(cancelled);
        try
        {
            if (account is not null && payment.Status == PaymentStatus.Started && await ChargeAsync(account, payment, cancelled) is { } again)
            {
                http.Response.Redirect(again.AbsoluteUri);
                return;
            }
        }
        catch (NvpException problem)
        {
            _log.InDoubt(payment.Id, problem.Message);
        }

        Back(http, payment);
    }

    /// <returns>Where the user may choose another means of payment; null when there is nothing more for the user to do.</returns>
    private async Task<Uri?> ChargeAsync(PayPalAccount account, Payment payment, CancellationToken cancelled)
    {
        var details = await _nvp.CallAsync(account, "GetExpressCheckoutDetails", cancelled, ("TOKEN", payment.Reference));
        var payer = details["PAYERID"];
        if (payer.Length == 0)
            return PageOf(account, payment.Reference);      // not agreed yet

        if (details.Amount("PAYMENTREQUEST_0_AMT") != payment.Price || details["PAYMENTREQUEST_0_CURRENCYCODE"] != payment.Currency)
        {
            await EndAsync(payment, PaymentStatus.Started, PaymentStatus.Error, "PayPal's amount is not the one that was asked", cancelled);
            return null;
        }

        // On the disk before the money is asked for; and of several that come back with one token one goes on.
        if (!await _payments.MoveAsync(payment.Id, new PaymentMove(PaymentStatus.Started, PaymentStatus.UserApproved), cancelled))
            return null;

        return await TakeMoneyAsync(account, payment with { Status = PaymentStatus.UserApproved }, payer, cancelled);
    }

    private async Task<Uri?> TakeMoneyAsync(PayPalAccount account, Payment payment, string payer, CancellationToken cancelled)
    {
        try
        {
            var answer = await _nvp.CallAsync(
                account, "DoExpressCheckoutPayment", cancelled,
                [("TOKEN", payment.Reference), ("PAYERID", payer), ("MSGSUBID", payment.Reference), .. Asked(payment, null)]);
            await SettleAsync(payment, Result.Of(answer, "PAYMENTINFO_0_"), cancelled);
            return null;
        }
        catch (NvpException refused) when (refused.Code == ChooseAnother)
        {
            await _payments.MoveAsync(payment.Id, new PaymentMove(PaymentStatus.UserApproved, PaymentStatus.Started), cancelled);
            return PageOf(account, payment.Reference);
        }
        catch (NvpException done) when (done.Code == AlreadyDone)
        {
            await ResolveAsync(account, payment, cancelled);
            return null;
        }
        catch (NvpException refused) when (!refused.IsInDoubt && refused.Code.Length > 0)
        {
            _log.Refused(payment.Id, refused.Message);
            await EndAsync(payment, PaymentStatus.UserApproved, PaymentStatus.Declined, "PayPal has declined the payment", cancelled);
            return null;
        }
    }

    /// <summary>The money was asked for, and whether it came is not known: PayPal knows.</summary>
    private async Task ResolveAsync(PayPalAccount account, Payment payment, CancellationToken cancelled)
    {
        var details = await _nvp.CallAsync(account, "GetExpressCheckoutDetails", cancelled, ("TOKEN", payment.Reference));
        var transaction = details["PAYMENTREQUEST_0_TRANSACTIONID"];
        if (transaction.Length > 0)
            await AskTransactionAsync(account, payment, transaction, cancelled);
        else if (details["CHECKOUTSTATUS"] == "PaymentActionFailed")
            await EndAsync(payment, PaymentStatus.UserApproved, PaymentStatus.Declined, "PayPal has declined the payment", cancelled);
        else if (details["CHECKOUTSTATUS"] == "PaymentActionNotInitiated" && details["PAYERID"].Length > 0)
            await TakeMoneyAsync(account, payment, details["PAYERID"], cancelled);      // it was never asked for; the same MSGSUBID is never charged twice
    }

    private async Task AskTransactionAsync(PayPalAccount account, Payment payment, string transaction, CancellationToken cancelled)
    {
        var answer = await _nvp.CallAsync(account, "GetTransactionDetails", cancelled, ("TRANSACTIONID", transaction));

        // Another sale of the same account would be worth as much.
        if (answer["INVNUM"] == Invoice(payment))
            await SettleAsync(payment, Result.Of(answer, ""), cancelled);
    }

    private async Task SettleAsync(Payment payment, Result result, CancellationToken cancelled)
    {
        switch (result.Status)
        {
            case "Completed" or "Processed" when result.Amount is { } amount:
                var now = await _payments.ApproveAsync(payment.Id, new PaidAmount(amount, result.Currency, result.Transaction), cancelled);
                _log.Settled(payment.Id, now?.Status.ToString() ?? "", result.Transaction);
                break;
            case "Pending" or "In-Progress":
                if (payment.Status != PaymentStatus.Pending)
                {
                    await _payments.MoveAsync(
                        payment.Id,
                        new PaymentMove(payment.Status, PaymentStatus.Pending, $"PayPal holds the payment back{(result.Reason.Length > 0 ? $": {result.Reason}" : "")}") { Transaction = result.Transaction },
                        cancelled);
                }

                break;
            case "Denied" or "Failed" or "Expired" or "Voided":
                await EndAsync(payment, payment.Status, PaymentStatus.Declined, "PayPal has declined the payment", cancelled);
                break;
            case "Refunded" or "Reversed":
                _log.TakenBack(payment.Id, result.Status, result.Transaction);
                await _payments.MoveAsync(payment.Id, new PaymentMove(payment.Status, PaymentStatus.Error, "PayPal has given the money back"), cancelled);
                break;
            case "Partially-Refunded":
                _log.TakenBack(payment.Id, result.Status, result.Transaction);
                break;
            default:
                throw new NvpException($"the status \"{result.Status}\" is not known") { IsInDoubt = true };
        }
    }

    private async Task EndAsync(Payment payment, PaymentStatus from, PaymentStatus to, string message, CancellationToken cancelled)
    {
        _log.Refused(payment.Id, message);
        await _payments.MoveAsync(payment.Id, new PaymentMove(from, to, message), cancelled);
    }

    private async Task CancelAsync(HttpContext http)
    {
        var token = http.Request.Query["token"].ToString();
        var payment = token.Length > 0 ? await _payments.FindAsync(Method, token, CancellationToken.None) : null;
        if (payment is not null)
            await _payments.MoveAsync(payment.Id, new PaymentMove(PaymentStatus.Started, PaymentStatus.Aborted, "You turned back"), CancellationToken.None);

        Back(http, payment);
    }

    // Instant payment notification. It is answered 200 once it is taken care of; anything else makes PayPal send it again.
    private async Task NotifyAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(http.RequestAborted);
        var (notice, account) = (NvpAnswer.Parse(body), await AccountAsync(http.RequestAborted));
        if (account is null || notice["txn_id"].Length == 0 || !long.TryParse(notice["custom"], CultureInfo.InvariantCulture, out var id)
            || await _payments.FindAsync(id, http.RequestAborted) is not { } payment || payment.Method != Method || notice["invoice"] != Invoice(payment))
        {
            return;             // none of ours: PayPal need not send it again
        }

        try
        {
            if (!await _nvp.IsGenuineAsync(account, body, http.RequestAborted))
                _log.Forged();
            else if (payment.Status != PaymentStatus.Approved)
                await AskTransactionAsync(account, payment, notice["txn_id"], CancellationToken.None);
            else if (notice["payment_status"] is "Refunded" or "Reversed")
                await AskTransactionAsync(account, payment, payment.Transaction, CancellationToken.None);      // what it tells of is a transaction of its own
        }
        catch (NvpException problem)
        {
            _log.InDoubt(payment.Id, problem.Message);
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }

    private static void Back(HttpContext http, Payment? payment) =>
        http.Response.Redirect(payment is null ? "/um/" : $"/um/?payment={payment.Id.ToString(CultureInfo.InvariantCulture)}");

    // What both SetExpressCheckout and DoExpressCheckoutPayment say of the sale.
    private static IEnumerable<(string Name, string Value)> Asked(Payment payment, Uri? portal)
    {
        yield return ("PAYMENTREQUEST_0_PAYMENTACTION", "Sale");
        yield return ("PAYMENTREQUEST_0_AMT", Money(payment.Price));
        yield return ("PAYMENTREQUEST_0_CURRENCYCODE", payment.Currency);
        yield return ("PAYMENTREQUEST_0_INVNUM", Invoice(payment));
        yield return ("PAYMENTREQUEST_0_CUSTOM", payment.Id.ToString(CultureInfo.InvariantCulture));
        if (portal is not null)
            yield return ("PAYMENTREQUEST_0_NOTIFYURL", new Uri(portal, "pay/paypal/notify").AbsoluteUri);
    }

    // PayPal refuses a second payment of one invoice number, so it is no other server's either.
    private static string Invoice(Payment payment) => $"um-{payment.Id.ToString(CultureInfo.InvariantCulture)}-{payment.StartedAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)}";

    private static string Money(decimal amount) => amount.ToString("0.00##", CultureInfo.InvariantCulture);

    private static string Short(string text) => text.Length <= 127 ? text : text[..127];

    private static Uri PageOf(PayPalAccount account, string token) =>
        new($"{account.Website.AbsoluteUri}{(account.Website.Query.Length > 0 ? "&" : "?")}token={Uri.EscapeDataString(token)}");

    private async ValueTask<PayPalAccount> RequireAsync(CancellationToken cancelled) =>
        await AccountAsync(cancelled) ?? throw new MenuException("failure: PayPal is not allowed, or its account is not complete: /user-manager/advanced paypal-…");

    private async ValueTask<PayPalAccount?> AccountAsync(CancellationToken cancelled) =>
        _menus.Find(Menu) is { } menu && await menu.Records.FindAsync(new RecordId(0), cancelled) is { } settings ? PayPalAccount.Of(settings, _options) : null;

    /// <summary>What PayPal says of a payment.</summary>
    private sealed record Result(string Status, decimal? Amount, string Currency, string Transaction, string Reason)
    {
        public static Result Of(NvpAnswer answer, string prefix) => new(
            answer[prefix + "PAYMENTSTATUS"], answer.Amount(prefix + "AMT"), answer[prefix + "CURRENCYCODE"], answer[prefix + "TRANSACTIONID"],
            answer[prefix + "PENDINGREASON"] is var reason && reason is "None" or "none" ? "" : reason);
    }
}
