namespace UserManager.Contract;

/// <summary>Makes templates of text with <c>%{...}</c>, as policies have them. A module gets it by its constructor.</summary>
public interface IExpander
{
    /// <summary>Compiles a text. Do it once, not per request.</summary>
    /// <exception cref="FormatException">The text is wrong: an attribute or function that is not known, a brace that is missing.</exception>
    ITextTemplate Compile(string text);
}

/// <summary>A text with <c>%{...}</c> in it, compiled. Immutable.</summary>
public interface ITextTemplate
{
    /// <summary>The text for this request; what is absent there is left out.</summary>
    string Expand(RequestContext context);

    /// <summary>The same as octets: values of attributes stand in it as they came, whatever their encoding.</summary>
    byte[] ExpandOctets(RequestContext context);
}
