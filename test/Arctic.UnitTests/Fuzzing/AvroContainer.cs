using System.Text;
using Arctic.Storage.Avro;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Fuzzing;

/// <summary>An Avro container file taken apart, so that damage reaches the records and not just their compression.</summary>
internal sealed record AvroContainer(List<KeyValuePair<string, byte[]>> Header, List<(long Count, byte[] Content)> Blocks)
{
    private static readonly string[] Keys = ["avro.schema", "schema", "schema-id", "partition-spec", "partition-spec-id", "format-version", "content", "snapshot-id", "parent-snapshot-id", "sequence-number", "first-row-id"];
    private static readonly byte[] Sync = "0123456789abcdef"u8.ToArray();

    /// <summary>Unpacks a file.</summary>
    public static async Task<AvroContainer> ReadAsync(byte[] file)
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        await store.PutAsync("memory:///f", file, default);
        await using var reader = await AvroFileReader.OpenAsync(await store.OpenReadAsync("memory:///f", default), "f", default);
        var header = Keys.Where(k => reader.FindMetadata(k) is not null).Select(k => KeyValuePair.Create(k, Encoding.UTF8.GetBytes(reader.FindMetadata(k)!))).ToList();
        var blocks = new List<(long, byte[])>();
        while (await reader.ReadBlockAsync(default))
        {
            blocks.Add((reader.BlockRecordCount, reader.Block.ToArray()));
        }

        return new AvroContainer(header, blocks);
    }

    /// <summary>The file with one block or one header value changed, its blocks stored as they are.</summary>
    public byte[] Damaged(Random random, Mutator mutator)
    {
        var header = Header.ToList();
        var blocks = Blocks.ToList();
        if (blocks.Count > 0 && random.Next(4) > 0)
        {
            var at = random.Next(blocks.Count);
            blocks[at] = (random.Next(8) == 0 ? random.NextInt64(-5, 1L << 40) : blocks[at].Count, mutator.Bytes(blocks[at].Content));
        }
        else
        {
            var at = random.Next(header.Count);
            var isJson = header[at].Key is "avro.schema" or "schema" or "partition-spec" && random.Next(4) > 0;
            header[at] = KeyValuePair.Create(header[at].Key, isJson ? mutator.Json(header[at].Value) : mutator.Bytes(header[at].Value));
        }

        return Write(header, blocks);
    }

    private static byte[] Write(List<KeyValuePair<string, byte[]>> header, List<(long Count, byte[] Content)> blocks)
    {
        var encoder = new AvroEncoder();
        encoder.WriteLong(header.Count);
        foreach (var (key, value) in header)
        {
            encoder.WriteBytes(Encoding.UTF8.GetBytes(key));
            encoder.WriteBytes(value);
        }

        encoder.WriteLong(0);
        var file = new MemoryStream();
        file.Write("Obj\u0001"u8);
        file.Write(encoder.Written.Span);
        file.Write(Sync);
        foreach (var (count, content) in blocks)
        {
            encoder.Clear();
            encoder.WriteLong(count);
            encoder.WriteBytes(content);
            file.Write(encoder.Written.Span);
            file.Write(Sync);
        }

        return file.ToArray();
    }
}
