using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Storage.Avro;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;
using Arctic.UnitTests.Storage.ObjectStores;

namespace Arctic.UnitTests.Storage.Avro;

public sealed class AvroBatchTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Any_types_are_read_as_they_were_written_whatever_columns_are_wanted()
    {
        for (var seed = 0; seed < 150; seed++)
        {
            var random = new Random(seed);
            var (record, write) = RandomAvro.Rows(random, random.Next(1, 8));
            var rows = new List<object?[]>();
            var bytes = Write(record, (AvroCodec)random.Next(4), random.Next(400), encoder => rows.Add(write(encoder)));
            await using var file = await OpenAsync(bytes, batchRowsMax: random.Next(1, 150));
            var wanted = file.Fields.Where(_ => random.Next(3) > 0).ToArray();

            var found = new List<string>();
            long next = 0;
            await foreach (var batch in file.ReadAsync(file.Fields, AllIds(wanted), Token))
            {
                Assert.Equal(next, batch.FirstRow);
                next += batch.Batch.RowCount;
                Assert.Equal(wanted.Select(f => f.FieldId), batch.Fields.Select(f => f.FieldId));
                found.AddRange(TestRows.Changes(batch.Batch).Select(c => TestRows.Text(c.Row)));
            }

            var expected = rows.Select(r => TestRows.Text(wanted.Select(f => r[f.FieldId!.Value - 1]).ToArray()));
            Assert.True(expected.SequenceEqual(found), $"seed {seed}: {record.ToJson()}");
        }
    }

    [Fact]
    public async Task What_Apache_Avro_writes_nested_is_read()
    {
        const string json = """
            {"type":"record","name":"r","fields":[
              {"name":"s","field-id":1,"type":["null",{"type":"record","name":"inner","fields":[
                {"name":"a","field-id":2,"type":"int"},{"name":"b","field-id":3,"type":["null","string"]}]}]},
              {"name":"l","field-id":4,"type":{"type":"array","element-id":5,"items":["null","long"]}},
              {"name":"m","field-id":6,"type":{"type":"map","key-id":7,"value-id":8,"values":"double"}},
              {"name":"e","field-id":9,"type":{"type":"enum","name":"colour","symbols":["RED","BLUE"]}}]}
            """;
        var schema = (global::Avro.RecordSchema)global::Avro.Schema.Parse(json);
        var inner = (global::Avro.RecordSchema)((global::Avro.UnionSchema)schema["s"].Schema).Schemas[1];
        using var stream = new MemoryStream();
        using (var writer = global::Avro.File.DataFileWriter<global::Avro.Generic.GenericRecord>.OpenWriter(new global::Avro.Generic.GenericDatumWriter<global::Avro.Generic.GenericRecord>(schema), stream))
        {
            for (var i = 0; i < 3; i++)
            {
                var member = new global::Avro.Generic.GenericRecord(inner);
                member.Add("a", i);
                member.Add("b", i == 1 ? null : "b" + i);
                var record = new global::Avro.Generic.GenericRecord(schema);
                record.Add("s", i == 2 ? null : member);
                record.Add("l", new object?[] { (long)i, null });
                record.Add("m", new Dictionary<string, object> { ["k"] = i + 0.5 });
                record.Add("e", new global::Avro.Generic.GenericEnum((global::Avro.EnumSchema)schema["e"].Schema, i == 0 ? "RED" : "BLUE"));
                writer.Append(record);
            }
        }

        await using var file = await OpenAsync(stream.ToArray(), 10);

        Assert.Equal(
            ["0,b0|0,|k=0.5|RED", "1,|1,|k=1.5|BLUE", "NULL|2,|k=2.5|BLUE"], await ReadAsync(file, [1, 2, 3, 4, 6, 9]));
    }

    [Fact]
    public async Task Members_of_rows_are_chosen_by_id()
    {
        var record = new AvroSchema.Record("r")
        {
            Fields =
            [
                new AvroField("s", AvroSchema.Optional(new AvroSchema.Record("inner") { Fields = [new AvroField("a", AvroSchemas.Long, 2), new AvroField("b", AvroSchemas.String, 3)] }), 1),
            ],
        };
        var bytes = Write(record, AvroCodec.Null, 2, encoder =>
        {
            encoder.WriteLong(1);
            encoder.WriteLong(7);
            encoder.WriteString("x");
        });

        await using (var file = await OpenAsync(bytes, 10))
        {
            Assert.Equal(["x", "x"], await ReadAsync(file, [1, 3]));
        }

        // Without members, the row still tells whether it is NULL.
        await using (var file = await OpenAsync(bytes, 10))
        {
            Assert.Equal(["", ""], await ReadAsync(file, [1]));
        }
    }

    [Fact]
    public async Task Without_columns_rows_are_counted()
    {
        var record = new AvroSchema.Record("r") { Fields = [new AvroField("a", AvroSchemas.Long, 1)] };
        await using var file = await OpenAsync(Write(record, AvroCodec.Deflate, 25, encoder => encoder.WriteLong(1)), 10);

        Assert.Equal(25, (await ReadAsync(file, [])).Count);
    }

    [Fact]
    public async Task A_union_of_several_types_is_refused_only_when_it_is_wanted()
    {
        var union = new AvroSchema.Union([AvroSchemas.Long, AvroSchemas.String]);
        var record = new AvroSchema.Record("r") { Fields = [new AvroField("a", AvroSchemas.Long, 1), new AvroField("u", union, 2)] };
        var bytes = Write(record, AvroCodec.Null, 1, encoder =>
        {
            encoder.WriteLong(5);
            encoder.WriteLong(1);
            encoder.WriteString("x");
        });

        await using var file = await OpenAsync(bytes, 10);
        Assert.Equal(["5"], await ReadAsync(file, [1]));

        await using var again = await OpenAsync(bytes, 10);
        var error = await Assert.ThrowsAsync<ArcticException>(() => ReadAsync(again, [1, 2]));
        Assert.Equal(ErrorCodes.FormatUnsupported, error.Code);
        Assert.Contains("'u'", error.Message);
    }

    [Fact]
    public async Task Types_that_refer_to_themselves_are_refused()
    {
        var record = new AvroSchema.Record("node");
        record.Fields = [new AvroField("next", AvroSchema.Optional(record), 1)];

        var error = await Assert.ThrowsAsync<ArcticException>(() => OpenAsync(Write(record, AvroCodec.Null, 0, _ => { }), 10));

        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
    }

    [Fact]
    public async Task Items_without_bytes_cannot_be_claimed_without_end()
    {
        var record = new AvroSchema.Record("r") { Fields = [new AvroField("l", new AvroSchema.Array(new AvroSchema.Primitive(AvroKind.Null)) { ElementId = 2 }, 1)] };
        var few = Write(record, AvroCodec.Null, 1, encoder => WriteCount(encoder, 3));
        var many = Write(record, AvroCodec.Null, 1, encoder => WriteCount(encoder, long.MaxValue / 2));

        await using (var file = await OpenAsync(few, 10))
        {
            Assert.Equal([",,"], await ReadAsync(file, [1, 2]));
        }

        await using var bad = await OpenAsync(many, 10);
        var error = await Assert.ThrowsAsync<ArcticException>(() => ReadAsync(bad, [1, 2]));
        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
        Assert.Contains("f.avro", error.Message);
    }

    [Fact]
    public async Task A_large_remote_file_is_fetched_by_few_requests()
    {
        var record = new AvroSchema.Record("r") { Fields = [new AvroField("a", AvroSchemas.Bytes, 1)] };
        var random = new Random(1);
        var value = new byte[1000];
        var bytes = Write(record, AvroCodec.Null, 6000, encoder =>
        {
            random.NextBytes(value);
            encoder.WriteBytes(value);
        });
        var store = new CountingObjectStore(new MemoryObjectStore(TimeProvider.System));
        await store.PutAsync("memory:///f.avro", bytes, Token);

        await using var file = await AvroBatchReader.OpenAsync(await store.OpenReadAsync("memory:///f.avro", Token), "f.avro", 1000, Token);
        var rows = await ReadAsync(file, [1]);

        Assert.Equal(6000, rows.Count);
        Assert.Equal(bytes.Length, store.BytesRead);
        Assert.InRange(store.Reads, 2, 6);
    }

    [Fact]
    public async Task Damaged_rows_give_clear_errors_or_other_rows_but_never_break()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var (record, write) = RandomAvro.Rows(random, 4);
            var bytes = Write(record, AvroCodec.Null, 20, encoder => write(encoder));
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                await using var file = await OpenAsync(bytes, 10);
                await ReadAsync(file, AllIds(file.Fields));
            }
            catch (ArcticException e)
            {
                Assert.True(e.Code == ErrorCodes.TableCorrupt || e.Code == ErrorCodes.FormatUnsupported, $"seed {seed}: {e.Message}");
            }
        }
    }

    private static void WriteCount(AvroEncoder encoder, long count)
    {
        encoder.WriteLong(count);
        encoder.WriteLong(0);
    }

    private static byte[] Write(AvroSchema.Record record, AvroCodec codec, int count, Action<AvroEncoder> writeRow)
    {
        using var stream = new MemoryStream();
        var writer = new AvroFileWriter(stream, record, codec, [], new Random(1));
        for (; count > 0; count--)
        {
            writeRow(writer.Encoder);
            writer.EndRecord();
        }

        writer.Complete();
        return stream.ToArray();
    }

    private static HashSet<int> AllIds(IEnumerable<FileField> fields)
    {
        var ids = new HashSet<int>();
        foreach (var field in fields)
        {
            ids.Add(field.FieldId ?? -1);
            ids.UnionWith(AllIds(field.Children));
        }

        return ids;
    }

    private static async Task<AvroBatchReader> OpenAsync(byte[] bytes, int batchRowsMax)
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        await store.PutAsync("memory:///f.avro", bytes, Token);
        return await AvroBatchReader.OpenAsync(await store.OpenReadAsync("memory:///f.avro", Token), "f.avro", batchRowsMax, Token);
    }

    private static async Task<List<string>> ReadAsync(AvroBatchReader file, HashSet<int> ids)
    {
        var rows = new List<string>();
        await foreach (var batch in file.ReadAsync(file.Fields, ids, Token))
        {
            rows.AddRange(TestRows.Changes(batch.Batch).Select(c => TestRows.Text(c.Row)));
            batch.Dispose();
        }

        return rows;
    }
}
