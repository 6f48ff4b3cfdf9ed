using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Storage.Formats;
using Arctic.Storage.Parquet;
using ParquetSharp;
using Column = Arctic.Columnar.Columns.Column;
using NativeFile = ParquetSharp.ParquetFileReader;

namespace Arctic.UnitTests.Storage.Parquet;

public sealed class DictionaryAdviceTests
{
    private static readonly RowSchema Schema = new(
        new Field("id", DataTypes.BigInt), new Field("mode", DataTypes.String), new Field("comment", DataTypes.String), new Field("price", DataTypes.Decimal(12, 2)), new Field("day", DataTypes.Date));

    [Theory]
    [InlineData(4096, 4096, true)]
    [InlineData(4096, 4030, true)]
    [InlineData(4096, 4000, false)]
    [InlineData(4096, 1, false)]
    [InlineData(4095, 4095, false)]
    public void Columns_that_hardly_repeat_among_many_rows_are_better_without(int rows, int distinct, bool isWithout)
    {
        var numbers = Enumerable.Range(0, rows).Select(i => i % distinct).ToArray();

        Assert.Equal(isWithout, DictionaryAdvice.IsWithout(new FixedColumn<int>(DataTypes.Int, numbers)));
        Assert.Equal(isWithout, DictionaryAdvice.IsWithout(new FixedColumn<long>(DataTypes.BigInt, Array.ConvertAll(numbers, n => (long)n))));
        Assert.Equal(isWithout, DictionaryAdvice.IsWithout(new FixedColumn<Int128>(DataTypes.Decimal(30, 0), Array.ConvertAll(numbers, n => (Int128)n << 64))));
        Assert.Equal(isWithout, DictionaryAdvice.IsWithout(Texts(numbers.Select(n => $"row {n}"))));
    }

    [Fact]
    public void Constants_keep_their_dictionary() =>
        Assert.False(DictionaryAdvice.IsWithout(new ConstantColumn(new FixedColumn<int>(DataTypes.Int, [7]), 10_000)));

    [Theory]
    [InlineData(20_000, 1000)]
    [InlineData(20_000, 20_000)]
    public void A_file_has_dictionaries_for_repeating_columns_only_and_its_rows_come_back(int rows, int batchRows)
    {
        using var batch = Items(rows);
        using var output = new MemoryStream();
        using (var writer = new Arctic.Storage.Parquet.ParquetFileWriter(output, FileField.Of(Schema), ParquetWriterOptions.Default))
        {
            for (var start = 0; start < rows; start += batchRows)
            {
                using var part = batch.Slice(start, batchRows);
                writer.Write(part);
            }

            writer.Close();
        }

        using var native = new NativeFile(new MemoryStream(output.ToArray()));
        using var group = native.RowGroup(0);
        Assert.Equal([false, true, false, false, true], Enumerable.Range(0, 5).Select(i => group.MetaData.GetColumnChunkMetaData(i).Encodings.Contains(Encoding.RleDictionary)));
        using var ids = group.Column(0).LogicalReader<long?>();
        Assert.Equal(((FixedColumn<long>)batch.Columns[0]).Values.ToArray(), ids.ReadAll(rows).Select(i => i!.Value));
        using var comments = group.Column(2).LogicalReader<string>();
        Assert.Equal(Enumerable.Range(0, rows).Select(i => $"comment {i}"), comments.ReadAll(rows));
    }

    private static ChangeBatch Items(int rows)
    {
        var numbers = Enumerable.Range(0, rows).ToArray();
        Column[] columns =
        [
            new FixedColumn<long>(DataTypes.BigInt, Array.ConvertAll(numbers, n => (long)n)),
            Texts(numbers.Select(n => $"mode {n % 7}")),
            Texts(numbers.Select(n => $"comment {n}")),
            new FixedColumn<Int128>(DataTypes.Decimal(12, 2), Array.ConvertAll(numbers, n => (Int128)n * 7919 % 1_000_003)),
            new FixedColumn<int>(DataTypes.Date, Array.ConvertAll(numbers, n => n % 2500)),
        ];
        return new ChangeBatch(Schema, columns, rows);
    }

    private static Column Texts(IEnumerable<string> texts)
    {
        var builder = new BytesColumnBuilder(DataTypes.String);
        foreach (var text in texts)
        {
            builder.Append(text);
        }

        return builder.Build();
    }
}
