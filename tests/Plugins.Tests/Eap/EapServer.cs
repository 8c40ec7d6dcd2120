using System.Net;
using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using UserManager.Contract;
using UserManager.Domain;
using UserManager.Policy;
using UserManager.Radius;
using UserManager.Testing;

namespace UserManager.Plugins.Tests.Eap;

/// <summary>The shipped policy with the built-in modules, over stores in memory; EAP comes to it in RADIUS packets.</summary>
internal sealed class EapServer : IAsyncDisposable, IUserStore, IGroupStore, ISettingsStore, ICertificateStore, IServiceProvider
{
    public const string Password = "eappass";

    private static readonly Endpoint Nas = Endpoint.From(new(IPAddress.Parse("192.0.2.1"), 4711));
    private static readonly Client Router = new(new Router { Id = 1, Name = "nas1", Address = IPNetwork.Parse("192.0.2.1/32"), SharedSecret = "s3cret" });

    private readonly string _folder = Directory.CreateTempSubdirectory("eap-").FullName;
    private readonly RequestHandler _handler;
    private byte _identifier;

    /// <param name="modules">Files of <c>config/modules</c> that are other than the shipped ones.</param>
    public EapServer(params (string Name, string Yaml)[] modules)
    {
        Clock = new ManualClock(DateTimeOffset.UtcNow);
        Authority = new Authority("Test CA", Clock.GetUtcNow());
        Certificates(Authority.Server());
        Add("eapuser", Password);
        Copy("sites");
        Copy("modules");
        foreach (var (name, yaml) in modules)
            File.WriteAllText(Path.Combine(_folder, name), yaml);

        var clients = new ClientTable();
        clients.Replace([Router]);
        Logins = new ConversationTable(Clock);
        _handler = new RequestHandler(
            clients, new DuplicateCache(Clock), Logins, new RequestCounters(), this, Clock, NullLogger<RequestHandler>.Instance)
        {
            Policy = Compile(),
            Trace = line =>
            {
                lock (Trace)
                    Trace.AppendLine(line);
            },
        };
    }

    public ManualClock Clock { get; }

    public Authority Authority { get; }

    public ConversationTable Logins { get; }

    /// <summary>The way of every request.</summary>
    public StringBuilder Trace { get; } = new();

    public Dictionary<string, UserAccount> Users { get; } = [];

    public UserGroup Anonymous { get; set; } = new() { Id = 2, Name = "default-anonymous", OuterAuths = OuterAuths.EapTtls | OuterAuths.EapPeap };

    public CertificateSet Current { get; set; } = CertificateSet.Empty;

    Settings ISettingsStore.Current => Settings;

    public Settings Settings { get; set; } = new();

    /// <summary>The steps of the one-time passwords that were used up.</summary>
    public List<long> Steps { get; } = [];

    public event Action<CertificateSet>? Changed;

    event Action<Settings>? ISettingsStore.Changed
    {
        add { }
        remove { }
    }

    public void Add(
        string name, string password, OuterAuths outer = (OuterAuths)~0, InnerAuths inner = (InnerAuths)~0, bool disabled = false, string callerId = "",
        params ReplyAttribute[] attributes) =>
        Users[name] = new UserAccount(
            new User { Id = Users.Count + 1, Name = name, Password = password, Disabled = disabled, CallerId = callerId },
            new UserGroup { Id = 1, Name = "default", OuterAuths = outer, InnerAuths = inner },
            attributes);

    /// <summary>Other certificates, as after a change of <c>/certificate</c>.</summary>
    public void Certificates(Leaf? server, string? crl = null)
    {
        using var key = server is null ? null : System.Security.Cryptography.ECDsa.Create();
        key?.ImportFromPem(server!.PrivateKey);
        Current = new CertificateSet
        {
            Server = server is null ? null : new ServerCertificate { Name = "server", Certificate = server.Public, PrivateKey = key!.ExportPkcs8PrivateKey() },
            TrustedAuthorities = [X509Certificate2.CreateFromPem(Authority.Pem)],
            RevocationLists = crl is null ? [] : [new X509RevocationList(crl).Octets],
        };
        Changed?.Invoke(Current);
    }

    /// <summary>Sends an Access-Request.</summary>
    /// <param name="eap">In EAP-Message; null for none.</param>
    /// <param name="more">Attributes beside.</param>
    public async Task<Answer> AskAsync(byte[]? eap, byte[]? state, string? userName, Action<AttributeList>? more = null)
    {
        var request = new AttributeList(_handler.Policy.Dictionary);
        if (userName is not null)
            request.Add(Rfc2865.UserName, userName);

        request.Add(Rfc2865.CallingStationId, "02-00-00-00-00-01");
        if (eap is not null)
            request.Add(Rfc2869.EapMessage, eap);

        if (state is not null)
            request.Add(Rfc2865.State, state);

        more?.Invoke(request);
        var context = new RequestContext(_handler.Policy.Dictionary);
        var authenticator = System.Security.Cryptography.RandomNumberGenerator.GetBytes(16);
        var length = PacketWriter.WriteRequest(
            context.Request.Buffer.Span[..Packet.MaxLength], PacketCode.AccessRequest, ++_identifier, authenticator, request, Router.Secret, true);
        if (length == 0)
            return Answer.None;

        var reply = new byte[Packet.MaxLength];
        var answered = await _handler.HandleAsync(context, length, Nas, RequestPort.Authentication, reply);
        return answered == 0 ? Answer.None : Answer.Read(reply.AsSpan(0, answered), _handler.Policy.Dictionary, Router.Secret, authenticator);
    }

