using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;
using Arctic.Storage.Formats;
using Arctic.Storage.Parquet;

namespace Arctic.Iceberg.Scanning;

/// <summary>
/// Finds the row groups of a file that may hold rows of a predicate: by the statistics of the footer, then, where those leave it open, by the bounds of pages, Bloom filters and
/// dictionaries. Whatever is missing, not understood or damaged rules nothing out.
/// </summary>
internal sealed class RowGroupPruner
{
    // A dictionary is read when it is small, and small beside what may be saved.
    private const int DictionaryBytesMax = 1 << 20;
    private const int DictionaryShareMax = 4;

    // Asking a store takes time, not work: the row groups of a remote file are looked at together.
    private const int RowGroupsAtOnce = 8;

    private readonly ParquetSource _source;
    private readonly ScanPredicate _predicate;
    private readonly Schema _schema;
    private readonly Dictionary<int, int> _leafOf = [];

    /// <param name="source">The file.</param>
    /// <param name="fields">Its columns with their ids.</param>
    /// <param name="predicate">On columns of <paramref name="schema"/>.</param>
    /// <param name="schema">Gives the types of the predicate's columns.</param>
    public RowGroupPruner(ParquetSource source, IReadOnlyList<FileField> fields, ScanPredicate predicate, Schema schema)
    {
        (_source, _predicate, _schema) = (source, predicate, schema);
        AddLeaves(fields);
    }

    /// <summary>The row groups that may hold rows of the predicate, ascending, each as far as the last page that may.</summary>
    public async ValueTask<RowGroupPart[]> PruneAsync(IReadOnlyList<int> rowGroups, CancellationToken cancellationToken)
    {
        var groups = _source.Footer.RowGroups;
        if (_predicate is ScanPredicate.True)
        {
            return rowGroups.Select(g => new RowGroupPart(g, groups[g].RowCount)).ToArray();
        }

        var spans = new RowSpan?[groups.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = _source.Object.LocalPath is null ? RowGroupsAtOnce : 1, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            rowGroups.Where(g => MightMatchStatistics(groups[g])),
            options,
            async (g, token) => spans[g] = await SpanOfAsync(_predicate, groups[g], token).ConfigureAwait(false)).ConfigureAwait(false);
        return rowGroups.Where(g => spans[g] is not null).Select(g => new RowGroupPart(g, spans[g]!.Value.End)).ToArray(); // those with a span
    }

    // Only a value that is there once a row has bounds and a dictionary of its own.
    private void AddLeaves(IEnumerable<FileField> fields)
    {
        foreach (var field in fields)
        {
            if (field.Type is DataType.Row)
            {
                AddLeaves(field.Children);
            }
            else if (field.FieldId is { } id && field.Children.Count == 0)
            {
                _leafOf[id] = field.FirstLeaf;
            }
        }
    }

    private bool MightMatchStatistics(ParquetRowGroup group) => PredicateEvaluator.MightMatch(_predicate, id => RangeOf(group, id));

    // A span of rows outside of which no row fulfils the predicate; null when none at all does.
    private async ValueTask<RowSpan?> SpanOfAsync(ScanPredicate predicate, ParquetRowGroup group, CancellationToken cancellationToken)
    {
        switch (predicate)
        {
            case ScanPredicate.True:
                return new RowSpan(0, group.RowCount);
            case ScanPredicate.False:
                return null;
            case ScanPredicate.And p:
                return await SpanOfAsync(p.Left, group, cancellationToken).ConfigureAwait(false) is { } left && await SpanOfAsync(p.Right, group, cancellationToken).ConfigureAwait(false) is { } right
                    ? RowSpan.Both(left, right)
                    : null;
            case ScanPredicate.Or p:
                var (one, other) = (await SpanOfAsync(p.Left, group, cancellationToken).ConfigureAwait(false), await SpanOfAsync(p.Right, group, cancellationToken).ConfigureAwait(false));
                return one is { } a && other is { } b ? RowSpan.Around(a, b) : one ?? other;
            default:
                return PredicateEvaluator.MightMatch(predicate, id => RangeOf(group, id)) ? await SpanOfConditionAsync(predicate, group, cancellationToken).ConfigureAwait(false) : null;
        }
    }

    private async ValueTask<RowSpan?> SpanOfConditionAsync(ScanPredicate condition, ParquetRowGroup group, CancellationToken cancellationToken)
    {
        var fieldId = condition.FieldIds.Single();
        if (!_leafOf.TryGetValue(fieldId, out var leaf) || _schema.FindField(fieldId)?.Type is not { } type)
        {
            return new RowSpan(0, group.RowCount);
        }

        var column = new LeafOfGroup(group, group.Columns[leaf], _source.Footer.Leaves[leaf], type);
        return await SpanOfPagesAsync(condition, column, cancellationToken).ConfigureAwait(false) is { } span
            && await MightMatchValuesAsync(condition, column, cancellationToken).ConfigureAwait(false)
            ? span
            : null;
    }

