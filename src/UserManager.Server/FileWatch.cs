namespace UserManager.Server;

/// <summary>A folder whose files are looked after.</summary>
/// <param name="Path">It need not be there yet.</param>
/// <param name="Matters">Whether a file counts, by its path from the folder on.</param>
internal sealed record WatchedFolder(string Path, Func<string, bool> Matters);

/// <summary>Tells when files have changed, as soon as they have been left alone for a moment: editors and copies write in several steps.</summary>
internal sealed class FileWatch : IDisposable
{
    /// <summary>How long files are to be left alone before the change is told.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a change is kept back while files go on changing.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly Action<string> _changed;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly List<FileSystemWatcher> _watchers = [];
    private string _watched = "";
    private string? _file;
    private long _since;
    private bool _disposed;

    /// <param name="changed">Gets the path of the file that changed first. Called on a thread of the pool.</param>
    /// <param name="clock">Measures the quiet.</param>
    /// <param name="log">Where it says that it cannot watch.</param>
    public FileWatch(Action<string> changed, TimeProvider clock, ILogger log)
    {
        (_changed, _clock, _log) = (changed, clock, log);
        _timer = clock.CreateTimer(_ => Tell(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Watches these folders from now on, and no others. One that is not there is waited for.</summary>
    public void Watch(IReadOnlyList<WatchedFolder> folders)
    {
        var wanted = string.Join('\n', folders.Select(f => $"{f.Path} {Directory.Exists(f.Path)}"));
        lock (_lock)
        {
            if (_disposed || wanted == _watched)
                return;

            Clear();
            _watched = wanted;
            foreach (var folder in folders)
                Add(folder);
        }
    }

    /// <summary>A file changed: starts to wait for quiet, or goes on.</summary>
    internal void Touch(string file)
    {
        lock (_lock)
        {
            if (_disposed)
                return;

            if (_file is null)
                (_file, _since) = (file, _clock.GetTimestamp());

            var left = Longest - _clock.GetElapsedTime(_since);
            _timer.Change(left < TimeSpan.Zero ? TimeSpan.Zero : left < Quiet ? left : Quiet, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            Clear();
        }

        _timer.Dispose();
    }

    private void Tell()
    {
        string? file;
        lock (_lock)
        {
            file = _disposed ? null : _file;
            _file = null;
        }

        if (file is not null)
            _changed(file);
    }

    private void Add(WatchedFolder folder)
    {
        var path = Path.GetFullPath(folder.Path);
        try
        {
            if (Directory.Exists(path))
            {
                var target = new DirectoryInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
                Start(new FileSystemWatcher(target) { IncludeSubdirectories = true }, file => IsOurs(file) && folder.Matters(Path.GetRelativePath(target, file)));
            }
            else if (Path.GetDirectoryName(path) is { } parent && Directory.Exists(parent))
            {
                Start(new FileSystemWatcher(parent, Path.GetFileName(path)), _ => true);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException)
        {
            _log.NotWatched(path, problem.Message);     // no watches left in the kernel, or the folder went this moment
        }
    }

    // What editors leave beside a file while they write it.
    private static bool IsOurs(string file) => Path.GetFileName(file) is var name && !name.StartsWith('.') && !name.EndsWith('~');

    private void Start(FileSystemWatcher watcher, Func<string, bool> matters)
    {
        _watchers.Add(watcher);
        watcher.NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size;
        watcher.Changed += Changed;
        watcher.Created += Changed;
        watcher.Deleted += Changed;
        watcher.Renamed += Changed;
        watcher.Error += (_, _) => Touch(watcher.Path);      // events were lost: whatever they were
        watcher.EnableRaisingEvents = true;

        void Changed(object sender, FileSystemEventArgs change)
        {
            if (matters(change.FullPath) || (change is RenamedEventArgs renamed && matters(renamed.OldFullPath)))
                Touch(change.FullPath);
        }
    }

    private void Clear()
    {
        _watchers.ForEach(w => w.Dispose());
        _watchers.Clear();
    }
}
