using System.Runtime.CompilerServices;
using System.Text;
using UserManager.Contract;
using UserManager.Policy;
using UserManager.Radius;

namespace UserManager.Server;

/// <summary>The records of <c>/user-manager decision</c>: texts are made of what was kept when somebody asks.</summary>
internal sealed class DecisionRecords(DecisionRing ring) : IMenuRecords
{
    public async IAsyncEnumerable<MenuRecord> ListAsync(
        IReadOnlyDictionary<string, object>? equal, [EnumeratorCancellation] CancellationToken cancelled)
    {
        await Task.CompletedTask;
        foreach (var decision in ring.Read())
        {
            var record = Record(decision);
            if (equal is null || equal.All(e => Equals(record[e.Key], e.Value)))
                yield return record;
        }
    }

    public ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled) =>
        ValueTask.FromResult(ring.Read().Where(d => d.Number == id.Value).Select(Record).FirstOrDefault());

    public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled) => throw ReadOnly();

    public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled) => throw ReadOnly();

    public ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled) => throw ReadOnly();

    private static MenuRecord Record(Decision decision)
    {
        var refused = decision.Refusal;
        var limited = refused is { Limit: > 0 } ? refused : null;
        var values = new Dictionary<string, object?>
        {
            ["time"] = decision.At,
            ["user"] = Printable(decision.User),
            ["router"] = decision.Router,
            ["calling-station-id"] = OrNull(Printable(decision.CallingStationId)),
            ["result"] = decision.Answer switch
            {
                PacketCode.AccessAccept => "access-accept",
                PacketCode.AccessReject => "access-reject",
                _ => "no-answer",
            },
            ["reason"] = decision.Answer == PacketCode.AccessAccept ? null : Printable(decision.Reason ?? "the policy says so"),
            ["rule"] = refused?.Word,
            ["profile"] = refused?.Profile,
            ["limitation"] = refused?.Limitation,
            ["counter"] = OrNull(refused?.CounterWord),
            ["used"] = limited?.Used,
            ["limit"] = limited?.Limit,
            ["until"] = refused?.Until,
            ["changed-by"] = refused?.Remedy(),
            ["modules"] = Modules(decision.Passed),
        };
        return new MenuRecord(
            new RecordId(decision.Number), values.Where(v => v.Value is not null).ToDictionary(v => v.Key, v => v.Value!));
    }

    /// <summary><c>authorize: users=updated pap=updated; authenticate: pap=ok</c>. What ran inside a tunnel: <c>inner authorize: …</c>.</summary>
    private static string Modules(IReadOnlyList<ModuleResult> passed)
    {
        var text = new StringBuilder();
        for (var i = 0; i < passed.Count; i++)
        {
            var (place, rcode, isInner) = passed[i];
            if (i == 0 || place.Section != passed[i - 1].Place.Section || isInner != passed[i - 1].IsInner)
                text.Append(i == 0 ? "" : "; ").Append(isInner ? "inner " : "").Append(place.Section).Append(':');

            text.Append(' ').Append(place.Module).Append('=').Append(rcode.Name());
        }

        return text.ToString();
    }

    // Names come from the network: what is not printable does not reach a terminal.
    private static string Printable(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)) : text;

    private static string? OrNull(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static NotSupportedException ReadOnly() => new("decisions are kept by the server alone");
}
