namespace UserManager.Testing;

/// <summary>A network namespace at the far end of a cable (veth) that can be pulled out there: what is sent is lost and nobody is told. Made by root.</summary>
/// <remarks>The near end is an interface of its own of this host, with an address of TEST-NET-2 (RFC 5737); both are gone when it is disposed.</remarks>
public sealed class CuttableNetwork : IDisposable
{
    private const string FarEnd = "um-far";

    private readonly string _nearEnd = $"um-{Environment.ProcessId}";
    private readonly string _net = $"198.51.100.{Environment.ProcessId % 64 * 4}";

    public CuttableNetwork()
    {
        Ip("netns", "add", Namespace);
        Ip("link", "add", _nearEnd, "type", "veth", "peer", "name", FarEnd, "netns", Namespace);
        Ip("address", "add", $"{Host(1)}/30", "dev", _nearEnd);
        Ip("link", "set", _nearEnd, "up");
        Ip("-n", Namespace, "address", "add", $"{FarAddress}/30", "dev", FarEnd);
        Ip("-n", Namespace, "link", "set", "lo", "up");
        Mend();
    }

    public string Namespace { get; } = $"um-far-{Environment.ProcessId}";

    /// <summary>Of what is in the namespace.</summary>
    public string FarAddress => Host(2);

    /// <summary>Pulls the cable out at the far end.</summary>
    public void Cut() => Ip("-n", Namespace, "link", "set", FarEnd, "down");

    public void Mend() => Ip("-n", Namespace, "link", "set", FarEnd, "up");

    public void Dispose()
    {
        Ip("link", "delete", _nearEnd);
        Ip("netns", "delete", Namespace);
    }

    private string Host(int number) => _net[..(_net.LastIndexOf('.') + 1)] + (int.Parse(_net[(_net.LastIndexOf('.') + 1)..]) + number);

    private static void Ip(params string[] arguments) => MariaDbData.Run("ip", arguments);
}
