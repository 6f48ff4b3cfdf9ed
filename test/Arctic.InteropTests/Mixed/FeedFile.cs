using System.Globalization;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.InteropTests.Mixed;

/// <summary>A golden change feed: a line a change, <c>KIND|value|…</c>, segments separated by <c>---</c>; <c>~</c> is NULL.</summary>
internal static class FeedFile
{
    /// <summary>The segments of a feed as batches of the given schema; every value is parsed as its column's type.</summary>
    /// <param name="adjust">Changes a line's values before they are parsed (an expression of the INSERT that read the feed).</param>
    public static List<ChangeBatch> Read(string path, RowSchema schema, Action<string?[]>? adjust = null)
    {
        var batches = new List<ChangeBatch>();
        var rows = new List<(RowKind Kind, string?[] Values)>();
        foreach (var line in File.ReadLines(path).Skip(1).Append("---"))
        {
            if (line == "---")
            {
                batches.Add(ToBatch(rows, schema));
                rows.Clear();
                continue;
            }

            var parts = line.Split('|');
            var values = parts[1..].Select(v => v == "~" ? null : v).ToArray();
            adjust?.Invoke(values);
            rows.Add((KindOf(parts[0]), values));
        }

        return batches;
    }

    private static ChangeBatch ToBatch(List<(RowKind Kind, string?[] Values)> rows, RowSchema schema)
    {
        var columns = new Column[schema.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            var builder = ColumnBuilder.Create(schema[i].Type);
            foreach (var (_, values) in rows)
            {
                Append(builder, values[i]);
            }

            columns[i] = builder.Build();
        }

        return new ChangeBatch(schema, columns, rows.Count, rows.Select(r => r.Kind).ToArray());
    }

    private static void Append(ColumnBuilder builder, string? value)
    {
        switch (builder)
        {
            case var _ when value is null:
                builder.AppendNull();
                break;
            case FixedColumnBuilder<int> b:
                b.Append(int.Parse(value, CultureInfo.InvariantCulture));
                break;
            case FixedColumnBuilder<long> b when b.Type is DataType.Timestamp:
                b.Append(DateTime.Parse(value, CultureInfo.InvariantCulture).Subtract(DateTime.UnixEpoch).Ticks / 10);
                break;
            case FixedColumnBuilder<long> b:
                b.Append(long.Parse(value, CultureInfo.InvariantCulture));
                break;
            case BytesColumnBuilder b:
                b.Append(value);
                break;
            default:
                throw new NotSupportedException($"Feeds have no columns of type {builder.Type}.");
        }
    }

    private static RowKind KindOf(string text) => text switch
    {
        "+I" => RowKind.Insert,
        "-U" => RowKind.UpdateBefore,
        "+U" => RowKind.UpdateAfter,
        "-D" => RowKind.Delete,
        _ => throw new FormatException($"Unknown kind '{text}'."),
    };
}
