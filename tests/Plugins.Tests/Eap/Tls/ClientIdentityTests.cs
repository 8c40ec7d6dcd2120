using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserManager.Eap.Tls;
using Xunit;

namespace UserManager.Plugins.Tests.Eap;

public sealed class ClientIdentityTests : IDisposable
{
    private readonly Authority _authority = new("Test CA", DateTimeOffset.UtcNow);

    [Theory]
    [InlineData("alice", true)]                         // CN
    [InlineData("Alice", false)]
    [InlineData("alice@example.org", true)]             // e-mail
    [InlineData("alice@EXAMPLE.org", true)]
    [InlineData("Alice@example.org", false)]
    [InlineData("xalice@example.org", false)]
    [InlineData("alice@example.orgx", false)]
    [InlineData("ALICE@corp.example", true)]            // UPN
    [InlineData("pc1.corp.example", true)]              // DNS
    [InlineData("host/PC1.corp.example", true)]
    [InlineData("host/alice", false)]
    [InlineData("bob", false)]
    [InlineData("", false)]
    public void The_name_is_its_CN_or_an_alternative_one(string userName, bool expected)
    {
        using var certificate = _authority.Client("alice", r => Leaf.Names(r, "alice@example.org", "alice@corp.example", "pc1.corp.example")).Public;

        Assert.Equal(expected, ClientIdentity.Matches(certificate, userName, out var mismatch));

        Assert.Equal(
            expected
                ? ""
                : $"the client certificate is for alice (CN), alice@example.org (e-mail), alice@corp.example (UPN), pc1.corp.example (DNS), not for \"{userName}\"",
            mismatch);
    }

    [Fact]
    public void One_that_names_nobody_is_nobody_s()
    {
        using var certificate = _authority.Sign("O=Example", ECDsa.Create(), null).Public;

        Assert.False(ClientIdentity.Matches(certificate, "Example", out var mismatch));
        Assert.Equal("the client certificate names nobody (no CN, e-mail, UPN or DNS name)", mismatch);
    }

    [Fact]
    public void Alternative_names_that_cannot_be_read_are_none()
    {
        using var certificate = _authority.Client("alice", r => r.CertificateExtensions.Add(new X509Extension("2.5.29.17", [0x30, 0x05, 0x82, 0x30], critical: false))).Public;

        Assert.True(ClientIdentity.Matches(certificate, "alice", out _));
        Assert.False(ClientIdentity.Matches(certificate, "bob", out _));
    }

    public void Dispose() => _authority.Dispose();
}
