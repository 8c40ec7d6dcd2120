using UserManager.Contract;

namespace UserManager.Storage.Tests;

public sealed class GeneratedFilesTests : IDisposable
{
    private const int Large = (3 * GeneratedFiles.PartSize) + 1;

    private readonly TestStore _store = new();

    private IGeneratedFiles Files => _store.Node.Generated;

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(GeneratedFiles.PartSize)]
    [InlineData(GeneratedFiles.PartSize + 1)]
    [InlineData(Large)]
    public async Task File_that_one_node_writes_is_listed_and_read_by_another(int size)
    {
        var octets = Octets(size);
        await WriteAsync("vouchers/ā.html", octets);
        var other = _store.Open().Generated;

        Assert.Equal(octets, await ReadAsync(other, "vouchers/ā.html"));
        Assert.Equal([new GeneratedFile("vouchers/ā.html", size, _store.Clock.GetUtcNow())], await other.ListAsync(default));
        Assert.Null(await other.OpenReadAsync("vouchers/Ā.html", default));
    }

    /// <summary>As templates are written: by a text writer that is disposed of, in pieces of any size, with and without waiting.</summary>
    [Fact]
    public async Task Pieces_of_any_size_make_one_file()
    {
        var line = new string('x', 99_999);
        await Files.WriteAsync(
            "report.csv",
            async stream =>
            {
                await using var text = new StreamWriter(stream);
                for (var i = 0; i < 20; i++)
                {
                    text.Write(line);
                    await text.WriteAsync("\n");
                }
            },
            default);

        Assert.Equal(string.Concat(Enumerable.Repeat(line + "\n", 20)), System.Text.Encoding.UTF8.GetString((await ReadAsync(Files, "report.csv"))!));
        Assert.Equal(8, _store.Number("SELECT COUNT(*) FROM generated_part"));
    }

    [Fact]
    public async Task File_is_the_old_one_until_the_new_one_is_written_and_whoever_reads_the_old_one_reads_on()
    {
        var (old, now) = (Octets(Large), Octets(10));
        await WriteAsync("a", old);
        await using var reader = (await Files.OpenReadAsync("a", default))!;
        await reader.ReadExactlyAsync(new byte[10]);

        await Files.WriteAsync(
            "a",
            async stream =>
            {
                await stream.WriteAsync(now);
                Assert.Equal(old, await ReadAsync(Files, "a"));
            },
            default);

        Assert.Equal(now, await ReadAsync(Files, "a"));
        Assert.Equal(10, Assert.Single(await Files.ListAsync(default)).Size);
        var rest = new MemoryStream();
        await reader.CopyToAsync(rest);
        Assert.Equal(old[10..], rest.ToArray());
    }

    [Fact]
    public async Task When_writing_fails_nothing_has_changed()
    {
        await WriteAsync("a", [1]);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await Files.WriteAsync(
            "a",
            async stream =>
            {
                await stream.WriteAsync(Octets(Large));
                throw new InvalidOperationException();
            },
            default));

        Assert.Equal([1], await ReadAsync(Files, "a"));
    }

    [Fact]
    public async Task What_has_no_name_goes_after_a_day()
    {
        await WriteAsync("a", [1]);
        await WriteAsync("a", [2]);
        await _store.PassAsync(GeneratedFiles.KeptNameless);
        await WriteAsync("b", [3]);
        Assert.Equal(3, _store.Number("SELECT COUNT(*) FROM generated_part"));

        await _store.PassAsync(TimeSpan.FromSeconds(1));
        await WriteAsync("c", [4]);

        Assert.Equal(3, _store.Number("SELECT COUNT(*) FROM generated_part"));
        Assert.Equal(["a", "b", "c"], (await Files.ListAsync(default)).Select(f => f.Name));
        Assert.Equal([2], await ReadAsync(Files, "a"));
    }

    [Fact]
    public async Task Removed_file_is_gone_with_its_octets()
    {
        await WriteAsync("a", Octets(Large));
        await using var reader = (await Files.OpenReadAsync("a", default))!;

        Assert.True(await _store.Open().Generated.RemoveAsync("a", default));
        Assert.False(await Files.RemoveAsync("a", default));

        Assert.Null(await Files.OpenReadAsync("a", default));
        Assert.Equal(0, _store.Number("SELECT COUNT(*) FROM generated_part"));
        Assert.Contains("removed while it was read", (await Assert.ThrowsAsync<MenuException>(async () => await reader.ReadExactlyAsync(new byte[1]))).Message);
    }

    /// <summary>Voucher sheets hold passwords.</summary>
    [Fact]
    public async Task Octets_are_encrypted_and_bound_to_their_place()
    {
        await WriteAsync("a", Octets(Large));

        Assert.Equal(4, _store.Number("SELECT COUNT(*) FROM generated_part WHERE octets LIKE '$gcm$%'"));
        await _store.ExecuteAsync("UPDATE generated_part SET part = part + 10");
        await _store.ExecuteAsync("UPDATE generated_part SET part = 13 - part");
        Assert.Contains("cannot be decrypted", (await Assert.ThrowsAsync<MenuException>(() => ReadAsync(Files, "a"))).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/../b")]
    [InlineData("a//b")]
    [InlineData("a\\b")]
    [InlineData("a\nb")]
    public async Task What_is_no_name_is_refused(string name) =>
        Assert.Contains("a name of up to 250 characters is needed", (await Assert.ThrowsAsync<MenuException>(() => WriteAsync(name, [1]))).Message);

    [Fact]
    public async Task Longest_name_is_kept_and_a_longer_one_refused()
    {
        var name = new string('ā', IGeneratedFiles.MostName);
        await WriteAsync(name, [1]);

        Assert.Equal([1], await ReadAsync(Files, name));
        await Assert.ThrowsAsync<MenuException>(() => WriteAsync(name + "a", [1]));
    }

    [Fact]
    public async Task While_the_database_is_away_it_is_said()
    {
        await WriteAsync("a", [1]);
        _store.Database.TakeAway();

        Assert.StartsWith("failure: ", (await Assert.ThrowsAsync<MenuException>(() => WriteAsync("a", [2]))).Message);
        _store.BringBack();
        Assert.Equal([1], await ReadAsync(Files, "a"));
    }

    private static byte[] Octets(int size)
    {
        var octets = new byte[size];
        new Random(size).NextBytes(octets);
        return octets;
    }

    private Task WriteAsync(string name, byte[] octets) => Files.WriteAsync(name, async stream => await stream.WriteAsync(octets), default).AsTask();

    private static async Task<byte[]?> ReadAsync(IGeneratedFiles files, string name)
    {
        await using var stream = await files.OpenReadAsync(name, default);
        if (stream is null)
            return null;

        var octets = new MemoryStream();
        await stream.CopyToAsync(octets);
        Assert.Equal(octets.Length, stream.Length);
        return octets.ToArray();
    }
}
