using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>Why a right password is refused: the codes of RFC 2759 §6.</summary>
/// <param name="Code">E=.</param>
/// <param name="Rcode">What the module answers.</param>
/// <param name="Message">M=; null for the one of the options.</param>
internal sealed record PeerError(int Code, Rcode Rcode, string? Message)
{
    /// <summary>The rule that it stands for; null where there is none of the kind.</summary>
    public RefusalRule? Rule { get; private init; }

    /// <summary>ERROR_AUTHENTICATION_FAILURE: the only one that may be tried again.</summary>
    public static readonly PeerError WrongPassword = new(691, Rcode.Reject, null) { Rule = RefusalRule.WrongPassword };

    /// <summary>ERROR_ACCT_DISABLED.</summary>
    public static readonly PeerError Disabled = new(647, Rcode.Disallow, "Account disabled") { Rule = RefusalRule.UserDisabled };

    /// <summary>ERROR_PASSWD_EXPIRED.</summary>
    public static readonly PeerError Expired = new(648, Rcode.Reject, "Password expired");
}

/// <summary>The state of the account, where it is known.</summary>
internal static class Account
{
    // SMB-Account-CTRL, Samba's account control bits.
    private const ulong IsDisabled = 0x0000_0001;
    private const ulong IsLocked = 0x0000_0400;
    private const ulong IsExpired = 0x0002_0000;

    /// <summary>Asked only once the password proved right, so that nobody else learns it.</summary>
    public static PeerError? Fault(RequestContext context)
    {
        context.Control.TryGetNumber(Internal.SmbAccountCtrl, out var bits);
        return context.User is { User.Disabled: true } || (bits & (IsDisabled | IsLocked)) != 0 ? PeerError.Disabled
            : (bits & IsExpired) != 0 ? PeerError.Expired
            : null;
    }
}
