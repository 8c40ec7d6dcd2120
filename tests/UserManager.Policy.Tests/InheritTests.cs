namespace UserManager.Policy.Tests;

/// <summary>What modules keep in memory over a reload.</summary>
public sealed class InheritTests
{
    [Fact]
    public async Task A_module_goes_on_with_what_the_one_of_its_name_and_class_had()
    {
        await using var before = Test("authorize: [ cache, two ]", "module: cache");
        await using var after = Test("authorize: [ two, cache, three ]", "module: cache");
        foreach (var cache in Caches(before))
            cache.Count = 7;

        after.Policy.Inherit(before.Policy);

        Assert.Equal([("two", 7), ("cache", 7), ("three", 0)], Caches(after).Select(c => (c.Name, c.Count)));
    }

    [Fact]
    public async Task One_of_another_class_hands_nothing_on_and_one_that_throws_begins_anew()
    {
        await using var before = Test("authorize: [ cache, two ]", "module: cache");
        await using var after = Test("authorize: [ cache, two ]", "module: other_cache");
        Caches(before).First().Count = -1;

        after.Policy.Inherit(before.Policy);

        Assert.Equal([0], Caches(after).Select(c => c.Count));
        Assert.Contains(after.Log.Lines, l => l.Contains("Module cache takes nothing over from the one before: InvalidOperationException: spoilt", StringComparison.Ordinal));
    }

    private static TestPolicy Test(string site, string two)
    {
        var modules = new ModuleRegistry();
        modules.TryAdd(new ModuleType("cache", typeof(Cache), Blocking: false, "test"));
        modules.TryAdd(new ModuleType("other_cache", typeof(OtherCache), Blocking: false, "test"));
        return new TestPolicy { Modules = modules }.With("sites/default.yaml", site).With("modules/two.yaml", two).With("modules/three.yaml", "module: cache");
    }

    private static IEnumerable<Cache> Caches(TestPolicy test) => test.Policy.Modules.OfType<Cache>();

    public sealed class Cache(string name) : IAuthorize, IInherit
    {
        public string Name => name;

        public int Count { get; set; }

        public void Inherit(object before) =>
            Count = ((Cache)before).Count is >= 0 and var count ? count : throw new InvalidOperationException("spoilt");

        public ValueTask<Rcode> AuthorizeAsync(RequestContext context) => new(Rcode.Ok);
    }

    public sealed class OtherCache : IAuthorize, IInherit
    {
        public void Inherit(object before) => throw new InvalidOperationException("of another class");

        public ValueTask<Rcode> AuthorizeAsync(RequestContext context) => new(Rcode.Ok);
    }
}
