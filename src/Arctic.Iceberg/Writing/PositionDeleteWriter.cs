using System.Text;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Puffin;
using Arctic.Iceberg.Spec;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Writing;

/// <summary>Writes position delete files, one a data file (spec/arctic.md, A.6.3).</summary>
internal static class PositionDeleteWriter
{
    /// <summary>The field id of the data file's path.</summary>
    public const int FilePathId = 2147483546;

    /// <summary>The field id of the deleted row's position.</summary>
    public const int PositionId = 2147483545;

    private const int BatchRowsMax = 16384;

    /// <summary>The columns of a position delete file.</summary>
    public static readonly Schema Schema = new(0, [new NestedField(FilePathId, "file_path", IcebergTypes.String, true), new NestedField(PositionId, "pos", IcebergTypes.Long, true)]);

    /// <summary>Writes the deleted positions of one data file.</summary>
    /// <param name="store">Takes the file.</param>
    /// <param name="location">The absolute location of the new file.</param>
    /// <param name="spec">The spec of the data file.</param>
    /// <param name="dataFile">The file whose rows are deleted; its path is recorded byte for byte.</param>
    /// <param name="positions">0-based, ascending, each once; not empty.</param>
    /// <param name="options">Codec and sizes; the file is never split.</param>
    /// <param name="cancellationToken">Leaves nothing behind.</param>
    /// <returns>The file as a manifest lists it: equal, whole bounds of the path, no counts.</returns>
    public static ValueTask<DataFile> WriteAsync(
        IObjectStore store, string location, PartitionSpec spec, DataFile dataFile, ReadOnlyMemory<long> positions, DataWriteOptions options, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(positions.Length);
        return WriteAsync(store, location, spec, dataFile, Batches(positions), options, cancellationToken);
    }

    /// <summary>As the other overload, of a set that is not empty.</summary>
    public static ValueTask<DataFile> WriteAsync(
        IObjectStore store, string location, PartitionSpec spec, DataFile dataFile, PositionBitmap positions, DataWriteOptions options, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(positions.Cardinality);
        return WriteAsync(store, location, spec, dataFile, positions.Pieces(), options, cancellationToken);
    }

    private static async ValueTask<DataFile> WriteAsync(
        IObjectStore store, string location, PartitionSpec spec, DataFile dataFile, IEnumerable<long[]> batches, DataWriteOptions options, CancellationToken cancellationToken)
    {
        var request = new DataFileRequest
        {
            Schema = Schema,
            Spec = spec,
            Partition = dataFile.Partition,
            NextLocation = () => location,
            Metrics = MetricsConfig.Full,
            Options = options with { FileBytesTarget = long.MaxValue, Parquet = options.Parquet with { StatisticsBytesMax = Math.Max(options.Parquet.StatisticsBytesMax, 4 * dataFile.FilePath.Length) } },
            SortOrderId = null,
            Content = FileContent.PositionDeletes,
            KeyValues = new Dictionary<string, string> { ["delete-type"] = "position" },
        };
        var writer = new DataFileWriter(store, request);
        await using var _ = writer.ConfigureAwait(false);
        var path = new BytesColumn(DataTypes.String.AsNotNull(), [0, Encoding.UTF8.GetByteCount(dataFile.FilePath)], Encoding.UTF8.GetBytes(dataFile.FilePath));
        foreach (var part in batches)
        {
            using var batch = new ChangeBatch(
                Schema.ToRowSchema(), [new ConstantColumn(path, part.Length), new FixedColumn<long>(DataTypes.BigInt.AsNotNull(), part)], part.Length);
            await writer.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
        }

        var file = (await writer.CompleteAsync(cancellationToken).ConfigureAwait(false))[0];
        return file with { ValueCounts = null, NullValueCounts = null, NanValueCounts = null };
    }

    private static IEnumerable<long[]> Batches(ReadOnlyMemory<long> positions)
    {
        for (var start = 0; start < positions.Length; start += BatchRowsMax)
        {
            yield return positions.Slice(start, Math.Min(BatchRowsMax, positions.Length - start)).ToArray();
        }
    }
}