    /// <summary>Takes the policy up anew, as after a change of its files.</summary>
    public async Task ReloadAsync()
    {
        var (old, policy) = (_handler.Policy, Compile());
        policy.Inherit(old);
        _handler.Policy = policy;
        await old.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Logins.Dispose();
        await _handler.Policy.DisposeAsync();
        Authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    public ValueTask<UserAccount?> FindAsync(ReadOnlySpan<byte> name, CancellationToken cancelled) =>
        ValueTask.FromResult(Users.GetValueOrDefault(Encoding.UTF8.GetString(name)));

    public ValueTask<bool> BindCallerIdAsync(long userId, string callingStationId, CancellationToken cancelled) => ValueTask.FromResult(false);

    public ValueTask<bool> UseOneTimePasswordAsync(long userId, long step, CancellationToken cancelled)
    {
        var isNew = Steps.TrueForAll(used => step > used);
        Steps.Add(step);
        return ValueTask.FromResult(isNew);
    }

    public ValueTask<UserGroup> FindAnonymousAsync(CancellationToken cancelled) => ValueTask.FromResult(Anonymous);

    public object? GetService(Type serviceType) =>
        serviceType.IsInstanceOfType(this) ? this
        : serviceType == typeof(TimeProvider) ? Clock
        : serviceType == typeof(ISessionStore) ? new FakeSessions()
        : serviceType == typeof(ILiveSessions) ? new FakeLiveSessions(new FakeSessions())
        : serviceType == typeof(IUserProfileStore) ? new FakeUserProfiles()
        : serviceType == typeof(IVendorLimits) ? new FakeLimits()
        : null;

    private Policy.Policy Compile() => PolicyCompiler.Compile(_folder, DictionaryReader.Load(Repository.At("dictionaries")), Modules(), this);

    private static ModuleRegistry Modules()
    {
        var registry = new ModuleRegistry();
        var classes = Directory.GetDirectories(Repository.At("plugins")).Select(folder => Path.GetFileName(folder)!)
            .Where(name => name[0] != '_')          // the template is no plugin
            .Select(Assembly.Load)
            .SelectMany(assembly => assembly.GetExportedTypes())
            .Append(typeof(EapCountdown));
        foreach (var type in classes)
        {
            if (type.GetCustomAttribute<ModuleAttribute>() is { } module)
                registry.TryAdd(new ModuleType(module.Name, type, module.Blocking, type.Assembly.GetName().Name!));
        }

        return registry;
    }

    private void Copy(string name)
    {
        Directory.CreateDirectory(Path.Combine(_folder, name));
        foreach (var file in Directory.GetFiles(Repository.At("config", name), "*.yaml"))
            File.Copy(file, Path.Combine(_folder, name, Path.GetFileName(file)));
    }

    private sealed class X509RevocationList(string pem)
    {
        public ReadOnlyMemory<byte> Octets
        {
            get
            {
                var fields = System.Security.Cryptography.PemEncoding.Find(pem);
                return Convert.FromBase64String(pem[fields.Base64Data]);
            }
        }
    }
}

/// <summary>What came back.</summary>
internal sealed record Answer(PacketCode Code, AttributeList? Reply)
{
    /// <summary>Silence.</summary>
    public static Answer None { get; } = new(PacketCode.None, null);

    public byte[]? State { get; private init; }

    public byte[] Octets { get; private init; } = [];

    public EapCode Eap { get; private init; }

    public byte Identifier { get; private init; }

    public EapType Type { get; private init; }

    public byte[] Data { get; private init; } = [];

    public static Answer Read(ReadOnlySpan<byte> packet, RadiusDictionary dictionary, SharedSecret secret, ReadOnlySpan<byte> authenticator)
    {
        var list = new AttributeList(dictionary, RequestContext.RequestCapacity);
        packet.CopyTo(list.Buffer.Span);
        list.Reset(dictionary, packet.Length);
        PacketDecoder.Decode(list, packet.Length, secret, authenticator);
        list.TryGet(Rfc2869.EapMessage, out var message);
        EapPacket.TryRead(message, out var eap);
        return new Answer(Packet.Code(packet), list)
        {
            State = list.TryGet(Rfc2865.State, out var state) ? state.ToArray() : null,
            Octets = message.ToArray(),
            Eap = eap.Code,
            Identifier = eap.Identifier,
            Type = eap.Type,
            Data = eap.Data.ToArray(),
        };
    }

    public override string ToString() => $"{Code} {Eap} {Type}";
}
