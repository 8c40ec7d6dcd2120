namespace UserManager.Contract;

/// <summary>A blocking module that has threads of its own instead of the server's workers, so that what hangs in it keeps nobody else waiting.</summary>
/// <remarks>
/// Read once, when the module is made. A thread that a call holds beyond the module's time is replaced, up to four times their number; none keeps
/// the process from ending. They end when the module is disposed and what is queued has run.
/// </remarks>
public interface IOwnThreads
{
    /// <summary>How many calls run at once; 1 and up.</summary>
    int Threads { get; }

    /// <summary>Octets of stack that each has; 0 for the system's default.</summary>
    int StackSize => 0;

    /// <summary>
    /// How many calls a thread makes, where so many wait, before their answers are sent in one go; 1 and up. More than 1 is for a module whose calls take
    /// microseconds: with others the first would wait for the last.
    /// </summary>
    int Together => 1;
}

/// <summary>A module that has something to say of how it runs, for <c>usermanager check</c>: which library it found, for instance.</summary>
public interface IDescribed
{
    /// <summary>A few words on one line, no secrets.</summary>
    string Description { get; }
}
