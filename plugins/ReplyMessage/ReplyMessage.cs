using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>Tells whoever is refused why, in Reply-Message (RFC 2865 §5.18).</summary>
[Module("reply_message")]
public sealed class ReplyMessage(ReplyMessageOptions options, IExpander expander) : IPostAuth
{
    // One attribute.
    private const int MaxLength = 253;

    private readonly ITextTemplate?[] _templates =
        [.. Enum.GetValues<RefusalRule>().Select(rule => Compile(new Refusal(rule).Word, TextOf(rule, options), expander))];

    private readonly ITextTemplate? _otherwise = Compile("otherwise", options.Otherwise, expander);

    /// <summary>Stands in the list of <c>Post-Auth-Type: Reject</c>. What a policy has said already stands.</summary>
    public ValueTask<Rcode> PostAuthAsync(RequestContext context) => ValueTask.FromResult(Tell(context));

    private Rcode Tell(RequestContext context)
    {
        // RFC 3579 §2.6.5: no Reply-Message beside EAP-Message.
        if (context.ReplyCode != PacketCode.AccessReject || context.Request.Has(Rfc2869.EapMessage) || context.Reply.Has(Rfc2865.ReplyMessage))
            return Rcode.Noop;

        var template = context.Refusal is { } refusal ? _templates[(int)refusal.Rule] : _otherwise;
        if (template?.ExpandOctets(context) is not { Length: > 0 } message)
            return Rcode.Noop;

        context.Reply.Add(Rfc2865.ReplyMessage, message.AsSpan(0, Length(message)));
        return Rcode.Updated;
    }

    private static ITextTemplate? Compile(string key, string text, IExpander expander)
    {
        try
        {
            return text.Length == 0 ? null : expander.Compile(text);
        }
        catch (FormatException problem)
        {
            throw new FormatException($"{key}: {problem.Message}", problem);
        }
    }

    private static string TextOf(RefusalRule rule, ReplyMessageOptions options) => rule switch
    {
        RefusalRule.UnknownUser or RefusalRule.WrongPassword => options.WrongPassword,
        RefusalRule.UserDisabled => options.UserDisabled,
        RefusalRule.WrongCallerId => options.WrongCallerId,
        RefusalRule.CodeUsed => options.CodeUsed,
        RefusalRule.MethodNotAllowed => options.MethodNotAllowed,
        RefusalRule.SharedUsers => options.SharedUsers,
        RefusalRule.NoProfile => options.NoProfile,
        RefusalRule.ProfileUsed => options.ProfileUsed,
        RefusalRule.OutsideWindows => options.OutsideWindows,
        RefusalRule.LimitReached => options.LimitReached,
        _ => options.Otherwise,
    };

    // A longer one ends between two characters of its UTF-8.
    private static int Length(byte[] message)
    {
        var length = Math.Min(message.Length, MaxLength);
        while (length < message.Length && length > 0 && (message[length] & 0xC0) == 0x80)
            length--;

        return length;
    }
}
