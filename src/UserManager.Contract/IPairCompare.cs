using UserManager.Radius;

namespace UserManager.Contract;

/// <summary>Gives a module an attribute to compare that no packet holds, as FreeRADIUS's <c>paircompare</c>: <c>[PairCompare("SQL-Group")]</c> has it asked for
/// <c>if: SQL-Group == "gold"</c> in policies, and for such a check item of a users file or of SQL's tables.</summary>
/// <remarks>
/// It stands beside <see cref="ModuleAttribute"/>, perhaps several times, on a class that implements <see cref="IPairCompare"/>. The attribute is one of the dictionary's that
/// never goes over the wire (its number is above 255, without a vendor); one that another module compares is refused. A second instance NAME of the
/// module compares <c>NAME-SQL-Group</c>, if the dictionary has it. A policy that compares makes the module; rows of tables, read later, do not.
/// </remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false, AllowMultiple = true)]
public sealed class PairCompareAttribute(string name) : Attribute
{
    /// <summary>The attribute's name.</summary>
    public string Name { get; } = name;
}

/// <summary>A module that compares attributes: see <see cref="PairCompareAttribute"/>.</summary>
public interface IPairCompare
{
    /// <summary>Compares what is true of the request with a value: <c>==</c> asks for 0, <c>&lt;</c> for less, and so on.</summary>
    /// <param name="context">The request.</param>
    /// <param name="attribute">Which attribute is compared.</param>
    /// <param name="value">The value on the other side, as the attribute's type has it.</param>
    /// <returns>0 when the request agrees, as a user who is in the group does; else below or above 0, where there is an order.</returns>
    /// <remarks>Called on a worker when the module is blocking. What it throws is the request's <c>fail</c>.</remarks>
    int Compare(RequestContext context, AttributeDefinition attribute, ReadOnlySpan<byte> value);
}
