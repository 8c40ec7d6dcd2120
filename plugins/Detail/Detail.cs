using System.Globalization;
using System.Text;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Plugins;

/// <summary>Writes requests and replies to files, in the form of FreeRADIUS's rlm_detail (3.2): radrelay, the module <c>detail_reader</c> and many scripts read it.</summary>
[Module("detail")]
public sealed class Detail : IAuthorize, IPreacct, IAccounting, IPostAuth
{
    private readonly DataFiles _data;
    private readonly DetailFiles _files;
    private readonly DetailName _name;
    private readonly ITextTemplate _header;
    private readonly HashSet<AttributeKey> _suppressed;
    private readonly bool _logsHeader;

    public Detail(DetailOptions options, DataFiles data, IExpander expander, RadiusDictionary dictionary)
    {
        _data = data;
        _name = new DetailName(options, expander);
        _header = expander.Compile(options.Header);
        _files = new DetailFiles(DetailFiles.ParseMode(options.Permissions), options.Locking);
        _logsHeader = options.LogPacketHeader;
        _suppressed = [.. options.Suppress.Select(name => dictionary.TryFindKey(name, out var key) ? key : throw Unknown(name, dictionary))];
    }

    public ValueTask<Rcode> AuthorizeAsync(RequestContext context) => WriteAsync(context, context.Request, context.Code);

    public ValueTask<Rcode> PreacctAsync(RequestContext context) => WriteAsync(context, context.Request, PacketCode.None);

    /// <summary>Ends when the record is on the disk.</summary>
    public ValueTask<Rcode> AccountingAsync(RequestContext context) => WriteAsync(context, context.Request, PacketCode.None);

    public ValueTask<Rcode> PostAuthAsync(RequestContext context) => WriteAsync(context, context.Reply, context.ReplyCode);

    private static ArgumentException Unknown(string name, RadiusDictionary dictionary) =>
        new($"suppress: no dictionary has an attribute \"{name}\"{(dictionary.Nearest(name) is { } nearest ? $"; did you mean \"{nearest}\"?" : "")}");

    /// <param name="code">Written as Packet-Type; None for accounting, whose records have none.</param>
    private async ValueTask<Rcode> WriteAsync(RequestContext context, AttributeList list, PacketCode code)
    {
        if (code == PacketCode.None && list.Count == 0)
            return Rcode.Ok;

        var record = Encoding.UTF8.GetBytes(Record(context, list, code));
        try
        {
            await _files.AppendAsync(_data.Resolve(_name.Of(context)), record);
            return Rcode.Ok;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or MenuException)
        {
            context.Fail($"the detail file cannot be written: {fault.Message}");
            return Rcode.Fail;
        }
    }

    private string Record(RequestContext context, AttributeList list, PacketCode code)
    {
        var text = new StringBuilder(_header.Expand(context)).Append('\n');
        if (code != PacketCode.None)
            text.Append("\tPacket-Type = ").Append(PacketCodes.Name(code)).Append('\n');

        if (_logsHeader)
        {
            text.Append(CultureInfo.InvariantCulture, $"\t{(context.Source.IsIpv4 ? "Packet-Src-IP-Address" : "Packet-Src-IPv6-Address")} = {context.Source.Address}\n");
            text.Append(CultureInfo.InvariantCulture, $"\tPacket-Src-Port = {context.Source.Port}\n");
        }

        foreach (ref readonly var entry in list.Entries)
        {
            if (!_suppressed.Contains(entry.Key) && !(entry.Definition is { } definition && AttributeText.IsSecret(definition)))
                text.Append('\t').Append(AttributeText.Print(in entry, list)).Append('\n');
        }

        return text.Append(CultureInfo.InvariantCulture, $"\tTimestamp = {context.ReceivedAt.ToUnixTimeSeconds()}\n\n").ToString();
    }
}
