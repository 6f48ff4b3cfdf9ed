using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using Arctic.Storage.Avro;

namespace Arctic.UnitTests.Storage.Avro;

/// <summary>A random Avro type with what writes values of it.</summary>
/// <param name="Schema">The type.</param>
/// <param name="Write">Encodes a random value and returns it as <see cref="TestRows.Value"/> shows it when all of it is read.</param>
internal sealed record RandomAvro(AvroSchema Schema, Func<AvroEncoder, object?> Write)
{
    /// <summary>A record of so many members with ids from 1 on.</summary>
    public static (AvroSchema.Record Record, Func<AvroEncoder, object?[]> Write) Rows(Random random, int count)
    {
        var ids = new Ids();
        var members = Enumerable.Range(0, count).Select(i => (Field: $"c{i}", Type: Of(random, 3, ids))).ToArray();
        var record = new AvroSchema.Record("row") { Fields = members.Select((m, i) => new AvroField(m.Field, m.Type.Schema, i + 1)).ToArray() };
        return (record, encoder => members.Select(m => m.Type.Write(encoder)).ToArray());
    }

    private static RandomAvro Of(Random random, int depth, Ids ids)
    {
        var value = random.Next(depth > 0 ? 20 : 16) switch
        {
            0 => new RandomAvro(AvroSchemas.Boolean, e => Put(e.WriteBoolean, random.Next(2) == 0)),
            1 => Int(random, null),
            2 => Int(random, "date"),
            3 => Long(random, new AvroSchema.Primitive(AvroKind.Long)),
            4 => Long(random, new AvroSchema.Primitive(AvroKind.Long) { LogicalType = "timestamp-micros", AdjustToUtc = random.Next(2) == 0 }),
            5 => Long(random, new AvroSchema.Primitive(AvroKind.Long) { LogicalType = "timestamp-nanos", AdjustToUtc = false }),
            6 => new RandomAvro(new AvroSchema.Primitive(AvroKind.Long) { LogicalType = "timestamp-millis" }, e => Put(e.WriteLong, (long)random.Next()) * 1000),
            7 => new RandomAvro(new AvroSchema.Primitive(AvroKind.Float), e => Put(e.WriteFloat, random.NextSingle())),
            8 => new RandomAvro(new AvroSchema.Primitive(AvroKind.Double), e => Put(e.WriteDouble, random.NextDouble())),
            9 => new RandomAvro(AvroSchemas.String, e => Put(e.WriteString, new string('ä', random.Next(9)))),
            10 => new RandomAvro(AvroSchemas.Bytes, e => Put(v => e.WriteBytes(v), Bytes(random, random.Next(9)))),
            11 => Decimal(random, ids, isFixed: false),
            12 => Decimal(random, ids, isFixed: true),
            13 => new RandomAvro(new AvroSchema.Fixed(ids.Name("fixed"), 5), e => Put(v => e.WriteRaw(v), Bytes(random, 5))),
            14 => Uuid(random),
            15 => Enum(random, ids),
            16 => Struct(random, depth, ids),
            17 => List(random, depth, ids),
            18 => Map(random, depth, ids),
            _ => IntMap(random, depth, ids),
        };
        return random.Next(3) == 0 ? value : Optional(random, value);
    }

    private static RandomAvro Optional(Random random, RandomAvro value)
    {
        var nullIndex = random.Next(4) == 0 ? 1 : 0;
        var none = new AvroSchema.Primitive(AvroKind.Null);
        return new RandomAvro(new AvroSchema.Union(nullIndex == 0 ? [none, value.Schema] : [value.Schema, none]), e =>
        {
            var isNull = random.Next(4) == 0;
            e.WriteLong(isNull ? nullIndex : 1 - nullIndex);
            return isNull ? null : value.Write(e);
        });
    }

    private static RandomAvro Int(Random random, string? logicalType) =>
        new(new AvroSchema.Primitive(AvroKind.Int) { LogicalType = logicalType }, e => (int)Put(e.WriteLong, (long)random.Next(int.MinValue, int.MaxValue)));

    private static RandomAvro Long(Random random, AvroSchema schema) => new(schema, e => Put(e.WriteLong, random.NextInt64(long.MinValue, long.MaxValue)));

