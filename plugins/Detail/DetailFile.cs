using System.Collections.Concurrent;

namespace UserManager.Plugins;

/// <summary>Appends records to files. What is appended to one file meanwhile shares its write to the disk; the task ends when that is done.</summary>
internal sealed class DetailFiles(UnixFileMode mode, bool locks)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private const int Tries = 200;

    private readonly ConcurrentDictionary<string, Appender> _open = new(StringComparer.Ordinal);

    /// <summary>Octal text, as <c>0640</c>.</summary>
    public static UnixFileMode ParseMode(string text)
    {
        try
        {
            return Convert.ToInt32(text, 8) is >= 0 and <= 0x1FF and var bits ? (UnixFileMode)bits : throw new FormatException();
        }
        catch (Exception wrong) when (wrong is FormatException or OverflowException or ArgumentException)
        {
            throw new ArgumentException($"permissions are octal digits such as 0640, not \"{text}\"");
        }
    }

    public Task AppendAsync(string path, byte[] record) => _open.GetOrAdd(path, p => new Appender(this, p)).AppendAsync(record);

    private void Write(string path, List<byte[]> records)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        else
            Directory.CreateDirectory(Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        using var file = Open(path);
        if (locks && !OperatingSystem.IsMacOS())
            file.Lock(0, 0);

        foreach (var record in records)
            file.Write(record);

        file.Flush(flushToDisk: true);
    }

    // Nobody else has the file meanwhile: a reader that has renamed it would take it for complete.
    private FileStream Open(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = mode;

        for (var tries = 1; ; tries++)
        {
            try
            {
                return new FileStream(path, options);
            }
            catch (IOException) when (tries < Tries && File.Exists(path))
            {
                Thread.Sleep(Pause);
            }
        }
    }

    private sealed class Appender(DetailFiles files, string path)
    {
        private readonly Lock _lock = new();
        private List<byte[]> _waiting = [];
        private TaskCompletionSource _done = New();
        private bool _writes;

        public Task AppendAsync(byte[] record)
        {
            Task done;
            lock (_lock)
            {
                _waiting.Add(record);
                done = _done.Task;
                if (_writes)
                    return done;

                _writes = true;
            }

            _ = Task.Run(WriteAll);
            return done;
        }

        private void WriteAll()
        {
            while (true)
            {
                List<byte[]> records;
                TaskCompletionSource done;
                lock (_lock)
                {
                    if (_waiting.Count == 0)
                    {
                        _writes = false;
                        files._open.TryRemove(new(path, this));
                        return;
                    }

                    (records, _waiting) = (_waiting, []);
                    (done, _done) = (_done, New());
                }

                try
                {
                    files.Write(path, records);
                    done.SetResult();
                }
                catch (Exception fault)
                {
                    done.SetException(fault);
                }
            }
        }

        private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
