using System.Globalization;

namespace UserManager.Benchmarks;

/// <summary>CPU time of a process since this was made, and its memory.</summary>
internal sealed class ServerCpu
{
    private readonly int? _id;
    private readonly double _before;

    public ServerCpu(int? id) => (_id, _before) = (id, id is null ? 0 : Now(id.Value));

    public double Microseconds => _id is null ? 0 : Now(_id.Value) - _before;

    /// <summary>In MB.</summary>
    public long Memory => _id is null ? 0 : long.Parse(
        new string([.. File.ReadLines($"/proc/{_id}/status").First(l => l.StartsWith("VmRSS", StringComparison.Ordinal)).Where(char.IsDigit)]), CultureInfo.InvariantCulture) / 1024;

    // proc(5): utime and stime are the 14th and 15th field, in hundredths of a second; the 2nd, in parentheses, may have blanks.
    private static double Now(int id)
    {
        var stat = File.ReadAllText($"/proc/{id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) * 10_000.0;
    }
}
