using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using UserManager.Contract;
using UserManager.Domain;

namespace UserManager.Management;

/// <summary><c>/user-manager user add-batch-users</c>: many users with random names and passwords.</summary>
internal sealed class UserBatch(Func<string, IMenuRecords> recordsOf)
{
    /// <summary>Users written at once: they share commits.</summary>
    private const int Together = 500;

    private const int MaxTries = 100;
    private const string Empty = "empty";
    private const string SameAsUsername = "same-as-username";

    // In the order of the words.
    private static readonly string[] _words = ["uppercase", "lowercase", "numbers"];
    private static readonly string[] _letters = ["ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"];

    public Command Declare() => new("add-batch-users")
    {
        Summary = "Adds users with random names and passwords",
        Arguments =
        [
            new Field("number-of-users", FieldType.Number) { Summary = "How many", Required = true, Minimum = 1, Maximum = 1_000_000 },
            new Field("username-length", FieldType.Number) { Summary = "Random characters of a name", Default = 6L, Minimum = 1, Maximum = 64 },
            Characters("username-characters", "Characters of names", "lowercase"),
            new Field("username-prefix", FieldType.Text) { Summary = "What names begin with", Default = "", Check = CommonFields.AtMost(128) },
            new Field("password-length", FieldType.Number)
            {
                Summary = "Random characters of a password",
                Default = 6L,
                Words = [Empty, SameAsUsername],
                Minimum = 1,
                Maximum = 128,
            },
            Characters("password-characters", "Characters of passwords", _words),
            new Field("profile", FieldType.Reference) { Summary = "Profile that each is given", References = UserManagerMenus.Profile },
            new Field("group", FieldType.Reference) { Summary = "Group of the users", Default = "default", References = UserManagerMenus.Group },
            UserMenu.CallerId,
            UserMenu.SharedUsers,
            CommonFields.Disabled,
            CommonFields.Comment,
        ],
        RunAsync = RunAsync,
    };

    private static Field Characters(string name, string summary, params string[] byDefault) =>
        new(name, FieldType.Set) { Summary = summary, Default = (IReadOnlyList<string>)byDefault, Words = _words };

    private async ValueTask<CommandResult> RunAsync(CommandCall call, CancellationToken cancelled)
    {
        var names = new Names(call.Arguments);
        for (var left = names.Count; left > 0;)
        {
            var batch = Math.Min(left, Together);
            await Task.WhenAll(Enumerable.Range(0, batch).Select(_ => AddAsync(call.Arguments, names, cancelled))).ConfigureAwait(false);
            left -= batch;
        }

        return CommandResult.Nothing;
    }

    private async Task AddAsync(IReadOnlyDictionary<string, object> given, Names names, CancellationToken cancelled)
    {
        for (var tries = 1; ; tries++)
        {
            var name = names.Next();
            try
            {
                var user = await recordsOf(UserManagerMenus.User).AddAsync(Values(given, name), cancelled).ConfigureAwait(false);
                if (given.TryGetValue("profile", out var profile))
                {
                    await recordsOf(UserManagerMenus.UserProfile)
                        .AddAsync(new Dictionary<string, object> { ["user"] = user, ["profile"] = profile }, cancelled).ConfigureAwait(false);
                }

                return;
            }
            catch (MenuException taken) when (tries < MaxTries && taken.Message.StartsWith("failure: already have", StringComparison.Ordinal))
            {
            }
        }
    }

    private static Dictionary<string, object> Values(IReadOnlyDictionary<string, object> given, string name)
    {
        var values = new Dictionary<string, object>
        {
            ["name"] = name,
            ["password"] = given["password-length"] switch
            {
                Empty => "",
                SameAsUsername => name,
                long length => Random(Alphabet(given, "password-characters"), (int)length),
                _ => "",
            },
            ["otp-secret"] = "",
            ["attributes"] = (IReadOnlyList<NamedValue>)[],
        };
        foreach (var field in (string[])["group", "caller-id", "shared-users", "disabled", "comment"])
        {
            if (given.TryGetValue(field, out var value))
                values[field] = value;
        }

        return values;
    }

    private static string Alphabet(IReadOnlyDictionary<string, object> given, string field)
    {
        var words = (IReadOnlyList<string>)given[field];
        return words.Count == 0
            ? throw new MenuException($"invalid value for argument {field}: at least one of {string.Join(", ", _words)}")
            : string.Concat(_words.Zip(_letters).Where(w => words.Contains(w.First)).Select(w => w.Second));
    }

    private static string Random(string alphabet, int length) => RandomNumberGenerator.GetString(alphabet, length);

    /// <summary>Names that are all different.</summary>
    private sealed class Names
    {
        private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
        private readonly Lock _gate = new();
        private readonly string _prefix;
        private readonly string _alphabet;
        private readonly int _length;
        private readonly BigInteger _possible;

        public Names(IReadOnlyDictionary<string, object> given)
        {
            Count = (int)(long)given["number-of-users"];
            _prefix = (string)given["username-prefix"];
            _alphabet = Alphabet(given, "username-characters");
            _length = (int)(long)given["username-length"];
            _possible = BigInteger.Pow(_alphabet.Length, _length);
            if (_possible < Count)
                throw TooFew();

            // The password's characters are looked at before the first user is there.
            if (given["password-length"] is long)
                Alphabet(given, "password-characters");
        }

        public int Count { get; }

        public string Next()
        {
            lock (_gate)
            {
                while (_taken.Count < _possible)
                {
                    var name = _prefix + Random(_alphabet, _length);
                    if (_taken.Add(name))
                        return name;
                }
            }

            throw TooFew();
        }

        private MenuException TooFew() => new(
            string.Create(CultureInfo.InvariantCulture, $"failure: username-length and username-characters make only {_possible} names, and they are taken"));
    }
}
