using System.Text;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Iceberg.Spec;

namespace Arctic.InteropTests.Family;

/// <summary>A row of the model: values by field id, as <see cref="IcebergType"/> holds them; a struct is again values by id, a list an array, a map an array of pairs.</summary>
internal sealed record FamilyRow(Dictionary<int, object?> Values)
{
    /// <summary>What the row has in a column as a schema has it now: a column that the row was written without has its initial default.</summary>
    public object? Get(NestedField field) => Get(Values, field);

    /// <summary>The same in a struct's values.</summary>
    public static object? Get(Dictionary<int, object?> values, NestedField field) => values.TryGetValue(field.Id, out var value) ? value : field.InitialDefault;
}

/// <summary>Random values, and columns of them. Only what every judge can tell apart: dates from 1915 to 2106, whole seconds of the day, bytes that are text.</summary>
internal static class FamilyValues
{
    private static readonly string[] Words = ["", "a", "ab", "abc", "äöü", "iceberg", "é€x", "NULL", "a/b", "a=b", "a b", "Z", "zz", "0", "quote'\"", "long text that is cut in bounds of manifests"];

    /// <summary>A value that is not null.</summary>
    public static object Next(Random random, IcebergType type) => type switch
    {
        IcebergType.Boolean => random.Next(2) == 0,
        IcebergType.Int => random.Next(6) == 0 ? random.Next(int.MinValue, int.MaxValue) : random.Next(-30, 30),
        IcebergType.Long => random.Next(6) == 0 ? random.NextInt64(long.MinValue, long.MaxValue) : random.NextInt64(-30, 30),
        IcebergType.Float => random.Next(-400, 400) / 8f,
        IcebergType.Double => random.Next(8) == 0 ? random.NextDouble() * 1e18 : random.Next(-400, 400) / 8d,
        IcebergType.Decimal d => NextDecimal(random, d.Precision),
        IcebergType.Date => random.Next(-20_000, 50_000),
        IcebergType.Time => random.NextInt64(86_400) * 1_000_000,
        IcebergType.Timestamp or IcebergType.TimestampTz => (random.NextInt64(-300_000_000, 4_100_000_000) * 1_000_000) + (random.Next(2) == 0 ? 0 : random.Next(1_000_000)),
        IcebergType.String => Words[random.Next(Words.Length)],
        IcebergType.Uuid => Bytes(random, 16),
        IcebergType.Fixed f => Text(random, f.Length),
        IcebergType.Binary => Text(random, random.Next(0, 12)),
        IcebergType.Struct s => s.Fields.ToDictionary(f => f.Id, f => NextOrNull(random, f)),
        IcebergType.List l => Enumerable.Range(0, random.Next(0, 4)).Select(_ => random.Next(6) == 0 && !l.IsElementRequired ? null : Next(random, l.Element)).ToArray(),
        IcebergType.Map m => Enumerable.Range(0, random.Next(0, 3)).Select(i => KeyValuePair.Create((object)$"k{i}", random.Next(6) == 0 && !m.IsValueRequired ? null : (object?)Next(random, m.Value))).ToArray(),
        _ => throw new NotSupportedException($"There are no random values of type {type}."),
    };

    /// <summary>A value, or now and then null where that may be.</summary>
    public static object? NextOrNull(Random random, NestedField field) => !field.IsRequired && random.Next(7) == 0 ? null : Next(random, field.Type);

    /// <summary>Rows as columns of a schema.</summary>
    public static ChangeBatch ToBatch(Schema schema, IReadOnlyList<FamilyRow> rows)
    {
        var rowSchema = schema.ToRowSchema();
        var columns = schema.Fields.Select((field, i) =>
        {
            var builder = ColumnBuilder.Create(rowSchema[i].Type);
            foreach (var row in rows)
            {
                Append(builder, field.Type, row.Get(field));
            }

            return builder.Build();
        }).ToArray();
        return new ChangeBatch(rowSchema, columns, rows.Count);
    }

    private static void Append(ColumnBuilder builder, IcebergType type, object? value)
    {
        if (value is null)
        {
            builder.AppendNull();
            return;
        }

        switch (builder)
        {
            case BooleanColumnBuilder b:
                b.Append((bool)value);
                break;
            case FixedColumnBuilder<int> b:
                b.Append((int)value);
                break;
            case FixedColumnBuilder<long> b:
                b.Append(Convert.ToInt64(value, null));
                break;
            case FixedColumnBuilder<float> b:
                b.Append((float)value);
                break;
            case FixedColumnBuilder<double> b:
                b.Append(Convert.ToDouble(value, null));
                break;
            case FixedColumnBuilder<Int128> b:
                b.Append((Int128)value);
                break;
            case BytesColumnBuilder b:
                b.Append(value is string text ? Encoding.UTF8.GetBytes(text) : (byte[])value);
                break;
            case RowColumnBuilder b:
                AppendStruct(b, (IcebergType.Struct)type, (Dictionary<int, object?>)value);
                break;
            case ListColumnBuilder b:
                foreach (var item in (object?[])value)
                {
                    Append(b.Elements, ((IcebergType.List)type).Element, item);
                }

                b.EndList();
                break;
            case MapColumnBuilder b:
                foreach (var (key, item) in (KeyValuePair<object, object?>[])value)
                {
                    Append(b.Keys, ((IcebergType.Map)type).Key, key);
                    Append(b.Values, ((IcebergType.Map)type).Value, item);
                }

                b.EndMap();
                break;
            default:
                throw new NotSupportedException(builder.GetType().Name);
        }
    }

    private static void AppendStruct(RowColumnBuilder builder, IcebergType.Struct type, Dictionary<int, object?> values)
    {
        for (var i = 0; i < type.Fields.Count; i++)
        {
            Append(builder.Children[i], type.Fields[i].Type, FamilyRow.Get(values, type.Fields[i]));
        }

        builder.EndRow();
    }

    private static Int128 NextDecimal(Random random, int precision)
    {
        var digits = random.Next(4) == 0 ? precision : Math.Min(4, precision);
        var value = Int128.Zero;
        for (var i = 0; i < digits; i++)
        {
            value = (value * 10) + random.Next(10);
        }

        return random.Next(2) == 0 ? -value : value;
    }

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Text(Random random, int length) => Enumerable.Range(0, length).Select(_ => (byte)random.Next('a', 'e')).ToArray();
}
