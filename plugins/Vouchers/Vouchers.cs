using System.Globalization;
using System.Text;
using UserManager.Contract;

namespace UserManager.Plugins;

/// <summary>The command <c>/user-manager/user generate-voucher</c>: what users need to log in, made of a template, to be printed or exported.</summary>
[Module("vouchers")]
public sealed class Vouchers : ICommands
{
    private const string Argument = "voucher-template";

    private readonly VouchersOptions _options;
    private readonly IMenuTree _menus;
    private readonly TimeProvider _clock;
    private readonly PrivateArea _area;

    public Vouchers(VouchersOptions options, IMenuTree menus, DataFiles files, IGeneratedFiles generated, ConfigFolder config, TimeProvider clock)
    {
        (_options, _menus, _clock, _area) = (options, menus, clock, new PrivateArea(config, files, generated, "vouchers"));
        if (options.Login.Length > 0 && !(Uri.TryCreate(options.Login, UriKind.Absolute, out var login) && login.Scheme is "http" or "https"))
            throw new ArgumentException($"login: \"{options.Login}\" is no address of a login page, as in http://hotspot.example/login");
    }

    public IReadOnlyList<AddedCommand> Commands =>
    [
        new("/user-manager/user", new Command("generate-voucher")
        {
            Summary = "Makes a file of users and their passwords, of a template, to be printed or exported",
            TakesRecords = true,
            Policy = "sensitive",           // it shows passwords
            Arguments = [new Field(Argument, FieldType.Text) { Summary = "Template: printable_vouchers.html, export.csv, export.xml, or one of your own", Required = true }],
            RunAsync = GenerateAsync,
        }),
    ];

    /// <summary>The templates that come with the plugin, by name.</summary>
    internal static IReadOnlyDictionary<string, string> BuiltIn { get; } = typeof(Vouchers).Assembly.GetManifestResourceNames().ToDictionary(name => name, Read);

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(Vouchers).Assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private async ValueTask<CommandResult> GenerateAsync(CommandCall call, CancellationToken cancelled)
    {
        var name = (string)call.Arguments[Argument];
        var (text, format) = _area.Template(Argument, name, BuiltIn);
        var sheet = VoucherTemplate.Parse(text, format);
        var profiles = new UserProfiles(_menus, _clock.LocalTimeZone);
        await _area.WriteAsync("gen_" + name, async stream =>
        {
            await using var to = new StreamWriter(stream, new UTF8Encoding(false), bufferSize: 1 << 16);
            var common = new Dictionary<string, object>
            {
                ["title"] = _options.Title,
                ["note"] = _options.Note,
                ["count"] = call.Records.Count.ToString(CultureInfo.InvariantCulture),
            };
            sheet.Head.Write(to, common);
            foreach (var user in call.Records)
            {
                sheet.Each.Write(to, await ValuesAsync(user, sheet.Each, common, profiles, cancelled).ConfigureAwait(false));
                await to.FlushAsync(cancelled).ConfigureAwait(false);
            }

            sheet.Foot.Write(to, common);
        }, cancelled).ConfigureAwait(false);
        return CommandResult.Nothing;
    }

    private async ValueTask<Dictionary<string, object>> ValuesAsync(
        MenuRecord user, FileTemplate each, Dictionary<string, object> common, UserProfiles profiles, CancellationToken cancelled)
    {
        var profile = UserProfiles.Variables.Any(each.Has) ? await profiles.OfAsync(user.Id, cancelled).ConfigureAwait(false) : VoucherProfile.None;
        var link = Link(user.Text("name"), user.Text("password"));
        return new Dictionary<string, object>(common)
        {
            ["username"] = user.Text("name"),
            ["password"] = user.Text("password"),
            ["userprofname"] = profile.Name,
            ["userprofendtime"] = profile.EndTime,
            ["userprofvalidity"] = profile.Validity,
            ["login"] = link,
            ["qr"] = link.Length > 0 && each.Format == TextFormat.Html && each.Has("qr") ? new ReadyText(QrDrawing.Of(link)) : "",
        };
    }

    private string Link(string name, string password) => _options.Login.Length == 0
        ? ""
        : $"{_options.Login}{(_options.Login.Contains('?') ? '&' : '?')}username={Uri.EscapeDataString(name)}&password={Uri.EscapeDataString(password)}";
}
