using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;
using Arctic.KeyedTables.Stores;

namespace Arctic.UnitTests.KeyedTables;

public class DataFileCodecTests
{
    [Fact]
    public void Every_property_survives()
    {
        var file = new DataFile
        {
            Content = FileContent.PositionDeletes,
            FilePath = "file:/w/t/data/a=1/x.parquet",
            Format = FileFormat.Parquet,
            SpecId = 3,
            Partition = new PartitionTuple(null, true, 1, 2L, 1.5f, 2.5, Int128.MinValue, "é", new byte[] { 1, 2 }),
            RecordCount = 5,
            FileSizeBytes = 6,
            ColumnSizes = new FieldIdMap<long>([1, 2], [10, 20]),
            ValueCounts = new FieldIdMap<long>([1], [5]),
            NullValueCounts = new FieldIdMap<long>([], []),
            LowerBounds = new FieldIdMap<ReadOnlyMemory<byte>>([1], [new byte[] { 7 }]),
            UpperBounds = new FieldIdMap<ReadOnlyMemory<byte>>([1], [new byte[] { 8, 9 }]),
            KeyMetadata = [4],
            SplitOffsets = [4, 1000],
            EqualityIds = [1],
            SortOrderId = 0,
            FirstRowId = 100,
            ReferencedDataFile = "y",
            ContentOffset = 4,
            ContentSizeBytes = 50,
        };

        var read = Assert.Single(DataFileCodec.Read(DataFileCodec.Write([file])));

        Assert.Equal(file.Partition, read.Partition);
        Assert.Equal(Print(file), Print(read));
    }

    [Fact]
    public void Damaged_bytes_are_refused()
    {
        var bytes = DataFileCodec.Write([new DataFile { FilePath = "x", Format = FileFormat.Parquet, SpecId = 0, RecordCount = 1, FileSizeBytes = 1 }]);

        Assert.Equal(ErrorCodes.CheckpointDamaged, Assert.Throws<ArcticException>(() => DataFileCodec.Read(bytes.AsMemory(0, bytes.Length - 3))).Code);
        bytes[0] = 99;
        Assert.Contains("version 99", Assert.Throws<ArcticException>(() => DataFileCodec.Read(bytes)).Message, StringComparison.Ordinal);
    }

    private static string Print(DataFile f) => string.Join("|",
        f.Content, f.FilePath, f.Format, f.SpecId, f.RecordCount, f.FileSizeBytes, Print(f.ColumnSizes), Print(f.ValueCounts), Print(f.NullValueCounts), Print(f.NanValueCounts),
        Print(f.LowerBounds), Print(f.UpperBounds), string.Join(",", f.KeyMetadata!), string.Join(",", f.SplitOffsets!), string.Join(",", f.EqualityIds!), f.SortOrderId,
        f.FirstRowId, f.ReferencedDataFile, f.ContentOffset, f.ContentSizeBytes);

    private static string Print<T>(FieldIdMap<T>? map) => map is null ? "null"
        : string.Join(",", Enumerable.Range(0, map.Count).Select(i => $"{map.Ids[i]}:{(map.Values[i] is ReadOnlyMemory<byte> b ? Convert.ToHexString(b.Span) : map.Values[i])}"));
}
