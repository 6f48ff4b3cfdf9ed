using System.Runtime.CompilerServices;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;

namespace Arctic.Iceberg.Scanning;

/// <summary>Reads the columns of data and delete files by field id, with ids from the name mapping where a file has none.</summary>
internal sealed class DataFileReader(IObjectStore store, NativeBridge bridge, NameMapping? mapping, int batchRowsMax)
{
    /// <summary>Reads a file.</summary>
    /// <param name="file">Any format that is read.</param>
    /// <param name="ids">The wanted fields, nested ones included; those that the file lacks are left out.</param>
    /// <param name="predicate">Row groups that cannot fulfil it are skipped; on columns of <paramref name="schema"/>.</param>
    /// <param name="schema">Gives the types of the predicate's columns.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>Batches whose fields carry ids; the consumer disposes each.</returns>
    public async IAsyncEnumerable<ParquetBatch> ReadAsync(
        DataFile file, IReadOnlySet<int> ids, ScanPredicate predicate, Schema schema, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (file.Format != FileFormat.Parquet)
        {
            throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot read '{file.FilePath}': {file.Format} files are not read yet.");
        }

        if (file.KeyMetadata is { Length: > 0 })
        {
            throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot read '{file.FilePath}': it is encrypted.");
        }

        var reader = await store.OpenReadAsync(file.FilePath, cancellationToken).ConfigureAwait(false);
        await using var closeReader = reader.ConfigureAwait(false);
        var parquet = await ParquetFileReader.OpenAsync(reader, file.FilePath, bridge, batchRowsMax).ConfigureAwait(false);
        await using var closeParquet = parquet.ConfigureAwait(false);
        var fields = WithIds(parquet.Fields);
        var rowGroups = await PruneAsync(reader, parquet, file.FilePath, predicate, schema, cancellationToken).ConfigureAwait(false);
        var leaves = ParquetProjection.LeavesOf(fields, ids);
        await foreach (var batch in parquet.ReadAsync(leaves, rowGroups, cancellationToken).ConfigureAwait(false))
        {
            yield return batch with { Fields = WithSameIds(batch.Fields, fields) };
        }
    }

    private IReadOnlyList<ParquetField> WithIds(IReadOnlyList<ParquetField> fields) =>
        fields.Any(HasId) ? fields : mapping is null ? NameMapping.ApplyPositions(fields) : mapping.Apply(fields);

    private static bool HasId(ParquetField field) => field.FieldId is not null || field.Children.Any(HasId);

    // The batch has some of the file's fields, perhaps with some of their members.
    private static IReadOnlyList<ParquetField> WithSameIds(IReadOnlyList<ParquetField> some, IReadOnlyList<ParquetField> all)
    {
        if (some.Any(HasId))
        {
            return some;
        }

        var byName = all.ToLookup(f => f.Name, StringComparer.Ordinal);
        return some.Select(f => byName[f.Name].FirstOrDefault() is { } known ? CopyIds(f, known) : f).ToArray();
    }

    private static ParquetField CopyIds(ParquetField field, ParquetField known) => field with
    {
        FieldId = known.FieldId,
        Children = field.Type is Columnar.Types.DataType.Row
            ? new(field.Children.Select(c => known.Children.FirstOrDefault(k => k.Name == c.Name) is { } k ? CopyIds(c, k) : c))
            : new(field.Children.Select((c, i) => CopyIds(c, known.Children[i]))),
    };

    private static async ValueTask<IReadOnlyList<int>?> PruneAsync(
        IObjectReader reader, ParquetFileReader parquet, string location, ScanPredicate predicate, Schema schema, CancellationToken cancellationToken)
    {
        // The bounds of a file of one row group are those of its manifest entry, which planning has looked at.
        if (predicate is ScanPredicate.True || parquet.RowGroupRows.Count < 2)
        {
            return null;
        }

        var footer = await ParquetFooter.ReadAsync(reader, location, cancellationToken).ConfigureAwait(false);
        var kept = Enumerable.Range(0, footer.RowGroups.Count).Where(i => RowGroupRanges.MightMatch(predicate, footer, footer.RowGroups[i], schema)).ToArray();
        return kept.Length == footer.RowGroups.Count ? null : kept;
    }
}

/// <summary>Prunes row groups by the statistics of a footer.</summary>
internal static class RowGroupRanges
{
    /// <summary>Whether a row of the group may fulfil the predicate.</summary>
    public static bool MightMatch(ScanPredicate predicate, ParquetFooter footer, ParquetRowGroup group, Schema schema) =>
        PredicateEvaluator.MightMatch(predicate, id => RangeOf(footer, group, id, schema));

    private static ColumnRange RangeOf(ParquetFooter footer, ParquetRowGroup group, int id, Schema schema)
    {
        if (schema.FindField(id)?.Type is not { } type)
        {
            return ColumnRange.Unknown;
        }

        for (var i = 0; i < footer.Leaves.Count; i++)
        {
            if (footer.Leaves[i] is { IsRepeated: false } leaf && leaf.FieldId == id)
            {
                var chunk = group.Columns[i];
                return new ColumnRange(
                    chunk.Min is { } min ? ParquetValues.Decode(leaf, min.Span, type) : null,
                    chunk.Max is { } max ? ParquetValues.Decode(leaf, max.Span, type) : null,
                    chunk.NullCount != 0,
                    chunk.NullCount is null || chunk.NullCount < chunk.ValueCount,
                    ColumnRanges.IsReal(type));
            }
        }

        return ColumnRange.Unknown;
    }
}
