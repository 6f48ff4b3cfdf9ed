using Arctic.Columnar.Errors;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;
using NativeReader = ParquetSharp.Arrow.FileReader;

namespace Arctic.UnitTests.Storage.Parquet;

public sealed class ParquetFileFieldsTests
{
    [Fact]
    public async Task Files_of_other_writers_have_the_columns_that_the_native_reader_gives()
    {
        var files = Golden.Find("README.md") is { } readme ? Directory.GetFiles(Path.GetDirectoryName(readme)!, "*.parquet", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray() : [];
        Assert.SkipWhen(files.Length == 0, "no recorded tables");
        var checkedFiles = 0;
        foreach (var file in files)
        {
            IReadOnlyList<FileField> expected;
            using var properties = ParquetSharp.Arrow.ArrowReaderProperties.GetDefault();
            properties.CoerceInt96TimestampUnit = Apache.Arrow.Types.TimeUnit.Microsecond;
            try
            {
                using var native = new NativeReader(file, null!, properties);
                expected = ParquetArrowSchema.FromArrow(native.Schema);
            }
            catch (Exception e) when (e is ParquetSharp.ParquetException or ArcticException or NotSupportedException)
            {
                continue;
            }

            await using var reader = await new LocalObjectStore().OpenReadAsync(file, TestContext.Current.CancellationToken);
            var footer = await ParquetFooter.ReadAsync(reader, file, TestContext.Current.CancellationToken);

            Assert.True(expected.SequenceEqual(ParquetFileFields.Of(footer.Root)), $"{file}\n{string.Join('\n', expected)}\n{string.Join('\n', ParquetFileFields.Of(footer.Root))}");
            checkedFiles++;
        }

        Assert.InRange(checkedFiles, files.Length * 9 / 10, files.Length);
    }
}
