namespace UserManager.Radius.Tests;

/// <summary>The dictionary we ship, loaded once for all tests.</summary>
internal static class Ours
{
    public static RadiusDictionary Dictionary { get; } = DictionaryReader.Load(Repository.At("dictionaries"));

    /// <summary>A list whose buffer holds these octets, as after receiving them.</summary>
    public static AttributeList Received(ReadOnlySpan<byte> octets)
    {
        var list = new AttributeList(Dictionary, Math.Max(1, octets.Length));
        octets.CopyTo(list.Buffer.Span);
        list.Reset(Dictionary, octets.Length);
        return list;
    }

    public static AttributeList List(params IEnumerable<string> lines)
    {
        var list = new AttributeList(Dictionary);
        foreach (var line in lines)
            Assert.True(AttributeText.TryParseLine(Dictionary, line, list, out var error), error);

        return list;
    }

    public static string[] Print(AttributeList list)
    {
        var lines = new string[list.Count];
        for (var i = 0; i < lines.Length; i++)
            lines[i] = AttributeText.Print(in list[i], list);

        return lines;
    }

    public static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));
}
