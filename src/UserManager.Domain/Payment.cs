namespace UserManager.Domain;

/// <summary>What a user pays for a profile: a row of <c>/user-manager payment</c>.</summary>
public sealed record Payment
{
    public required long Id { get; init; }

    public required long UserId { get; init; }

    public required long ProfileId { get; init; }

    /// <summary>What was asked when it was started; a later change of the profile's price does not touch it. Over 0.</summary>
    public required decimal Price { get; init; }

    /// <summary>ISO 4217: <c>USD</c>.</summary>
    public required string Currency { get; init; }

    /// <summary>The gateway: <c>paypal</c>, <c>manual</c>.</summary>
    public required string Method { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Null until it is finished.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    public PaymentStatus Status { get; init; }

    /// <summary>When the status became what it is.</summary>
    public DateTimeOffset ChangedAt { get; init; }

    /// <summary>What the user is told of it.</summary>
    public string UserMessage { get; init; } = "";

    /// <summary>What the gateway knows it by: PayPal's token. Empty until it has one.</summary>
    public string Reference { get; init; } = "";

    /// <summary>The gateway's own proof: PayPal's transaction. Empty until it has one.</summary>
    public string Transaction { get; init; } = "";

    /// <summary>The user-profile it has bought; null until it is approved.</summary>
    public long? UserProfileId { get; init; }

    /// <summary>Something may still come of it.</summary>
    public bool IsOpen => Status is PaymentStatus.Started or PaymentStatus.Pending or PaymentStatus.UserApproved;
}

/// <summary>The words of <c>trans-status</c>, in their order. Only <see cref="Approved"/> is a finished sale.</summary>
public enum PaymentStatus
{
    /// <summary>The user was sent to the gateway.</summary>
    Started,

    /// <summary>The gateway has it, and waits for somebody: a bank, an operator.</summary>
    Pending,

    /// <summary>Paid; the profile is the user's.</summary>
    Approved,

    /// <summary>The gateway refused.</summary>
    Declined,

    /// <summary>It went wrong; what was paid is not what was asked.</summary>
    Error,

    /// <summary>It was never finished.</summary>
    Timeout,

    /// <summary>The user turned back.</summary>
    Aborted,

    /// <summary>The user has agreed, and the gateway is being asked for the money.</summary>
    UserApproved,
}
