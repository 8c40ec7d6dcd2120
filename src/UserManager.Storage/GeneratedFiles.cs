using System.Data.Common;
using UserManager.Contract;

namespace UserManager.Storage;

/// <summary>The tables <c>generated_file</c> and <c>generated_part</c>.</summary>
/// <remarks>
/// A part is a transaction of its own, so that a large file keeps nobody waiting; the last one gives the file its name. What had the name before has none
/// from then on: whoever reads it reads on.
/// </remarks>
internal sealed class GeneratedFiles(Database database, GroupWriter writer, SecretBox secrets, TimeProvider clock) : IGeneratedFiles
{
    /// <summary>Octets of a part.</summary>
    public const int PartSize = 256 * 1024;

    /// <summary>So long nothing is removed of what has no name: it is being written, or read.</summary>
    public static readonly TimeSpan KeptNameless = TimeSpan.FromDays(1);

    private const string Ids = "generated_file";

    private readonly SecretBox _secrets = secrets;

    public ValueTask<IReadOnlyList<GeneratedFile>> ListAsync(CancellationToken cancelled) => ReadAsync(0, static (connection, _) =>
    {
        var files = new List<GeneratedFile>();
        using var row = connection.Prepare("SELECT name, size, at FROM generated_file WHERE name IS NOT NULL ORDER BY name").Read();
        while (row.Read())
            files.Add(new GeneratedFile(row.Text(0), row.Number(1), DateTimeOffset.FromUnixTimeMilliseconds(row.Number(2))));

        return (IReadOnlyList<GeneratedFile>)files;
    });

    public async ValueTask<Stream?> OpenReadAsync(string name, CancellationToken cancelled)
    {
        var (id, size) = await ReadAsync(name, static (connection, name) =>
        {
            using var row = connection.Prepare("SELECT id, size FROM generated_file WHERE name = @name").With("@name", name).Read();
            return row.Read() ? (row.Number(0), row.Number(1)) : default;
        });
        return id == 0 ? null : new Parts(this, name, id, size);
    }

    public async ValueTask WriteAsync(string name, Func<Stream, Task> write, CancellationToken cancelled)
    {
        if (!IsName(name))
            throw new MenuException($"failure: {name}: a name of up to {IGeneratedFiles.MostName} characters is needed, without .. and without a leading /");

        await using var draft = new Draft(this, await CommitAsync(Begin, cancelled), cancelled);
        await write(draft);
        await draft.EndAsync(name);
    }

    public async ValueTask<bool> RemoveAsync(string name, CancellationToken cancelled) => await CommitAsync(
        transaction =>
        {
            if (transaction.Prepare("SELECT id FROM generated_file WHERE name = @name {lock}").With("@name", name).Number() is not { } id)
                return false;

            Remove(transaction, id);
            return true;
        },
        cancelled);

    private static bool IsName(string name) =>
        name.Length is > 0 and <= IGeneratedFiles.MostName && !name.Any(c => char.IsControl(c) || c == '\\') && name.Split('/').All(part => part is not ("" or "." or ".."));

    /// <summary>A file without a name. What has had none for long enough goes.</summary>
    private long Begin(Transaction transaction)
    {
        var (now, old) = (Now, new List<long>());
        using (var row = transaction.Prepare("SELECT id FROM generated_file WHERE name IS NULL AND at < @before")
            .With("@before", now - (long)KeptNameless.TotalMilliseconds).Read())
        {
            while (row.Read())
                old.Add(row.Number(0));
        }

        old.ForEach(id => Remove(transaction, id));
        var id = transaction.NextId(Ids);
        transaction.Prepare("INSERT INTO generated_file (id, size, at) VALUES (@id, 0, @at)").With("@id", id).With("@at", now).Execute();
        return id;
    }

    private static void Remove(Transaction transaction, long id)
    {
        transaction.Prepare("DELETE FROM generated_file WHERE id = @id").With("@id", id).Execute();
        transaction.Prepare("DELETE FROM generated_part WHERE file = @id").With("@id", id).Execute();
    }

