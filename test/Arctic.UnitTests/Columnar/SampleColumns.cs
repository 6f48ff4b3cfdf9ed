using Arctic.Columnar;
using Arctic.Columnar.Types;

namespace Arctic.UnitTests.Columnar;

/// <summary>Rows of every storable type, with NULLs at every level, from a seed.</summary>
internal static class SampleColumns
{
    public static readonly RowSchema Schema = new(
        new Field("flag", DataTypes.Boolean),
        new Field("i", DataTypes.Int),
        new Field("l", DataTypes.BigInt.AsNotNull()),
        new Field("f", DataTypes.Float),
        new Field("d", DataTypes.Double),
        new Field("d9", DataTypes.Decimal(9, 2)),
        new Field("d18", DataTypes.Decimal(18, 3)),
        new Field("d38", DataTypes.Decimal(38, 10)),
        new Field("day", DataTypes.Date),
        new Field("time", DataTypes.Time(6)),
        new Field("ts", DataTypes.Timestamp(6)),
        new Field("tz", DataTypes.TimestampLtz(6)),
        new Field("ns", DataTypes.Timestamp(9)),
        new Field("s", DataTypes.String),
        new Field("u", new DataType.Binary(16)),
        new Field("fx", new DataType.Binary(5)),
        new Field("b", DataTypes.Bytes),
        new Field("list", new DataType.Array(DataTypes.Int)),
        new Field("row", new DataType.Row([new Field("x", DataTypes.Int), new Field("y", DataTypes.String)])),
        new Field("map", new DataType.Map(DataTypes.String.AsNotNull(), DataTypes.BigInt)),
        new Field("rows", new DataType.Array(new DataType.Row([new Field("p", DataTypes.Double), new Field("q", new DataType.Array(DataTypes.String))]))));

    public static ChangeBatch Batch(int rows, int seed)
    {
        var random = new Random(seed);
        return TestRows.Batch(Schema, Enumerable.Range(0, rows).Select(_ => Schema.Fields.Select(f => Value(f.Type, random)).ToArray()).ToList());
    }

    public static List<string> Text(ChangeBatch batch) => TestRows.Changes(batch).Select(c => TestRows.Text(c.Row)).ToList();

    private static object? Value(DataType type, Random random)
    {
        if (type.IsNullable && random.Next(4) == 0)
        {
            return null;
        }

        return type switch
        {
            DataType.Boolean => random.Next(2) == 1,
            DataType.Int => random.Next(int.MinValue, int.MaxValue),
            DataType.BigInt or DataType.Timestamp or DataType.TimestampLtz => random.NextInt64(long.MinValue, long.MaxValue),
            DataType.Time => random.NextInt64(86_400_000_000),
            DataType.Date => random.Next(-100_000, 100_000),
            DataType.Float => random.Next(10) == 0 ? float.NaN : (float)random.NextDouble() - 0.5f,
            DataType.Double => random.Next(10) == 0 ? double.NegativeInfinity : random.NextDouble() - 0.5,
            DataType.Decimal d => (Int128)random.NextInt64(-1, 2) * (Int128)Math.Pow(10, random.Next(d.Precision)),
            DataType.VarChar => new string('ä', random.Next(20)) + random.Next(5),
            DataType.Binary b => Bytes(b.Length, random),
            DataType.VarBinary => Bytes(random.Next(30), random),
            DataType.Array a => Enumerable.Range(0, random.Next(4)).Select(_ => Value(a.Element, random)).ToArray(),
            DataType.Map m => Enumerable.Range(0, random.Next(4)).Select(i => new[] { $"k{i}", Value(m.Value, random) }).ToArray(),
            DataType.Row r => r.Fields.Select(f => Value(f.Type, random)).ToArray(),
            _ => throw new NotSupportedException(type.ToString()),
        };
    }

    private static byte[] Bytes(int length, Random random)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
