using UserManager.Contract;

namespace UserManager.Management;

/// <summary>Imports users from a CSV file: the first row names fields of <c>/user-manager/user</c>, and <c>profile</c>.</summary>
/// <remarks>A row is taken whole or not at all. Rows that are there already, just so, are left alone: the same file may be imported again.</remarks>
/// <param name="executor">Writes, on behalf of who imports.</param>
/// <param name="allOrNothing">With one bad row nothing is written. Otherwise the good ones are, which is what moving in needs: the bad ones are mended and the file imported again.</param>
public sealed class CsvImport(MenuExecutor executor, bool allOrNothing = false)
{
    private const string ProfileField = "profile";

    /// <summary>Rows written at once: they share commits.</summary>
    private const int Together = 500;

    private readonly Menu _users = executor.Tree.Find(UserManagerMenus.User)!;
    private readonly Menu _userProfiles = executor.Tree.Find(UserManagerMenus.UserProfile)!;
    private readonly SortedList<(int Line, int Column), string> _errors = [];
    private readonly Lock _gate = new();
    private readonly List<(RecordId User, RecordId? Profile)> _added = [];
    private string _fileName = "";
    private int _imported;
    private int _unchanged;
    private int _missing;

    /// <summary>A row that can be tried.</summary>
    private sealed record Row(IReadOnlyList<CsvField> Fields, Dictionary<string, GivenValue> Values, string? Profile)
    {
        public CsvField Name => Fields[0];
    }

    public async ValueTask<ImportReport> RunAsync(ReadOnlyMemory<byte> file, string fileName, CancellationToken cancelled = default)
    {
        _fileName = fileName;
        var rows = Read(ByteText.FromBytes(file.Span), out var fields);
        if (allOrNothing)
            await EachAsync(rows, row => CheckAsync(row, fields, cancelled)).ConfigureAwait(false);

        if (!(allOrNothing && _errors.Count > 0))
            await EachAsync(rows, row => AddAsync(row, fields, cancelled)).ConfigureAwait(false);

        if (allOrNothing && _errors.Count > 0)
            await TakeBackAsync(cancelled).ConfigureAwait(false);

        var report = new ImportReport
        {
            Imported = _imported,
            Unchanged = _unchanged,
            Failed = _errors.Count,
            MissingSecrets = _missing,
            Notes = allOrNothing && _errors.Count > 0 ? ["nothing was imported, because not all rows are good (all-or-nothing)"] : [],
            Errors = [.. _errors.Values],
        };
        executor.NoteImport(report.Summary);
        return report;
    }

    private List<Row> Read(string text, out string[] fields)
    {
        var reader = new CsvReader(text);
        var rows = new List<Row>();
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        fields = [];
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                if (reader.Read() is not { } row)
                    return rows;

                if (isFirst)
                    fields = ReadHeader(row);
                else if (ReadRow(row, fields, names) is { } good)
                    rows.Add(good);
            }
            catch (CsvException wrong)
            {
                Fail(wrong.Line, wrong.Column, wrong.Message);
            }

