using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;

namespace Arctic.Storage.Avro;

/// <summary>Reads the rows of one Avro file as batches. One read at a time, from the beginning; memory is bounded by a batch and two blocks.</summary>
internal sealed class AvroBatchReader : IAsyncDisposable
{
    // A batch ends early where its rows are large.
    private const int BatchBytesMax = 32 * 1024 * 1024;

    private readonly AvroFileReader _file;
    private readonly string _location;
    private readonly int _batchRowsMax;

    private AvroBatchReader(AvroFileReader file, string location, int batchRowsMax)
    {
        (_file, _location, _batchRowsMax) = (file, location, batchRowsMax);
        Fields = AvroFields.Of(file.Schema, location);
    }

    /// <summary>The columns of the file.</summary>
    public IReadOnlyList<FileField> Fields { get; }

    /// <summary>Opens a file; owns the reader from then on.</summary>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>: not an Avro file of records, or damaged; <c>FORMAT_UNSUPPORTED</c>: an unknown codec.</exception>
    public static async ValueTask<AvroBatchReader> OpenAsync(IObjectReader reader, string location, int batchRowsMax, CancellationToken cancellationToken)
    {
        var file = await AvroFileReader.OpenAsync(reader, location, cancellationToken).ConfigureAwait(false);
        try
        {
            return new AvroBatchReader(file, location, batchRowsMax);
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Reads the columns whose ids are wanted.</summary>
    /// <param name="fields"><see cref="Fields"/>, perhaps with other ids.</param>
    /// <param name="ids">Ids of columns and of members of rows; none gives batches that only count rows.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    public async IAsyncEnumerable<FileBatch> ReadAsync(IReadOnlyList<FileField> fields, IReadOnlySet<int> ids, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var columns = AvroAppenders.Compile((AvroSchema.Record)_file.Schema, fields, ids, _location);
        var schema = new RowSchema(columns.Fields.Select(f => new Field(f.Name, f.Type)));
        long firstRow = 0;
        var (rows, bytes) = (0, 0);
        while (await _file.ReadBlockAsync(cancellationToken).ConfigureAwait(false))
        {
            var at = 0;
            for (var left = _file.BlockRecordCount; left > 0;)
            {
                var count = columns.Fields.Count == 0 ? (int)Math.Min(left, _batchRowsMax - rows) : Decode(columns.Row, (int)Math.Min(left, _batchRowsMax - rows), BatchBytesMax - bytes, ref at, ref bytes);
                (rows, left) = (rows + count, left - count);
                if (rows >= _batchRowsMax || bytes >= BatchBytesMax)
                {
                    yield return Build(columns, schema, rows, firstRow);
                    firstRow += rows;
                    (rows, bytes) = (0, 0);
                }
            }
        }

        if (rows > 0)
        {
            yield return Build(columns, schema, rows, firstRow);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _file.DisposeAsync();

    /// <summary>Decodes rows of the block from a place on, until there are enough of them or of their bytes.</summary>
    private int Decode(AvroAppender row, int rowsMax, int bytesMax, ref int at, ref int bytes)
    {
        var decoder = new AvroDecoder(_file.Block[at..]);
        var count = 0;
        try
        {
            while (count < rowsMax && decoder.Position < bytesMax)
            {
                row.Append(ref decoder);
                count++;
            }
        }
        catch (ArcticException e)
        {
            throw new ArcticException(e.Code, $"Cannot read '{_location}': {e.Message}", e);
        }

        (at, bytes) = (at + decoder.Position, bytes + decoder.Position);
        return count;
    }

    private static FileBatch Build(AvroColumns columns, RowSchema schema, int rows, long firstRow) =>
        new(new ChangeBatch(schema, columns.Builders.Select(b => b.Build()).ToArray(), rows), firstRow, columns.Fields);
}
