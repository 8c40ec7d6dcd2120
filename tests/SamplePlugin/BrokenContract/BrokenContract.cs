using UserManager.Contract;

namespace UserManager.SamplePlugin;

[Module("broken_contract")]
public sealed class BrokenContract : IAuthorize
{
    public ValueTask<Rcode> AuthorizeAsync(RequestContext context) => ValueTask.FromResult(Rcode.Reject);
}
