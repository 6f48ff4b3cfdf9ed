using Arctic.Iceberg.Spec;

namespace Arctic.KeyedTables.Stores;

/// <summary>A live data file of a store with what its name and its manifest entry say.</summary>
/// <param name="File">As the manifest lists it.</param>
/// <param name="DataSequence">Its data sequence number.</param>
/// <param name="Bucket">The node that holds all its keys.</param>
/// <param name="Type">What its rows are.</param>
/// <param name="Transaction">The transaction of all its rows.</param>
/// <param name="Writer">Equal for files of one writer and interval: see <see cref="StoreFileName.Writer"/>.</param>
/// <param name="Partition">The text of its partition.</param>
internal sealed record StoreFile(DataFile File, long DataSequence, KeyBucket Bucket, StoreFileType Type, long Transaction, string Writer, string Partition)
{
    /// <summary>What names its dead rows: position-delete files and deletion vectors that apply to it.</summary>
    public IReadOnlyList<DataFile> PositionDeletes { get; init; } = [];

    /// <summary>Reads the name of a live file. In a change store a name without a transaction means the data sequence number.</summary>
    public static StoreFile Of(DataFile file, long dataSequence, StoreKind store, string partition)
    {
        var name = StoreFileName.Parse(file.FilePath, store);
        var transaction = store == StoreKind.Change && name.Transaction == 0 ? dataSequence : name.Transaction;
        return new StoreFile(file, dataSequence, name.Bucket, name.Type, transaction, name.Writer, partition);
    }
}
