using UserManager.Domain;

namespace UserManager.Contract;

/// <summary>The payments. Gateways move them along; every move is a compare-and-set, so that of many that try one succeeds, on whatever node.</summary>
public interface IPaymentStore
{
    /// <summary>Begins a payment, as <see cref="PaymentStatus.Started"/>.</summary>
    /// <param name="userId">Who pays.</param>
    /// <param name="profileId">What for. Its price is what is asked.</param>
    /// <param name="method">The gateway's.</param>
    /// <param name="currency">ISO 4217.</param>
    /// <param name="cancelled">Gives up while it waits.</param>
    /// <exception cref="MenuException">The profile is not for sale, or one of the two is not there.</exception>
    ValueTask<Payment> StartAsync(long userId, long profileId, string method, string currency, CancellationToken cancelled);

    ValueTask<Payment?> FindAsync(long id, CancellationToken cancelled);

    /// <summary>The payment that a gateway knows by its reference; null when there is none.</summary>
    ValueTask<Payment?> FindAsync(string method, string reference, CancellationToken cancelled);

    /// <summary>A gateway's payments of which something may still come, the oldest first.</summary>
    ValueTask<IReadOnlyList<Payment>> OpenAsync(string method, CancellationToken cancelled);

    /// <summary>A user's, the latest first.</summary>
    /// <param name="userId">Whose.</param>
    /// <param name="most">So many.</param>
    /// <param name="cancelled">Gives up while it waits.</param>
    ValueTask<IReadOnlyList<Payment>> OfUserAsync(long userId, int most, CancellationToken cancelled);

    /// <summary>Gives it another status, unless it has another than is expected meanwhile.</summary>
    /// <param name="id">A payment.</param>
    /// <param name="move">What becomes of it.</param>
    /// <param name="cancelled">Gives up while it waits.</param>
    /// <returns>When it is durable: true. False when its status is not what was expected.</returns>
    /// <exception cref="ArgumentException">To approve is <see cref="ApproveAsync"/>.</exception>
    ValueTask<bool> MoveAsync(long id, PaymentMove move, CancellationToken cancelled);

    /// <summary>The money has come. If it is what was asked, the payment is approved and its profile assigned, in one transaction, once and never again.</summary>
    /// <remarks>Also one that was given up (timeout, aborted): who has paid gets what was paid for. Wrong money, or a user or profile that is gone, make
    /// it <see cref="PaymentStatus.Error"/>, and a line in the log.</remarks>
    /// <param name="id">A payment.</param>
    /// <param name="paid">What has come.</param>
    /// <param name="cancelled">Gives up while it waits.</param>
    /// <returns>How it stands, when that is durable; null when there is no such payment.</returns>
    ValueTask<Payment?> ApproveAsync(long id, PaidAmount paid, CancellationToken cancelled);
}

/// <summary>A payment's step from one status to another.</summary>
/// <param name="From">What it is to be now.</param>
/// <param name="To">What it becomes.</param>
/// <param name="Message">For the user; null leaves what there is.</param>
public sealed record PaymentMove(PaymentStatus From, PaymentStatus To, string? Message = null)
{
    /// <summary>What the gateway knows it by from now on; null leaves it. No two payments of a gateway have the same.</summary>
    public string? Reference { get; init; }

    /// <summary>The gateway's proof; null leaves it.</summary>
    public string? Transaction { get; init; }
}

/// <summary>What a gateway has received.</summary>
/// <param name="Amount">As the gateway says.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Transaction">The gateway's proof of it.</param>
public sealed record PaidAmount(decimal Amount, string Currency, string Transaction);
