using System.Runtime.CompilerServices;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;

namespace Arctic.Iceberg.Scanning;

/// <summary>Reads Parquet files; row groups that cannot hold rows of the predicate are skipped.</summary>
internal sealed class ParquetFormatReader(IObjectStore store, NativeBridge? bridge, FileFieldIds fieldIds, int batchRowsMax) : IFormatReader
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<FileBatch> ReadAsync(FileReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var location = request.File.FilePath;
        var reader = await store.OpenReadAsync(location, cancellationToken).ConfigureAwait(false);
        await using var closeReader = reader.ConfigureAwait(false);
        var parquet = await ParquetFileReader.OpenAsync(reader, location, bridge, batchRowsMax, cancellationToken).ConfigureAwait(false);
        await using var closeParquet = parquet.ConfigureAwait(false);
        // Counts of delete files are nobody's ground, and there are tables that have wrong ones.
        if (request.File.Content == FileContent.Data && parquet.RowGroupRows.Sum() is var rows && rows != request.File.RecordCount)
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, $"Cannot read '{location}': the table says that it has {request.File.RecordCount} rows, and it has {rows}. It is another file, or damaged.");
        }

        var fields = fieldIds.Assign(parquet.Fields);
        var rowGroups = await ChooseAsync(parquet, fields, request, cancellationToken).ConfigureAwait(false);
        var leaves = ParquetProjection.LeavesOf(fields, request.FieldIds);
        await foreach (var batch in parquet.ReadPartsAsync(leaves, rowGroups, cancellationToken).ConfigureAwait(false))
        {
            yield return batch with { Fields = FileFieldIds.Carry(batch.Fields, fields) };
        }
    }

    private static async ValueTask<RowGroupPart[]> ChooseAsync(ParquetFileReader parquet, IReadOnlyList<FileField> fields, FileReadRequest request, CancellationToken cancellationToken)
    {
        var groups = parquet.Source.Footer.RowGroups;
        var chosen = Enumerable.Range(0, groups.Count).Where(i => request.Range is not { } range || range.Contains(groups[i].StartOffset));
        if (request.Positions is { } positions)
        {
            chosen = WithAnyOf(positions, chosen, parquet.RowGroupRows);
        }

        return await new RowGroupPruner(parquet.Source, fields, request.Predicate, request.Schema).PruneAsync(chosen.ToArray(), cancellationToken).ConfigureAwait(false);
    }

    private static IEnumerable<int> WithAnyOf(long[] positions, IEnumerable<int> groups, IReadOnlyList<long> rows)
    {
        var starts = new long[rows.Count + 1];
        for (var i = 0; i < rows.Count; i++)
        {
            starts[i + 1] = starts[i] + rows[i];
        }

        bool HoldsAny(int group)
        {
            var found = Array.BinarySearch(positions, starts[group]);
            var first = found >= 0 ? found : ~found;
            return first < positions.Length && positions[first] < starts[group + 1];
        }

        return groups.Where(HoldsAny);
    }
}
