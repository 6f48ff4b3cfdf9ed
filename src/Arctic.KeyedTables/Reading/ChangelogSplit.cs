using Arctic.Iceberg.Spec;
using Arctic.KeyedTables.Stores;

namespace Arctic.KeyedTables.Reading;

/// <summary>The changes of one transaction in one partition and bucket, as one writer wrote them: their order is the order of offsets (spec/arctic.md, G.1).</summary>
/// <param name="Id">Unique within the table's life.</param>
/// <param name="Sequence">The sequence number of the commit.</param>
/// <param name="Partition">The text of the partition.</param>
/// <param name="Bucket">The node of the files.</param>
/// <param name="Inserts">Insert files, offsets ascending.</param>
/// <param name="Deletes">Equality-delete files, offsets ascending.</param>
internal sealed record ChangelogSplit(
    string Id, long Sequence, string Partition, KeyBucket Bucket, IReadOnlyList<DataFile> Inserts, IReadOnlyList<DataFile> Deletes)
{
    /// <summary>Writes the split; <see cref="Read"/> reads it back.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.Write(Id);
        writer.Write(Sequence);
        writer.Write(Partition);
        writer.Write(Bucket.Id);
        foreach (var files in (ReadOnlySpan<IReadOnlyList<DataFile>>)[Inserts, Deletes])
        {
            writer.Write7BitEncodedInt(files.Count);
            foreach (var file in files)
            {
                DataFileCodec.Write(writer, file);
            }
        }
    }

    /// <summary>Reads a split.</summary>
    public static ChangelogSplit Read(BinaryReader reader)
    {
        var (id, sequence, partition, bucket) = (reader.ReadString(), reader.ReadInt64(), reader.ReadString(), reader.ReadInt64());
        var (inserts, deletes) = (ReadFiles(reader), ReadFiles(reader));
        return new ChangelogSplit(id, sequence, partition, KeyBucket.FindById(bucket) ?? throw new FormatException("There is no such bucket."), inserts, deletes);
    }

    private static DataFile[] ReadFiles(BinaryReader reader)
    {
        var files = new DataFile[reader.Read7BitEncodedInt()];
        for (var i = 0; i < files.Length; i++)
        {
            files[i] = DataFileCodec.ReadFile(reader);
        }

        return files;
    }
}
