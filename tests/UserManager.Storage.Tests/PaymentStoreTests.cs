using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage.Tests;

/// <summary>Payments: every step is a compare-and-set, and what is paid for is assigned once.</summary>
public sealed class PaymentStoreTests : IDisposable
{
    private readonly TestStore _store = new();
    private readonly long _user;
    private readonly long _profile;

    public PaymentStoreTests()
    {
        _store.Options = _store.Options with { BusyTimeout = TimeSpan.FromSeconds(5) };        // two nodes write
        _user = _store.AddUserAsync("bob").GetAwaiter().GetResult().Value;
        _profile = AddProfile("month", 9.99m);
    }

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task A_payment_begins_with_the_price_of_its_profile()
    {
        var payment = await StartAsync();

        Assert.Equal((PaymentStatus.Started, 9.99m, "USD", "paypal", _store.Clock.GetUtcNow(), null), (payment.Status, payment.Price, payment.Currency, payment.Method, payment.StartedAt, payment.EndedAt));
        Assert.Equal(payment, await Payments.FindAsync(payment.Id, default));
        Assert.Equal(payment, Assert.Single(await Payments.OpenAsync("paypal", default)));
        Assert.Empty(await Payments.OpenAsync("manual", default));
    }

    [Fact]
    public async Task What_is_not_for_sale_is_not_sold()
    {
        var free = AddProfile("free", 0m);

        await Assert.ThrowsAsync<MenuException>(async () => await Payments.StartAsync(_user, free, "paypal", "USD", default));
        await Assert.ThrowsAsync<MenuException>(async () => await Payments.StartAsync(_user, 999, "paypal", "USD", default));
        await Assert.ThrowsAsync<MenuException>(async () => await Payments.StartAsync(999, _profile, "paypal", "USD", default));
    }

    [Fact]
    public async Task Of_many_that_move_it_one_succeeds()
    {
        var payment = await StartAsync();
        var other = _store.Open();
        var move = new PaymentMove(PaymentStatus.Started, PaymentStatus.UserApproved);

        var moved = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? Payments : other.Payments).MoveAsync(payment.Id, move, default).AsTask()));

        Assert.Single(moved, true);
    }

    [Fact]
    public async Task However_often_and_on_whatever_node_it_is_approved_one_profile_is_assigned()
    {
        var payment = await StartAsync();
        var other = _store.Open();
        var paid = new PaidAmount(9.99m, "USD", "TX1");

        var done = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => (i % 2 == 0 ? _store.Node : other).Payments.ApproveAsync(payment.Id, paid, default).AsTask()));

        Assert.All(done, one => Assert.Equal(PaymentStatus.Approved, one!.Status));
        Assert.Single(done.Select(one => one!.UserProfileId).Distinct());
        Assert.Equal(1, _store.Number("SELECT COUNT(*) FROM user_profile"));
        var bought = Assert.Single(await _store.Node.UserProfiles.OfUserAsync(_user, default));
        Assert.Equal(done[0]!.UserProfileId, bought.Id);
        Assert.Equal(_store.Clock.GetUtcNow(), bought.StartedAt);
        Assert.Equal(1, _store.Number("SELECT COUNT(*) FROM audit WHERE menu = '/user-manager/user-profile'"));
    }

    [Fact]
    public async Task A_login_on_another_node_sees_what_was_bought()
    {
        var other = _store.Open();
        Assert.Empty((await other.Users.FindAsync("bob"u8, default))!.Profiles);
        var payment = await StartAsync();

        await Payments.ApproveAsync(payment.Id, new PaidAmount(9.99m, "USD", "TX1"), default);
        other.Feed.Poll();

        Assert.Single((await other.Users.FindAsync("bob"u8, default))!.Profiles);
    }

    [Theory]
    [InlineData("9.98", "USD", "9.98 USD was paid and not 9.99 USD")]
    [InlineData("19.99", "USD", "19.99 USD was paid and not 9.99 USD")]
    [InlineData("9.99", "MXN", "9.99 MXN was paid and not 9.99 USD")]
    public async Task Money_that_is_not_what_was_asked_buys_nothing(string amount, string currency, string message)
    {
        var payment = await StartAsync();
        var paid = new PaidAmount(decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture), currency, "TX1");

        var done = await Payments.ApproveAsync(payment.Id, paid, default);
        await Payments.ApproveAsync(payment.Id, paid, default);

        Assert.Equal((PaymentStatus.Error, message, "TX1", null), (done!.Status, done.UserMessage, done.Transaction, done.UserProfileId));
        Assert.NotNull(done.EndedAt);
        Assert.Equal(0, _store.Number("SELECT COUNT(*) FROM user_profile"));
        Assert.Single(_store.Log.Lines, line => line.Contains("no profile was assigned", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_price_that_was_asked_stands()
    {
        var payment = await StartAsync();
        await _store.ExecuteAsync("UPDATE profile SET price = '20'");

        Assert.Equal(PaymentStatus.Approved, (await Payments.ApproveAsync(payment.Id, new PaidAmount(9.990m, "usd", "TX1"), default))!.Status);
    }

    [Fact]
    public async Task Who_pays_after_it_was_given_up_gets_what_was_paid_for()
    {
        var payment = await StartAsync();
        Assert.True(await Payments.MoveAsync(payment.Id, new PaymentMove(PaymentStatus.Started, PaymentStatus.Timeout), default));

        Assert.Equal(PaymentStatus.Approved, (await Payments.ApproveAsync(payment.Id, new PaidAmount(9.99m, "USD", "TX1"), default))!.Status);
        Assert.Equal(1, _store.Number("SELECT COUNT(*) FROM user_profile"));
    }

    [Fact]
    public async Task A_user_that_is_gone_gets_nothing_and_the_operator_is_told()
    {
        var payment = await StartAsync();
        await _store.Users.RemoveAsync(new RecordId(_user), default);

        var done = await Payments.ApproveAsync(payment.Id, new PaidAmount(9.99m, "USD", "TX1"), default);

        Assert.Equal((PaymentStatus.Error, "the user is not there any more"), (done!.Status, done.UserMessage));
        Assert.Contains(_store.Log.Lines, line => line.Contains("pay it back", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Steps_leave_what_they_do_not_say()
    {
        var payment = await StartAsync();
        await Payments.MoveAsync(payment.Id, new PaymentMove(PaymentStatus.Started, PaymentStatus.Started) { Reference = "EC-1" }, default);
        _store.Clock.Advance(TimeSpan.FromMinutes(1));
        await Payments.MoveAsync(payment.Id, new PaymentMove(PaymentStatus.Started, PaymentStatus.Pending, "wait"), default);

        var now = await Payments.FindAsync("paypal", "EC-1", default);

        Assert.Equal((PaymentStatus.Pending, "wait", null, _store.Clock.GetUtcNow()), (now!.Status, now.UserMessage, now.EndedAt, now.ChangedAt));
        Assert.False(await Payments.MoveAsync(payment.Id, new PaymentMove(PaymentStatus.Started, PaymentStatus.Aborted), default));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Payments.MoveAsync(payment.Id, new PaymentMove(PaymentStatus.Pending, PaymentStatus.Approved), default));
    }

    private IPaymentStore Payments => _store.Node.Payments;

    private ValueTask<Payment> StartAsync() => Payments.StartAsync(_user, _profile, "paypal", "USD", default);

    private long AddProfile(string name, decimal price) =>
        _store.Node.Records(TestMenus.Profile).AddAsync(TestStore.Values(("name", name), ("price", price), ("starts-when", "assigned"), ("validity", "unlimited")), default)
            .AsTask().GetAwaiter().GetResult().Value;
}
