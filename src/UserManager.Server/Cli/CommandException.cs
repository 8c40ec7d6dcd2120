namespace UserManager.Server.Cli;

/// <summary>A command that cannot do its work. The message goes to stderr as it is, and the exit code is 1.</summary>
internal class CommandException(string message) : Exception(message);
