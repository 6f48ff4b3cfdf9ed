using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Writing;

/// <summary>What files a writer makes: their columns, where they go, and how their manifest entries describe them.</summary>
internal sealed record DataFileRequest
{
    /// <summary>The table's columns (or the chosen ones of an equality delete), in the order of the batches.</summary>
    public required Schema Schema { get; init; }

    /// <summary>Columns after the schema's that the table does not know, with ids of their own, such as a change store's <c>_file_offset</c>; they get metrics too.</summary>
    public IReadOnlyList<NestedField> ExtraColumns { get; init; } = [];

    /// <summary>The spec that <see cref="Partition"/> belongs to.</summary>
    public required PartitionSpec Spec { get; init; }

    /// <summary>The partition of every row.</summary>
    public PartitionTuple Partition { get; init; } = PartitionTuple.Empty;

    /// <summary>Gives the absolute location of the next file; called once a file, never twice with the same result.</summary>
    public required Func<string> NextLocation { get; init; }

    /// <summary>Sizes, codec and row groups.</summary>
    public DataWriteOptions Options { get; init; } = DataWriteOptions.Default;

    /// <summary>What manifests keep of each column; null takes <see cref="MetricsConfig.Of(Schema, IReadOnlyDictionary{string, string})"/> without properties.</summary>
    public MetricsConfig? Metrics { get; init; }

    /// <summary>The order of the rows; 0 is none. Null for position deletes.</summary>
    public int? SortOrderId { get; init; } = 0;

    /// <summary>Data or equality deletes.</summary>
    public FileContent Content { get; init; } = FileContent.Data;

    /// <summary>The columns that an equality delete compares.</summary>
    public IReadOnlyList<int>? EqualityIds { get; init; }

    /// <summary>A request for new rows of a table as it is now: its columns, default partitions, sizes, codecs and metrics. The file names are still to be given.</summary>
    public static DataFileRequest For(TableMetadata metadata) => new()
    {
        Schema = metadata.CurrentSchema,
        Spec = metadata.DefaultSpec,
        NextLocation = static () => throw new System.Diagnostics.UnreachableException("Each partition has its own locations."),
        Options = DataWriteOptions.Of(metadata.Properties),
        Metrics = MetricsConfig.Of(metadata),
    };

    /// <summary>Texts for the footer, beside those that the format asks for.</summary>
    public IReadOnlyDictionary<string, string> KeyValues { get; init; } = new Dictionary<string, string>();
}
