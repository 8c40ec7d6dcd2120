namespace UserManager.Contract;

/// <summary>A module that goes on with what the one before it has in memory, such as a cache, when the policy is loaded anew.</summary>
/// <remarks>What may not be lost is stored, not handed on: a changed plugin begins anew, as does every start.</remarks>
public interface IInherit
{
    /// <summary>Called once, before the first request, when there was a module of the same name and class. What it throws is logged, and the module goes on without.</summary>
    /// <param name="before">That module. It still serves what began with it, on other threads, and is disposed after that: share what is safe for that, or copy it.</param>
    void Inherit(object before);
}
