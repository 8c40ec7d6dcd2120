using System.Buffers.Binary;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>Makes requests of different NASes alike, so that what follows finds what it looks for.</summary>
[Module("preprocess")]
public sealed class Preprocess(PreprocessOptions options) : IAuthorize, IPreacct
{
    private const ulong FramedUser = 2;

    public ValueTask<Rcode> AuthorizeAsync(RequestContext context)
    {
        Tidy(context);
        return ValueTask.FromResult(Rcode.Ok);
    }

    public ValueTask<Rcode> PreacctAsync(RequestContext context)
    {
        Tidy(context);
        if (options.AcctUniqueSessionId && !context.Request.Has(Internal.AcctUniqueSessionId))
            context.Request.Add(Internal.AcctUniqueSessionId, UniqueSessionId.Of(context.Request));

        return ValueTask.FromResult(Rcode.Ok);
    }

    private void Tidy(RequestContext context)
    {
        var request = context.Request;
        Values.TidyUserName(request, options);
        if (options.RewriteCallingStationId)
            Values.RewriteMac(request, Rfc2865.CallingStationId);

        if (options.WithCiscoVsaHack)
            Values.StripCiscoNames(request);

        if (options.WithAscendHack)
            Values.NumberAscendPort(request, options.AscendChannelsPerLine);

        if (request.Has(Rfc2865.FramedProtocol) && !request.Has(Rfc2865.ServiceType))
            request.Add(Rfc2865.ServiceType, FramedUser);

        if (options.NasIpAddress)
            AddNasAddress(request, context.Source);
    }

    private static void AddNasAddress(AttributeList request, Endpoint source)
    {
        Span<byte> octets = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(octets, source.AddressBits);
        var (key, value) = source.IsIpv4 ? (Rfc2865.NasIpAddress, 12) : (Rfc3162.NasIpv6Address, 0);
        if (!request.Has(key))
            request.Add(key, octets[value..]);
    }
}
