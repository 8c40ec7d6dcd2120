using UserManager.Contract;

namespace UserManager.Management;

/// <summary><c>/user-manager payment</c>: what users have paid. Written by the payment gateways alone.</summary>
internal static class PaymentMenu
{
    private static readonly string[] Open = ["started", "pending", "user-approved"];

    public static Menu Declare() => new(UserManagerMenus.Payment)
    {
        Summary = "Payments for profiles",
        Noun = "payment",
        IsReadOnly = true,
        Columns = ["user", "profile", "price", "currency", "method", "trans-start", "trans-status"],
        Fields =
        [
            Told("user", FieldType.Reference, "Who pays") with { References = UserManagerMenus.User },
            Told("profile", FieldType.Reference, "What for") with { References = UserManagerMenus.Profile },
            Told("price", FieldType.Decimal, "What was asked when it was started"),
            Told("currency", FieldType.Text, "In which currency"),
            Told("method", FieldType.Text, "The payment gateway: paypal, manual, or a plugin's"),
            Told("trans-start", FieldType.Date, "When it was started"),
            Told("trans-end", FieldType.Date, "When it was finished") with { Words = ["not-finished"] },
            Told("trans-status", FieldType.Enum, "Only approved is a finished sale") with
            {
                Words = ["started", "pending", "approved", "declined", "error", "timeout", "aborted", "user-approved"],
            },
            Told("user-message", FieldType.Text, "What the user is told"),
            Told("transaction", FieldType.Text, "What the gateway knows the money by") with { Ours = true },
        ],
        OnRemove = (record, _) => Open.Contains(record.Text("trans-status"))
            ? throw new MenuException("failure: can not remove, payment is under way")
            : ValueTask.CompletedTask,
    };

    private static Field Told(string name, FieldType type, string summary) => new(name, type) { Summary = summary, ReadOnly = true };
}