    private async ValueTask<RowSpan?> SpanOfPagesAsync(ScanPredicate condition, LeafOfGroup column, CancellationToken cancellationToken)
    {
        if (await PageBounds.ReadAsync(_source, column.Chunk, column.Node, column.Group.RowCount, cancellationToken).ConfigureAwait(false) is not { } pages)
        {
            return new RowSpan(0, column.Group.RowCount);
        }

        RowSpan? span = null;
        foreach (var page in pages)
        {
            if (PredicateEvaluator.MightMatch(condition, _ => RangeOf(page, column)))
            {
                span = span is { } before ? RowSpan.Around(before, page.Rows) : page.Rows;
            }
        }

        return span;
    }

    private async ValueTask<bool> MightMatchValuesAsync(ScanPredicate condition, LeafOfGroup column, CancellationToken cancellationToken)
    {
        var wanted = condition switch
        {
            ScanPredicate.Compare { Operator: PredicateOperator.Equal } p => ParquetValues.Encode(column.Node, column.Type, [p.Value]),
            ScanPredicate.In p => ParquetValues.Encode(column.Node, column.Type, p.Values),
            _ => null,
        };
        return wanted is null
            || (await MightBeInFilterAsync(wanted, column.Chunk, cancellationToken).ConfigureAwait(false) && await MightBeInDictionaryAsync(wanted, column, cancellationToken).ConfigureAwait(false));
    }

    private async ValueTask<bool> MightBeInFilterAsync(List<byte[]> wanted, ParquetColumnChunk chunk, CancellationToken cancellationToken)
    {
        if (chunk.BloomFilter is not { } section || await BloomFilter.OpenAsync(_source, section, cancellationToken).ConfigureAwait(false) is not { } filter)
        {
            return true;
        }

        foreach (var value in wanted)
        {
            if (await filter.MightContainAsync(value, cancellationToken).ConfigureAwait(false))
            {
                return true;
            }
        }

        return false;
    }

    private async ValueTask<bool> MightBeInDictionaryAsync(List<byte[]> wanted, LeafOfGroup column, CancellationToken cancellationToken)
    {
        if (column.Chunk.DictionaryPage is not { Length: <= DictionaryBytesMax } section || section.Length > column.Group.Columns.Sum(c => c.CompressedSize) / DictionaryShareMax)
        {
            return true;
        }

        if (await DictionaryPage.ReadAsync(_source, column.Chunk, column.Node, cancellationToken).ConfigureAwait(false) is not { } dictionary)
        {
            return true;
        }

        var values = new HashSet<byte[]>(wanted, Partitioning.ByteContent.Comparer).GetAlternateLookup<ReadOnlySpan<byte>>();
        for (var i = 0; i < dictionary.Count; i++)
        {
            if (values.Contains(dictionary[i]))
            {
                return true;
            }
        }

        return false;
    }

    private ColumnRange RangeOf(ParquetRowGroup group, int id)
    {
        if (!_leafOf.TryGetValue(id, out var leaf) || _schema.FindField(id)?.Type is not { } type)
        {
            return ColumnRange.Unknown;
        }

        var chunk = group.Columns[leaf];
        var node = _source.Footer.Leaves[leaf];
        return new ColumnRange(
            BoundOf(chunk.Min, node, type), BoundOf(chunk.Max, node, type), chunk.NullCount != 0, chunk.NullCount is null || chunk.NullCount < chunk.ValueCount, ColumnRanges.IsReal(type));
    }

    private static ColumnRange RangeOf(PageBounds page, LeafOfGroup column) => new(
        BoundOf(page.Min, column.Node, column.Type),
        BoundOf(page.Max, column.Node, column.Type),
        page.IsAllNull || page.NullCount != 0,
        !page.IsAllNull,
        !page.IsAllNull && ColumnRanges.IsReal(column.Type));

    // Some writers count NaN when they look for the least and greatest value; then nothing is known.
    private static object? BoundOf(ReadOnlyMemory<byte>? bound, ParquetNode leaf, IcebergType type) =>
        bound is { } bytes && ParquetValues.Decode(leaf, bytes.Span, type) is { } value && !ValueOrder.IsNan(value) ? value : null;

    private sealed record LeafOfGroup(ParquetRowGroup Group, ParquetColumnChunk Chunk, ParquetNode Node, IcebergType Type);
}
