using Arctic.Columnar.Errors;
using Arctic.Storage.Avro;
using Arctic.Storage.ObjectStores;
using CsCheck;

namespace Arctic.UnitTests.Storage.Avro;

public sealed class AvroFileTests
{
    private static readonly AvroSchema.Record Pair = new("pair")
    {
        Fields = [new AvroField("number", AvroSchemas.Long, 1), new AvroField("text", AvroSchema.Optional(AvroSchemas.String), 2)],
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Codecs => [.. Enum.GetNames<AvroCodec>()];

    [Theory]
    [MemberData(nameof(Codecs))]
    public void What_is_written_is_read(string codec)
    {
        var rows = Gen.Select(Gen.Long, Gen.String.Null()).List[0, 3000];
        rows.Sample(
            list =>
            {
                var bytes = Write(Enum.Parse<AvroCodec>(codec), list);
                return Read(bytes).SequenceEqual(list);
            },
            iter: 30);
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Many_blocks_are_written_and_read(string codec)
    {
        var rows = Enumerable.Range(0, 20_000).Select(i => ((long)i * i, i % 7 == 0 ? null : "row " + i)).ToList();

        var bytes = Write(Enum.Parse<AvroCodec>(codec), rows!);

        Assert.Equal(rows, Read(bytes));
    }

    [Fact]
    public void Apache_Avro_reads_what_is_written()
    {
        var rows = Enumerable.Range(0, 5_000).Select(i => ((long)i - 100, i % 3 == 0 ? null : "text " + i)).ToList();
        foreach (var codec in (AvroCodec[])[AvroCodec.Null, AvroCodec.Deflate])
        {
            using var reader = global::Avro.File.DataFileReader<global::Avro.Generic.GenericRecord>.OpenReader(new MemoryStream(Write(codec, rows!)));
            var read = new List<(long, string?)>();
            while (reader.HasNext())
            {
                var record = reader.Next();
                read.Add(((long)record.GetValue(0), (string?)record.GetValue(1)));
            }

            Assert.Equal(rows, read);
        }
    }

    [Fact]
    public void What_Apache_Avro_writes_is_read()
    {
        var schema = (global::Avro.RecordSchema)global::Avro.Schema.Parse(Pair.ToJson());
        using var stream = new MemoryStream();
        using (var writer = global::Avro.File.DataFileWriter<global::Avro.Generic.GenericRecord>.OpenWriter(
            new global::Avro.Generic.GenericDatumWriter<global::Avro.Generic.GenericRecord>(schema), stream, global::Avro.File.Codec.CreateCodec(global::Avro.File.Codec.Type.Deflate)))
        {
            for (var i = 0L; i < 1000; i++)
            {
                var record = new global::Avro.Generic.GenericRecord(schema);
                record.Add(0, -i);
                record.Add(1, i % 2 == 0 ? null : "ü" + i);
                writer.Append(record);
            }
        }

        Assert.Equal(Enumerable.Range(0, 1000).Select(i => (-(long)i, i % 2 == 0 ? null : "ü" + i)), Read(stream.ToArray()));
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Every_cut_file_is_corrupt(string codec)
    {
        var bytes = Write(Enum.Parse<AvroCodec>(codec), [(1, "one"), (2, null), (3, new string('x', 200))]);
        for (var length = 0; length < bytes.Length; length++)
        {
            // Without its only block the file is whole, and empty.
            if (length != HeaderLength(bytes))
            {
                var error = Assert.Throws<ArcticException>(() => Read(bytes[..length]));
                Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Damaged_bytes_give_clear_errors_or_other_rows_but_never_break(string codec)
    {
        var bytes = Write(Enum.Parse<AvroCodec>(codec), Enumerable.Range(0, 50).Select(i => ((long)i, (string?)("text " + i))).ToList());
        Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.Byte).Sample(
            (position, value) =>
            {
                var damaged = bytes.ToArray();
                damaged[position] = value;
                try
                {
                    Read(damaged);
                }
                catch (ArcticException e)
                {
                    Assert.True(e.Code == ErrorCodes.TableCorrupt || e.Code == ErrorCodes.FormatUnsupported, e.Message);
                }
            },
            iter: 2000);
    }

    [Fact]
    public void A_block_that_unpacks_to_too_much_is_refused()
    {
        var zeros = AvroCodecs.Compress(AvroCodec.Deflate, new byte[100_000]);

        var error = Assert.Throws<ArcticException>(() => AvroCodecs.Decompress(AvroCodec.Deflate, zeros, new System.Buffers.ArrayBufferWriter<byte>(), 50_000, "bomb.avro"));

        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
        Assert.Contains("50000", error.Message);
    }

    [Fact]
    public void Schemas_survive_json_with_the_attributes_of_Iceberg()
    {
        var fixed16 = new AvroSchema.Fixed("uuid_fixed", 16) { LogicalType = "uuid" };
        var item = new AvroSchema.Record("k1_v2") { Fields = [new AvroField("key", AvroSchemas.Int, 1), new AvroField("value", AvroSchemas.Bytes, 2)] };
        var schema = new AvroSchema.Record("r")
        {
            Fields =
            [
                new AvroField("a", AvroSchema.Optional(fixed16), 10),
                new AvroField("b", fixed16, 11),
                new AvroField("m", new AvroSchema.Array(item) { LogicalType = "map" }, 12),
                new AvroField("t", new AvroSchema.Primitive(AvroKind.Long) { LogicalType = "timestamp-micros", AdjustToUtc = true }, 13) { IcebergName = "t t" },
                new AvroField("d", new AvroSchema.Fixed("decimal_9_2", 4) { LogicalType = "decimal", Precision = 9, Scale = 2 }, 14),
            ],
        };

        var json = schema.ToJson();
        var again = Assert.IsType<AvroSchema.Record>(AvroSchemaJson.Parse(System.Text.Encoding.UTF8.GetBytes(json), "test"));

        Assert.Equal(json, again.ToJson());
        Assert.Contains("\"logicalType\":\"map\"", json);
        Assert.Contains("\"name\":\"b\",\"type\":\"uuid_fixed\"", json);
        Assert.Contains("\"default\":null,\"field-id\":10", json);
    }

    [Theory]
    [InlineData("{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"a\",\"type\":\"nothing\"}]}", "nothing")]
    [InlineData("[1]", "Number")]
    [InlineData("{", "JSON")]
    [InlineData("{\"type\":\"array\"}", "missing")]
    public void Bad_schemas_are_corrupt(string json, string expected)
    {
        var error = Assert.Throws<ArcticException>(() => AvroSchemaJson.Parse(System.Text.Encoding.UTF8.GetBytes(json), "bad.avro"));

        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
        Assert.Contains(expected, error.Message);
    }

    private static byte[] Write(AvroCodec codec, IEnumerable<(long Number, string? Text)> rows)
    {
        using var stream = new MemoryStream();
        var writer = new AvroFileWriter(stream, Pair, codec, [new("some-key", "some value")], new Random(1));
        foreach (var (number, text) in rows)
        {
            writer.Encoder.WriteLong(number);
            writer.Encoder.WriteLong(text is null ? 0 : 1);
            if (text is not null)
            {
                writer.Encoder.WriteString(text);
            }

            writer.EndRecord();
        }

        writer.Complete();
        return stream.ToArray();
    }

    private static int HeaderLength(byte[] bytes) => Write(AvroCodecs.Parse(FindCodec(bytes), "test"), []).Length;

    private static string FindCodec(byte[] bytes)
    {
        var text = System.Text.Encoding.Latin1.GetString(bytes);
        return Enum.GetValues<AvroCodec>().Select(AvroCodecs.NameOf).First(n => text.Contains("avro.codec" + (char)(n.Length * 2) + n, StringComparison.Ordinal));
    }

    private static List<(long Number, string? Text)> Read(byte[] bytes)
    {
        // The memory store completes synchronously.
        return ReadAsync(bytes).AsTask().GetAwaiter().GetResult();
    }

    private static async ValueTask<List<(long Number, string? Text)>> ReadAsync(byte[] bytes)
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        await store.PutAsync("memory:///f.avro", bytes, Token);
        await using var file = await AvroFileReader.OpenAsync(await store.OpenReadAsync("memory:///f.avro", Token), "f.avro", Token);
        var rows = new List<(long, string?)>();
        while (await file.ReadBlockAsync(Token))
        {
            Decode(file, rows);
        }

        return rows;
    }

    private static void Decode(AvroFileReader file, List<(long, string?)> rows)
    {
        var decoder = new AvroDecoder(file.Block);
        for (var i = 0L; i < file.BlockRecordCount; i++)
        {
            var number = decoder.ReadLong();
            var record = (AvroSchema.Record)file.Schema;
            var branch = decoder.ReadBranch((AvroSchema.Union)record.Fields[1].Type);
            rows.Add((number, branch is AvroSchema.Primitive { Kind: AvroKind.Null } ? null : decoder.ReadString()));
        }
    }
}