            // With a wrong header no row means anything.
            if (isFirst && _errors.Count > 0)
                return rows;
        }
    }

    private string[] ReadHeader(List<CsvField> row)
    {
        var known = _users.Fields.Where(f => !f.ReadOnly).Select(f => f.Name).Append(ProfileField).ToList();
        var fields = row.ConvertAll(field => field.Text.Trim().ToLowerInvariant());
        for (var i = 0; i < row.Count; i++)
        {
            if (!known.Contains(fields[i]))
                Fail(row[i], $"there is no field \"{row[i].Text}\"{Nearest.Hint(fields[i], known)}; the first row names fields: {string.Join(", ", known)}");
            else if (fields.IndexOf(fields[i]) < i)
                Fail(row[i], $"the field {fields[i]} stands here twice");
        }

        if (_errors.Count == 0 && !fields.Contains("name"))
            Fail(row[0], "there is no field name");

        return [.. fields];
    }

    private Row? ReadRow(List<CsvField> row, string[] fields, Dictionary<string, int> names)
    {
        if (row.Count != fields.Length)
        {
            var at = row[Math.Min(row.Count - 1, fields.Length)];
            Fail(at, $"this row has {row.Count} fields, the first row {fields.Length}; text with the delimiter in it stands in quotes");
            return null;
        }

        var values = new Dictionary<string, GivenValue>(StringComparer.Ordinal);
        string? profile = null;
        for (var i = 0; i < fields.Length; i++)
        {
            var text = ByteText.Decode(row[i].Text);
            if (fields[i] == ProfileField)
                profile = text.Length > 0 ? text : null;
            else if (text.Length > 0)
                values[fields[i]] = text;
        }

        var name = row[Array.IndexOf(fields, "name")];
        if (!values.ContainsKey("name"))
            Fail(name, "the name is missing");
        else if (!names.TryAdd(name.Text, name.Line))
            Fail(name, $"the name stands in line {names[name.Text]} already");
        else
            return new Row([name, .. row], values, profile);

        return null;
    }

    private static async Task EachAsync(List<Row> rows, Func<Row, Task> work)
    {
        foreach (var batch in rows.Chunk(Together))
            await Task.WhenAll(batch.Select(work)).ConfigureAwait(false);
    }

    private async Task CheckAsync(Row row, string[] fields, CancellationToken cancelled)
    {
        try
        {
            await ProfileAsync(row, cancelled).ConfigureAwait(false);
            await executor.CheckAddAsync(_users, row.Values, cancelled).ConfigureAwait(false);
        }
        catch (MenuException wrong)
        {
            if (!await IsThereAsync(row, cancelled).ConfigureAwait(false))
                Fail(row, fields, wrong.Message);
        }
    }

    private async Task AddAsync(Row row, string[] fields, CancellationToken cancelled)
    {
        try
        {
            var profile = await ProfileAsync(row, cancelled).ConfigureAwait(false);
            var user = await executor.AddAsync(_users, row.Values, cancelled).ConfigureAwait(false);
            var given = profile is { } id ? await GiveAsync(user, id, cancelled).ConfigureAwait(false) : (RecordId?)null;
            lock (_gate)
            {
                _imported++;
                _missing += row.Values.ContainsKey("password") ? 0 : 1;
                _added.Add((user, given));
            }
        }
        catch (MenuException wrong)
        {
            if (await IsThereAsync(row, cancelled).ConfigureAwait(false))
                Interlocked.Increment(ref _unchanged);
            else
                Fail(row, fields, wrong.Message);
        }
    }

    // A name that is not there is found before the user is written.
    private async ValueTask<RecordId?> ProfileAsync(Row row, CancellationToken cancelled)
    {
        if (row.Profile is null)
            return null;

        try
        {
            return await executor.ResolveAsync(executor.Tree.Find(UserManagerMenus.Profile)!, row.Profile, cancelled).ConfigureAwait(false);
        }
        catch (MenuException)
        {
            throw new MenuException($"input does not match any value of {ProfileField}: there is no profile {row.Profile}");
        }
    }

    private async ValueTask<RecordId> GiveAsync(RecordId user, RecordId profile, CancellationToken cancelled)
    {
        try
        {
            var given = new Dictionary<string, GivenValue> { ["user"] = user.ToString(), [ProfileField] = profile.ToString() };
            return await executor.AddAsync(_userProfiles, given, cancelled).ConfigureAwait(false);
        }
        catch (MenuException)
        {
            await executor.RemoveAsync(_users, [user], cancelled).ConfigureAwait(false);
            throw;
        }
    }

    // Somebody else wrote meanwhile what the check did not find.
    private async ValueTask TakeBackAsync(CancellationToken cancelled)
    {
        foreach (var (user, profile) in _added)
        {
            if (profile is { } given)
                await executor.RemoveAsync(_userProfiles, [given], cancelled).ConfigureAwait(false);

            await executor.RemoveAsync(_users, [user], cancelled).ConfigureAwait(false);
        }

        (_imported, _unchanged) = (0, 0);
    }

    private async ValueTask<bool> IsThereAsync(Row row, CancellationToken cancelled)
    {
        try
        {
            return await executor.IsThereAsync(_users, row.Values, cancelled).ConfigureAwait(false);
        }
        catch (MenuException)
        {
            return false;
        }
    }

    // The message names the field that it is about: that is where the row is wrong.
    private void Fail(Row row, string[] fields, string message)
    {
        var words = message.Split(' ', ',', ':', '(');
        var about = Array.FindIndex(fields, field => field != "name" && words.Contains(field));
        Fail(about < 0 ? row.Name : row.Fields[about + 1], message);
    }

    private void Fail(CsvField at, string message) => Fail(at.Line, at.Column, message);

    private void Fail(int line, int column, string message)
    {
        lock (_gate)
            _errors.TryAdd((line, column), $"{_fileName}:{line}:{column}: {message}");
    }
}
