namespace UserManager.Radius;

/// <summary>The flags of an <c>ATTRIBUTE</c> line, and on which types they may stand.</summary>
internal static class AttributeFlags
{
    private static readonly string[] Known =
        ["has_tag", "encrypt=1", "encrypt=2", "encrypt=3", "array", "concat", "secret", "virtual"];

    /// <returns>What is wrong, or null.</returns>
    public static string? Read(ReadOnlySpan<char> flags, AttributeLine attribute, IEnumerable<string> vendors)
    {
        if (flags.IsEmpty)
            return null;

        foreach (var range in flags.Split(','))
        {
            if (!Set(attribute, flags[range]))
                return $"unknown flag or vendor \"{flags[range]}\"{Words.DidYouMean(flags[range].ToString(), Known.Concat(vendors))}";
        }

        return WrongPlace(attribute);
    }

    private static bool Set(AttributeLine attribute, ReadOnlySpan<char> flag)
    {
        switch (flag)
        {
            case "has_tag" or "has_tag=1":
                return attribute.HasTag = true;
            case "encrypt=1" or "encrypt=2" or "encrypt=3":
                attribute.Encryption = (AttributeEncryption)(flag[^1] - '0');
                return attribute.IsSecret = true;
            case "array":
                return attribute.IsArray = true;
            case "concat":
                return attribute.IsConcat = true;
            case "secret":
                return attribute.IsSecret = true;
            case "virtual":
                return attribute.IsVirtual = true;
            default:
                return false;
        }
    }

    private static string? WrongPlace(AttributeLine attribute)
    {
        var (key, type) = (attribute.Key, attribute.Type);
        if (attribute.HasTag && type is not (AttributeType.String or AttributeType.Integer))
            return "has_tag is for the types string and integer";

        if (attribute.IsConcat && (type != AttributeType.Octets || key.VendorId != 0 || key.ExtendedType != 0 || key.Depth != 0))
            return "concat is for attributes of type octets outside of vendors";

        if (attribute.IsVirtual && !key.IsInternal)
            return "virtual is for internal numbers, above 255 and without vendor";

        if (key.ExtendedType != 0 && (attribute.HasTag || attribute.Encryption is not (AttributeEncryption.None or AttributeEncryption.TunnelPassword)))
            return "of the flags, only encrypt=2 may stand on a child of an extended attribute";

        return WrongEncryption(attribute);
    }

    private static string? WrongEncryption(AttributeLine attribute) => (attribute.Encryption, attribute.Type) switch
    {
        (AttributeEncryption.None, _) => null,
        (AttributeEncryption.UserPassword, AttributeType.String) => null,
        (AttributeEncryption.UserPassword, AttributeType.Octets) when attribute.FixedLength > 0 => null,
        (AttributeEncryption.UserPassword, _) => "encrypt=1 is for the types string and octets[N], because it loses the length",
        (AttributeEncryption.TunnelPassword, AttributeType.String or AttributeType.Octets or AttributeType.Integer or AttributeType.IpAddr) => null,
        (AttributeEncryption.TunnelPassword, _) => "encrypt=2 is for the types string, octets, integer and ipaddr",
        (_, AttributeType.String) => null,
        _ => "encrypt=3 is for the type string",
    };
}
