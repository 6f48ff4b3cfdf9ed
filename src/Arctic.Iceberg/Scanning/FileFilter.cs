using System.Collections.Concurrent;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Scanning;

/// <summary>Decides by partitions and metrics alone whether files have rows that a filter keeps: some perhaps, or all for certain. Thread-safe.</summary>
internal sealed class FileFilter
{
    private readonly Schema _schema;
    private readonly ScanPredicate _matching;
    private readonly ScanPredicate _refuting;
    private readonly ConcurrentDictionary<int, SpecPredicates> _specs = [];

    /// <param name="schema">Column references of the filter are 0-based indices into its columns.</param>
    /// <param name="filter">BOOLEAN.</param>
    public FileFilter(Schema schema, Expression filter)
    {
        (_schema, Expression) = (schema, filter);
        _matching = new PredicateBuilder(schema).Build(filter);
        _refuting = new RefutationBuilder(schema).Build(filter);
        MetricFieldIds = _matching.FieldIds.Concat(_refuting.FieldIds).ToHashSet();
    }

    /// <summary>The filter.</summary>
    public Expression Expression { get; }

    /// <summary>The columns whose metrics are looked at.</summary>
    public IReadOnlySet<int> MetricFieldIds { get; }

    /// <summary>Whether files of a manifest may have rows that fulfil the filter.</summary>
    public bool MightMatch(ManifestFile manifest, TableMetadata metadata)
    {
        var spec = SpecOf(manifest.SpecId, metadata);
        return manifest.Partitions is not { } summaries || summaries.Count != spec.Type.Fields.Count
            || PredicateEvaluator.MightMatch(spec.Matching, id => spec.IndexOf(id) is >= 0 and var i ? ColumnRanges.OfSummary(summaries[i], spec.Type.Fields[i].Type) : ColumnRange.Unknown);
    }

    /// <summary>Whether a data file may have rows that fulfil the filter. False is certain.</summary>
    public bool MightMatch(DataFile file, TableMetadata metadata)
    {
        var spec = SpecOf(file.SpecId, metadata);
        return MightHold(spec.Matching, spec, file) && PredicateEvaluator.MightMatch(_matching, id => RangeOf(file, id));
    }

    /// <summary>Whether all rows of a data file fulfil the filter. True is certain.</summary>
    public bool MatchesAll(DataFile file, TableMetadata metadata)
    {
        var spec = SpecOf(file.SpecId, metadata);
        return !MightHold(spec.Refuting, spec, file) || !PredicateEvaluator.MightMatch(_refuting, id => RangeOf(file, id));
    }

    private ColumnRange RangeOf(DataFile file, int id) => _schema.FindField(id) is { } field ? ColumnRanges.OfFile(file, id, field.Type) : ColumnRange.Unknown;

    // A partition has exactly one value a field: where ranges must take texts for cut, it need not.
    private static bool MightHold(ScanPredicate predicate, SpecPredicates spec, DataFile file) => predicate switch
    {
        ScanPredicate.And p => MightHold(p.Left, spec, file) && MightHold(p.Right, spec, file),
        ScanPredicate.Or p => MightHold(p.Left, spec, file) || MightHold(p.Right, spec, file),
        ScanPredicate.Compare { Operator: PredicateOperator.NotEqual, Value: string or byte[] } p when spec.IndexOf(p.FieldId) is >= 0 and var i && i < file.Partition.Count =>
            file.Partition[i] is { } value && (value.GetType() != p.Value.GetType() || ValueOrder.Compare(value, p.Value) != 0),
        _ => PredicateEvaluator.MightMatch(predicate, id => spec.IndexOf(id) is >= 0 and var i && i < file.Partition.Count ? ColumnRange.Of(file.Partition[i]) : ColumnRange.Unknown),
    };

    private SpecPredicates SpecOf(int specId, TableMetadata metadata) => _specs.GetOrAdd(specId, static (id, of) =>
    {
        var spec = of.Metadata.FindSpec(id)
            ?? throw new ArcticException(ErrorCodes.TableCorrupt, $"A file of table '{of.Metadata.Location}' is of partition spec {id}, which the table does not have.");
        return new SpecPredicates(
            spec, of.Metadata.PartitionTypeOf(spec), PartitionProjection.Project(of.Self._matching, spec, of.Self._schema), PartitionProjection.Project(of.Self._refuting, spec, of.Self._schema));
    }, (Self: this, Metadata: metadata));

    private sealed record SpecPredicates(PartitionSpec Spec, IcebergType.Struct Type, ScanPredicate Matching, ScanPredicate Refuting)
    {
        public int IndexOf(int fieldId)
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
}
