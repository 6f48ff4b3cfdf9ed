using Arctic.Columnar.Expressions;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Scanning;

/// <summary>What a reader makes of data files.</summary>
internal sealed record ScanReadRequest
{
    /// <summary>The columns of the table as the scan sees them; the filter's column references are indices into them.</summary>
    public required Schema Schema { get; init; }

    /// <summary>The columns of the result, in order: of the schema, of <see cref="MetadataColumns"/>, or any that files hold under its id.</summary>
    public required IReadOnlyList<NestedField> Columns { get; init; }

    /// <summary>BOOLEAN over the schema's columns; rows for which it is not TRUE are left out. Null keeps all.</summary>
    public Expression? Filter { get; init; }

    /// <summary>What the filter's evaluation depends on.</summary>
    public EvaluationSettings Evaluation { get; init; } = EvaluationSettings.Default;

    /// <summary>The most rows of a batch.</summary>
    public int BatchRowsMax { get; init; } = 32768;

    /// <summary>The most memory for keys of equality deletes.</summary>
    public long DeleteKeyBytesMax { get; init; } = 1L << 30;

    /// <summary>Where Parquet files are decoded.</summary>
    public DecodePlace Decoding { get; init; } = DecodePlace.OwnThread;
}

/// <summary>Where a reader decodes.</summary>
internal enum DecodePlace
{
    /// <summary>On a thread of the reader's own, a few batches ahead of the consumer.</summary>
    OwnThread,

    /// <summary>Where the consumer asks for the next batch, which may wait for the local file system.</summary>
    Consumer,
}
