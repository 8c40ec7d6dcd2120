using System.Text;
using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Storage.Tests;

public class AccountCacheTests
{
    private readonly AccountCache _cache = new(3);

    [Fact]
    public void Place_is_taken_from_the_one_that_nobody_asked_for()
    {
        Add("a", "b", "c");
        Assert.True(Has("a") & Has("c"));

        Add("d");

        Assert.False(Has("b"));
        Assert.True(Has("a") & Has("c") & Has("d"));
    }

    [Fact]
    public void One_round_of_the_hand_wipes_every_mark()
    {
        Add("a", "b", "c");
        Assert.True(Has("a") & Has("b") & Has("c"));

        Add("d");       // all were marked: the first in the ring goes, the others have lost their marks
        Add("e");

        Assert.False(Has("a"));
        Assert.False(Has("b"));
        Assert.True(Has("c"));
    }

    [Fact]
    public void Place_of_a_removed_one_is_used_again()
    {
        Add("a", "b", "c");
        _cache.Remove('b');

        Add("d");
        Assert.True(Has("a") & Has("c") & Has("d"));
        Assert.False(Has("b"));
    }

    [Fact]
    public void Adding_one_again_replaces_it()
    {
        Add("a", "b", "c");
        Add("b", "b");

        Assert.True(Has("a") & Has("b") & Has("c"));
        _cache.Remove('b');
        Assert.False(Has("b"));
    }

    [Fact]
    public void Nothing_is_left_after_clearing()
    {
        Add("a", "b", "c", "d");
        _cache.Clear();

        Assert.False(Has("c") | Has("d"));
        Add("a", "b", "c");
        Assert.True(Has("a") & Has("b") & Has("c"));
    }

    private void Add(params string[] names)
    {
        foreach (var name in names)
        {
            var account = new UserAccount(new User { Id = name[0], Name = name }, new UserGroup { Id = 1, Name = "default" }, []);
            _cache.Add(new AccountCache.Entry(Encoding.ASCII.GetBytes(name), account));
        }
    }

    private bool Has(string name) => _cache.TryGet(Encoding.ASCII.GetBytes(name), out _);
}
