using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Storage;
using UserManager.Testing;
using Xunit;

namespace UserManager.Plugins.Tests;

/// <summary>The module paypal against a PayPal of its own and the real store.</summary>
public sealed class PayPalTests : IAsyncLifetime, IMenuTree
{
    private readonly string _folder = Directory.CreateTempSubdirectory("paypal-").FullName;
    private readonly ManualClock _clock = new();
    private Stores _stores = null!;
    private FakePayPal _paypal = null!;
    private PayPal _module = null!;
    private readonly Dictionary<string, object> _settings = new()
    {
        ["paypal-allow"] = true, ["paypal-user"] = "shop_api", ["paypal-password"] = "secret", ["paypal-signature"] = "SIG", ["paypal-currency"] = "USD",
    };

    private long _user;
    private long _profile;

    public async ValueTask InitializeAsync()
    {
        _stores = Stores.Open(
            new StorageOptions { Database = Path.Combine(_folder, "um.db"), NodeFile = Path.Combine(_folder, "node.yaml"), SecretKeyFile = Path.Combine(_folder, "secret.key") },
            _clock, NullLoggerFactory.Instance);
        _user = await AddAsync("/user-manager/user", "user", ("name", "bob", FieldType.Text));
        _profile = await AddAsync("/user-manager/profile", "profile", ("name", "month", FieldType.Text), ("price", 9.99m, FieldType.Decimal), ("validity", "unlimited", FieldType.Duration), ("starts-when", "assigned", FieldType.Text));
        _paypal = await FakePayPal.StartAsync(_folder);
        _module = Make();
    }

    public async ValueTask DisposeAsync()
    {
        _module.Dispose();
        await _paypal.DisposeAsync();
        _stores.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Who_agrees_and_comes_back_has_the_profile()
    {
        var (payment, page) = await StartAsync();
        Assert.Equal($"{_paypal.Address}/checkout?token={_paypal.Only.Token}", page.AbsoluteUri);
        Assert.Equal(("9.99", "USD", "One month"), (_paypal.Only.Amount, _paypal.Only.Currency, _paypal.Only.Item));
        Assert.Equal("https://wifi.example/um/pay/paypal/return", _paypal.Only.Return);
        _paypal.Agree(_paypal.Only.Token);

        Assert.Equal($"/um/?payment={payment.Id}", await ReturnAsync());

        Assert.Equal((PaymentStatus.Approved, "TX1"), (await StatusAsync(payment), (await _stores.Payments.FindAsync(payment.Id, Cancelled))!.Transaction));
        Assert.Equal(1, await ProfilesAsync());
        Assert.Equal(["SetExpressCheckout", "GetExpressCheckoutDetails", "DoExpressCheckoutPayment"], _paypal.Calls);
    }

    [Fact]
    public async Task Many_returns_and_notifications_charge_and_assign_once()
    {
        var (payment, _) = await StartAsync();
        var token = _paypal.Only.Token;
        _paypal.Agree(token);
        _paypal.AfterCharge = () => NotifyAsync(_paypal.Notice(token));         // comes before the answer to the charge

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ReturnAsync()));
        _paypal.AfterCharge = null;
        await ReturnAsync();
        await NotifyAsync(_paypal.Notice(token));
        await NotifyAsync(_paypal.Notice(token));

