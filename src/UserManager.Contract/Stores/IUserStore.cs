using UserManager.Domain;

namespace UserManager.Contract;

/// <summary>Users as a login needs them.</summary>
public interface IUserStore
{
    /// <summary>The user of that name (octet by octet), with group and attributes resolved. Null when there is none.</summary>
    /// <remarks>Usually from memory, then complete at once; a change to the user, its group or an attribute is seen at the next call.</remarks>
    ValueTask<UserAccount?> FindAsync(ReadOnlySpan<byte> name, CancellationToken cancelled);

    /// <summary>Puts <paramref name="callingStationId"/> in the place of the user's <c>caller-id=bind</c>.</summary>
    /// <returns>When it is durable: true. False when the user's caller-id is not <c>bind</c>, or not any more: another login may have been first.
    /// In either case the next <see cref="FindAsync"/> shows the one that stands.</returns>
    ValueTask<bool> BindCallerIdAsync(long userId, string callingStationId, CancellationToken cancelled);

    /// <summary>Uses up the one-time password of a step (<see cref="OneTimePassword.StepAt"/>), where each may be used once.</summary>
    /// <returns>When it is durable: true. False when it, or a later one, was used before.</returns>
    ValueTask<bool> UseOneTimePasswordAsync(long userId, long step, CancellationToken cancelled);
}

/// <summary>A user, its group, and what both send in replies: group's attributes first; where both have one, the user's stands.</summary>
public sealed record UserAccount(User User, UserGroup Group, IReadOnlyList<ReplyAttribute> Attributes)
{
    /// <summary>The profiles it has, in the order of assignment, with what was used of them. Of those that are over only the last.</summary>
    public IReadOnlyList<UserProfile> Profiles { get; init; } = [];

    /// <summary>The key of its one-time passwords; null when it has none.</summary>
    public OtpSecret? OtpSecret { get; init; }
}

/// <summary>An attribute of a user or group in the form a packet has it.</summary>
/// <param name="Value">Octets of the wire; for a macro its text, to be expanded when the reply is built.</param>
public sealed record ReplyAttribute(Radius.AttributeKey Key, byte[] Value, bool IsMacro, AttributePackets PacketTypes);
