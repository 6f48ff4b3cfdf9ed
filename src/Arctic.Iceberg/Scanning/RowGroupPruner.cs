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

    /// <summary>The chosen row groups that may hold rows of the predicate, ascending.</summary>
    public async ValueTask<int[]> PruneAsync(IReadOnlyList<int> rowGroups, CancellationToken cancellationToken)
    {
        var open = rowGroups.Where(g => MightMatchStatistics(_source.Footer.RowGroups[g])).ToArray();
        if (_predicate is ScanPredicate.True)
        {
            return open;
        }

        var isKept = new bool[_source.Footer.RowGroups.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = _source.Object.LocalPath is null ? RowGroupsAtOnce : 1, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            open, options, async (g, token) => isKept[g] = await MightMatchAsync(_predicate, _source.Footer.RowGroups[g], token).ConfigureAwait(false)).ConfigureAwait(false);
        return open.Where(g => isKept[g]).ToArray();
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

    private async ValueTask<bool> MightMatchAsync(ScanPredicate predicate, ParquetRowGroup group, CancellationToken cancellationToken)
    {
        switch (predicate)
        {
            case ScanPredicate.And p:
                return await MightMatchAsync(p.Left, group, cancellationToken).ConfigureAwait(false) && await MightMatchAsync(p.Right, group, cancellationToken).ConfigureAwait(false);
            case ScanPredicate.Or p:
                return await MightMatchAsync(p.Left, group, cancellationToken).ConfigureAwait(false) || await MightMatchAsync(p.Right, group, cancellationToken).ConfigureAwait(false);
            case ScanPredicate.True or ScanPredicate.False:
                return predicate is ScanPredicate.True;
        }

        if (!PredicateEvaluator.MightMatch(predicate, id => RangeOf(group, id)))
        {
            return false;
        }

        var fieldId = predicate.FieldIds.Single();
        if (!_leafOf.TryGetValue(fieldId, out var leaf) || _schema.FindField(fieldId)?.Type is not { } type)
        {
            return true;
        }

        var column = new LeafOfGroup(group, group.Columns[leaf], _source.Footer.Leaves[leaf], type);
        return await MightMatchPagesAsync(predicate, column, cancellationToken).ConfigureAwait(false)
            && await MightMatchValuesAsync(predicate, column, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<bool> MightMatchPagesAsync(ScanPredicate condition, LeafOfGroup column, CancellationToken cancellationToken)
    {
        var pages = await PageBounds.ReadAsync(_source, column.Chunk, column.Node, cancellationToken).ConfigureAwait(false);
        return pages is null || pages.Any(p => PredicateEvaluator.MightMatch(condition, _ => RangeOf(p, column)));
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
