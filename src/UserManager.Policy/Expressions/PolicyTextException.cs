using Microsoft.Extensions.Logging;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>A condition, expansion or assignment that cannot be read.</summary>
internal sealed class PolicyTextException(int offset, string message) : Exception(message)
{
    /// <summary>Characters from the start of the text to what is wrong.</summary>
    public int Offset { get; } = offset;
}

/// <summary>What the texts of a policy are compiled with.</summary>
internal sealed record Scope(RadiusDictionary Dictionary, TimeProvider Clock, ILogger Logger)
{
    /// <summary>The site the text stands in, for <c>Virtual-Server</c>.</summary>
    public string Site { get; init; } = "";

    /// <summary>Who compares attributes that no list holds.</summary>
    public PairCompares Compares { get; init; } = new();

    /// <summary>The folder that files named by a policy are looked for in.</summary>
    public string ConfigFolder { get; init; } = "";

    public AttributeDefinition Find(string name, int offset) =>
        Dictionary.TryFind(name, out var definition) ? definition : throw UnknownAttribute(name, offset);

    public PolicyTextException UnknownAttribute(string name, int offset) =>
        new(offset, $"no dictionary has an attribute \"{name}\"{Words.DidYouMean(name, Dictionary.Attributes.Select(a => a.Name))}");
}
