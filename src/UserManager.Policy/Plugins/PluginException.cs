namespace UserManager.Policy;

/// <summary>A plugin that cannot be loaded. The message says which, why, and what to do.</summary>
public sealed class PluginException(string message) : Exception(message);
