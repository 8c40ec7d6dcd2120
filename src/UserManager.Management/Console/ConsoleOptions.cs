namespace UserManager.Management;

/// <summary>How a console shows things.</summary>
public sealed record ConsoleOptions
{
    /// <summary>Columns of the terminal. Default 80; at least 40 are used.</summary>
    public int Width { get; init; } = 80;

    /// <summary>ANSI colours. Default off.</summary>
    public bool Color { get; init; }

    /// <summary>The user has the right to see secrets: they are printed, and exported where asked for. Default false: they are stars.</summary>
    public bool ShowSensitive { get; init; }

    /// <summary>What the header of an export says of the server. Default: this assembly's version.</summary>
    public string Version { get; init; } = typeof(ConsoleOptions).Assembly.GetName().Version?.ToString(3) ?? "";
}

/// <summary>What came of an input.</summary>
/// <param name="Output">All that was printed, up to the first refusal.</param>
/// <param name="Error">The refusal; null when all was done.</param>
/// <param name="Menu">The current menu, for the prompt; the root is <c>/</c>.</param>
/// <param name="Quit">The user wants to leave.</param>
public sealed record ConsoleResult(string Output, string? Error, string Menu, bool Quit)
{
    public bool Succeeded => Error is null;

    /// <summary>Where the command that was refused stands in the input.</summary>
    public Position? ErrorPosition { get; init; }
}
