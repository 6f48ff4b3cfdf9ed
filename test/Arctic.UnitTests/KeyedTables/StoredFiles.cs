using System.Text;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Iceberg.Spec;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;

namespace Arctic.UnitTests.KeyedTables;

/// <summary>Reads the rows of a written file back, without anything of the keyed tables.</summary>
internal static class StoredFiles
{
    public static async Task<List<object?[]>> ReadAsync(IObjectStore store, DataFile file)
    {
        await using var bridge = new NativeBridge("test");
        await using var reader = await store.OpenReadAsync(file.FilePath, default);
        await using var parquet = await ParquetFileReader.OpenAsync(reader, file.FilePath, bridge, 1000, default);
        var rows = new List<object?[]>();
        await foreach (var part in parquet.ReadAsync(null, null, default))
        {
            using (part)
            {
                rows.AddRange(Enumerable.Range(0, part.Batch.RowCount).Select(i => part.Batch.Columns.Select(c => Value(c, i)).ToArray()));
            }
        }

        return rows;
    }

    public static object? Value(Column column, int row) => column switch
    {
        _ when column.IsNull(row) => null,
        ConstantColumn c => Value(c.Value, 0),
        FixedColumn<int> c => c.Values[row],
        FixedColumn<long> c => c.Values[row],
        BytesColumn c => Encoding.UTF8.GetString(c[row]),
        _ => throw new NotSupportedException(column.Type.ToString()),
    };
}
