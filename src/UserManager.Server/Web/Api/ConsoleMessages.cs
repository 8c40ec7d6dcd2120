namespace UserManager.Server.Web.Api;

/// <summary>Lines of the console's language to be run. <c>POST /console</c></summary>
/// <param name="Session">Names the session that keeps the current menu and the numbers last printed; null for one that ends with this call.</param>
internal sealed record ConsoleRequest(string Input, string? Session = null, int Width = 120, bool Color = false);

/// <param name="Output">What was printed; complete also when a later command failed.</param>
/// <param name="Error">What failed, with line and column; null when nothing did.</param>
/// <param name="Menu">The current menu, for the prompt.</param>
/// <param name="Prompt">Who is logged in where: <c>admin@UserManager</c>.</param>
internal sealed record ConsoleReply(string Output, string? Error, string Menu, bool Quit, string Prompt);

/// <summary><c>POST /console/complete</c></summary>
internal sealed record CompletionRequest(string Input, int Cursor, string? Session = null);

/// <param name="Start">Where in the input the word begins that the candidates stand for.</param>
internal sealed record CompletionReply(int Start, IReadOnlyList<string> Candidates);

/// <summary><c>POST /import</c></summary>
/// <param name="File">The file's name, for messages.</param>
/// <param name="Content">Its octets: an export is bytes, not text (rsc-export, 3.4).</param>
/// <param name="Csv">Users, a row each; otherwise commands of the console's language.</param>
/// <param name="AllOrNothing">Of CSV: with one bad row nothing is written.</param>
internal sealed record ImportRequest(string File, byte[] Content, bool Csv = false, bool AllOrNothing = false);

/// <param name="Lines">What happened, a line each.</param>
internal sealed record ImportReply(IReadOnlyList<string> Lines, bool Succeeded);
