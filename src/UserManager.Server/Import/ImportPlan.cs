namespace UserManager.Server.Import;

/// <summary>What an import is going to do, and what it is not.</summary>
internal sealed class ImportPlan
{
    private readonly List<PlannedCommand> _commands = [];
    private readonly List<PlannedFile> _files = [];
    private readonly List<string> _kept = [];
    private readonly List<string> _left = [];

    /// <summary>Commands of the console's language, one a line, in an order in which they can be run.</summary>
    public IReadOnlyList<PlannedCommand> Commands => _commands;

    /// <summary>Files to be written below the folder <c>config</c>.</summary>
    public IReadOnlyList<PlannedFile> Files => _files;

    /// <summary>What is converted, <c>FILE:LINE: what</c>.</summary>
    public IReadOnlyList<string> Converted => _kept;

    /// <summary>What is not, <c>FILE:LINE: what: why</c>.</summary>
    public IReadOnlyList<string> NotConverted => _left;

    public void Command(RaddbPlace place, string command) => _commands.Add(new PlannedCommand(place, command));

    public void File(RaddbPlace place, string name, string text) => _files.Add(new PlannedFile(place, name, text));

    public void Converts(RaddbPlace place, string what) => _kept.Add($"{place}: {what}");

    public void Leaves(RaddbPlace place, string what, string why) => _left.Add($"{place}: {what}: {why}");
}

/// <summary>A command and what it was made of.</summary>
internal sealed record PlannedCommand(RaddbPlace Place, string Text);

/// <summary>A file and what it was made of.</summary>
/// <param name="Name">From the folder <c>config</c> on.</param>
internal sealed record PlannedFile(RaddbPlace Place, string Name, string Text);
