using System.Runtime.CompilerServices;
using UserManager.Contract;

namespace UserManager.Management;

/// <summary><c>/user-manager database</c>: its backups, and how large it is.</summary>
internal static class DatabaseMenu
{
    private const string Ending = ".umb";

    /// <param name="care">Null where there is no database.</param>
    public static Menu Declare(IDatabaseCare? care, DataFiles files) => new(AdministrationMenus.Database)
    {
        Summary = "The database as a whole",
        Noun = "settings",
        IsSettings = true,
        Records = new DatabaseRecords(care),
        Fields =
        [
            new Field("db-path", FieldType.Text) { Summary = "Where it is; usermanager.yaml says so (database:)" },
            new Field("db-size", FieldType.Bytes) { Summary = "How large it is", ReadOnly = true },
            new Field("free-disk-space", FieldType.Bytes) { Summary = "Free on its disk", ReadOnly = true },
        ],
        IsExported = _ => false,
        Commands =
        [
            new Command("save")
            {
                Summary = "Writes a backup into data/files while the server runs: all of one moment, without secret.key",
                Policy = Rights.Sensitive,
                Arguments = [Name("Name of the backup; .umb is added"), new Field("overwrite", FieldType.Bool) { Summary = "Whether it may take another's place", Default = false }],
                RunAsync = (call, _) => SaveAsync(Of(care), files, (string)call.Arguments["name"], call.Arguments["overwrite"] is true),
            },
            new Command("load")
            {
                Summary = "Puts a backup from data/files in the place of everything in the database",
                Policy = Rights.Policy,
                Arguments = [Name("Name of the backup")],
                RunAsync = (call, cancelled) => LoadAsync(Of(care), files, call, cancelled),
            },
            new Command("optimize-db")
            {
                Summary = "Gives back to the disk what is free in the database; what writes waits meanwhile",
                RunAsync = async (_, cancelled) =>
                {
                    await Task.Run(Of(care).Optimize, cancelled).ConfigureAwait(false);
                    return CommandResult.Nothing;
                },
            },
            new Command("migrate-legacy-db")
            {
                Summary = "Refused: the format of RouterOS 6's database is not public. Let a router of RouterOS 7 convert it, and import its export",
                Arguments = [new Field("database-path", FieldType.Text) { Summary = "Folder of the old database" }, new Field("overwrite", FieldType.Bool) { Summary = "Whether to replace this one" }],
                RunAsync = (_, _) => throw new MenuException(
                    "failure: the format of RouterOS 6's database is not public: let a router of RouterOS 7 convert it (migrate-legacy-db there), then import its export"),
            },
        ],
    };

    private static async ValueTask<CommandResult> SaveAsync(IDatabaseCare care, DataFiles files, string given, bool overwrite)
    {
        var name = FullName(given);
        if (files.Exists(name) && !overwrite)
            throw new MenuException($"failure: file {name} already exists: overwrite=yes takes its place");

        var draft = $"{name}.{Guid.NewGuid():N}.new";
        files.Write(draft, []);     // makes the folder, and says what is wrong with the name
        var (path, end) = (files.Resolve(draft), files.Resolve(name));
        try
        {
            File.Delete(path);
            await Task.Run(() => care.Save(path)).ConfigureAwait(false);
            File.Move(path, end, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new MenuException($"failure: {name} cannot be written: {fault.Message}");
        }
        finally
        {
            File.Delete(path);
        }

        return CommandResult.Nothing;
    }

    private static async ValueTask<CommandResult> LoadAsync(IDatabaseCare care, DataFiles files, CommandCall call, CancellationToken cancelled)
    {
        var name = FullName((string)call.Arguments["name"]);
        if (!files.Exists(name))
            throw new MenuException($"failure: no such file: {name}") { Kind = MenuError.NoSuchItem };

        await Task.Run(() => care.LoadAsync(files.Resolve(name), call.Caller, cancelled).AsTask(), cancelled).ConfigureAwait(false);
        return CommandResult.Nothing;
    }

    private static string FullName(string given) => given.EndsWith(Ending, StringComparison.Ordinal) ? given : given + Ending;

    private static IDatabaseCare Of(IDatabaseCare? care) => care ?? throw new MenuException("failure: there is no database here");

    private static Field Name(string summary) => new("name", FieldType.Text) { Summary = summary, Required = true, Check = CommonFields.AtMost(200) };

    /// <summary>One record, worked out when asked for.</summary>
    private sealed class DatabaseRecords(IDatabaseCare? care) : IMenuRecords
    {
        public async IAsyncEnumerable<MenuRecord> ListAsync(IReadOnlyDictionary<string, object>? equal, [EnumeratorCancellation] CancellationToken cancelled)
        {
            await Task.CompletedTask;
            yield return Now();
        }

        public ValueTask<MenuRecord?> FindAsync(RecordId id, CancellationToken cancelled) => ValueTask.FromResult<MenuRecord?>(Now());

        public ValueTask<RecordId> AddAsync(IReadOnlyDictionary<string, object> values, CancellationToken cancelled) => throw new NotSupportedException("one record");

        public ValueTask<bool> UpdateAsync(RecordId id, IReadOnlyDictionary<string, object?> values, CancellationToken cancelled) =>
            throw new MenuException("failure: db-path is set by database: in usermanager.yaml, and taken up by a restart");

        public ValueTask<bool> RemoveAsync(RecordId id, CancellationToken cancelled) => ValueTask.FromResult(false);

        private MenuRecord Now()
        {
            var values = new Dictionary<string, object> { ["db-path"] = care?.Name ?? "" };
            if (care is not null)
                values["db-size"] = care.Size;

            if (care?.FreeSpace is { } free)
                values["free-disk-space"] = free;

            return new MenuRecord(default, values);
        }
    }
}

/// <summary>What can be done with the database as a whole. What cannot is a <see cref="MenuException"/>.</summary>
public interface IDatabaseCare
{
    /// <summary>The path of its file, or its address without user and password.</summary>
    string Name { get; }

    /// <summary>Octets.</summary>
    long Size { get; }

    /// <summary>Octets free on its disk; null where that is another machine's.</summary>
    long? FreeSpace { get; }

    /// <summary>Writes all of it, as it is at one moment, into a file that is not there yet.</summary>
    void Save(string file);

    /// <summary>Puts a backup in the place of everything there is.</summary>
    ValueTask LoadAsync(string file, Caller caller, CancellationToken cancelled);

    /// <summary>Gives back to the disk what is free in it.</summary>
    void Optimize();
}
