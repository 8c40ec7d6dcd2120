namespace UserManager.Contract;

/// <summary>Makes a class a module, and gives it the name that policies call it by.</summary>
/// <remarks>
/// The class is public and sealed, and implements one interface a section it may stand in. Its constructor takes what it needs:
/// its options (a record with init properties, read from <c>config/modules/NAME.yaml</c>), TimeProvider, ILogger, and the stores of the contract.
/// </remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ModuleAttribute(string name) : Attribute
{
    public string Name { get; } = name;

    /// <summary>
    /// The module may wait (SQL, HTTP, scripts): it is run on a worker, never on a thread that receives.
    /// Default false: inline, and then it must come back at once or give a task that ends by itself.
    /// One that may wait in some sections only says so there: <see cref="BlockingAttribute"/>.
    /// </summary>
    public bool Blocking { get; init; }

    /// <summary>Seconds that a call may wait and run before its request goes on without it, when the key <c>timeout</c> says nothing. Default 10.</summary>
    public double Timeout { get; init; } = 10;
}

/// <summary>Stands on a section's method of a module that is inline otherwise: this one may wait and is run on a worker.</summary>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class BlockingAttribute : Attribute;
