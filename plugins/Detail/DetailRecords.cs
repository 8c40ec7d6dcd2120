using System.Globalization;
using System.Text;

namespace UserManager.Plugins;

/// <summary>A record of a detail file.</summary>
/// <param name="Line">Its first line, from 1.</param>
/// <param name="Lines">Lines with an attribute, and their numbers.</param>
/// <param name="TimestampAt">Where in the file the line <c>Timestamp</c> begins; -1 for none.</param>
internal sealed record DetailRecord(int Line, IReadOnlyList<(int Number, string Text)> Lines, long Timestamp, long TimestampAt)
{
    /// <summary>All of it, as it stands in the file.</summary>
    public required byte[] Octets { get; init; }

    /// <summary>It was acknowledged, and that was noted.</summary>
    public bool IsDone { get; init; }

    /// <summary>It has its last line: it is no part of one that was being written when the power failed.</summary>
    public bool IsComplete => TimestampAt >= 0 || IsDone;

    /// <summary>The value of a line; null for none.</summary>
    public string? Find(string name)
    {
        foreach (var (_, text) in Lines)
        {
            if (text.StartsWith(name, StringComparison.Ordinal) && text.AsSpan(name.Length).TrimStart() is ['=', .. var value])
                return value.Trim().ToString();
        }

        return null;
    }
}

/// <summary>Reads detail files.</summary>
internal static class DetailRecords
{
    private const string Timestamp = "Timestamp";
    private const string Done = "Donestamp";

    /// <summary>What <c>Timestamp</c> begins with once a record is done (FreeRADIUS's <c>track</c>): it makes it <c>Donestamp</c>.</summary>
    public static readonly byte[] DoneMark = Encoding.ASCII.GetBytes("\tDone");

    public static IEnumerable<DetailRecord> Read(byte[] file)
    {
        var (start, startLine, number) = (0, 0, 0);
        var lines = new List<(int, string)>();
        long timestamp = 0, timestampAt = -1;
        var done = false;
        for (var at = 0; at < file.Length;)
        {
            var end = Array.IndexOf(file, (byte)'\n', at) is >= 0 and var found ? found : file.Length;
            var text = Radius.AttributeList.Text(file.AsSpan(at, end - at)).TrimEnd('\r');
            number++;
            if (text.Length == 0)
            {
                if (startLine > 0)
                    yield return Record(end);

                (lines, startLine, timestampAt, done) = ([], 0, -1, false);
            }
            else if (startLine == 0)
            {
                (start, startLine) = (at, number);          // the header: when it was written, for people
            }
            else if (text.TrimStart() is var line && TryReadStamp(line, Timestamp, out var stamp))
            {
                (timestamp, timestampAt) = (stamp, at);
            }
            else if (TryReadStamp(line, Done, out _))
            {
                done = true;
            }
            else
            {
                lines.Add((number, line));
            }

            at = end + 1;
        }

        if (startLine > 0)
            yield return Record(file.Length - 1);

        DetailRecord Record(int last) => new(startLine, lines, timestamp, timestampAt) { IsDone = done, Octets = file[start..Math.Min(last + 1, file.Length)] };
    }

    private static bool TryReadStamp(string line, string name, out long stamp)
    {
        stamp = 0;
        return line.StartsWith(name, StringComparison.Ordinal)
            && line.AsSpan(name.Length).TrimStart() is ['=', .. var value]
            && long.TryParse(value.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out stamp);
    }
}
