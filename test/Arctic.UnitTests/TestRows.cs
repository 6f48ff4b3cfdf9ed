using System.Globalization;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.UnitTests;

/// <summary>Batches to and from rows of objects, for tests only.</summary>
internal static class TestRows
{
    /// <summary>A batch of rows; values by layout as in literals, byte arrays for binary types.</summary>
    public static ChangeBatch Batch(RowSchema schema, IReadOnlyList<object?[]> rows, IReadOnlyList<RowKind>? kinds = null)
    {
        var columns = new Column[schema.Count];
        for (var c = 0; c < columns.Length; c++)
        {
            var builder = ColumnBuilder.Create(schema[c].Type);
            foreach (var row in rows)
            {
                Append(builder, row[c]);
            }

            columns[c] = builder.Build();
        }

        return new ChangeBatch(schema, columns, rows.Count, kinds is null ? default : kinds.ToArray());
    }

    /// <summary>The rows of a batch, through its selection.</summary>
    public static List<(RowKind Kind, object?[] Row)> Changes(ChangeBatch batch)
    {
        var result = new List<(RowKind, object?[])>();
        for (var i = 0; i < batch.RowCount; i++)
        {
            var index = batch.Selection is { } selection ? selection.Span[i] : i;
            result.Add((batch.KindAt(index), batch.Columns.Select(c => Value(c, index)).ToArray()));
        }

        return result;
    }

    /// <summary>All rows of a stream of insert-only batches; disposes the batches.</summary>
    public static async Task<List<object?[]>> ReadAsync(IAsyncEnumerable<ChangeBatch> batches)
    {
        var rows = new List<object?[]>();
        await foreach (var batch in batches)
        {
            Assert.True(batch.IsInsertOnly);
            rows.AddRange(Changes(batch).Select(c => c.Row));
            batch.Dispose();
        }

        return rows;
    }

    /// <summary>A row as text that orders and compares by value.</summary>
    public static string Text(object?[] row) => string.Join("|", row.Select(v => v switch
    {
        null => "NULL",
        byte[] bytes => Convert.ToHexString(bytes),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => v.ToString(),
    }));

    /// <summary>One value of a column; null for NULL.</summary>
    public static object? Value(Column column, int index) => column switch
    {
        ConstantColumn c => Value(c.Value, 0),
        _ when column.IsNull(index) => null,
        BooleanColumn c => c.Bits[index],
        FixedColumn<sbyte> c => c.Values[index],
        FixedColumn<short> c => c.Values[index],
        FixedColumn<int> c => c.Values[index],
        FixedColumn<long> c => c.Values[index],
        FixedColumn<float> c => c.Values[index],
        FixedColumn<double> c => c.Values[index],
        FixedColumn<Int128> c => c.Values[index],
        BytesColumn c when c.Type.IsCharacter() => System.Text.Encoding.UTF8.GetString(c[index]),
        BytesColumn c => c[index].ToArray(),
        ListColumn c => string.Join(",", Enumerable.Range(c.Offsets[index], c.Offsets[index + 1] - c.Offsets[index]).Select(i => Value(c.Elements, i))),
        MapColumn c => string.Join(",", Enumerable.Range(c.Offsets[index], c.Offsets[index + 1] - c.Offsets[index]).Select(i => $"{Value(c.Keys, i)}={Value(c.Values, i)}")),
        RowColumn c => string.Join(",", c.Children.Select(child => Value(child, index))),
        _ => throw new NotSupportedException(column.GetType().Name),
    };

    private static void Append(ColumnBuilder builder, object? value)
    {
        switch (builder, value)
        {
            case (_, null):
                builder.AppendNull();
                break;
            case (BooleanColumnBuilder b, bool v):
                b.Append(v);
                break;
            case (FixedColumnBuilder<sbyte> b, sbyte v):
                b.Append(v);
                break;
            case (FixedColumnBuilder<short> b, short v):
                b.Append(v);
                break;
            case (FixedColumnBuilder<int> b, int v):
                b.Append(v);
                break;
            case (FixedColumnBuilder<long> b, long v):
                b.Append(v);
                break;
            case (FixedColumnBuilder<float> b, float v):
                b.Append(v);
                break;
            case (FixedColumnBuilder<double> b, double v):
                b.Append(v);
                break;
            case (FixedColumnBuilder<Int128> b, Int128 v):
                b.Append(v);
                break;
            case (BytesColumnBuilder b, string v):
                b.Append(v.AsSpan());
                break;
            case (BytesColumnBuilder b, byte[] v):
                b.Append((ReadOnlySpan<byte>)v);
                break;
            case (ListColumnBuilder b, object?[] v):
                foreach (var element in v)
                {
                    Append(b.Elements, element);
                }

                b.EndList();
                break;
            case (MapColumnBuilder b, object?[][] v):
                foreach (var entry in v)
                {
                    Append(b.Keys, entry[0]);
                    Append(b.Values, entry[1]);
                }

                b.EndMap();
                break;
            case (RowColumnBuilder b, object?[] v):
                for (var i = 0; i < v.Length; i++)
                {
                    Append(b.Children[i], v[i]);
                }

                b.EndRow();
                break;
            default:
                throw new NotSupportedException($"{builder.Type} from {value.GetType()}");
        }
    }
}
