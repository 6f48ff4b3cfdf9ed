using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Scanning;

/// <summary>What a predicate of rows means for the partitions of one spec: false of a manifest's summaries or a file's tuple is certain, true is perhaps. Immutable.</summary>
internal sealed class SpecPredicate
{
    private readonly ScanPredicate _predicate;
    private readonly IcebergType.Struct _type;

    private SpecPredicate(PartitionSpec spec, IcebergType.Struct type, ScanPredicate predicate) => (Spec, _type, _predicate) = (spec, type, predicate);

    /// <summary>The spec.</summary>
    public PartitionSpec Spec { get; }

    /// <summary>Projects a predicate.</summary>
    /// <param name="schema">The columns that it is on.</param>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>: the table has no such spec.</exception>
    public static SpecPredicate Of(TableMetadata metadata, int specId, ScanPredicate predicate, Schema schema)
    {
        var spec = metadata.FindSpec(specId)
            ?? throw new ArcticException(ErrorCodes.TableCorrupt, $"A manifest of table '{metadata.Location}' is of partition spec {specId}, which the table does not have.");
        return new SpecPredicate(spec, metadata.PartitionTypeOf(spec), PartitionProjection.Project(predicate, spec, schema));
    }

    /// <summary>Whether files of a manifest may have rows that fulfil the predicate.</summary>
    public bool MightMatch(ManifestFile manifest) =>
        manifest.Partitions is not { } summaries || summaries.Count != _type.Fields.Count
        || PredicateEvaluator.MightMatch(_predicate, id => IndexOf(id) is >= 0 and var i ? ColumnRanges.OfSummary(summaries[i], _type.Fields[i].Type) : ColumnRange.Unknown);

    /// <summary>Whether a file of a partition may have rows that fulfil the predicate.</summary>
    public bool MightMatch(PartitionTuple partition) => MightHold(_predicate, partition);

    // A partition has exactly one value a field: where ranges must take texts for cut, it need not.
    private bool MightHold(ScanPredicate predicate, PartitionTuple partition) => predicate switch
    {
        ScanPredicate.True => true,
        ScanPredicate.And p => MightHold(p.Left, partition) && MightHold(p.Right, partition),
        ScanPredicate.Or p => MightHold(p.Left, partition) || MightHold(p.Right, partition),
        ScanPredicate.Compare { Operator: PredicateOperator.NotEqual, Value: string or byte[] } p when IndexOf(p.FieldId) is >= 0 and var i && i < partition.Count =>
            partition[i] is { } value && (value.GetType() != p.Value.GetType() || ValueOrder.Compare(value, p.Value) != 0),
        _ => PredicateEvaluator.MightMatch(predicate, id => IndexOf(id) is >= 0 and var i && i < partition.Count ? ColumnRange.Of(partition[i]) : ColumnRange.Unknown),
    };

    private int IndexOf(int fieldId)
    {
        for (var i = 0; i < Spec.Fields.Count; i++)
        {
            if (Spec.Fields[i].FieldId == fieldId)
            {
                return i;
            }
        }

        return -1;
    }
}
