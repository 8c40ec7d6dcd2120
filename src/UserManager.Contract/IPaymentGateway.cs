using UserManager.Domain;

namespace UserManager.Contract;

/// <summary>A module that takes money. The portal offers it beside the others; its own routes and job bring what was begun to its end.</summary>
public interface IPaymentGateway
{
    /// <summary>As in <c>/user-manager payment method</c>: <c>paypal</c>. Lower-case letters, digits and hyphens; never changed.</summary>
    string Method { get; }

    /// <summary>What users read: <c>PayPal</c>.</summary>
    string Title { get; }

    /// <summary>Whether users can pay with it now: that it is switched on, and knows what it needs.</summary>
    ValueTask<bool> IsOpenAsync(CancellationToken cancelled);

    /// <summary>Begins: the payment is <see cref="PaymentStatus.Started"/>.</summary>
    /// <returns>Where the user's browser goes now: the gateway's page, or back to the portal.</returns>
    /// <exception cref="MenuException">The gateway refuses. Its message is for the operator's log; the payment is an error then.</exception>
    ValueTask<Uri> StartAsync(PaymentOrder order, CancellationToken cancelled);
}

/// <summary>What a user wants to pay for.</summary>
/// <param name="Payment">As it was started.</param>
/// <param name="Item">The profile's name as users know it.</param>
/// <param name="Portal">The portal as the user's browser reaches it, ending in a slash: <c>https://wifi.example/um/</c>.</param>
public sealed record PaymentOrder(Payment Payment, string Item, Uri Portal);
