using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>Clients by source address: one address before a network, a longer prefix before a shorter one.</summary>
/// <remarks>Read by the threads that receive, replaced as a whole when a router changes.</remarks>
public sealed class ClientTable
{
    private Snapshot _clients = Snapshot.Of([]);

    public int Count => _clients.Count;

    public void Replace(IReadOnlyList<Client> clients) => Volatile.Write(ref _clients, Snapshot.Of(clients));

    public bool TryFind(in Endpoint source, [MaybeNullWhen(false)] out Client client) =>
        Volatile.Read(ref _clients).TryFind(source.AddressBits, out client);

    /// <summary>A router by its id. False for one that is disabled or gone.</summary>
    public bool TryFind(long router, [MaybeNullWhen(false)] out Client client) => Volatile.Read(ref _clients).ById.TryGetValue(router, out client);

    private sealed record Network(UInt128 Prefix, UInt128 Mask, int Length, Client Client);

    private sealed record Snapshot(FrozenDictionary<UInt128, Client> Hosts, Network[] Networks, FrozenDictionary<long, Client> ById, int Count)
    {
        public static Snapshot Of(IReadOnlyList<Client> clients)
        {
            var hosts = new Dictionary<UInt128, Client>();
            var networks = new List<Network>();
            foreach (var client in clients)
            {
                var network = Network(client);
                if (network.Length == 128)
                    hosts[network.Prefix] = client;
                else
                    networks.Add(network);
            }

            return new(hosts.ToFrozenDictionary(), [.. networks.OrderByDescending(n => n.Length)], clients.ToFrozenDictionary(c => c.Id), clients.Count);
        }

        public bool TryFind(UInt128 address, [MaybeNullWhen(false)] out Client client)
        {
            if (Hosts.TryGetValue(address, out client))
                return true;

            foreach (var network in Networks)
            {
                if ((address & network.Mask) == network.Prefix)
                {
                    client = network.Client;
                    return true;
                }
            }

            return false;
        }

        // IPv4 addresses are looked up as ::ffff:a.b.c.d, so an IPv4 prefix is 96 bits longer.
        private static Network Network(Client client)
        {
            var isIpv4 = client.Address.BaseAddress.AddressFamily == AddressFamily.InterNetwork;
            var length = client.Address.PrefixLength + (isIpv4 ? 96 : 0);
            var mask = length == 0 ? UInt128.Zero : UInt128.MaxValue << (128 - length);
            return new(Endpoint.Bits(client.Address.BaseAddress) & mask, mask, length, client);
        }
    }
}
