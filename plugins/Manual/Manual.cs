using System.Runtime.CompilerServices;
using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Plugins;

/// <summary>Payments that an operator confirms: cash, a bank transfer. The menu <c>/user-manager/payment/manual</c> has those that wait.</summary>
[Module("manual")]
public sealed class Manual(ManualOptions options, IPaymentStore payments, TimeProvider clock) : IPaymentGateway, IMenus, IJob
{
    public string Method => "manual";

    public string Title => options.Title;

    public TimeSpan Interval => TimeSpan.FromHours(1);

    public IReadOnlyList<Menu> Menus =>
    [
        new Menu("/user-manager/payment/manual")
        {
            Summary = "Payments that wait for an operator",
            Noun = "payment",
            IsReadOnly = true,
            CanRemove = false,
            Records = new Waiting(payments, Method),
            Fields =
            [
                new Field("user", FieldType.Reference) { Summary = "Who pays", ReadOnly = true, References = "/user-manager/user" },
                new Field("profile", FieldType.Reference) { Summary = "What for", ReadOnly = true, References = "/user-manager/profile" },
                new Field("price", FieldType.Decimal) { Summary = "How much", ReadOnly = true },
                new Field("currency", FieldType.Text) { Summary = "In which currency", ReadOnly = true },
                new Field("trans-start", FieldType.Date) { Summary = "Since when", ReadOnly = true },
            ],
            Commands =
            [
                new Command("confirm")
                {
                    Summary = "The money has come: the user gets the profile",
                    TakesRecords = true,
                    Arguments = [new Field("receipt", FieldType.Text) { Summary = "What the money is known by: the number of a receipt", Default = "" }],
                    RunAsync = ConfirmAsync,
                },
                new Command("decline") { Summary = "The money will not come", TakesRecords = true, RunAsync = DeclineAsync },
            ],
        },
    ];

    public ValueTask<bool> IsOpenAsync(CancellationToken cancelled) => ValueTask.FromResult(true);

    public async ValueTask<Uri> StartAsync(PaymentOrder order, CancellationToken cancelled)
    {
        var move = new PaymentMove(PaymentStatus.Started, PaymentStatus.Pending, options.Instructions) { Reference = $"{order.Payment.Id}" };
        await payments.MoveAsync(order.Payment.Id, move, cancelled);
        return new Uri(order.Portal, $"?payment={order.Payment.Id}");
    }

    public async ValueTask RunAsync(CancellationToken cancelled)
    {
        foreach (var payment in await payments.OpenAsync(Method, cancelled))
        {
            if (clock.GetUtcNow() - payment.StartedAt >= options.GiveUpAfter)
                await payments.MoveAsync(payment.Id, new PaymentMove(payment.Status, PaymentStatus.Timeout, "Nobody has confirmed it in time"), cancelled);
        }
    }

    private async ValueTask<CommandResult> ConfirmAsync(CommandCall call, CancellationToken cancelled)
    {
        foreach (var record in call.Records)
        {
            var payment = await OneAsync(record, cancelled);
            var paid = new PaidAmount(payment.Price, payment.Currency, call.Arguments.GetValueOrDefault("receipt") as string ?? "");
            if (await payments.ApproveAsync(payment.Id, paid, cancelled) is not { Status: PaymentStatus.Approved })
                throw new MenuException($"failure: payment {record.Id} can not be confirmed: its user or profile is not there any more");
        }

        return CommandResult.Nothing;
    }

    private async ValueTask<CommandResult> DeclineAsync(CommandCall call, CancellationToken cancelled)
    {
        foreach (var record in call.Records)
        {
            var payment = await OneAsync(record, cancelled);
            if (!await payments.MoveAsync(payment.Id, new PaymentMove(payment.Status, PaymentStatus.Declined, "It was declined"), cancelled))
                throw new MenuException($"failure: payment {record.Id} is finished already");
        }

        return CommandResult.Nothing;
    }

    private async ValueTask<Payment> OneAsync(MenuRecord record, CancellationToken cancelled) =>
        await payments.FindAsync(record.Id.Value, cancelled) is { IsOpen: true } payment ? payment : throw new MenuException($"failure: payment {record.Id} is finished already");

    private sealed class Waiting(IPaymentStore payments, string method) : IMenuRecords
    {
        public async IAsyncEnumerable<MenuRecord> ListAsync(IReadOnlyDictionary<string, object>? equal, [EnumeratorCancellation] CancellationToken cancelled)
        {
            foreach (var record in (await payments.OpenAsync(method, cancelled)).Select(Record))
            {
                if (equal is null || equal.All(e => Equals(record[e.Key], e.Value)))
                    yield return record;
            }
        }

        public async ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled) =>
            await payments.FindAsync(id.Value, cancelled) is { IsOpen: true } payment && payment.Method == method ? Record(payment) : null;

        public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled) => throw new MenuException("failure: payments are made in the portal");

        public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled) => ValueTask.FromResult(false);

        public ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled) => ValueTask.FromResult(false);

        private static MenuRecord Record(Payment payment) => new(new RecordId(payment.Id), new Dictionary<string, object>
        {
            ["user"] = new RecordId(payment.UserId),
            ["profile"] = new RecordId(payment.ProfileId),
            ["price"] = payment.Price,
            ["currency"] = payment.Currency,
            ["trans-start"] = payment.StartedAt,
        });
    }
}
