namespace UserManager.Plugins;

/// <summary><c>config/modules/reports.yaml</c>.</summary>
public sealed record ReportsOptions
{
    /// <summary>What reports are headed with: the variable <c>$(title)</c>.</summary>
    public string Title { get; init; } = "Usage report";
}
