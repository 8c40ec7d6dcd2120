namespace UserManager.Radius;

// Stand-ins until the keys are made from dictionaries/.
public static class Rfc2865
{
    public static readonly AttributeKey UserName = new(1);
    public static readonly AttributeKey UserPassword = new(2);
    public static readonly AttributeKey ChapPassword = new(3);
    public static readonly AttributeKey NasIpAddress = new(4);
    public static readonly AttributeKey NasPort = new(5);
    public static readonly AttributeKey ServiceType = new(6);
    public static readonly AttributeKey FramedProtocol = new(7);
    public static readonly AttributeKey FramedIpAddress = new(8);
    public static readonly AttributeKey FramedIpNetmask = new(9);
    public static readonly AttributeKey ReplyMessage = new(18);
    public static readonly AttributeKey State = new(24);
    public static readonly AttributeKey Class = new(25);
    public static readonly AttributeKey VendorSpecific = new(26);
    public static readonly AttributeKey SessionTimeout = new(27);
    public static readonly AttributeKey IdleTimeout = new(28);
    public static readonly AttributeKey CalledStationId = new(30);
    public static readonly AttributeKey CallingStationId = new(31);
    public static readonly AttributeKey NasIdentifier = new(32);
    public static readonly AttributeKey ProxyState = new(33);
    public static readonly AttributeKey ChapChallenge = new(60);
    public static readonly AttributeKey NasPortType = new(61);
}

public static class Rfc2866
{
    public static readonly AttributeKey AcctStatusType = new(40);
    public static readonly AttributeKey AcctDelayTime = new(41);
    public static readonly AttributeKey AcctInputOctets = new(42);
    public static readonly AttributeKey AcctOutputOctets = new(43);
    public static readonly AttributeKey AcctSessionId = new(44);
    public static readonly AttributeKey AcctSessionTime = new(46);
    public static readonly AttributeKey AcctTerminateCause = new(49);
    public static readonly AttributeKey AcctMultiSessionId = new(50);
}

public static class Rfc2869
{
    public static readonly AttributeKey AcctInputGigawords = new(52);
    public static readonly AttributeKey AcctOutputGigawords = new(53);
    public static readonly AttributeKey EventTimestamp = new(55);
    public static readonly AttributeKey EapMessage = new(79);
    public static readonly AttributeKey MessageAuthenticator = new(80);
    public static readonly AttributeKey AcctInterimInterval = new(85);
    public static readonly AttributeKey NasPortId = new(87);
    public static readonly AttributeKey FramedPool = new(88);
}

public static class Rfc3162
{
    public static readonly AttributeKey NasIpv6Address = new(95);
    public static readonly AttributeKey FramedIpv6Prefix = new(97);
}

public static class Rfc6911
{
    public static readonly AttributeKey FramedIpv6Address = new(168);
}

public static class MicrosoftVsa
{
    public static readonly AttributeKey MsChapResponse = AttributeKey.Vendor(311, 1);
    public static readonly AttributeKey MsChapError = AttributeKey.Vendor(311, 2);
    public static readonly AttributeKey MsMppeEncryptionPolicy = AttributeKey.Vendor(311, 7);
    public static readonly AttributeKey MsMppeEncryptionTypes = AttributeKey.Vendor(311, 8);
    public static readonly AttributeKey MsChapChallenge = AttributeKey.Vendor(311, 11);
    public static readonly AttributeKey MsChapMppeKeys = AttributeKey.Vendor(311, 12);
    public static readonly AttributeKey MsMppeSendKey = AttributeKey.Vendor(311, 16);
    public static readonly AttributeKey MsMppeRecvKey = AttributeKey.Vendor(311, 17);
    public static readonly AttributeKey MsChap2Response = AttributeKey.Vendor(311, 25);
    public static readonly AttributeKey MsChap2Success = AttributeKey.Vendor(311, 26);
}

public static class Internal
{
    public static readonly AttributeKey AuthType = new(1000);
    public static readonly AttributeKey Realm = new(1045);
    public static readonly AttributeKey StrippedUserName = new(1043);
    public static readonly AttributeKey NtPassword = new(1058);
    public static readonly AttributeKey CleartextPassword = new(1100);
    public static readonly AttributeKey ModuleFailureMessage = new(1076);
    public static readonly AttributeKey AcctUniqueSessionId = new(1051);
    public static readonly AttributeKey ResponsePacketType = new(1080);
    public static readonly AttributeKey SmbAccountCtrl = new(1059);
    public static readonly AttributeKey MsChapUserName = new(1083);
}

public static class UserManagerInternal
{
    public static readonly AttributeKey UserManagerGroup = new(60000);
}
