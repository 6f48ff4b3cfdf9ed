namespace Arctic.Columnar.Options;

/// <summary>
/// Gives a property of an options record the key that <c>SET</c>, <c>WITH (…)</c>, hints, the environment and files use for it. The
/// property's XML summary is its text in the reference page; its initial value is the default; <c>required</c> makes it mandatory.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionAttribute(string key) : Attribute
{
    /// <summary>Dots for groups, hyphens inside a word; Flink's, Iceberg's or the original's spelling where they have the option.</summary>
    public string Key { get; } = key;

    /// <summary>Other spellings that mean the same.</summary>
    public string[] Aliases { get; init; } = [];

    /// <summary>Whether listings of options must not show the value.</summary>
    public bool IsSecret { get; init; }
}
