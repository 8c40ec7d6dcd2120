using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using UserManager.Contract;

namespace UserManager.Server;

/// <summary><c>/system/resource</c>: read from the machine when asked. What the machine does not say is left out.</summary>
/// <param name="dataFolder">The disk of this folder is told of.</param>
/// <param name="clock">The clock of <c>uptime</c>.</param>
internal sealed class ResourceRecords(string dataFolder, TimeProvider clock) : IMenuRecords
{
    private readonly long _started = clock.GetTimestamp();
    private readonly CpuLoad _load = new();

    public async IAsyncEnumerable<MenuRecord> ListAsync(
        IReadOnlyDictionary<string, object>? equal, [EnumeratorCancellation] CancellationToken cancelled)
    {
        await Task.CompletedTask;
        yield return Now();
    }

    public ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled) => ValueTask.FromResult<MenuRecord?>(Now());

    public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled) => throw ReadOnly();

    public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled) => throw ReadOnly();

    public ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled) => throw ReadOnly();

    private MenuRecord Now()
    {
        var values = new Dictionary<string, object>
        {
            ["uptime"] = TimeSpan.FromSeconds((long)clock.GetElapsedTime(_started).TotalSeconds),
            ["version"] = Node.Version,
            ["build-time"] = new DateTimeOffset(File.GetLastWriteTimeUtc(Path.Combine(AppContext.BaseDirectory, "usermanager.dll"))),
            ["cpu-count"] = (long)Environment.ProcessorCount,
            ["cpu-load"] = _load.Percent(),
            ["architecture-name"] = RuntimeInformation.OSArchitecture == Architecture.X64 ? "x86_64" : $"{RuntimeInformation.OSArchitecture}".ToLowerInvariant(),
            ["platform"] = "UserManager",
        };
        AddMemory(values);
        AddDisk(values);
        values["cpu"] = Line("/proc/cpuinfo", "model name") ?? values["architecture-name"];
        values["board-name"] = FirstLine("/sys/class/dmi/id/product_name") ?? FirstLine("/proc/device-tree/model") ?? RuntimeInformation.OSDescription;
        if (double.TryParse(Line("/proc/cpuinfo", "cpu MHz"), CultureInfo.InvariantCulture, out var megahertz))
            values["cpu-frequency"] = (long)megahertz;
        else if (long.TryParse(FirstLine("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"), CultureInfo.InvariantCulture, out var kilohertz))
            values["cpu-frequency"] = kilohertz / 1000;

        return new MenuRecord(default, values);
    }

    // A container's limit counts as the machine's size.
    private static void AddMemory(Dictionary<string, object> values)
    {
        var total = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var free = total - Environment.WorkingSet;
        if (long.TryParse(Line("/proc/meminfo", "MemAvailable")?.Split(' ')[0], CultureInfo.InvariantCulture, out var kilobytes))
            free = Math.Min(free, kilobytes * 1024);

        (values["total-memory"], values["free-memory"]) = (total, Math.Max(0, free));
    }

    private void AddDisk(Dictionary<string, object> values)
    {
        try
        {
            var disk = new DriveInfo(Path.GetFullPath(dataFolder));
            (values["total-hdd-space"], values["free-hdd-space"]) = (disk.TotalSize, disk.AvailableFreeSpace);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // The folder is gone, which the database says louder.
        }
    }

    // "name : value" of the kernel's tables.
    private static string? Line(string file, string name) =>
        Lines(file).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2) is [_, var value] ? value.Trim() : null;

    private static string? FirstLine(string file) => Lines(file).FirstOrDefault()?.Trim('\0', ' ') is { Length: > 0 } line ? line : null;

    private static string[] Lines(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllLines(file) : [];
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static NotSupportedException ReadOnly() => new("the machine is as it is");

    /// <summary>How busy the cores were between two questions (<c>/proc/stat</c>).</summary>
    private sealed class CpuLoad
    {
        private readonly Lock _lock = new();
        private long _busy;
        private long _all;
        private long _percent;

        public long Percent()
        {
            // user nice system idle iowait irq softirq steal, in hundredths of a second since the machine started.
            var times = Lines("/proc/stat").FirstOrDefault()?.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8)
                .Select(word => long.Parse(word, CultureInfo.InvariantCulture)).ToArray();
            if (times is not { Length: 8 })
                return 0;

            lock (_lock)
            {
                var all = times.Sum();
                var busy = all - times[3] - times[4];
                if (all > _all)
                    _percent = 100 * (busy - _busy) / (all - _all);

                (_busy, _all) = (busy, all);
                return _percent;
            }
        }
    }
}
