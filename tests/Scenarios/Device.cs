using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace UserManager.Scenarios;

/// <summary>How a password is carried.</summary>
public enum Method
{
    Pap,
    Chap,
    MsChap,
    MsChapV2,
}

/// <summary>A user's device at the NAS: it logs in, and the NAS accounts for it.</summary>
internal sealed class Device(Isp isp, string user, string session, string station)
{
    private long _download;
    private long _upload;
    private TimeSpan _uptime;

    public string Password { get; set; } = "secret";

    /// <summary>Acct-Session-Id of its session.</summary>
    public string SessionId { get; private set; } = session;

    /// <summary>NAS-Port-Id; none when empty.</summary>
    public string Port { get; init; } = "";

    /// <summary>An Access-Request is accepted, with exactly these attributes.</summary>
    public void IsAccepted(params string[] attributes)
    {
        var answer = Asks();
        Assert.Equal(PacketCode.AccessAccept, answer.Code);
        Assert.Equal(attributes, answer.Lines);
    }

    /// <summary>An Access-Request is rejected, and the person at the door is told something with these words in it.</summary>
    public void IsRefused(string message = "")
    {
        var answer = Asks();
        Assert.Equal(PacketCode.AccessReject, answer.Code);
        if (message.Length > 0)
            Assert.Contains(message, string.Join(' ', answer.Lines));
    }

    /// <summary>Sends an Access-Request.</summary>
    public Answer Asks(Method method = Method.Pap, params string[] more)
    {
        var answer = isp.Send(PacketCode.AccessRequest, Login(more), (list, authenticator) => Prove(method, list, authenticator));
        Assert.NotNull(answer);
        return answer;
    }

    /// <summary>The same, without waiting for the answer.</summary>
    public Task<Answer?> AsksAsync() =>
        Task.Run(() => isp.SendAsync(PacketCode.AccessRequest, Login([]), (list, authenticator) => Prove(Method.Pap, list, authenticator)));

    /// <summary>Logs in and is accounted for from now on.</summary>
    public Device GoesOnLine()
    {
        var answer = Asks();
        Assert.True(answer.Code == PacketCode.AccessAccept, answer.ToString());
        return Starts();
    }

    /// <summary>Accounting-Start.</summary>
    /// <param name="id">Acct-Session-Id, when it is another session than before.</param>
    public Device Starts(string? id = null)
    {
        if (id is not null)
            (SessionId, _download, _upload, _uptime) = (id, 0, 0, TimeSpan.Zero);

        Account("Start");
        return this;
    }

    /// <summary>Is on line for a while, and an Interim-Update reports the totals.</summary>
    /// <param name="time">How long; the clock goes on by so much.</param>
    /// <param name="download">Octets to it in this time.</param>
    /// <param name="upload">Octets from it in this time.</param>
    public void Uses(string time, long download = 0, long upload = 0)
    {
        isp.Passes(time);
        Add(Duration.Parse(time), download, upload);
        Account("Interim-Update");
    }

    /// <summary>Accounting-Stop, with what was used since.</summary>
    public void Stops(string cause = "User-Request", long download = 0, long upload = 0)
    {
        Add(TimeSpan.Zero, download, upload);
        Account("Stop", $"Acct-Terminate-Cause = {cause}");
    }

    /// <summary>An Interim-Update without anything new.</summary>
    public void Reports() => Account("Interim-Update");

    private void Add(TimeSpan time, long download, long upload) =>
        (_uptime, _download, _upload) = (_uptime + time, _download + download, _upload + upload);

    private void Account(string status, params string[] more)
    {
        List<string> attributes =
        [
            $"Acct-Status-Type = {status}", .. Who(),
            $"Acct-Session-Id = \"{SessionId}\"",
            $"Acct-Session-Time = {(long)_uptime.TotalSeconds}",
            $"Acct-Output-Octets = {(uint)_download}", $"Acct-Output-Gigawords = {_download >> 32}",
            $"Acct-Input-Octets = {(uint)_upload}", $"Acct-Input-Gigawords = {_upload >> 32}",
            .. more,
        ];
        Assert.NotNull(isp.Send(PacketCode.AccountingRequest, attributes));
    }

    private string[] Login(string[] more) => [.. Who(), .. more];

    private IEnumerable<string> Who()
    {
        yield return $"User-Name = \"{user}\"";
        if (station.Length > 0)
            yield return $"Calling-Station-Id = \"{station}\"";

        if (Port.Length > 0)
            yield return $"NAS-Port-Id = \"{Port}\"";
    }

    private void Prove(Method method, AttributeList list, byte[] authenticator)
    {
        var password = Encoding.UTF8.GetBytes(Password);
        Span<byte> hash = stackalloc byte[MsChap.HashLength];
        switch (method)
        {
            case Method.Pap:
                list.Add(Rfc2865.UserPassword, password);
                break;
            case Method.Chap:
                var chap = new byte[ChapPassword.Length];
                chap[0] = 7;
                ChapPassword.Compute(chap[0], password, authenticator, chap.AsSpan(1));
                list.Add(Rfc2865.ChapPassword, chap);
                break;
            case Method.MsChap:
                // RFC 2548 §2.1.3: ident, flags (1: the NT response counts), LM response, NT response.
                var challenge = RandomNumberGenerator.GetBytes(MsChap.ChallengeLength);
                var response = new byte[2 + (2 * MsChap.ResponseLength)];
                response[1] = 1;
                MsChap.NtHash(password, hash);
                MsChap.ChallengeResponse(challenge, hash, response.AsSpan(2 + MsChap.ResponseLength));
                list.Add(MicrosoftVsa.MsChapChallenge, challenge);
                list.Add(MicrosoftVsa.MsChapResponse, response);
                break;
            default:
                // RFC 2548 §2.3.2: ident, flags, peer challenge, eight reserved octets, NT response.
                var (ours, peers) = (RandomNumberGenerator.GetBytes(MsChap.LongChallengeLength), RandomNumberGenerator.GetBytes(MsChap.LongChallengeLength));
                var second = new byte[2 + MsChap.LongChallengeLength + 8 + MsChap.ResponseLength];
                peers.CopyTo(second, 2);
                MsChap.NtHash(password, hash);
                MsChap.NtResponse(ours, peers, Encoding.UTF8.GetBytes(user), hash, second.AsSpan(2 + MsChap.LongChallengeLength + 8));
                list.Add(MicrosoftVsa.MsChapChallenge, ours);
                list.Add(MicrosoftVsa.MsChap2Response, second);
                break;
        }
    }
}

/// <summary>Lengths of time as the console reads them.</summary>
internal static class Duration
{
    public static TimeSpan Parse(string text)
    {
        var (total, number) = (TimeSpan.Zero, 0.0);
        foreach (var letter in text)
        {
            if (char.IsAsciiDigit(letter))
            {
                number = (number * 10) + (letter - '0');
                continue;
            }

            total += letter switch
            {
                'w' => TimeSpan.FromDays(7 * number),
                'd' => TimeSpan.FromDays(number),
                'h' => TimeSpan.FromHours(number),
                'm' => TimeSpan.FromMinutes(number),
                's' => TimeSpan.FromSeconds(number),
                _ => throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{text} is no length of time")),
            };
            number = 0;
        }

        return total;
    }
}
