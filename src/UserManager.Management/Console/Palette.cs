namespace UserManager.Management;

/// <summary>The console's colours; none when they are off.</summary>
internal sealed class Palette(bool on)
{
    public string Header(string text) => Paint("1;36", text);

    public string Name(string text) => Paint("36", text);

    public string Dim(string text) => Paint("90", text);

    public string Comment(string text) => Paint("33", text);

    private string Paint(string code, string text) => on && text.Length > 0 ? $"\e[{code}m{text}\e[0m" : text;
}
