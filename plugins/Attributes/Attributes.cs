using System.Runtime.CompilerServices;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>Puts the attributes of the user and its group into the reply.</summary>
/// <remarks>As FreeRADIUS's <c>=</c>: what a policy has put into the reply before stands, and the user's attribute of that name stays out.</remarks>
[Module("attributes")]
public sealed class Attributes(IExpander expander) : IPostAuth
{
    // Read once for each value; forgotten with it, when a change to the user makes a new one.
    private readonly ConditionalWeakTable<ReplyAttribute, ITextTemplate> _templates = [];

    public ValueTask<Rcode> PostAuthAsync(RequestContext context) => ValueTask.FromResult(AddAll(context));

    private Rcode AddAll(RequestContext context)
    {
        if (context.User is not { } account)
            return Rcode.Noop;

        var reply = KindOf(context.ReplyCode);
        var already = context.Reply.Count;
        var attributes = account.Attributes;
        for (var i = 0; i < attributes.Count; i++)
        {
            var attribute = attributes[i];
            if ((attribute.PacketTypes & reply) == 0 || IsAmongFirst(already, attribute.Key, context.Reply))
                continue;

            if (!TryAdd(context, attribute))
                return Rcode.Fail;
        }

        return context.Reply.Count > already ? Rcode.Updated : Rcode.Noop;
    }

    private static AttributePackets KindOf(PacketCode reply) => reply switch
    {
        PacketCode.AccessAccept => AttributePackets.AccessAccept,
        PacketCode.AccessChallenge => AttributePackets.AccessChallenge,
        _ => AttributePackets.None,
    };

    private static bool IsAmongFirst(int count, AttributeKey key, AttributeList list) =>
        list.IndexOf(key) is var index && index >= 0 && index < count;

    private bool TryAdd(RequestContext context, ReplyAttribute attribute)
    {
        if (!attribute.IsMacro)
        {
            context.Reply.Add(attribute.Key, attribute.Value);
            return true;
        }

        var template = _templates.GetValue(attribute, a => expander.Compile(AttributeList.Text(a.Value)));
        return TryAddExpanded(context, attribute.Key, template);
    }

    /// <summary>A macro's text is read by the attribute's type in the dictionary. One that expands to nothing adds nothing.</summary>
    private static bool TryAddExpanded(RequestContext context, AttributeKey key, ITextTemplate template)
    {
        if (!context.Dictionary.TryFind(key, out var definition) || definition.Type == AttributeType.String)
        {
            var octets = template.ExpandOctets(context);
            if (octets.Length > 0)
                context.Reply.Add(key, octets);

            return true;
        }

        var text = template.Expand(context);
        if (text.Length == 0)
            return true;

        if (!AttributeText.TryParseValue(definition, text, out var value, out var error))
        {
            context.Fail(error);
            return false;
        }

        context.Reply.Add(key, value);
        return true;
    }
}
