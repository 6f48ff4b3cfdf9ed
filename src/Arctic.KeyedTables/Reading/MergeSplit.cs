using System.Globalization;
using Arctic.Iceberg.Spec;
using Arctic.KeyedTables.Stores;

namespace Arctic.KeyedTables.Reading;

/// <summary>One task of a merge-on-read scan: data files of one partition and bucket, and the deletes of every change file that can hold one of their keys.</summary>
/// <param name="Id">Unique within the scan.</param>
/// <param name="Partition">The text of the partition.</param>
/// <param name="Bucket">The node of the data files; the deletes may be of nodes above or below it.</param>
/// <param name="Data">Base files and insert files, oldest first.</param>
/// <param name="Deletes">Equality-delete files of the change store.</param>
internal sealed record MergeSplit(string Id, string Partition, KeyBucket Bucket, IReadOnlyList<MergeDataFile> Data, IReadOnlyList<DeleteFileReference> Deletes)
{
    /// <summary>The bytes of the data files.</summary>
    public long SizeBytes => Data.Sum(d => d.File.FileSizeBytes);

    /// <summary>Writes the split; <see cref="Read"/> reads it back.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.Write(Id);
        writer.Write(Partition);
        writer.Write(Bucket.Id);
        writer.Write7BitEncodedInt(Data.Count);
        foreach (var data in Data)
        {
            DataFileCodec.Write(writer, data.File);
            writer.Write(data.DataSequence);
            writer.Write(data.IsBase);
            writer.Write(data.Transaction);
            writer.Write7BitEncodedInt(data.PositionDeletes.Count);
            foreach (var delete in data.PositionDeletes)
            {
                DataFileCodec.Write(writer, delete);
            }
        }

        writer.Write7BitEncodedInt(Deletes.Count);
        foreach (var delete in Deletes)
        {
            DataFileCodec.Write(writer, delete.File);
            writer.Write(delete.Transaction);
        }
    }

    /// <summary>Reads a split.</summary>
    public static MergeSplit Read(BinaryReader reader)
    {
        var (id, partition, bucket) = (reader.ReadString(), reader.ReadString(), reader.ReadInt64());
        var data = new MergeDataFile[reader.Read7BitEncodedInt()];
        for (var i = 0; i < data.Length; i++)
        {
            var (file, sequence, isBase, transaction) = (DataFileCodec.ReadFile(reader), reader.ReadInt64(), reader.ReadBoolean(), reader.ReadInt64());
            var positions = new DataFile[reader.Read7BitEncodedInt()];
            for (var j = 0; j < positions.Length; j++)
            {
                positions[j] = DataFileCodec.ReadFile(reader);
            }

            data[i] = new MergeDataFile(file, sequence, isBase, transaction, positions);
        }

        var deletes = new DeleteFileReference[reader.Read7BitEncodedInt()];
        for (var i = 0; i < deletes.Length; i++)
        {
            deletes[i] = new DeleteFileReference(DataFileCodec.ReadFile(reader), reader.ReadInt64());
        }

        return new MergeSplit(id, partition, KeyBucket.FindById(bucket) ?? throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"There is no bucket {bucket}.")), data, deletes);
    }
}

/// <summary>A data file of a merge-on-read task.</summary>
/// <param name="DataSequence">Its data sequence number in its own store.</param>
/// <param name="IsBase">Whether it lies in the base store: then all its rows stand behind every change of their transaction.</param>
/// <param name="Transaction">The transaction of its rows.</param>
/// <param name="PositionDeletes">Position-delete files and deletion vectors that apply to it.</param>
internal sealed record MergeDataFile(DataFile File, long DataSequence, bool IsBase, long Transaction, IReadOnlyList<DataFile> PositionDeletes);

/// <summary>An equality-delete file of the change store.</summary>
/// <param name="Transaction">The transaction of its rows.</param>
internal sealed record DeleteFileReference(DataFile File, long Transaction);
