namespace UserManager.Contract;

/// <summary>The folder <c>config</c>, for a module whose options name files in it. A module gets it by its constructor.</summary>
/// <param name="Path">A path; it need not be absolute.</param>
public sealed record ConfigFolder(string Path);
