using Apache.Arrow;
using Apache.Arrow.Types;
using Arctic.Columnar;
using Arctic.Columnar.Arrow;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;

namespace Arctic.UnitTests.Columnar.Arrow;

public sealed class ArrowBridgeTests
{
    [Theory]
    [InlineData(0, 50)]
    [InlineData(8, 30)]
    [InlineData(3, 41)]
    public void Every_type_goes_to_arrow_and_back_from_any_slice(int start, int length)
    {
        using var whole = SampleColumns.Batch(50, seed: 7);
        using var slice = whole.Slice(start, length);

        using var back = ArrowImport.ToChangeBatch(ArrowExport.ToRecordBatch(slice));

        Assert.Equal(SampleColumns.Text(slice), SampleColumns.Text(back));
        Assert.Equal(SampleColumns.Schema.Fields.Select(f => f.Type is DataType.Binary ? DataTypes.Bytes : f.Type), back.Schema.Fields.Select(f => f.Type));
    }

    [Fact]
    public void An_arrow_slice_is_read_at_its_offset()
    {
        using var whole = SampleColumns.Batch(50, seed: 8);
        var arrow = ArrowExport.ToRecordBatch(whole);

        using var back = ArrowImport.ToChangeBatch(arrow.Slice(5, 37));

        using var expected = whole.Slice(5, 37);
        Assert.Equal(SampleColumns.Text(expected), SampleColumns.Text(back));
    }

    [Fact]
    public void A_selection_shows_its_rows_only()
    {
        using var whole = SampleColumns.Batch(20, seed: 9);
        using var selected = whole.WithSelection(new[] { 1, 4, 19 });

        using var back = ArrowImport.ToChangeBatch(ArrowExport.ToRecordBatch(selected));

        Assert.Equal(SampleColumns.Text(selected), SampleColumns.Text(back));
    }

    [Fact]
    public void Values_are_shared_not_copied()
    {
        using var batch = SampleColumns.Batch(64, seed: 10);
        var column = (FixedColumn<long>)batch.Columns[2];

        var array = (Int64Array)ArrowExport.ToRecordBatch(batch).Column(2);
        var back = (FixedColumn<long>)ArrowImport.ToColumn(array.Data, DataTypes.BigInt);

        Assert.True(column.Values == array.Values);
        Assert.True(column.Values == back.Values);
    }

    [Fact]
    public void Constant_columns_are_spread()
    {
        var constant = new ConstantColumn(new FixedColumn<int>(DataTypes.Int, [42]), 3);
        using var batch = new ChangeBatch(new RowSchema(new Arctic.Columnar.Types.Field("c", DataTypes.Int)), [constant], 3);

        var array = (Int32Array)ArrowExport.ToRecordBatch(batch).Column(0);

        Assert.Equal([42, 42, 42], array.Values.ToArray());
    }

    [Fact]
    public void Fixed_size_binary_refuses_a_value_of_another_length()
    {
        var builder = new BytesColumnBuilder(DataTypes.Bytes);
        builder.Append([1, 2, 3]);

        var error = Assert.Throws<ArcticException>(() => ArrowExport.ToArrayData(builder.Build(), new FixedSizeBinaryType(4)));

        Assert.Equal(ErrorCodes.EvaluationFailed, error.Code);
    }

    [Fact]
    public void Foreign_units_widths_and_offsets_are_converted()
    {
        AssertValues<long>([-1_000, 2_000], DataTypes.Timestamp(3), new TimestampArray.Builder(new TimestampType(TimeUnit.Millisecond, (string?)null))
            .Append(DateTimeOffset.FromUnixTimeMilliseconds(-1)).Append(DateTimeOffset.FromUnixTimeMilliseconds(2)).Build());
        AssertValues<short>([255, 7], DataTypes.SmallInt, new UInt8Array.Builder().Append(255).Append(7).Build());
        AssertValues<Int128>([ulong.MaxValue], DataTypes.Decimal(20, 0), new UInt64Array.Builder().Append(ulong.MaxValue).Build());
        AssertValues<int>([-1, 0], DataTypes.Date, new ArrayData(Date64Type.Default, 2, 0, 0, [ArrowBuffer.Empty, Buffer([-1L, 5L])]));
        var large = (BytesColumn)ArrowImport.ToColumn(
            new ArrayData(LargeStringType.Default, 2, 0, 1, [ArrowBuffer.Empty, Buffer([0L, 1, 3, 4]), new ArrowBuffer("abcd"u8.ToArray())]), DataTypes.String);
        Assert.Equal(["bc", "d"], Enumerable.Range(0, 2).Select(i => System.Text.Encoding.UTF8.GetString(large[i])));
        var dictionary = new ArrayData(
            new DictionaryType(Int8Type.Default, Int64Type.Default, false), 3, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer(new byte[] { 1, 0, 1 })], null,
            new ArrayData(Int64Type.Default, 2, 0, 0, [ArrowBuffer.Empty, Buffer([10L, 20L])]));
        AssertValues<long>([20, 10, 20], DataTypes.BigInt, dictionary);
    }

    [Fact]
    public void The_record_batch_goes_with_the_last_holder()
    {
        using var sample = SampleColumns.Batch(4, seed: 11);
        var records = ArrowExport.ToRecordBatch(sample);
        var batch = ArrowImport.ToChangeBatch(records);
        var second = batch.Retain();

        batch.Dispose();
        Assert.Equal(1, second.Lease.HolderCount);
        second.Dispose();

        Assert.Equal(0, second.Lease.HolderCount);
    }

    private static ArrowBuffer Buffer(long[] values) => new(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    private static void AssertValues<T>(T[] expected, DataType type, IArrowArray array)
        where T : unmanaged => AssertValues(expected, type, array.Data);

    private static void AssertValues<T>(T[] expected, DataType type, ArrayData array)
        where T : unmanaged
    {
        Assert.Equal(type, ArrowTypes.FromArrow(array.DataType, true));
        Assert.Equal(expected, ((FixedColumn<T>)ArrowImport.ToColumn(array, type)).Values.ToArray());
    }
}
