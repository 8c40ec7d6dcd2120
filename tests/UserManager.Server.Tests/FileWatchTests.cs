using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;

namespace UserManager.Server.Tests;

public sealed class FileWatchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("watch-").FullName;
    private readonly ManualClock _clock = new();
    private readonly ConcurrentQueue<string> _told = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_change_is_told_once_when_the_files_have_been_left_alone()
    {
        using var watch = new FileWatch(_told.Enqueue, _clock, NullLogger.Instance);

        watch.Touch("one");
        _clock.Advance(FileWatch.Quiet - TimeSpan.FromMilliseconds(1));
        watch.Touch("two");
        _clock.Advance(FileWatch.Quiet - TimeSpan.FromMilliseconds(1));
        Assert.Empty(_told);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["one"], _told);

        _clock.Advance(TimeSpan.FromMinutes(1));
        watch.Touch("three");
        _clock.Advance(FileWatch.Quiet);
        Assert.Equal(["one", "three"], _told);
    }

    [Fact]
    public void Files_that_never_rest_are_told_all_the_same()
    {
        using var watch = new FileWatch(_told.Enqueue, _clock, NullLogger.Instance);
        var step = TimeSpan.FromMilliseconds(100);

        for (var passed = TimeSpan.Zero; passed < FileWatch.Longest; passed += step)
        {
            Assert.Empty(_told);
            watch.Touch("busy");
            _clock.Advance(step);
        }

        Assert.Single(_told);
    }

    [Fact]
    public async Task Only_files_that_matter_are_told_also_in_folders_below_and_in_one_that_comes_later()
    {
        var later = Path.Combine(_folder, "later");
        Directory.CreateDirectory(Path.Combine(_folder, "now", "below"));
        IReadOnlyList<WatchedFolder> folders = [new(Path.Combine(_folder, "now"), file => file.EndsWith(".yaml", StringComparison.Ordinal)), new(later, _ => true)];
        using var watch = new FileWatch(_told.Enqueue, TimeProvider.System, NullLogger.Instance);
        watch.Watch(folders);

        Write("now/below/x.txt");
        Write("now/below/.x.yaml");
        Write("now/below/x.yaml~");
        Write("now/below/x.yaml");
        await ToldAsync(1);
        Directory.CreateDirectory(later);
        await ToldAsync(2);
        watch.Watch(folders);
        Write("later/new.dll");
        await ToldAsync(3);

        Assert.Equal(["now/below/x.yaml", "later", "later/new.dll"], _told.Select(f => Path.GetRelativePath(_folder, f)));
    }

    [Fact]
    public async Task Nothing_is_told_of_what_is_not_watched_any_more()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "one"));
        Directory.CreateDirectory(Path.Combine(_folder, "two"));
        using var watch = new FileWatch(_told.Enqueue, TimeProvider.System, NullLogger.Instance);
        watch.Watch([new(Path.Combine(_folder, "one"), _ => true)]);
        watch.Watch([new(Path.Combine(_folder, "two"), _ => true)]);

        Write("one/x");
        Write("two/x");
        await ToldAsync(1);

        Assert.Equal(["two/x"], _told.Select(f => Path.GetRelativePath(_folder, f)));
    }

    private void Write(string file) => File.WriteAllText(Path.Combine(_folder, file), "x");

    private Task ToldAsync(int count) => TestServer.WaitForAsync($"change {count}", () => _told.Count >= count);
}
