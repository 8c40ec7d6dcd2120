namespace UserManager.Scenarios;

/// <summary>caller-id: "allow user's authentication with a specific Calling-Station-Id value".</summary>
public sealed class CallerIds
{
    [Fact]
    public void Only_that_Calling_Station_Id_is_let_in()
    {
        using var isp = new Isp("/user-manager user add name=alice password=secret caller-id=00:11:22:33:44:55");

        isp.Device("alice", station: "00:11:22:33:44:55").IsAccepted();
        isp.Device("alice", station: "00:11:22:33:44:66").IsRefused();
        isp.Device("alice", station: "").IsRefused();
    }

    [Fact]
    public void Bind_makes_the_first_that_logs_in_the_only_one()
    {
        using var isp = new Isp("/user-manager user add name=alice password=secret caller-id=bind");
        var (first, second) = (isp.Device("alice", station: "00:11:22:33:44:55"), isp.Device("alice", station: "00:11:22:33:44:66"));
        second.Password = "wrong";
        second.IsRefused();
        second.Password = "secret";
        isp.Device("alice", station: "").IsRefused();
        Assert.Equal("bind", isp.Row("/user-manager/user", "name", "alice")["caller-id"]);

        first.IsAccepted();

        Assert.Equal("00:11:22:33:44:55", isp.Row("/user-manager/user", "name", "alice")["caller-id"]);
        second.IsRefused();
        first.IsAccepted();
    }

    [Fact]
    public async Task Of_two_at_once_one_is_bound()
    {
        using var isp = new Isp("/user-manager user add name=alice password=secret caller-id=bind shared-users=unlimited");

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => isp.Device("alice", station: $"station {i}").AsksAsync()));

        Assert.Single(answers, answer => answer!.Code == PacketCode.AccessAccept);
    }
}
