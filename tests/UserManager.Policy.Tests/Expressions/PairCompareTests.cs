namespace UserManager.Policy.Tests.Expressions;

/// <summary>Attributes that modules compare: FreeRADIUS's paircompare.</summary>
public sealed class PairCompareTests
{
    // Milliseconds; only a test that hangs comes near it.
    private const int Limit = 30_000;

    private const string Accept = "{ update: { control: { Auth-Type: Accept } } }";

    [Theory]
    [InlineData("Group == staff", true)]
    [InlineData("&Group == \"staff\"", true)]
    [InlineData("request:Group == 'staff'", true)]
    [InlineData("Group == guests", false)]
    [InlineData("Group != guests", true)]
    [InlineData("Group != staff", false)]
    [InlineData("!(Group == guests)", true)]
    [InlineData("staff == &Group", true)]
    [InlineData("Group == \"%{Filter-Id}\"", true)]
    [InlineData("Group == &Filter-Id", true)]
    [InlineData("Group == &Framed-Pool", false)]
    [InlineData("Group == staff && User-Name == bob", true)]
    [InlineData("noop && Group == staff", true)]
    [InlineData("Group < z", true)]
    [InlineData("Group > z", false)]
    [InlineData("&control:Group == staff", false)]
    [InlineData("Group", false)]
    public async Task A_condition_asks_the_module(string condition, bool holds)
    {
        await using var policy = Policy(blocking: false, $"authorize: [ noop, {{ if: '{condition.Replace("'", "''")}', then: [ {Accept} ] }} ]");

        Assert.Equal(holds ? PacketCode.AccessAccept : PacketCode.AccessReject, await policy.AskAsync(Some.Request("User-Name = bob\nFilter-Id = staff")));
    }

    [Theory]
    [InlineData("Group =~ /staff/", "sites/default.yaml:1:27: Group is compared by the module groups: with == != < <= > >=")]
    public async Task What_a_module_cannot_compare_is_an_error(string condition, string error)
    {
        await using var policy = Policy(blocking: false, $"authorize: [ {{ if: '{condition}', then: [ ok ] }} ]");

        Assert.Equal([error], policy.Errors());
    }

    [Fact(Timeout = Limit)]
    public async Task A_module_that_waits_is_asked_on_a_worker()
    {
        await using var policy = Policy(blocking: true, $"authorize: [ ok_1, {{ if: Group == guests, then: [ reject ] }}, {{ if: Group == staff, then: [ ok_2, {Accept} ] }} ]");

        Assert.Equal(PacketCode.AccessAccept, await policy.AskAsync(Some.Request("User-Name = bob")));

        Assert.Equal("ok_1.authorize compare compare ok_2.authorize", policy.Calls);
        Assert.NotEqual(policy.Journal.Threads[0], policy.Journal.Threads[1]);
    }

    [Theory(Timeout = Limit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_module_that_fails_is_its_request_s_fail_whatever_was_asked(bool blocking)
    {
        await using var policy = Policy(blocking, $"authorize: [ {{ if: Group != broken, then: [ {Accept} ] }}, {Accept} ]");

        Assert.Equal(PacketCode.AccessReject, await policy.AskAsync(Some.Request("User-Name = bob")));

        Assert.Contains("if (Group != broken)", Assert.Single(policy.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Theory(Timeout = Limit)]
    [InlineData("Group", "==", "staff", false, true)]
    [InlineData("Group", "==", "staff", true, true)]
    [InlineData("Group", "!=", "staff", false, false)]
    [InlineData("Group", "=", "guests", false, false)]
    [InlineData("Group", ":=", "guests", true, true)]
    public async Task A_check_item_asks_the_module_and_whoever_reads_it_waits_for_it(string name, string op, string value, bool blocking, bool agrees)
    {
        await using var policy = Policy(blocking, $"authorize: [ ok_1, reader, {Accept} ]");
        policy.Journal.Item = new PairText(name, op, value);

        Assert.Equal(agrees ? PacketCode.AccessAccept : PacketCode.AccessReject, await policy.AskAsync(Some.Request("User-Name = bob")));

        Assert.Equal(op != ":=" && blocking, policy.Journal.Threads.Distinct().Count() > 1);
    }

    [Fact]
    public async Task What_an_item_cannot_compare_is_an_error()
    {
        await using var policy = Policy(blocking: false, "authorize: [ reader ]");
        policy.Journal.Item = new PairText("Group", "=~", "^s");

        Assert.Contains("Group is compared by the module groups: with == != < <= > >=", Assert.Single(policy.Errors()), StringComparison.Ordinal);
    }

    // FreeRADIUS: LDAP-Group is compared by ldap, archive-SQL-Group by the instance archive of sql.
    [Fact]
    public async Task A_second_instance_compares_the_attribute_that_begins_with_its_name()
    {
        await using var policy = Policy(blocking: false, $"authorize: [ {{ if: LDAP-Group == LDAP-staff, then: [ {Accept} ] }} ]").With("modules/LDAP.yaml", "module: groups\n");

        Assert.Equal(PacketCode.AccessAccept, await policy.AskAsync(Some.Request("User-Name = bob")));
    }

    [Fact]
    public void Two_modules_cannot_compare_one_attribute()
    {
        var modules = new ModuleRegistry();

        Assert.True(modules.TryAdd(new ModuleType("one", typeof(Groups), Blocking: false, "test") { Compares = ["Group"] }));
        Assert.False(modules.TryAdd(new ModuleType("two", typeof(Groups), Blocking: false, "test") { Compares = ["group"] }));
    }

    private static TestPolicy Policy(bool blocking, string site)
    {
        var modules = Some.Modules();
        modules.TryAdd(new ModuleType("groups", typeof(Groups), blocking, "test") { Compares = ["Group"] });
        modules.TryAdd(new ModuleType("reader", typeof(Reader), Blocking: false, "test"));
        return new TestPolicy { Modules = modules }.With("sites/default.yaml", site);
    }

    /// <summary>All are staff.</summary>
    public sealed class Groups(Journal journal, string name) : IPairCompare
    {
        public int Compare(RequestContext context, AttributeDefinition attribute, ReadOnlySpan<byte> value)
        {
            journal.Call("compare");
            var prefix = name == "groups" ? "" : name + "-";
            return AttributeList.Text(value) is "broken" ? throw new InvalidOperationException("it is broken") : string.CompareOrdinal(prefix + "staff", AttributeList.Text(value));
        }
    }

    public sealed class Reader(Journal journal, IPairReader pairs) : IAuthorize
    {
        private readonly PairList _items = new([pairs.Read(journal.Item, PairUse.Check)]);

        public ValueTask<Rcode> AuthorizeAsync(RequestContext context)
        {
            journal.Call("reader");
            return new(_items.Agrees(context) ? Rcode.Ok : Rcode.Reject);
        }
    }
}
