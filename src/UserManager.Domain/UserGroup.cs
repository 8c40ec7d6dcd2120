namespace UserManager.Domain;

/// <summary>What users have in common: a row of <c>/user-manager user group</c>.</summary>
public sealed record UserGroup
{
    public required long Id { get; init; }

    public required string Name { get; init; }

    public OuterAuths OuterAuths { get; init; }

    public InnerAuths InnerAuths { get; init; }

    public IReadOnlyList<NamedValue> Attributes { get; init; } = [];
}

/// <summary>Methods a login may use at the outside, in the order they are printed. The last two are ours.</summary>
[Flags]
public enum OuterAuths
{
    None = 0,
    Pap = 1 << 0,
    Chap = 1 << 1,
    MsChap1 = 1 << 2,
    MsChap2 = 1 << 3,
    EapTls = 1 << 4,
    EapTtls = 1 << 5,
    EapPeap = 1 << 6,
    EapMsChap2 = 1 << 7,
    EapMd5 = 1 << 8,
    EapGtc = 1 << 9,
}

/// <summary>Methods inside a tunnel, in the order they are printed. The last four are ours.</summary>
[Flags]
public enum InnerAuths
{
    None = 0,
    TtlsPap = 1 << 0,
    TtlsChap = 1 << 1,
    TtlsMsChap1 = 1 << 2,
    TtlsMsChap2 = 1 << 3,
    PeapMsChap2 = 1 << 4,
    TtlsEapMd5 = 1 << 5,
    TtlsEapMsChap2 = 1 << 6,
    TtlsEapGtc = 1 << 7,
    PeapGtc = 1 << 8,
}
