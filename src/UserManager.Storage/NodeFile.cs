using System.Text;

namespace UserManager.Storage;

/// <summary>What is this node's own and not the database's: <c>data/node.yaml</c> with the line <c>enabled: yes</c>.</summary>
internal sealed class NodeFile(string path)
{
    private const string Key = "enabled:";

    /// <summary>False until it is written.</summary>
    /// <exception cref="DatabaseException">The line says neither yes nor no.</exception>
    public bool Enabled
    {
        get
        {
            var lines = Lines();
            var index = Array.FindIndex(lines, IsEnabled);
            var word = index < 0 ? "no" : lines[index][Key.Length..].Split('#')[0].Trim();
            return word switch
            {
                "yes" or "true" => true,
                "no" or "false" => false,
                _ => throw new DatabaseException($"{path}:{index + 1}: `enabled` is yes or no, not `{word}`."),
            };
        }
    }

    /// <summary>Writes the file anew beside the old one and puts it in its place; other lines stay.</summary>
    /// <exception cref="DatabaseException">It cannot be written.</exception>
    public void SetEnabled(bool enabled)
    {
        string[] lines = [.. Lines().Where(line => !IsEnabled(line)), $"{Key} {(enabled ? "yes" : "no")}"];
        var draft = path + ".new";
        try
        {
            PrivateFiles.MakeFolderOf(path);
            using (var file = PrivateFiles.Open(draft, FileMode.Create))
            {
                file.Write(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
                file.Flush(flushToDisk: true);
            }

            File.Move(draft, path, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new DatabaseException($"{path}: cannot be written: {fault.Message} Check the path and who may write there.", fault);
        }
    }

    private string[] Lines() => File.Exists(path) ? File.ReadAllLines(path) : [];

    private static bool IsEnabled(string line) => line.StartsWith(Key, StringComparison.Ordinal);
}
