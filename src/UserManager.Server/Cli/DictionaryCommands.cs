using UserManager.Radius;

namespace UserManager.Server.Cli;

/// <summary>The command <c>usermanager dictionary</c>.</summary>
public static class DictionaryCommands
{
    /// <summary><c>dictionary check PATH</c>: counts what is in a tree, or says all that is wrong in it.</summary>
    /// <param name="path">A folder holding a file named <c>dictionary</c>, or such a file.</param>
    /// <param name="output">Gets the counts.</param>
    /// <param name="error">Gets one line an error, <c>FILE:LINE: message</c>.</param>
    /// <returns>The exit code: 0, or 1 after errors.</returns>
    public static int Check(string path, TextWriter output, TextWriter error)
    {
        if (!DictionaryReader.TryLoad(path, out var dictionary, out var errors))
        {
            foreach (var wrong in errors)
                error.WriteLine(wrong);

            return 1;
        }

        output.WriteLine($"attributes {dictionary.Attributes.Count}");
        output.WriteLine($"vendors {dictionary.Vendors.Count}");
        output.WriteLine($"values {dictionary.ValueCount}");
        return 0;
    }
}
