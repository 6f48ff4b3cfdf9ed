using Arctic.Columnar;
using Arctic.Iceberg.Spec;
using Arctic.KeyedTables.Stores;

namespace Arctic.KeyedTables.Reading;

/// <summary>Reads data files of both stores; several reads may be under way.</summary>
internal interface IStoreFileReader
{
    /// <summary>Reads columns of a file, in file order.</summary>
    /// <param name="store">The store that the file belongs to.</param>
    /// <param name="file">A data file.</param>
    /// <param name="dataSequence">Its data sequence number.</param>
    /// <param name="positionDeletes">What names its dead rows.</param>
    /// <param name="columns">The columns, by id; those that the file lacks are NULL or their default.</param>
    /// <returns>Batches that the caller disposes, with a selection where rows are dead.</returns>
    IAsyncEnumerable<StoreFileBatch> ReadAsync(
        StoreKind store, DataFile file, long dataSequence, IReadOnlyList<DataFile> positionDeletes, IReadOnlyList<NestedField> columns, CancellationToken cancellationToken);
}

/// <summary>Rows of a file.</summary>
/// <param name="Batch">The columns asked for; dead rows are not selected.</param>
/// <param name="FirstRow">The 0-based position in the file of column row 0; the others follow.</param>
internal readonly record struct StoreFileBatch(ChangeBatch Batch, long FirstRow);