    private static RandomAvro Decimal(Random random, Ids ids, bool isFixed)
    {
        const int size = 16;
        AvroSchema schema = isFixed
            ? new AvroSchema.Fixed(ids.Name("decimal"), size) { LogicalType = "decimal", Precision = 38, Scale = 10 }
            : new AvroSchema.Primitive(AvroKind.Bytes) { LogicalType = "decimal", Precision = 38, Scale = 10 };
        return new RandomAvro(schema, e =>
        {
            var value = (Int128)new BigInteger(Bytes(random, random.Next(1, 15)));
            if (isFixed)
            {
                var bytes = new byte[size];
                BinaryPrimitives.WriteInt128BigEndian(bytes, value);
                e.WriteRaw(bytes);
            }
            else
            {
                e.WriteBytes(((BigInteger)value).ToByteArray(isBigEndian: true));
            }

            return value;
        });
    }

    private static RandomAvro Uuid(Random random) => new(new AvroSchema.Primitive(AvroKind.String) { LogicalType = "uuid" }, e =>
    {
        var bytes = Bytes(random, 16);
        e.WriteString(new Guid(bytes, bigEndian: true).ToString());
        return bytes;
    });

    private static RandomAvro Enum(Random random, Ids ids)
    {
        string[] symbols = ["RED", "GREEN", "BLUE"];
        return new RandomAvro(new AvroSchema.Enum(ids.Name("enum"), symbols), e => symbols[(int)Put(e.WriteLong, (long)random.Next(3))]);
    }

    private static RandomAvro Struct(Random random, int depth, Ids ids)
    {
        var members = Enumerable.Range(0, random.Next(1, 4)).Select(_ => (Id: ids.Next(), Type: Of(random, depth - 1, ids))).ToArray();
        var record = new AvroSchema.Record(ids.Name("struct")) { Fields = members.Select(m => new AvroField($"m{m.Id}", m.Type.Schema, m.Id)).ToArray() };
        return new RandomAvro(record, e => string.Join(",", members.Select(m => m.Type.Write(e)).ToArray()));
    }

    private static RandomAvro List(Random random, int depth, Ids ids)
    {
        var element = Of(random, depth - 1, ids);
        return new RandomAvro(
            new AvroSchema.Array(element.Schema) { ElementId = ids.Next() }, e => string.Join(",", Items(random, e, () => Convert.ToString(element.Write(e), CultureInfo.CurrentCulture))));
    }

    private static RandomAvro Map(Random random, int depth, Ids ids)
    {
        var value = Of(random, depth - 1, ids);
        return new RandomAvro(
            new AvroSchema.Map(value.Schema) { KeyId = ids.Next(), ValueId = ids.Next() },
            e => string.Join(",", Items(random, e, () => $"{Put(e.WriteString, $"k{random.Next()}")}={value.Write(e)}")));
    }

    private static RandomAvro IntMap(Random random, int depth, Ids ids)
    {
        var value = Of(random, depth - 1, ids);
        var entry = new AvroSchema.Record(ids.Name("entry"))
        {
            Fields = [new AvroField("key", AvroSchemas.Int, ids.Next()), new AvroField("value", value.Schema, ids.Next())],
        };
        return new RandomAvro(
            new AvroSchema.Array(entry) { LogicalType = "map" }, e => string.Join(",", Items(random, e, () => $"{Put(e.WriteLong, (long)random.Next())}={value.Write(e)}")));
    }

    // Items come in stretches; one with a negative count has its size in bytes, which readers of all items pass over.
    private static List<string?> Items(Random random, AvroEncoder encoder, Func<string?> write)
    {
        var items = new List<string?>();
        for (var stretches = random.Next(3); stretches > 0; stretches--)
        {
            var count = random.Next(1, 4);
            encoder.WriteLong(count);
            for (; count > 0; count--)
            {
                items.Add(write());
            }
        }

        encoder.WriteLong(0);
        return items;
    }

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static T Put<T>(Action<T> write, T value)
    {
        write(value);
        return value;
    }

    /// <summary>Field ids and names that are given once.</summary>
    private sealed class Ids
    {
        private int _last = 1000;

        public int Next() => ++_last;

        public string Name(string stem) => $"{stem}_{Next()}";
    }
}
