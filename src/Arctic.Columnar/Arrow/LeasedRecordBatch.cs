using Apache.Arrow;
using ArrowSchema = Apache.Arrow.Schema;

namespace Arctic.Columnar.Arrow;

/// <summary>An Arrow batch over a batch's columns that holds their memory until it is disposed.</summary>
internal sealed class LeasedRecordBatch : RecordBatch
{
    private readonly ChangeBatch _batch;

    private LeasedRecordBatch(ArrowSchema schema, IEnumerable<IArrowArray> arrays, ChangeBatch batch)
        : base(schema, arrays, batch.ColumnLength) => _batch = batch;

    /// <summary>The rows of a batch, without kinds; takes the batch over.</summary>
    public static RecordBatch Of(ChangeBatch batch, ArrowSchema schema)
    {
        // Rows that are not part of the batch go: Arrow has no selections.
        var compact = batch.Compact();
        batch.Dispose();
        try
        {
            return new LeasedRecordBatch(schema, ArrowExport.ToRecordBatch(compact, schema).Arrays, compact);
        }
        catch
        {
            compact.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _batch.Dispose();
        }
    }
}
