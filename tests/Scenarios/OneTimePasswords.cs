namespace UserManager.Scenarios;

/// <summary>TOTP: "a new unique 6 digit code that must be added to the users password", accepted "until a new TOTP token is generated".</summary>
public sealed class OneTimePasswords
{
    private const string Mysecret = "mysecret";

    public static TheoryData<Method> Methods => [Method.Pap, Method.Chap, Method.MsChap, Method.MsChapV2];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Without_an_otp_secret_the_password_alone_is_asked_for(Method method)
    {
        using var isp = new Isp("/user-manager user add name=alice password=secret");
        Assert.Equal(PacketCode.AccessAccept, isp.Device("alice").Asks(method).Code);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void The_code_is_added_to_the_password_by_every_method(Method method)
    {
        using var isp = Users();
        var alice = isp.Device("username");

        alice.Password = "mypass" + Code(isp);
        Assert.Equal(PacketCode.AccessAccept, alice.Asks(method).Code);

        alice.Password = "mypass";
        Assert.Equal(PacketCode.AccessReject, alice.Asks(method).Code);
        alice.Password = Code(isp) + "mypass";
        Assert.Equal(PacketCode.AccessReject, alice.Asks(method).Code);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_clock_may_be_one_step_off_either_way(Method method)
    {
        using var isp = Users();
        var alice = isp.Device("username");
        foreach (var (steps, code) in ((int, PacketCode)[])
            [(-2, PacketCode.AccessReject), (-1, PacketCode.AccessAccept), (1, PacketCode.AccessAccept), (2, PacketCode.AccessReject)])
        {
            alice.Password = "mypass" + Code(isp, steps);
            Assert.Equal(code, alice.Asks(method).Code);
        }
    }

    [Fact]
    public void A_code_may_be_used_again_until_its_step_is_over()
    {
        using var isp = Users();
        var alice = isp.Device("username");
        alice.Password = "mypass" + Code(isp);
        alice.IsAccepted();
        alice.IsAccepted();

        isp.Passes("30s");
        alice.IsAccepted();                     // one step of skew
        isp.Passes("30s");
        alice.IsRefused();
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void With_otp_reuse_no_a_code_is_accepted_once(Method method)
    {
        using var isp = Users("/user-manager set otp-reuse=no");
        var alice = isp.Device("username");
        alice.Password = "mypass" + Code(isp);

        Assert.Equal(PacketCode.AccessAccept, alice.Asks(method).Code);
        Assert.Equal(PacketCode.AccessReject, alice.Asks(method).Code);

        // Nor one from before it; the next one is good again.
        alice.Password = "mypass" + Code(isp, -1);
        Assert.Equal(PacketCode.AccessReject, alice.Asks(method).Code);
        isp.Passes("30s");
        alice.Password = "mypass" + Code(isp);
        Assert.Equal(PacketCode.AccessAccept, alice.Asks(method).Code);
    }

    [Theory]
    [InlineData("MYSECRET")]
    [InlineData("myse cret====")]
    public void The_secret_is_base32_in_any_case_with_blanks_and_padding_ignored(string secret)
    {
        using var isp = Users($"/user-manager user set username otp-secret=\"{secret}\"");
        var alice = isp.Device("username");
        alice.Password = "mypass" + Code(isp);
        alice.IsAccepted();
    }

    private static string Code(Isp isp, int steps = 0)
    {
        Span<byte> digits = stackalloc byte[OneTimePassword.Digits];
        OneTimePassword.Write(OtpSecret.Parse(Mysecret)!.Key, OneTimePassword.StepAt(isp.Now) + steps, digits);
        return System.Text.Encoding.ASCII.GetString(digits);
    }

    // The manual's example.
    private static Isp Users(string more = "") => new($"""
        /user-manager user
        add name=username password=other
        set [find name=username] password=mypass otp-secret={Mysecret}
        {more}
        """);
}
