using System.Net;
using System.Text;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Radius;
using Xunit;

namespace UserManager.Plugins.Tests;

public sealed class AttributesTests
{
    private static readonly AttributeKey CiscoAvPair = AttributeKey.Vendor(9, 1);

    private readonly FakeExpander _expander = new();

    [Fact]
    public async Task The_user_s_attributes_go_into_the_reply_in_their_order()
    {
        var context = Accepted(Text(Rfc2869.FramedPool, "pool1"), Octets(Rfc2865.SessionTimeout, [0, 0, 14, 16]));

        Assert.Equal(Rcode.Updated, await new Attributes(_expander).PostAuthAsync(context));

        Assert.Equal(2, context.Reply.Count);
        Assert.Equal(Rfc2869.FramedPool, context.Reply[0].Key);
        Assert.Equal("pool1", context.Reply.Text(Rfc2869.FramedPool));
        Assert.Equal("00000e10", context.Reply.Hex(Rfc2865.SessionTimeout));
    }

    [Fact]
    public async Task Without_a_user_nothing_is_added()
    {
        var context = Requests.Access();
        context.ReplyCode = PacketCode.AccessAccept;

        Assert.Equal(Rcode.Noop, await new Attributes(_expander).PostAuthAsync(context));

        Assert.Equal(0, context.Reply.Count);
    }

    [Fact]
    public async Task A_user_without_attributes_adds_nothing() =>
        Assert.Equal(Rcode.Noop, await new Attributes(_expander).PostAuthAsync(Accepted()));

    [Theory]
    [InlineData(AttributePackets.AccessAccept, PacketCode.AccessAccept, true)]
    [InlineData(AttributePackets.AccessAccept, PacketCode.AccessChallenge, false)]
    [InlineData(AttributePackets.AccessAccept, PacketCode.AccessReject, false)]
    [InlineData(AttributePackets.AccessChallenge, PacketCode.AccessAccept, false)]
    [InlineData(AttributePackets.AccessChallenge, PacketCode.AccessChallenge, true)]
    [InlineData(AttributePackets.AccessAccept | AttributePackets.AccessChallenge, PacketCode.AccessChallenge, true)]
    [InlineData(AttributePackets.AccessAccept | AttributePackets.AccessChallenge, PacketCode.AccessReject, false)]
    [InlineData(AttributePackets.None, PacketCode.AccessAccept, false)]
    public async Task An_attribute_goes_into_the_replies_it_is_for(AttributePackets packets, PacketCode reply, bool added)
    {
        var context = Accepted(Text(Rfc2869.FramedPool, "pool1") with { PacketTypes = packets });
        context.ReplyCode = reply;

        Assert.Equal(added ? Rcode.Updated : Rcode.Noop, await new Attributes(_expander).PostAuthAsync(context));

        Assert.Equal(added, context.Reply.Has(Rfc2869.FramedPool));
    }

    [Fact]
    public async Task What_a_policy_has_set_before_stands()
    {
        var context = Accepted(Text(Rfc2869.FramedPool, "pool1"), Text(Rfc2865.ReplyMessage, "welcome"));
        context.Reply.Add(Rfc2869.FramedPool, "of the policy");

        Assert.Equal(Rcode.Updated, await new Attributes(_expander).PostAuthAsync(context));

        Assert.Equal("of the policy", context.Reply.Text(Rfc2869.FramedPool));
        Assert.Equal(1, context.Reply.CountOf(Rfc2869.FramedPool));
        Assert.Equal("welcome", context.Reply.Text(Rfc2865.ReplyMessage));
    }

    [Fact]
    public async Task When_the_policy_has_set_all_of_them_nothing_is_added()
    {
        var context = Accepted(Text(Rfc2869.FramedPool, "pool1"));
        context.Reply.Add(Rfc2869.FramedPool, "of the policy");

        Assert.Equal(Rcode.Noop, await new Attributes(_expander).PostAuthAsync(context));
    }

    [Fact]
    public async Task What_the_user_s_list_has_twice_is_sent_twice()
    {
        var context = Accepted(Text(CiscoAvPair, "ip:addr-pool=a"), Text(CiscoAvPair, "ip:inacl#1=permit ip any any"));

        await new Attributes(_expander).PostAuthAsync(context);

        Assert.Equal(2, context.Reply.CountOf(CiscoAvPair));
    }

    [Fact]
    public async Task A_macro_is_expanded_for_each_request_and_compiled_once()
    {
        var macro = Macro(Rfc2865.ReplyMessage, "hello %{User-Name}");
        var module = new Attributes(_expander);
        var (bob, eve) = (Accepted(macro), Accepted(macro));
        bob.Request.Set(Rfc2865.UserName, "bob");
        eve.Request.Set(Rfc2865.UserName, "eve");

        Assert.Equal(Rcode.Updated, await module.PostAuthAsync(bob));
        Assert.Equal(Rcode.Updated, await module.PostAuthAsync(eve));

        Assert.Equal("hello bob", bob.Reply.Text(Rfc2865.ReplyMessage));
        Assert.Equal("hello eve", eve.Reply.Text(Rfc2865.ReplyMessage));
        Assert.Equal(1, _expander.Compiled);
    }

    [Fact]
    public async Task A_macro_s_text_is_read_by_the_attribute_s_type()
    {
        var context = Accepted(Macro(Rfc2865.FramedIpAddress, "%{User-Name}"), Macro(Rfc2865.SessionTimeout, "3600"));
        context.Request.Set(Rfc2865.UserName, "10.1.2.3");

        Assert.Equal(Rcode.Updated, await new Attributes(_expander).PostAuthAsync(context));

        Assert.True(context.Reply.TryGetAddress(Rfc2865.FramedIpAddress, out var address));
        Assert.Equal(IPAddress.Parse("10.1.2.3"), address);
        Assert.Equal("00000e10", context.Reply.Hex(Rfc2865.SessionTimeout));
    }

    [Theory]
    [InlineData("")]
    [InlineData("%{User-Name}")]
    public async Task A_macro_that_expands_to_nothing_adds_nothing(string text)
    {
        var context = Accepted(Macro(Rfc2865.FramedIpAddress, text), Macro(Rfc2865.ReplyMessage, text));
        context.Request.Set(Rfc2865.UserName, "");

        Assert.Equal(Rcode.Noop, await new Attributes(_expander).PostAuthAsync(context));
    }

    [Fact]
    public async Task A_macro_s_text_that_is_no_value_fails_and_says_why()
    {
        var context = Accepted(Macro(Rfc2865.FramedIpAddress, "%{User-Name}"));

        Assert.Equal(Rcode.Fail, await new Attributes(_expander).PostAuthAsync(context));

        Assert.Contains("Framed-IP-Address", context.Failure, StringComparison.Ordinal);
        Assert.False(context.Reply.Has(Rfc2865.FramedIpAddress));
    }

    private static RequestContext Accepted(params ReplyAttribute[] attributes)
    {
        var context = Requests.Access(r => r.Add(Rfc2865.UserName, "bob"));
        context.User = Requests.Account(attributes: attributes);
        context.ReplyCode = PacketCode.AccessAccept;
        return context;
    }

    private static ReplyAttribute Octets(AttributeKey key, byte[] value) => new(key, value, false, AttributePackets.AccessAccept);

    private static ReplyAttribute Text(AttributeKey key, string text) => Octets(key, Encoding.UTF8.GetBytes(text));

    private static ReplyAttribute Macro(AttributeKey key, string text) => Text(key, text) with { IsMacro = true };
}
