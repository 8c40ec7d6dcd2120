using System.Globalization;
using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage;

/// <summary>The payments, and what they buy.</summary>
internal sealed class PaymentStore(
    Database database, GroupWriter writer, ChangeFeed feed, UserProfileStore userProfiles, AuditTrail audit, TimeProvider clock, ILogger log) : IPaymentStore
{
    public const string Menu = "/user-manager/payment";

    private const long NotFinished = -1;

    private const string Columns =
        "id, `user`, profile, price, currency, method, trans_start, trans_end, trans_status, user_message, reference, `transaction`, changed, user_profile";

    /// <summary>As the column and the menu write them, in the order of <see cref="PaymentStatus"/>.</summary>
    private static readonly string[] Words = ["started", "pending", "approved", "declined", "error", "timeout", "aborted", "user-approved"];

    private static readonly string Open = string.Join(", ", ((PaymentStatus[])[PaymentStatus.Started, PaymentStatus.Pending, PaymentStatus.UserApproved]).Select(s => $"'{Word(s)}'"));

    public async ValueTask<Payment> StartAsync(long userId, long profileId, string method, string currency, CancellationToken cancelled)
    {
        var price = userProfiles.FindProfile(profileId) is { Price: > 0 } profile ? profile.Price : throw new MenuException("failure: this profile is not for sale");
        var payment = new Payment
        {
            Id = 0, UserId = userId, ProfileId = profileId, Price = price, Currency = currency, Method = method, StartedAt = Now, ChangedAt = Now,
        };
        return await writer.CommitForMenuAsync(transaction => Add(transaction, payment), cancelled);
    }

    public ValueTask<Payment?> FindAsync(long id, CancellationToken cancelled) =>
        ReadAsync(connection => connection.Prepare($"SELECT {Columns} FROM payment WHERE id = @id").With("@id", id), One);

    public ValueTask<Payment?> FindAsync(string method, string reference, CancellationToken cancelled) =>
        ReadAsync(
            connection => connection.Prepare($"SELECT {Columns} FROM payment WHERE method = @method AND reference = @reference").With("@method", method).With("@reference", reference), One);

    public ValueTask<IReadOnlyList<Payment>> OpenAsync(string method, CancellationToken cancelled) =>
        ReadAsync(connection => connection.Prepare($"SELECT {Columns} FROM payment WHERE method = @method AND trans_status IN ({Open}) ORDER BY id").With("@method", method), All);

    public ValueTask<IReadOnlyList<Payment>> OfUserAsync(long userId, int most, CancellationToken cancelled) =>
        ReadAsync(connection => connection.Prepare($"SELECT {Columns} FROM payment WHERE `user` = @user ORDER BY id DESC LIMIT @most").With("@user", userId).With("@most", most), All);

    public async ValueTask<bool> MoveAsync(long id, PaymentMove move, CancellationToken cancelled)
    {
        if (move.To == PaymentStatus.Approved)
            throw new ArgumentException("A payment is approved with what was paid: ApproveAsync.", nameof(move));

        return await writer.CommitForMenuAsync(
            transaction =>
            {
                var moved = Move(transaction, id, move, Now);
                if (moved)
                    transaction.Changed(Menu, id);

                return moved;
            },
            cancelled);
    }

    public async ValueTask<Payment?> ApproveAsync(long id, PaidAmount paid, CancellationToken cancelled)
    {
        // Not on the writer's connection: it sees what is not committed yet.
        if (await FindAsync(id, cancelled) is not { } asked)
            return null;

        var profile = userProfiles.FindProfile(asked.ProfileId);
        var done = await writer.CommitForMenuAsync(transaction => Approve(transaction, id, paid, profile), cancelled);
        if (done is { UserProfileId: { } bought })
            feed.Raise(new Change(UserProfileStore.Menu, bought));

        feed.Raise(new Change(UserStore.Menu, asked.UserId));
        feed.Raise(new Change(Menu, id));
        return done;
    }

    private DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());

    private static string Word(PaymentStatus status) => Words[(int)status];

    private static Payment Add(Transaction transaction, Payment payment)
    {
        if (transaction.Prepare("SELECT id FROM user WHERE id = @id").With("@id", payment.UserId).Number() is null)
            throw new MenuException("failure: no such user");

        var added = payment with { Id = transaction.NextId(Menu) };
        transaction.Prepare(
            "INSERT INTO payment (id, `user`, profile, price, currency, method, trans_start, trans_end, trans_status, changed) "
            + "VALUES (@id, @user, @profile, @price, @currency, @method, @start, @end, @status, @start)")
            .With("@id", added.Id).With("@user", added.UserId).With("@profile", added.ProfileId).With("@price", added.Price.ToString(CultureInfo.InvariantCulture))
            .With("@currency", added.Currency).With("@method", added.Method).With("@start", added.StartedAt.ToUnixTimeMilliseconds()).With("@end", NotFinished)
            .With("@status", Word(added.Status))
            .Execute();
        transaction.Changed(Menu, added.Id);
        return added;
    }

    private static bool Move(Transaction transaction, long id, PaymentMove move, DateTimeOffset now) => transaction.Prepare(
        "UPDATE payment SET trans_status = @to, trans_end = @end, changed = @now, user_message = COALESCE(@message, user_message), "
        + "reference = COALESCE(@reference, reference), `transaction` = COALESCE(@transaction, `transaction`) WHERE id = @id AND trans_status = @from")
        .With("@to", Word(move.To)).With("@from", Word(move.From)).With("@message", move.Message).With("@reference", move.Reference).With("@transaction", move.Transaction)
        .With("@end", move.To is PaymentStatus.Started or PaymentStatus.Pending or PaymentStatus.UserApproved ? NotFinished : now.ToUnixTimeMilliseconds())
        .With("@now", now.ToUnixTimeMilliseconds()).With("@id", id)
        .Execute() == 1;

    private Payment? Approve(Transaction transaction, long id, PaidAmount paid, Profile? profile)
    {
        var payment = Find(transaction, id);
        if (payment is null or { Status: PaymentStatus.Approved } || (payment.Status == PaymentStatus.Error && payment.Transaction == paid.Transaction))
            return payment;

        var now = Now;
        var problem = payment.Price != paid.Amount || !string.Equals(payment.Currency, paid.Currency, StringComparison.OrdinalIgnoreCase)
            ? $"{paid.Amount.ToString(CultureInfo.InvariantCulture)} {paid.Currency} was paid and not {payment.Price.ToString(CultureInfo.InvariantCulture)} {payment.Currency}"
            : profile is null ? "the profile is not there any more"
            : null;
        var claimed = Move(
            transaction, id, new PaymentMove(payment.Status, problem is null ? PaymentStatus.Approved : PaymentStatus.Error, problem ?? "") { Transaction = paid.Transaction }, now);
        if (!claimed)
            return Find(transaction, id);           // another was first

        if (problem is null && (problem = Assign(transaction, payment, profile!, now)) is not null)
            Move(transaction, id, new PaymentMove(PaymentStatus.Approved, PaymentStatus.Error, problem), now);

        if (problem is not null)
            log.PaymentWrong(id, paid.Transaction, problem);

        transaction.Changed(Menu, id);
        return Find(transaction, id);
    }

    // In the transaction of the approval: neither is there without the other.
    private string? Assign(Transaction transaction, Payment payment, Profile profile, DateTimeOffset now)
    {
        if (UserProfileStore.Assign(transaction, payment.UserId, profile, now) is not { } assigned)
            return "the user is not there any more";

        transaction.Prepare("UPDATE payment SET user_profile = @bought WHERE id = @id").With("@bought", assigned.Id).With("@id", payment.Id).Execute();
        audit.Write(transaction, new AuditEntry(now, new Caller(assigned.UserName, $"payment {new RecordId(payment.Id)}, {payment.Method}"), UserProfileStore.Menu, "add")
        {
            Record = new RecordId(assigned.Id),
            After = $"user={assigned.UserName} profile={profile.Name}",
        });
        return null;
    }

    private static Payment? Find(Transaction transaction, long id) =>
        One(transaction.Prepare($"SELECT {Columns} FROM payment WHERE id = @id {{lock}}").With("@id", id));

    private ValueTask<T> ReadAsync<T>(Func<Connection, PreparedCommand> prepare, Func<PreparedCommand, T> read) =>
        database.ReadForMenuAsync((prepare, read), static (connection, the) => the.read(the.prepare(connection)));

    private static Payment? One(PreparedCommand command)
    {
        using var row = command.Read();
        return row.Read() ? Read(row) : null;
    }

    private static IReadOnlyList<Payment> All(PreparedCommand command)
    {
        using var row = command.Read();
        var all = new List<Payment>();
        while (row.Read())
            all.Add(Read(row));

        return all;
    }

    private static Payment Read(Row row) => new()
    {
        Id = row.Number(0),
        UserId = row.Number(1),
        ProfileId = row.Number(2),
        Price = decimal.Parse(row.Text(3), CultureInfo.InvariantCulture),
        Currency = row.Text(4),
        Method = row.Text(5),
        StartedAt = Moment(row.Number(6)),
        EndedAt = row.Number(7) == NotFinished ? null : Moment(row.Number(7)),
        Status = (PaymentStatus)Array.IndexOf(Words, row.Text(8)),
        UserMessage = row.Text(9),
        Reference = row.Text(10),
        Transaction = row.Text(11),
        ChangedAt = Moment(row.Number(12)),
        UserProfileId = row.IsNull(13) ? null : row.Number(13),
    };

    private static DateTimeOffset Moment(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
