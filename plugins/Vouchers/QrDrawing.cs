using System.Globalization;
using System.Text;
using QRCoder;

namespace UserManager.Plugins;

/// <summary>A QR code as SVG, one path: sharp on paper, and a few hundred octets.</summary>
internal static class QrDrawing
{
    // The largest code, of version 40, at level M (ISO/IEC 18004).
    private const int MostOctets = 2331;

    /// <param name="text">What it holds, in ASCII.</param>
    /// <returns>Empty for more than a code can hold.</returns>
    public static string Of(string text)
    {
        if (text.Length > MostOctets)
            return "";

        using var code = new QRCodeGenerator().CreateQrCode(text, QRCodeGenerator.ECCLevel.M);
        var rows = code.ModuleMatrix;
        var path = new StringBuilder();
        for (var y = 0; y < rows.Count; y++)
        {
            for (var x = 0; x < rows.Count; x++)
            {
                var from = x;
                while (x < rows.Count && rows[y][x])
                    x++;

                if (x > from)
                    path.Append(CultureInfo.InvariantCulture, $"M{from} {y}h{x - from}v1h-{x - from}z");
            }
        }

        return $"<svg viewBox=\"0 0 {rows.Count} {rows.Count}\" role=\"img\" aria-label=\"QR code that logs in\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{rows.Count}v{rows.Count}h-{rows.Count}z\"/><path fill=\"#000\" d=\"{path}\"/></svg>";
    }
}
