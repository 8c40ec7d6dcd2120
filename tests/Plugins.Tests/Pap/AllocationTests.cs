using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;
using Xunit;

namespace UserManager.Plugins.Tests;

public sealed class AllocationTests
{
    [Fact]
    public void A_PAP_login_through_the_inline_modules_allocates_nothing()
    {
        var start = new RequestStart(1, Requests.Dictionary, Requests.Router, default, Requests.Now) { Code = PacketCode.AccessRequest };
        var context = Requests.Access();
        var pool = new ReplyAttribute(Rfc2869.FramedPool, [.. "pool1"u8], false, AttributePackets.AccessAccept);
        var modules = new Modules(
            new Preprocess(new PreprocessOptions()), new Realm(new RealmOptions { Realms = ["example.com"] }),
            new Users(new FakeUsers(Requests.Account(attributes: pool)), new FakeSettings()), new Pap(), new Attributes(new FakeExpander()));

        for (var i = 0; i < 100; i++)
            modules.LogIn(context, start);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            modules.LogIn(context, start);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private sealed record Modules(Preprocess Preprocess, Realm Realm, Users Users, Pap Pap, Attributes Attributes)
    {
        public void LogIn(RequestContext context, in RequestStart start)
        {
            context.Begin(start);
            context.Request.Add(Rfc2865.UserName, "bob@example.com"u8);
            context.Request.Add(Rfc2865.UserPassword, "bob"u8);
            Expect(Rcode.Ok, Preprocess.AuthorizeAsync(context));
            Expect(Rcode.Ok, Realm.AuthorizeAsync(context));
            Expect(Rcode.Updated, Users.AuthorizeAsync(context));
            Expect(Rcode.Updated, Pap.AuthorizeAsync(context));
            Expect(Rcode.Ok, Pap.AuthenticateAsync(context));
            context.ReplyCode = PacketCode.AccessAccept;
            Expect(Rcode.Updated, Attributes.PostAuthAsync(context));
        }

        private static void Expect(Rcode expected, ValueTask<Rcode> answer)
        {
            if (!answer.IsCompletedSuccessfully || answer.Result != expected)
                Assert.Fail($"expected {expected} at once");
        }
    }
}
