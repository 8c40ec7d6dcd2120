using System.Runtime.CompilerServices;
using System.Text;
using UserManager.Contract;

namespace UserManager.Management;

/// <summary><c>/file</c>: what is in <c>data/files</c> of this node, and no way out of it; and in one folder of it what the nodes have generated, in the database.</summary>
internal static class FileMenu
{
    /// <summary>Longest contents that are shown or set; octets of UTF-8. As on a router.</summary>
    public const int MostContents = 60 * 1024;

    public static Menu Declare(DataFiles files, IGeneratedFiles? generated) => new(AdministrationMenus.File)
    {
        Summary = "Files in data/files",
        Noun = "file",
        Records = new FileRecords(files, generated),
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
    private sealed class FileRecords(DataFiles files, IGeneratedFiles? generated) : IMenuRecords
    {
        private const string Generated = IGeneratedFiles.Folder + "/";

        private readonly Lock _lock = new();
        private readonly Dictionary<string, long> _ids = new(StringComparer.Ordinal);
        private long _next = 1;

        public async IAsyncEnumerable<MenuRecord> ListAsync(IReadOnlyDictionary<string, object>? equal, [EnumeratorCancellation] CancellationToken cancelled)
        {
            var name = equal?.GetValueOrDefault("name") as string;
            foreach (var found in await AllAsync(cancelled).ConfigureAwait(false))
            {
                cancelled.ThrowIfCancellationRequested();
                if (name is not null && found.Name != name)
                    continue;

                var record = Record(found, contents: null);
                if (equal is null || equal.All(e => ValueFormat.AreEqual(record[e.Key], e.Value)))
                    yield return record;
            }
        }

        public async ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled)
        {
            string? name;
            lock (_lock)
                name = _ids.FirstOrDefault(f => f.Value == id.Value).Key;

            return name is not null && (await AllAsync(cancelled).ConfigureAwait(false)).Find(f => f.Name == name) is { } found
                ? Record(found, await TextAsync(found, cancelled).ConfigureAwait(false))
                : null;
        }

        public async ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled)
        {
            var name = (string)values["name"];
            await WriteAsync(name, values.GetValueOrDefault("contents") as string ?? "", cancelled).ConfigureAwait(false);
            return new RecordId(IdOf(name));
        }

        public async ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled)
        {
            if (await FindAsync(id, cancelled).ConfigureAwait(false) is not { } record)
                return false;

            if (values.TryGetValue("contents", out var contents))
                await WriteAsync(record.Text("name"), contents as string ?? "", cancelled).ConfigureAwait(false);

            return true;
        }

        public async ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled)
        {
            if (await FindAsync(id, cancelled).ConfigureAwait(false) is not { } record)
                return false;

            var name = record.Text("name");
            if (record.Text("type") != "directory")
                return IsGenerated(name) ? await generated!.RemoveAsync(name[Generated.Length..], cancelled).ConfigureAwait(false) : files.Remove(name);

            try
            {
                if ((await AllAsync(cancelled).ConfigureAwait(false)).Exists(f => f.Name.StartsWith(name + "/", StringComparison.Ordinal)))
                    throw new IOException();

                Directory.Delete(files.Resolve(name));
                return true;
            }
            catch (IOException)
            {
                throw new MenuException("failure: can not remove, the directory is not empty");
            }
        }

        private static bool IsGenerated(string name) => name.StartsWith(Generated, StringComparison.Ordinal);

        private async ValueTask WriteAsync(string name, string contents, CancellationToken cancelled)
        {
            var octets = Encoding.UTF8.GetBytes(contents);
            if (generated is not null && IsGenerated(name))
                await generated.WriteAsync(name[Generated.Length..], stream => stream.WriteAsync(octets).AsTask(), cancelled).ConfigureAwait(false);
            else
                files.Write(name, octets);
        }

        private async ValueTask<List<FoundFile>> AllAsync(CancellationToken cancelled)
        {
            var all = OnDisk().ToDictionary(f => f.Name, StringComparer.Ordinal);
            foreach (var file in generated is null ? [] : await generated.ListAsync(cancelled).ConfigureAwait(false))
            {
                var name = Generated + file.Name;
                all[name] = new FoundFile(name, file.Size, file.WrittenAt);
                for (var end = name.LastIndexOf('/'); end > 0; end = name.LastIndexOf('/', end - 1))
                    all.TryAdd(name[..end], new FoundFile(name[..end], null, file.WrittenAt));
            }

            lock (_lock)
            {
                foreach (var gone in _ids.Keys.Where(name => !all.ContainsKey(name)).ToList())
                    _ids.Remove(gone);
            }

            return [.. all.Values.OrderBy(f => f.Name, StringComparer.Ordinal)];
        }

        private IEnumerable<FoundFile> OnDisk()
        {
            var root = new DirectoryInfo(files.Folder);
            if (!root.Exists)
                return [];

            // What leads elsewhere is not followed; a draft of ours is nobody's yet.
            var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
            return root.EnumerateFileSystemInfos("*", options)
                .Where(f => !f.Name.EndsWith(".new", StringComparison.Ordinal))
                .Select(f => new FoundFile(Path.GetRelativePath(files.Folder, f.FullName), (f as FileInfo)?.Length, f.LastWriteTimeUtc))
                .Where(f => generated is null || !DataFiles.IsGenerated(f.Name));
        }

        private long IdOf(string name)
        {
            lock (_lock)
                return _ids.TryGetValue(name, out var id) ? id : _ids[name] = _next++;
        }

        private MenuRecord Record(FoundFile found, string? contents)
        {
            var values = new Dictionary<string, object>
            {
                ["name"] = found.Name,
                ["type"] = found.Size is null ? "directory" : $"{Path.GetExtension(found.Name)} file".TrimStart(),
                ["last-modified"] = found.WrittenAt,
            };
            if (found.Size is { } size)
                values["size"] = size;

            if (contents is not null)
                values["contents"] = contents;

            return new MenuRecord(new RecordId(IdOf(found.Name)), values);
        }

        /// <summary>Null where there is none to show.</summary>
        private async ValueTask<string?> TextAsync(FoundFile found, CancellationToken cancelled)
        {
            if (found.Size is null or > MostContents)
                return null;

            try
            {
                var octets = IsGenerated(found.Name) ? await ReadAsync(found.Name[Generated.Length..], cancelled).ConfigureAwait(false) : files.Read(found.Name);
                return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(octets);
            }
            catch (Exception fault) when (fault is DecoderFallbackException or MenuException)
            {
                return null;        // no text, or gone meanwhile
            }
        }

        private async ValueTask<byte[]> ReadAsync(string name, CancellationToken cancelled)
        {
            await using var file = await generated!.OpenReadAsync(name, cancelled).ConfigureAwait(false) ?? Stream.Null;
            using var octets = new MemoryStream();
            await file.CopyToAsync(octets, cancelled).ConfigureAwait(false);
            return octets.ToArray();
        }
    }

    /// <param name="Size">Octets; null for a folder.</param>
    private sealed record FoundFile(string Name, long? Size, DateTimeOffset WrittenAt);
}
