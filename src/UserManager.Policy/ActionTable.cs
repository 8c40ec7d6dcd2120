using UserManager.Contract;

namespace UserManager.Policy;

/// <summary>What a list does when one of its entries returns a code: end, end with reject, or keep the code at a priority.</summary>
internal readonly record struct StepAction
{
    public static readonly StepAction Return = new(-1);
    public static readonly StepAction Reject = new(-2);

    private readonly int _value;

    private StepAction(int value) => _value = value;

    /// <summary>The list ends here.</summary>
    public bool Stops => _value < 0;

    /// <summary>The list ends here, and its result is reject.</summary>
    public bool Rejects => this == Reject;

    /// <summary>1 and up: the code of highest priority is the list's result.</summary>
    public int Priority => _value;

    public static StepAction Keep(int priority) => new(priority);

    public override string ToString() => this == Return ? "return" : this == Reject ? "reject" : $"{_value}";
}

/// <summary>An action for each return code.</summary>
internal sealed class ActionTable
{
    private readonly StepAction[] _actions;

    private ActionTable(StepAction[] actions) => _actions = actions;

    public StepAction this[Rcode rcode] => _actions[(int)rcode];

    /// <summary>Reads a row of the table below: a word or number for reject, fail, ok, handled, invalid, disallow, notfound, noop, updated.</summary>
    public static ActionTable Row(string row)
    {
        var cells = row.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new(Array.ConvertAll(cells, cell => TryParse(cell, out var action) ? action : throw new FormatException(row)));
    }

    /// <summary>This table with other actions for some codes.</summary>
    /// <param name="overrides">By code.</param>
    /// <param name="others">For every code that is not in <paramref name="overrides"/>; null leaves them.</param>
    public ActionTable With(IReadOnlyDictionary<Rcode, StepAction> overrides, StepAction? others)
    {
        if (overrides.Count == 0 && others is null)
            return this;

        var actions = new StepAction[Rcodes.Count];
        for (var i = 0; i < actions.Length; i++)
            actions[i] = overrides.TryGetValue((Rcode)i, out var action) ? action : others ?? _actions[i];

        return new(actions);
    }

    /// <summary>Reads <c>return</c>, <c>reject</c> or a priority of 1 and up (0 is kept for later, as in FreeRADIUS).</summary>
    public static bool TryParse(string word, out StepAction action)
    {
        action = word switch
        {
            "return" or "break" => StepAction.Return,
            "reject" => StepAction.Reject,
            _ => int.TryParse(word, System.Globalization.NumberStyles.None, null, out var priority) ? StepAction.Keep(priority) : default,
        };
        return action != default;
    }
}
