using System.Text;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Plugins.Tests;

/// <summary>Knows <c>%{User-Name}</c> only, and counts what it compiles.</summary>
internal sealed class FakeExpander : IExpander
{
    public int Compiled { get; private set; }

    public ITextTemplate Compile(string text)
    {
        Compiled++;
        return new Template(text);
    }

    private sealed class Template(string text) : ITextTemplate
    {
        public string Expand(RequestContext context) => text.Replace("%{User-Name}", Name(context), StringComparison.Ordinal);

        public byte[] ExpandOctets(RequestContext context) => Encoding.UTF8.GetBytes(Expand(context));

        private static string Name(RequestContext context) => context.Request.TryGetText(Rfc2865.UserName, out var name) ? name : "";
    }
}
