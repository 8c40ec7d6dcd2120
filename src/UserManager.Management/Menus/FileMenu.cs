using System.Runtime.CompilerServices;
using System.Text;
using UserManager.Contract;

namespace UserManager.Management;

/// <summary><c>/file</c>: what is in <c>data/files</c>, and no way out of it.</summary>
internal static class FileMenu
{
    /// <summary>Longest contents that are shown or set; octets of UTF-8. As on a router.</summary>
    public const int MostContents = 60 * 1024;

    public static Menu Declare(DataFiles files) => new(AdministrationMenus.File)
    {
        Summary = "Files in data/files",
        Noun = "file",
        Records = new FileRecords(files),
        IsExported = _ => false,
        Columns = ["name", "type", "size", "last-modified"],
        Fields =
        [
            new Field("name", FieldType.Text)
            {
                Summary = "Path below data/files, with / between folders",
                Required = true,
                Unique = true,
                FixedAfterAdd = true,
                Check = CommonFields.AtMost(1000),
            },
            new Field("type", FieldType.Text) { Summary = "directory, or its ending: .txt file", ReadOnly = true },
            new Field("size", FieldType.Bytes) { Summary = "Octets", ReadOnly = true },
            new Field("last-modified", FieldType.Date) { Summary = "When it was written last", ReadOnly = true },
            new Field("contents", FieldType.Text)
            {
                Summary = "Text of a file of up to 60 KiB; shown of one file at a time",
                Sensitive = true,
                Check = CommonFields.AtMost(MostContents),
            },
        ],
    };

    /// <summary>Files by name. Their ids are this process's: a name keeps its own as long as there is a file of that name.</summary>
    private sealed class FileRecords(DataFiles files) : IMenuRecords
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<string, long> _ids = new(StringComparer.Ordinal);
        private long _next = 1;

        public async IAsyncEnumerable<MenuRecord> ListAsync(IReadOnlyDictionary<string, object>? equal, [EnumeratorCancellation] CancellationToken cancelled)
        {
            await Task.CompletedTask;
            var name = equal?.GetValueOrDefault("name") as string;
            foreach (var found in name is null ? All() : [.. All().Where(f => f.Name == name)])
            {
                cancelled.ThrowIfCancellationRequested();
                var record = Record(found, withContents: false);
                if (equal is null || equal.All(e => ValueFormat.AreEqual(record[e.Key], e.Value)))
                    yield return record;
            }
        }

        public ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled)
        {
            string? name;
            lock (_lock)
                name = _ids.FirstOrDefault(f => f.Value == id.Value).Key;

            var found = name is null ? null : All().Find(f => f.Name == name);
            return ValueTask.FromResult(found is null ? null : Record(found, withContents: true));
        }

        public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled)
        {
            var name = (string)values["name"];
            files.Write(name, Encoding.UTF8.GetBytes(values.GetValueOrDefault("contents") as string ?? ""));
            return ValueTask.FromResult(new RecordId(IdOf(name)));
        }

        public async ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled)
        {
            if (await FindAsync(id, cancelled).ConfigureAwait(false) is not { } record)
                return false;

            if (values.TryGetValue("contents", out var contents))
                files.Write(record.Text("name"), Encoding.UTF8.GetBytes(contents as string ?? ""));

            return true;
        }

        public async ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled)
        {
            if (await FindAsync(id, cancelled).ConfigureAwait(false) is not { } record)
                return false;

            if (record.Text("type") != "directory")
                return files.Remove(record.Text("name"));

            try
            {
                Directory.Delete(files.Resolve(record.Text("name")));
                return true;
            }
            catch (IOException)
            {
                throw new MenuException("failure: can not remove, the directory is not empty");
            }
        }

        private List<FoundFile> All()
        {
            var root = new DirectoryInfo(files.Folder);
            if (!root.Exists)
                return [];

            // What leads elsewhere is not followed; a draft of ours is nobody's yet.
            var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
            var all = root.EnumerateFileSystemInfos("*", options)
                .Where(f => !f.Name.EndsWith(".new", StringComparison.Ordinal))
                .Select(f => new FoundFile(Path.GetRelativePath(files.Folder, f.FullName), f))
                .OrderBy(f => f.Name, StringComparer.Ordinal)
                .ToList();
            lock (_lock)
            {
                var names = all.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
                foreach (var gone in _ids.Keys.Where(name => !names.Contains(name)).ToList())
                    _ids.Remove(gone);
            }

            return all;
        }

        private long IdOf(string name)
        {
            lock (_lock)
                return _ids.TryGetValue(name, out var id) ? id : _ids[name] = _next++;
        }

        private MenuRecord Record(FoundFile found, bool withContents)
        {
            var values = new Dictionary<string, object>
            {
                ["name"] = found.Name,
                ["type"] = found.Info is FileInfo ? $"{Path.GetExtension(found.Name)} file".TrimStart() : "directory",
                ["last-modified"] = new DateTimeOffset(found.Info.LastWriteTimeUtc),
            };
            if (found.Info is FileInfo file)
                values["size"] = file.Length;

            if (withContents && found.Info is FileInfo { Length: <= MostContents } && Text(found.Name) is { } text)
                values["contents"] = text;

            return new MenuRecord(new RecordId(IdOf(found.Name)), values);
        }

        private string? Text(string name)
        {
            try
            {
                return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(files.Read(name));
            }
            catch (Exception fault) when (fault is DecoderFallbackException or MenuException)
            {
                return null;        // no text, or gone meanwhile
            }
        }
    }

    private sealed record FoundFile(string Name, FileSystemInfo Info);
}