    // Anew, where another node was the first to give it to a file.
    private bool Name(Transaction transaction, long id, string name, long size)
    {
        while (true)
        {
            transaction.Prepare("UPDATE generated_file SET name = NULL, at = @at WHERE name = @name").With("@at", Now).With("@name", name).Execute();
            try
            {
                return transaction.Prepare("UPDATE generated_file SET name = @name, size = @size, at = @at WHERE id = @id")
                    .With("@name", name).With("@size", size).With("@at", Now).With("@id", id).Execute() == 1;
            }
            catch (DbException fault) when (!database.IsLocal && transaction.IsUniqueViolation(fault))
            {
                // Its name is seen now.
            }
        }
    }

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private static string Of(long file, long part) => $"generated_part.octets {file} {part}";

    private ValueTask<T> ReadAsync<TState, T>(TState state, Func<Connection, TState, T> read) => database.ReadForMenuAsync(state, read);

    private ValueTask<T> CommitAsync<T>(Func<Transaction, T> steps, CancellationToken cancelled) => writer.CommitForMenuAsync(steps, cancelled);

    /// <summary>A file while it is written. To dispose of it does nothing: who writes may do so.</summary>
    private sealed class Draft(GeneratedFiles files, long id, CancellationToken cancelled) : Stream
    {
        private readonly MemoryStream _rest = new();
        private long _parts;
        private long _size;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        /// <summary>Writes what is left, and names the file.</summary>
        public async ValueTask EndAsync(string name)
        {
            await PutAsync(atLeast: 1);
            if (!await files.CommitAsync(transaction => files.Name(transaction, id, name, _size), cancelled))
                throw new MenuException($"failure: {name}: it was removed while it was written");
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer) => _rest.Write(buffer);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _rest.Write(buffer.Span);
            await PutAsync(PartSize);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => PutAsync(PartSize).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        private async ValueTask PutAsync(int atLeast)
        {
            if (_rest.Length < atLeast)
                return;

            var octets = _rest.GetBuffer().AsMemory(0, (int)_rest.Length);
            for (; octets.Length >= atLeast; octets = octets[Math.Min(PartSize, octets.Length)..])
            {
                var part = octets[..Math.Min(PartSize, octets.Length)];
                var text = files._secrets.Seal(part.Span, Of(id, _parts));
                await files.CommitAsync(
                    transaction => transaction.Prepare("INSERT INTO generated_part (file, part, octets) VALUES (@file, @part, @octets)")
                        .With("@file", id).With("@part", _parts).With("@octets", text).Execute(),
                    cancelled);
                (_parts, _size) = (_parts + 1, _size + part.Length);
            }

            var left = octets.ToArray();
            _rest.SetLength(0);
            _rest.Write(left);
        }
    }

    /// <summary>A file while it is read.</summary>
    private sealed class Parts(GeneratedFiles files, string name, long id, long size) : Stream
    {
        private ReadOnlyMemory<byte> _rest;
        private long _part;
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => size;

        public override long Position { get => _read; set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_rest.IsEmpty && _read < size)
                _rest = await NextAsync();

            var count = Math.Min(buffer.Length, _rest.Length);
            _rest[..count].CopyTo(buffer);
            _rest = _rest[count..];
            _read += count;
            return count;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("It is read asynchronously.");

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        private async ValueTask<byte[]> NextAsync()
        {
            var text = await files.ReadAsync((id, _part), static (connection, which) =>
            {
                using var row = connection.Prepare("SELECT octets FROM generated_part WHERE file = @file AND part = @part")
                    .With("@file", which.id).With("@part", which._part).Read();
                return row.Read() ? row.Text(0) : null;
            }) ?? throw new MenuException($"failure: {name}: it was removed while it was read");
            try
            {
                return files._secrets.RevealOctets(text, Of(id, _part++));
            }
            catch (DatabaseException fault)
            {
                throw new MenuException($"failure: {fault.Message}");
            }
        }
    }
}
