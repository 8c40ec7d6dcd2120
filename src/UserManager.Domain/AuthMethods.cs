namespace UserManager.Domain;

/// <summary>The words of <c>outer-auths</c> and <c>inner-auths</c>: bit n of the flags is word n.</summary>
public static class AuthMethods
{
    public static IReadOnlyList<string> Outer { get; } =
        ["pap", "chap", "mschap1", "mschap2", "eap-tls", "eap-ttls", "eap-peap", "eap-mschap2", "eap-md5", "eap-gtc"];

    public static IReadOnlyList<string> Inner { get; } =
        ["ttls-pap", "ttls-chap", "ttls-mschap1", "ttls-mschap2", "peap-mschap2", "ttls-eap-md5", "ttls-eap-mschap2", "ttls-eap-gtc", "peap-gtc"];

    public static OuterAuths ParseOuter(IEnumerable<string> words) => (OuterAuths)Bits(Outer, words);

    public static InnerAuths ParseInner(IEnumerable<string> words) => (InnerAuths)Bits(Inner, words);

    private static int Bits(IReadOnlyList<string> known, IEnumerable<string> words)
    {
        var bits = 0;
        foreach (var word in words)
        {
            for (var i = 0; i < known.Count; i++)
                bits |= known[i] == word ? 1 << i : 0;
        }

        return bits;
    }
}
