using UserManager.Contract;
using UserManager.Radius;

/// <summary>Brings the keyword <c>greet</c>: the entry <c>greet: Hello %{User-Name}</c> adds a Reply-Message.</summary>
[Module("greeting")]
[Keyword("greet")]
public sealed class Greet(IExpander expander) : IKeyword
{
    public IStep? Compile(KeywordEntry entry)
    {
        try
        {
            return new Greeting(expander.Compile(entry.Value));
        }
        catch (FormatException wrong)
        {
            entry.Error(wrong.Message);
            return null;
        }
    }

    private sealed class Greeting(ITextTemplate text) : IStep
    {
        public ValueTask<Rcode> RunAsync(RequestContext context)
        {
            context.Reply.Add(Rfc2865.ReplyMessage, text.Expand(context));
            return ValueTask.FromResult(Rcode.Updated);
        }
    }
}
