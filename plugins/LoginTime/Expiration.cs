using System.Buffers.Binary;
using System.Globalization;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>FreeRADIUS's rlm_expiration: an account ends when <c>control:Expiration</c> says, and a session with it.</summary>
[Module("expiration")]
[PairCompare("Expiration")]
public sealed class Expiration : IAuthorize, IPairCompare
{
    /// <summary>Refuses who is over; who is not gets what is left as Session-Timeout, unless it is shorter already.</summary>
    public ValueTask<Rcode> AuthorizeAsync(RequestContext context)
    {
        if (!context.Control.TryGetNumber(Internal.Expiration, out var end))
            return ValueTask.FromResult(Rcode.Noop);

        var left = (long)end - context.ReceivedAt.ToUnixTimeSeconds();
        if (left <= 0)
        {
            context.Fail($"the account expired at {DateTimeOffset.FromUnixTimeSeconds((long)end).ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)}");
            return ValueTask.FromResult(Rcode.Disallow);
        }

        context.LimitSession(left);
        return ValueTask.FromResult(Rcode.Ok);
    }

    /// <summary><c>Expiration == DATE</c> holds until then.</summary>
    public int Compare(RequestContext context, AttributeDefinition attribute, ReadOnlySpan<byte> value) =>
        context.ReceivedAt.ToUnixTimeSeconds() <= BinaryPrimitives.ReadUInt32BigEndian(value) ? 0 : 1;
}
