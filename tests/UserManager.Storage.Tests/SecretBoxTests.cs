using System.Security.Cryptography;
using UserManager.Contract;

namespace UserManager.Storage.Tests;

public sealed class SecretBoxTests : IDisposable
{
    private static readonly Menu _users = TestMenus.User with
    {
        Fields = [.. TestMenus.User.Fields.Select(f => f.Name is "password" or "otp-secret" ? f with { Sensitive = true } : f)],
    };

    private readonly TestStore _store = new();

    private IMenuRecords Users => _store.Node.Records(_users);

    private string KeyFile => _store.Options.SecretKeyFile;

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Key_is_made_once_for_its_owner_alone()
    {
        _ = _store.Node;
        var key = File.ReadAllBytes(KeyFile);
        _store.Reopen();

        Assert.Equal(32, key.Length);
        Assert.Equal(key, File.ReadAllBytes(KeyFile));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
    }

    [Fact]
    public async Task Sensitive_text_is_in_no_file_of_the_database_and_is_read_as_it_was_written()
    {
        var id = await Users.AddAsync(TestStore.Values(("name", "ann"), ("password", "zwiebelkuchen"), ("otp-secret", "")), default);

        Assert.Equal("zwiebelkuchen", (await Users.FindAsync(id, default))!.Text("password"));
        Assert.Equal("zwiebelkuchen", (await _store.Node.Users.FindAsync("ann"u8, default))!.User.Password);
        Assert.Equal(1, _store.Number("SELECT COUNT(*) FROM user WHERE password LIKE '$gcm$%' AND otp_secret = ''"));
        foreach (var file in Directory.GetFiles(_store.Folder))
            Assert.Equal(-1, File.ReadAllBytes(file).AsSpan().IndexOf("zwiebelkuchen"u8));
    }

    [Fact]
    public async Task Equal_secrets_are_sealed_differently_and_still_found_by_their_value()
    {
        await Users.AddAsync(TestStore.Values(("name", "a"), ("password", "same")), default);
        await Users.AddAsync(TestStore.Values(("name", "b"), ("password", "same")), default);

        Assert.Equal(2, _store.Number("SELECT COUNT(DISTINCT password) FROM user"));
        Assert.Equal(2, (await Users.AllAsync(("password", "same"))).Count);
        Assert.Empty(await Users.AllAsync(("password", "other")));
    }

    [Fact]
    public async Task What_was_written_by_hand_in_the_clear_is_taken_as_it_is()
    {
        await _store.ExecuteAsync("INSERT INTO user (id, name, password) VALUES (7, 'bob', 'plain')");

        Assert.Equal("plain", (await _store.Node.Users.FindAsync("bob"u8, default))!.User.Password);
    }

    [Fact]
    public async Task A_password_that_looks_sealed_is_sealed_all_the_same()
    {
        var id = await Users.AddAsync(TestStore.Values(("name", "a"), ("password", "$gcm$AAAA")), default);

        Assert.Equal("$gcm$AAAA", (await Users.FindAsync(id, default))!.Text("password"));
    }

    [Fact]
    public async Task Secret_moved_to_another_column_or_changed_is_not_believed()
    {
        await Users.AddAsync(TestStore.Values(("name", "a"), ("password", "x"), ("otp-secret", "y")), default);
        await _store.ExecuteAsync("UPDATE user SET password = otp_secret");

        var refused = await Assert.ThrowsAsync<DatabaseException>(async () => await _store.Node.Users.FindAsync("a"u8.ToArray(), default));
        Assert.Contains("user.password cannot be decrypted", refused.Message);
    }

    [Fact]
    public void Missing_key_is_said_at_the_start_and_none_is_made()
    {
        _ = _store.Node;
        File.Delete(KeyFile);

        var refused = Assert.Throws<DatabaseException>(() => _store.Open());

        Assert.Contains($"{KeyFile} is missing", refused.Message);
        Assert.Contains(_store.Database.Name, refused.Message);
        Assert.False(File.Exists(KeyFile));
    }

    [Fact]
    public void Where_the_first_place_cannot_be_written_the_key_is_in_the_other()
    {
        File.WriteAllText(Path.Combine(_store.Folder, "file"), "");
        _store.Options = _store.Options with
        {
            SecretKeyFile = Path.Combine(_store.Folder, "file", "secret.key"),
            OtherSecretKeyFile = Path.Combine(_store.Folder, "other.key"),
        };
        _ = _store.Node;
        var key = File.ReadAllBytes(_store.Options.OtherSecretKeyFile);
        _store.Reopen();

        Assert.Equal(32, key.Length);
        Assert.Equal(key, File.ReadAllBytes(_store.Options.OtherSecretKeyFile));
    }

    [Fact]
    public void Another_key_is_said_at_the_start()
    {
        _ = _store.Node;
        File.WriteAllBytes(KeyFile, RandomNumberGenerator.GetBytes(32));

        Assert.Contains("encrypted with another key", Assert.Throws<DatabaseException>(() => _store.Open()).Message);
    }

    [Fact]
    public void Key_of_another_length_is_said_at_the_start()
    {
        _ = _store.Node;
        File.WriteAllBytes(KeyFile, new byte[31]);

        Assert.Contains("32 octets are expected, and there are 31", Assert.Throws<DatabaseException>(() => _store.Open()).Message);
    }

    [Fact]
    public void Servers_that_start_together_on_a_new_database_have_one_key()
    {
        Parallel.For(0, 4, _ => Stores.Open(_store.Options with { BusyTimeout = TimeSpan.FromSeconds(10) }, _store.Clock, _store.Log).Dispose());

        Assert.Equal(1, _store.Number("SELECT COUNT(*) FROM secret_check"));
        Assert.Empty(Directory.GetFiles(_store.Folder, "*.new"));
    }
}
