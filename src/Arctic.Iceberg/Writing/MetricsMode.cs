using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Writing;

/// <summary>How much a manifest says of a column of a file.</summary>
internal abstract record MetricsMode
{
    private MetricsMode()
    {
    }

    /// <summary>Reads <c>none</c>, <c>counts</c>, <c>full</c> or <c>truncate(n)</c>.</summary>
    public static MetricsMode Parse(string text) =>
        Find(text) ?? throw new ArcticException(ErrorCodes.InvalidOption, $"'{text}' is not a metrics mode. Use 'none', 'counts', 'truncate(16)' or 'full'.");

    /// <summary>The mode of a text; null when it is none.</summary>
    public static MetricsMode? Find(string text) => text.ToLowerInvariant() switch
    {
        "none" => new None(),
        "counts" => new Counts(),
        "full" => new Full(),
        var t when t.StartsWith("truncate(", StringComparison.Ordinal) && t.EndsWith(')')
            && int.TryParse(t.AsSpan("truncate(".Length..^1), CultureInfo.InvariantCulture, out var length) && length > 0 => new Truncate(length),
        _ => null,
    };

    /// <summary>The column's size only.</summary>
    public sealed record None : MetricsMode;

    /// <summary>Counts, no bounds.</summary>
    public sealed record Counts : MetricsMode;

    /// <summary>Counts, and bounds of text cut to so many code points (bytes of binary).</summary>
    public sealed record Truncate(int Length) : MetricsMode;

    /// <summary>Counts and whole bounds.</summary>
    public sealed record Full : MetricsMode;
}

/// <summary>The metrics mode of each column of a table.</summary>
/// <param name="Default">Of columns that are not listed.</param>
/// <param name="ByFieldId">Of columns by id.</param>
internal sealed record MetricsConfig(MetricsMode Default, IReadOnlyDictionary<int, MetricsMode> ByFieldId)
{
    public const string DefaultKey = "write.metadata.metrics.default";

    private const string ColumnPrefix = "write.metadata.metrics.column.";
    private const int InferredColumnsMax = 100;

    /// <summary>Everything whole: what position deletes are written with.</summary>
    public static readonly MetricsConfig Full = new(new MetricsMode.Full(), new Dictionary<int, MetricsMode>());

    /// <summary>The mode of a column.</summary>
    public MetricsMode Of(int fieldId) => ByFieldId.TryGetValue(fieldId, out var mode) ? mode : Default;

    /// <summary>The modes of a table; columns that files are sorted by have bounds, where nothing is said of them by name.</summary>
    public static MetricsConfig Of(TableMetadata metadata)
    {
        var config = Of(metadata.CurrentSchema, metadata.Properties);
        var modes = new Dictionary<int, MetricsMode>(config.ByFieldId);
        foreach (var id in metadata.DefaultSortOrder.Fields.SelectMany(f => f.SourceIds))
        {
            if (config.Of(id) is MetricsMode.None or MetricsMode.Counts && metadata.CurrentSchema.FindFullName(id) is { } name && !metadata.Properties.ContainsKey(ColumnPrefix + name))
            {
                modes[id] = new MetricsMode.Truncate(16);
            }
        }

        return config with { ByFieldId = modes };
    }

    /// <summary>
    /// The modes that table properties ask for (<c>write.metadata.metrics.default</c> and <c>….column.NAME</c>). Without a default, the first 100 columns
    /// (<c>….max-inferred-column-defaults</c>) have <c>truncate(16)</c> and the others none, as in the original.
    /// </summary>
    public static MetricsConfig Of(Schema schema, IReadOnlyDictionary<string, string> properties)
    {
        var modes = new Dictionary<int, MetricsMode>();
        MetricsMode fallback = new MetricsMode.Truncate(16);
        if (properties.TryGetValue(DefaultKey, out var text))
        {
            fallback = MetricsMode.Parse(text);
        }
        else
        {
            var most = properties.TryGetValue("write.metadata.metrics.max-inferred-column-defaults", out var number) && int.TryParse(number, CultureInfo.InvariantCulture, out var parsed)
                ? parsed
                : InferredColumnsMax;
            foreach (var id in LeafIds(schema.Fields).Skip(most))
            {
                modes[id] = new MetricsMode.None();
            }
        }

        foreach (var (key, value) in properties)
        {
            if (key.StartsWith(ColumnPrefix, StringComparison.Ordinal) && schema.FindField(key[ColumnPrefix.Length..]) is { } field)
            {
                modes[field.Id] = MetricsMode.Parse(value);
            }
        }

        return new MetricsConfig(fallback, modes);
    }

    // As the original counts: the primitive columns of a level before what lies deeper.
    private static IEnumerable<int> LeafIds(IReadOnlyList<NestedField> fields) => fields.Where(f => f.Type.IsPrimitive).Select(f => f.Id)
        .Concat(fields.Where(f => !f.Type.IsPrimitive).SelectMany(f => LeafIds(SchemaTree.ChildrenOf(f.Type))));
}
