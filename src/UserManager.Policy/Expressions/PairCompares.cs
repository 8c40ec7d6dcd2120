using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Policy;

/// <summary>The modules that compare attributes (<see cref="IPairCompare"/>), by the attributes.</summary>
internal sealed class PairCompares
{
    /// <summary>The instance that compares an attribute; null for an ordinary one. Set once there are modules.</summary>
    public Func<AttributeDefinition, ModuleInstance?> Of { get; set; } = _ => null;

    /// <summary>The same for an attribute as a policy names it: only one of the request, and no certain one of several, is compared so.</summary>
    public ModuleInstance? Find(AttributeReference reference) =>
        reference is { List: ListName.Request, Instance: Instance.First, Tag: null, Definition: { } definition } ? Of(definition) : null;
}

/// <summary>A check item that a module compares.</summary>
internal sealed class ComparedPair(ValuePair item, ModuleInstance module) : Pair(item.Key, item.Definition, item.Operator)
{
    private readonly IPairCompare _module = (IPairCompare)module.Module;
    private readonly ComparisonOperator _comparison = ValuePair.ComparisonOf(item.Operator);

    public override bool Agrees(RequestContext context, PairList all) =>
        item.TryGetValue(context, out var value) && ValueComparer.Is(_comparison, _module.Compare(context, item.Type, value));

    protected override ReadOnlyMemory<byte>? Expand(RequestContext context) => item.TryGetValue(context, out var value) ? value.ToArray() : null;
}
