using System.Collections.Concurrent;
using Arctic.Columnar.Expressions;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Scanning;

/// <summary>Decides by partitions and metrics alone whether files have rows that a filter keeps: some perhaps, or all for certain. Thread-safe.</summary>
internal sealed class FileFilter
{
    private readonly Schema _schema;
    private readonly ScanPredicate _matching;
    private readonly ScanPredicate _refuting;
    private readonly ConcurrentDictionary<int, (SpecPredicate Matching, SpecPredicate Refuting)> _specs = [];

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
    public bool MightMatch(ManifestFile manifest, TableMetadata metadata) => SpecOf(manifest.SpecId, metadata).Matching.MightMatch(manifest);

    /// <summary>Whether a data file may have rows that fulfil the filter. False is certain.</summary>
    public bool MightMatch(DataFile file, TableMetadata metadata) =>
        SpecOf(file.SpecId, metadata).Matching.MightMatch(file.Partition) && PredicateEvaluator.MightMatch(_matching, id => RangeOf(file, id));

    /// <summary>Whether all rows of a data file fulfil the filter. True is certain.</summary>
    public bool MatchesAll(DataFile file, TableMetadata metadata) =>
        !SpecOf(file.SpecId, metadata).Refuting.MightMatch(file.Partition) || !PredicateEvaluator.MightMatch(_refuting, id => RangeOf(file, id));

    private ColumnRange RangeOf(DataFile file, int id) => _schema.FindField(id) is { } field ? ColumnRanges.OfFile(file, id, field.Type) : ColumnRange.Unknown;

    private (SpecPredicate Matching, SpecPredicate Refuting) SpecOf(int specId, TableMetadata metadata) => _specs.GetOrAdd(
        specId,
        static (id, of) => (SpecPredicate.Of(of.Metadata, id, of.Self._matching, of.Self._schema), SpecPredicate.Of(of.Metadata, id, of.Self._refuting, of.Self._schema)),
        (Self: this, Metadata: metadata));
}
