using System.Runtime.CompilerServices;
using Arctic.Iceberg.Spec;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;

namespace Arctic.Iceberg.Scanning;

/// <summary>Reads Parquet files; row groups whose statistics rule the predicate out are skipped.</summary>
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
        var fields = fieldIds.Assign(parquet.Fields);
        var rowGroups = Prune(parquet, request);
        var leaves = ParquetProjection.LeavesOf(fields, request.FieldIds);
        await foreach (var batch in parquet.ReadAsync(leaves, rowGroups, cancellationToken).ConfigureAwait(false))
        {
            yield return batch with { Fields = FileFieldIds.Carry(batch.Fields, fields) };
        }
    }

    private static int[]? Prune(ParquetFileReader parquet, FileReadRequest request)
    {
        // The bounds of a file of one row group are those of its manifest entry, which planning has looked at.
        if (request.Range is null && (request.Predicate is ScanPredicate.True || parquet.RowGroupRows.Count < 2))
        {
            return null;
        }

        var footer = parquet.Source.Footer;
        var kept = Enumerable.Range(0, footer.RowGroups.Count)
            .Where(i => request.Range is not { } range || range.Contains(footer.RowGroups[i].StartOffset))
            .Where(i => RowGroupRanges.MightMatch(request.Predicate, footer, footer.RowGroups[i], request.Schema)).ToArray();
        return kept.Length == footer.RowGroups.Count ? null : kept;
    }
}