        Assert.Equal(PaymentStatus.Approved, await StatusAsync(payment));
        Assert.Equal((1, 1), (_paypal.Charges, await ProfilesAsync()));
    }

    [Fact]
    public async Task Who_has_not_agreed_is_sent_to_the_page_again()
    {
        var (payment, page) = await StartAsync();

        Assert.Equal(page.AbsoluteUri, await ReturnAsync());
        Assert.Equal((PaymentStatus.Started, 0), (await StatusAsync(payment), _paypal.Charges));
    }

    [Fact]
    public async Task A_declined_card_may_be_changed_for_another()
    {
        var (payment, page) = await StartAsync();
        _paypal.Agree(_paypal.Only.Token);
        _paypal.Refusal = ("10486", "This transaction couldn't be completed. Please redirect your customer to PayPal.");

        Assert.Equal(page.AbsoluteUri, await ReturnAsync());
        Assert.Equal(PaymentStatus.Started, await StatusAsync(payment));

        _paypal.Refusal = null;
        await ReturnAsync();
        Assert.Equal(PaymentStatus.Approved, await StatusAsync(payment));
    }

    [Fact]
    public async Task What_PayPal_refuses_is_declined_and_buys_nothing()
    {
        var (payment, _) = await StartAsync();
        _paypal.Agree(_paypal.Only.Token);
        _paypal.Refusal = ("10417", "The transaction cannot complete successfully. Instruct the customer to use an alternative payment method.");

        Assert.Equal($"/um/?payment={payment.Id}", await ReturnAsync());
        Assert.Equal((PaymentStatus.Declined, 0), (await StatusAsync(payment), await ProfilesAsync()));
    }

    [Theory]
    [InlineData("9.98", "USD")]
    [InlineData("9.99", "JPY")]
    public async Task A_charge_of_other_money_is_an_error(string amount, string currency)
    {
        var (payment, _) = await StartAsync();
        _paypal.Agree(_paypal.Only.Token);
        _paypal.Charged = (amount, currency);

        await ReturnAsync();

        Assert.Equal((PaymentStatus.Error, 0), (await StatusAsync(payment), await ProfilesAsync()));
    }

    [Fact]
    public async Task An_amount_that_was_changed_on_the_way_is_not_charged()
    {
        var (payment, _) = await StartAsync();
        _paypal.Agree(_paypal.Only.Token);
        _paypal.Only.Amount = "0.99";

        await ReturnAsync();

        Assert.Equal((PaymentStatus.Error, 0), (await StatusAsync(payment), _paypal.Charges));
    }

    [Fact]
    public async Task What_PayPal_holds_back_waits_until_it_comes()
    {
        var (payment, _) = await StartAsync();
        _paypal.Agree(_paypal.Only.Token);
        _paypal.Outcome = "Pending";
        await ReturnAsync();
        Assert.Equal((PaymentStatus.Pending, "PayPal holds the payment back: echeck"), (await StatusAsync(payment), (await _stores.Payments.FindAsync(payment.Id, Cancelled))!.UserMessage));
        await _module.RunAsync(Cancelled);
        Assert.Equal((PaymentStatus.Pending, 0), (await StatusAsync(payment), await ProfilesAsync()));

        _paypal.Only.Status = "Completed";
        _clock.Advance(TimeSpan.FromMinutes(10));
        await _module.RunAsync(Cancelled);

        Assert.Equal((PaymentStatus.Approved, 1), (await StatusAsync(payment), await ProfilesAsync()));
    }

    [Fact]
    public async Task A_pending_one_that_a_notification_tells_of_is_approved_or_declined()
    {
        var (payment, _) = await StartAsync();
        _paypal.Agree(_paypal.Only.Token);
        _paypal.Outcome = "Pending";
        await ReturnAsync();

        _paypal.Only.Status = "Denied";
        await NotifyAsync(_paypal.Notice(_paypal.Only.Token));

        Assert.Equal((PaymentStatus.Declined, 0), (await StatusAsync(payment), await ProfilesAsync()));
    }

    [Theory]
    [InlineData("Refunded", PaymentStatus.Error)]
    [InlineData("Reversed", PaymentStatus.Error)]
    [InlineData("Partially-Refunded", PaymentStatus.Approved)]
    public async Task Money_that_goes_back_later_marks_the_payment_and_buys_nothing_again(string told, PaymentStatus status)
    {
        var (payment, _) = await StartAsync();
        var token = _paypal.Only.Token;
        _paypal.Agree(token);
        await ReturnAsync();
        var sale = _paypal.Notice(token);
        Assert.Equal(PaymentStatus.Approved, await StatusAsync(payment));

        // A word of somebody's is not enough: PayPal's own answer still says Completed.
        var refund = sale.Replace("payment_status=Completed", "payment_status=Refunded", StringComparison.Ordinal).Replace("txn_id=", "parent_txn_id=", StringComparison.Ordinal) + "&txn_id=R1";
        _paypal.Sign(refund);
        await NotifyAsync(refund);
        Assert.Equal((PaymentStatus.Approved, 1), (await StatusAsync(payment), await ProfilesAsync()));

        _paypal.Only.Status = told;
        await NotifyAsync(refund);
        await NotifyAsync(refund);
        Assert.Equal((status, 1), (await StatusAsync(payment), await ProfilesAsync()));

        // A late copy of the first notification sells nothing.
        _paypal.Only.Status = "Completed";
        await NotifyAsync(sale);
        await ReturnAsync();
        Assert.Equal((status, 1, 1), (await StatusAsync(payment), await ProfilesAsync(), _paypal.Charges));
    }

    [Fact]
    public async Task A_forged_notification_moves_nothing()
    {
        var (payment, _) = await StartAsync();
        var genuine = _paypal.Notice(_paypal.Only.Token).Replace("txn_id=", "txn_id=TX9", StringComparison.Ordinal);

        await NotifyAsync(genuine);
        await NotifyAsync("payment_status=Completed&txn_id=TX1&custom=1");
        await NotifyAsync("garbage");

        Assert.Equal((PaymentStatus.Started, 0), (await StatusAsync(payment), await ProfilesAsync()));
    }

    // A real transaction of the same account, told as another's.
    [Fact]
    public async Task One_sale_does_not_pay_for_another()
    {
        var (first, _) = await StartAsync();
        var token = _paypal.Only.Token;
        _paypal.Agree(token);
        await ReturnAsync();
        var (second, _) = await StartAsync();
        var told = (await _stores.Payments.FindAsync(second.Id, Cancelled))!;
        var notice = _paypal.Notice(token).Replace($"custom={first.Id}", $"custom={second.Id}", StringComparison.Ordinal)
            .Replace($"invoice=um-{first.Id}-", $"invoice=um-{told.Id}-", StringComparison.Ordinal);

        _paypal.Sign(notice);
        await NotifyAsync(notice);

        Assert.Equal((PaymentStatus.Started, 1), (await StatusAsync(second), await ProfilesAsync()));
    }

    [Fact]
    public async Task One_that_was_charged_and_not_heard_of_is_asked_about_and_never_charged_again()
    {
        var (payment, _) = await StartAsync();
        _paypal.Agree(_paypal.Only.Token);
        _paypal.AfterCharge = () => throw new IOException("the line is cut");
        Assert.Equal($"/um/?payment={payment.Id}", await ReturnAsync());
        Assert.Equal((PaymentStatus.UserApproved, 1), (await StatusAsync(payment), _paypal.Charges));
        await _module.RunAsync(Cancelled);
        Assert.Equal(PaymentStatus.UserApproved, await StatusAsync(payment));

        // A process that begins with what the one before has left.
        _module.Dispose();
        _module = Make();
        _clock.Advance(TimeSpan.FromSeconds(30));
        await _module.RunAsync(Cancelled);

        Assert.Equal((PaymentStatus.Approved, 1, 1), (await StatusAsync(payment), _paypal.Charges, await ProfilesAsync()));
    }

    [Fact]
    public async Task One_that_was_never_asked_for_is_asked_for_after_all()
    {
        var (payment, _) = await StartAsync();
        _paypal.Agree(_paypal.Only.Token);
        Assert.True(await _stores.Payments.MoveAsync(payment.Id, new PaymentMove(PaymentStatus.Started, PaymentStatus.UserApproved), Cancelled));
        _clock.Advance(TimeSpan.FromSeconds(30));

        await _module.RunAsync(Cancelled);
        await _module.RunAsync(Cancelled);

        Assert.Equal((PaymentStatus.Approved, 1, 1), (await StatusAsync(payment), _paypal.Charges, await ProfilesAsync()));
    }

    [Fact]
    public async Task A_slow_answer_is_waited_for_no_longer_than_the_options_say()
    {
        _module.Dispose();
        _module = Make(new PayPalOptions { AnswerWithin = TimeSpan.FromMilliseconds(300) });
        var (payment, _) = await StartAsync();
        _paypal.Agree(_paypal.Only.Token);
        var go = new TaskCompletionSource();
        _paypal.AfterCharge = () => go.Task;

        await ReturnAsync();
        Assert.Equal(PaymentStatus.UserApproved, await StatusAsync(payment));
        go.SetResult();
        _clock.Advance(TimeSpan.FromSeconds(30));
        await _module.RunAsync(Cancelled);

        Assert.Equal((PaymentStatus.Approved, 1), (await StatusAsync(payment), await ProfilesAsync()));
    }

    [Fact]
    public async Task One_that_is_never_finished_is_timeout()
    {
        var (payment, _) = await StartAsync();
        _clock.Advance(TimeSpan.FromHours(3) - TimeSpan.FromSeconds(1));
        await _module.RunAsync(Cancelled);
        Assert.Equal(PaymentStatus.Started, await StatusAsync(payment));

        _clock.Advance(TimeSpan.FromSeconds(1));
        await _module.RunAsync(Cancelled);
        _paypal.Agree(_paypal.Only.Token);
        await ReturnAsync();

        Assert.Equal((PaymentStatus.Timeout, 0), (await StatusAsync(payment), _paypal.Charges));
    }

    [Fact]
    public async Task Who_turns_back_has_paid_nothing()
    {
        var (payment, _) = await StartAsync();

        Assert.Equal($"/um/?payment={payment.Id}", await AskAsync("GET", "/um/pay/paypal/cancel", $"?token={_paypal.Only.Token}"));
        Assert.Equal("/um/", await AskAsync("GET", "/um/pay/paypal/return", "?token=EC-none"));
        Assert.Equal(PaymentStatus.Aborted, await StatusAsync(payment));
    }

    [Theory]
    [InlineData("<html>500</html>")]
    [InlineData("ACK=Success")]
    [InlineData("")]
    public async Task A_PayPal_that_does_not_answer_as_it_should_is_an_error_that_begins_nothing(string garbage)
    {
        _paypal.Garbage = garbage;

        await Assert.ThrowsAsync<MenuException>(StartAsync);
        Assert.Equal(PaymentStatus.Error, (await _stores.Payments.FindAsync(1, Cancelled))!.Status);
    }

    [Fact]
    public async Task A_wrong_account_is_told_without_its_secrets()
    {
        _settings["paypal-password"] = "hunter2";

        var refused = await Assert.ThrowsAsync<MenuException>(StartAsync);

        Assert.Equal("failure: PayPal: SetExpressCheckout: 10002 Security error: Security header is not valid", refused.Message);
    }

    [Fact]
    public async Task It_is_open_when_it_is_allowed_and_knows_its_account()
    {
        Assert.True(await _module.IsOpenAsync(Cancelled));
        _settings["paypal-signature"] = "";
        Assert.False(await _module.IsOpenAsync(Cancelled));
        (_settings["paypal-signature"], _settings["paypal-allow"]) = ("SIG", false);
        Assert.False(await _module.IsOpenAsync(Cancelled));
    }

    public Menu? Find(string path) => path == "/user-manager/advanced" ? new Menu(path) { Fields = [], Records = new Settings(this) } : null;

    public ValueTask<RecordId> AddAsync(string path, IReadOnlyDictionary<string, string?> values, Caller caller, CancellationToken cancelled) => throw new NotSupportedException();

    public ValueTask SetAsync(string path, RecordId id, IReadOnlyDictionary<string, string?> values, Caller caller, CancellationToken cancelled) => throw new NotSupportedException();

    public ValueTask RemoveAsync(string path, RecordId id, Caller caller, CancellationToken cancelled) => throw new NotSupportedException();

    private PayPal Make(PayPalOptions? options = null) => new(
        (options ?? new PayPalOptions()) with { Endpoint = _paypal.Address + "/nvp", Website = _paypal.Address + "/checkout", Notifications = _paypal.Address + "/ipn", Authority = _paypal.Authority },
        _stores.Payments, this, new ConfigFolder(_folder), _clock, NullLogger.Instance);

    private async Task<(Payment Payment, Uri Page)> StartAsync()
    {
        var payment = await _stores.Payments.StartAsync(_user, _profile, "paypal", "USD", Cancelled);
        return (payment, await _module.StartAsync(new PaymentOrder(payment, "One month", new Uri("https://wifi.example/um/")), Cancelled));
    }

    private Task<string> ReturnAsync() => AskAsync("GET", "/um/pay/paypal/return", $"?token={_paypal.Only.Token}&PayerID=x");

    private Task<string> NotifyAsync(string body) => AskAsync("POST", "/um/pay/paypal/notify", "", body);

    /// <returns>Where the browser is sent.</returns>
    private async Task<string> AskAsync(string method, string path, string query, string body = "")
    {
        var http = new DefaultHttpContext();
        (http.Request.Method, http.Request.Path, http.Request.QueryString) = (method, path, new QueryString(query));
        http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        await _module.Routes.Single(r => r.Method == method && r.Pattern == path).AnswerAsync(http);
        return http.Response.Headers.Location.ToString();
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private async Task<PaymentStatus> StatusAsync(Payment payment) => (await _stores.Payments.FindAsync(payment.Id, Cancelled))!.Status;

    private async Task<int> ProfilesAsync() => (await _stores.UserProfiles.OfUserAsync(_user, Cancelled)).Count;

    private async Task<long> AddAsync(string path, string table, params (string Name, object Value, FieldType Type)[] fields)
    {
        var menu = new Menu(path) { Fields = [.. fields.Select(f => new Field(f.Name, f.Type) { Words = f.Value as string == "unlimited" ? ["unlimited"] : [] })] };
        return (await _stores.Records(menu, table).AddAsync(fields.ToDictionary(f => f.Name, f => f.Value), Cancelled)).Value;
    }

    private sealed class Settings(PayPalTests test) : IMenuRecords
    {
        public IAsyncEnumerable<MenuRecord> ListAsync(IReadOnlyDictionary<string, object>? equal, CancellationToken cancelled) => throw new NotSupportedException();

        public ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled) => ValueTask.FromResult<MenuRecord?>(new MenuRecord(id, test._settings));

        public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled) => throw new NotSupportedException();

        public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled) => throw new NotSupportedException();

        public ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled) => throw new NotSupportedException();
    }
}
