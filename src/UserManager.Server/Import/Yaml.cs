namespace UserManager.Server.Import;

/// <summary>Texts as YAML scalars.</summary>
internal static class Yaml
{
    /// <summary>In single quotes, which leave everything as it is; in double ones where there are line ends.</summary>
    public static string Quote(string text) => text.AsSpan().ContainsAnyInRange('\0', '\x1F')
        ? $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal)}\""
        : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
