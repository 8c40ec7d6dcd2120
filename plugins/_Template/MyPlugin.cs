using UserManager.Contract;
using UserManager.Radius;

namespace MyPlugin;

/// <summary>The keys of config/modules/my_plugin.yaml, with their defaults.</summary>
public sealed record GreetingOptions
{
    /// <summary>What whoever is let in is told.</summary>
    public string Text { get; init; } = "Welcome";
}

/// <summary>Greets by Reply-Message whoever is let in.</summary>
[Module("my_plugin")]
public sealed class Greeting(GreetingOptions options) : IPostAuth
{
    /// <returns>updated; noop when a reject is on its way.</returns>
    public ValueTask<Rcode> PostAuthAsync(RequestContext context)
    {
        if (context.ReplyCode != PacketCode.AccessAccept)
            return ValueTask.FromResult(Rcode.Noop);

        context.Reply.Add(Rfc2865.ReplyMessage, options.Text);
        return ValueTask.FromResult(Rcode.Updated);
    }
}
