using System.Collections.Frozen;
using Arctic.Columnar.Options;
using Arctic.Storage.S3;

namespace Arctic.Stores;

/// <summary>The keys of S3's options in all their spellings.</summary>
internal static class S3Keys
{
    private static readonly FrozenDictionary<string, string> All = OptionReader.OptionsOf(typeof(S3Options))
        .SelectMany(o => o.Option.Aliases.Prepend(o.Option.Key).Select(spelling => KeyValuePair.Create(spelling, o.Option.Key)))
        .ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Those of the options that are about S3, each under its own key: what comes later, whatever its spelling, replaces what came before.</summary>
    public static Dictionary<string, string> Select(params IEnumerable<IEnumerable<KeyValuePair<string, string>>> options)
    {
        var selected = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in options.SelectMany(o => o))
        {
            if (All.TryGetValue(key, out var own))
            {
                selected[own] = value;
            }
        }

        return selected;
    }
}
