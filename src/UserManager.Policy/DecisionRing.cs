using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>The latest decisions over logins, in memory. Bounded; what is new takes the place of what is oldest.</summary>
/// <remarks>
/// Many threads add at once. Every place is made beforehand and refers to what is there anyway (names of the configuration, the account, the
/// refusal): adding copies at most 316 octets and 32 results, and allocates nothing. Texts are made when somebody reads.
/// </remarks>
/// <param name="capacity">Most decisions kept, about 1.2 KB each; 0 for none.</param>
public sealed class DecisionRing(int capacity)
{
    private readonly Slot[] _slots = [.. Enumerable.Range(0, capacity).Select(_ => new Slot())];
    private long _written;

    /// <summary>Those that are kept, the oldest first.</summary>
    public IReadOnlyList<Decision> Read()
    {
        var last = Interlocked.Read(ref _written);
        var decisions = new List<Decision>((int)Math.Min(last, capacity));
        for (var number = Math.Max(1, last - capacity + 1); number <= last; number++)
        {
            // One that is being overwritten is gone already.
            if (_slots[number % capacity].Read(number) is { } decision)
                decisions.Add(decision);
        }

        return decisions;
    }

    /// <summary>Keeps what became of a login.</summary>
    /// <param name="answer">AccessAccept, AccessReject, or None where no answer was sent.</param>
    internal void Add(RequestContext context, PacketCode answer)
    {
        if (capacity == 0)
            return;

        var number = Interlocked.Increment(ref _written);
        _slots[number % capacity].Write(number, context, answer);
    }

    private sealed class Slot
    {
        // The longest User-Name there is, and the longest MAC address, in whatever way it is written, twice over.
        private const int NameLength = 253;
        private const int StationLength = 63;

        private readonly byte[] _octets = new byte[NameLength + StationLength];
        private readonly ModuleResult[] _passed = new ModuleResult[RequestContext.MaxPassed];
        private long _number;
        private DateTimeOffset _at;
        private string _router = "";
        private PacketCode _answer;
        private string? _user;
        private string? _failure;
        private Refusal? _refusal;
        private int _nameLength;
        private int _stationLength;
        private int _passedCount;

        public void Write(long number, RequestContext context, PacketCode answer)
        {
            lock (this)
            {
                (_number, _at, _router, _answer) = (number, context.ReceivedAt, context.Client.Name, answer);
                _user = context.Concerned?.User.Name;
                (_failure, _refusal) = answer == PacketCode.AccessAccept ? (null, null) : (context.Failure, context.Refusal);
                context.Passed.CopyTo(_passed);
                _passedCount = context.Passed.Length;

                // A module that overran its time may still write to the lists.
                (_nameLength, _stationLength) = (0, 0);
                if (context.IsAbandoned)
                    return;

                if (_user is null && context.TryGetUserName(out var name))
                    _nameLength = Copy(name, _octets.AsSpan(0, NameLength));

                if (context.Request.TryGet(Rfc2865.CallingStationId, out var station))
                    _stationLength = Copy(station, _octets.AsSpan(NameLength));
            }
        }

        public Decision? Read(long number)
        {
            lock (this)
            {
                return _number != number ? null : new Decision
                {
                    Number = number,
                    At = _at,
                    User = _user ?? AttributeList.Text(_octets.AsSpan(0, _nameLength)),
                    Router = _router,
                    CallingStationId = AttributeList.Text(_octets.AsSpan(NameLength, _stationLength)),
                    Answer = _answer,
                    Reason = _failure,
                    Refusal = _refusal,
                    Passed = _passed[.._passedCount],
                };
            }
        }

        private static int Copy(ReadOnlySpan<byte> from, Span<byte> to)
        {
            var length = Math.Min(from.Length, to.Length);
            from[..length].CopyTo(to);
            return length;
        }
    }
}

/// <summary>What became of a login, and why.</summary>
public sealed record Decision
{
    /// <summary>1 and up.</summary>
    public required long Number { get; init; }

    /// <summary>When the request came.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The user; where none was found, the name that was given.</summary>
    public required string User { get; init; }

    public required string Router { get; init; }

    /// <summary>As the NAS sent it, its first 63 octets; empty when it sent none.</summary>
    public required string CallingStationId { get; init; }

    /// <summary>AccessAccept, AccessReject, or None where no answer was sent.</summary>
    public required PacketCode Answer { get; init; }

    /// <summary>Why it was refused, or not answered; null for an accept, and where the policy gives no reason.</summary>
    public string? Reason { get; init; }

    /// <summary>The rule that refused it; null where none did.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>The modules it passed, in order.</summary>
    public IReadOnlyList<ModuleResult> Passed { get; init; } = [];
}
