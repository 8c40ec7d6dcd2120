namespace UserManager.Plugins;

/// <summary>Options of <c>reply_message</c>: what the person at the door is told, by the rule that refuses. Empty: nothing.</summary>
public sealed record ReplyMessageOptions
{
    /// <summary>The password is wrong, or there is no such user: nobody is to learn which.</summary>
    public string WrongPassword { get; init; } = "Wrong user name or password";

    public string UserDisabled { get; init; } = "Your account is not in use";

    public string WrongCallerId { get; init; } = "Your account cannot be used on this device";

    public string CodeUsed { get; init; } = "This code was used before; wait for the next one";

    public string MethodNotAllowed { get; init; } = "Your account cannot be used with this way of logging in";

    public string SharedUsers { get; init; } = "You are logged in already, on as many devices as you may be";

    public string NoProfile { get; init; } = "You have no profile";

    public string ProfileUsed { get; init; } = "Your profile %{refusal:profile} is used up";

    public string OutsideWindows { get; init; } = "Your profile %{refusal:profile} cannot be used at this time%{refusal:again}";

    public string LimitReached { get; init; } = "Your %{refusal:counter} limit of %{refusal:limit} is reached%{refusal:again}";

    /// <summary>Any other reason, those of policies and hooks. Default nothing.</summary>
    public string Otherwise { get; init; } = "";
}
