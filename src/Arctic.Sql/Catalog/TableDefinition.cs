using Arctic.Columnar.Types;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Catalog;

/// <summary>A table as a catalog knows it: what CREATE TABLE said, with names resolved and types read. Immutable; compares by value.</summary>
internal sealed record TableDefinition
{
    /// <summary>The full name.</summary>
    public required ObjectPath Path { get; init; }

    /// <summary>All columns in declared order, computed and metadata ones too.</summary>
    public required EquatableList<TableColumn> Columns { get; init; }

    /// <summary>The columns of the primary key, NOT ENFORCED; empty for a table without one. Their types are NOT NULL.</summary>
    public EquatableList<string> PrimaryKey { get; init; } = EquatableList<string>.Empty;

    /// <summary>The name of the key's constraint; null when it has none.</summary>
    public string? PrimaryKeyName { get; init; }

    /// <summary>PARTITIONED BY; empty for an unpartitioned table.</summary>
    public EquatableList<PartitionField> Partitioning { get; init; } = EquatableList<PartitionField>.Empty;

    /// <summary>DISTRIBUTED; null for none.</summary>
    public TableDistribution? Distribution { get; init; }

    /// <summary>WATERMARK FOR; null for none.</summary>
    public WatermarkDefinition? Watermark { get; init; }

    /// <summary>The WITH clause.</summary>
    public TableOptions Options { get; init; } = TableOptions.Empty;

    /// <summary>COMMENT; null for none.</summary>
    public string? Comment { get; init; }

    /// <summary>What a scan of the table gives: physical and metadata columns, in declared order. Scans project from this list.</summary>
    public RowSchema Schema => new(Columns.Where(c => c is not TableColumn.Computed).Select(ToField));

    /// <summary>What a sink of the table takes: physical columns and metadata ones that are not VIRTUAL, in declared order.</summary>
    public RowSchema SinkSchema => new(Columns.Where(IsWritable).Select(ToField));

    /// <summary>What the table stores itself.</summary>
    public RowSchema PhysicalSchema => new(Columns.OfType<TableColumn.Physical>().Select(ToField));

    /// <summary>The connector that reads and writes the table; null when its catalog owns the storage.</summary>
    public string? Connector => Options.Find("connector");

    /// <summary>The name of a key's constraint that was given none.</summary>
    public static string DefaultKeyName(IEnumerable<string> columns) => "PK_" + string.Join('_', columns);

    private static bool IsWritable(TableColumn column) => column is TableColumn.Physical or TableColumn.Metadata { IsVirtual: false };

    private static Field ToField(TableColumn column) => column switch
    {
        TableColumn.Physical physical => new Field(physical.Name, physical.Type) { Comment = physical.Comment },
        TableColumn.Metadata metadata => new Field(metadata.Name, metadata.Type) { Comment = metadata.Comment },
        _ => throw new System.Diagnostics.UnreachableException($"Column '{column.Name}' holds no data."),
    };
}

/// <summary>One column of a table.</summary>
internal abstract record TableColumn(string Name)
{
    /// <summary>COMMENT; null for none.</summary>
    public string? Comment { get; init; }

    /// <summary>Stored by the table.</summary>
    public sealed record Physical(string Name, DataType Type) : TableColumn(Name);

    /// <summary>Computed from the other columns by every reader; never stored.</summary>
    /// <param name="Expression">Over physical and metadata columns.</param>
    /// <param name="Text">The expression as written.</param>
    public sealed record Computed(string Name, SqlExpression Expression, string Text) : TableColumn(Name);

    /// <summary>Data that the connector gives beside the row (<c>METADATA FROM 'offset'</c>).</summary>
    /// <param name="Key">The connector's name of it.</param>
    /// <param name="IsVirtual">Whether it is read only.</param>
    public sealed record Metadata(string Name, DataType Type, string Key, bool IsVirtual) : TableColumn(Name);
}

/// <summary>WATERMARK FOR <paramref name="Column"/> AS <paramref name="Expression"/>.</summary>
/// <param name="Column">A TIMESTAMP or TIMESTAMP_LTZ column of precision 3 at most.</param>
/// <param name="Text">The expression as written.</param>
internal sealed record WatermarkDefinition(string Column, SqlExpression Expression, string Text);

/// <summary>One field of PARTITIONED BY.</summary>
internal sealed record PartitionField(string Column, PartitionTransform Transform)
{
    /// <summary>The field as DDL writes it.</summary>
    public override string ToString() => Transform.Kind switch
    {
        PartitionTransformKind.Identity => Column,
        PartitionTransformKind.Bucket or PartitionTransformKind.Truncate => $"{Transform.Name}({Transform.Parameter}, {Column})",
        _ => $"{Transform.Name}({Column})",
    };
}

/// <summary>How a partition value follows from a column (Iceberg's transforms).</summary>
/// <param name="Parameter">The number of buckets or the width of truncate; 0 for the others.</param>
internal readonly record struct PartitionTransform(PartitionTransformKind Kind, int Parameter)
{
    /// <summary>The value itself.</summary>
    public static readonly PartitionTransform Identity = new(PartitionTransformKind.Identity, 0);

    /// <summary>The word of DDL.</summary>
    public string Name => Kind switch
    {
        PartitionTransformKind.Identity => "identity",
        PartitionTransformKind.Years => "years",
        PartitionTransformKind.Months => "months",
        PartitionTransformKind.Days => "days",
        PartitionTransformKind.Hours => "hours",
        PartitionTransformKind.Bucket => "bucket",
        PartitionTransformKind.Truncate => "truncate",
        _ => throw new System.Diagnostics.UnreachableException(Kind.ToString()),
    };
}

/// <summary>Iceberg's partition transforms.</summary>
internal enum PartitionTransformKind
{
    /// <summary>The value itself.</summary>
    Identity,

    /// <summary>The year of a date or timestamp.</summary>
    Years,

    /// <summary>The month of a date or timestamp.</summary>
    Months,

    /// <summary>The day of a date or timestamp.</summary>
    Days,

    /// <summary>The hour of a timestamp.</summary>
    Hours,

    /// <summary>Hash modulo a number of buckets.</summary>
    Bucket,

    /// <summary>The value cut to a width.</summary>
    Truncate,
}

/// <summary>DISTRIBUTED BY … INTO n BUCKETS.</summary>
/// <param name="Kind">HASH or RANGE; null when not said.</param>
/// <param name="Columns">Empty when only a number was given.</param>
/// <param name="BucketCount">Null when not said.</param>
internal sealed record TableDistribution(string? Kind, EquatableList<string> Columns, int? BucketCount);

/// <summary>A view: a query that stands for a table.</summary>
/// <param name="Query">Names in it are resolved against <paramref name="DefinedIn"/>.</param>
/// <param name="Columns">Names of the columns; empty for those of the query.</param>
/// <param name="Text">The query as written.</param>
internal sealed record ViewDefinition(ObjectPath Path, Query Query, EquatableList<string> Columns, DatabasePath DefinedIn, string Text)
{
    /// <summary>The query with every name written in full, which means the same from anywhere; null where nobody has worked that out.</summary>
    public string? ExpandedText { get; init; }

    /// <summary>COMMENT; null for none.</summary>
    public string? Comment { get; init; }
}
