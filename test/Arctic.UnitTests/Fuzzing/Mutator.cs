using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Arctic.UnitTests.Fuzzing;

/// <summary>Damages inputs: bytes anywhere, lengths and counts where binary formats keep them, members of JSON. All choices come from one random source.</summary>
internal sealed class Mutator(Random random)
{
    private static readonly long[] Numbers =
    [
        0, 1, -1, 2, 127, 128, 255, 256, 32767, 65535, 65536, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue, 1L << 40, -(1L << 40), 2147483546, 100_000_000,
    ];

    private static readonly string[] Texts = ["", "x", "../../../../etc/passwd", "file:///", "s3://", "bucket[0]", "bucket[99999999999]", "decimal(99, 9)", "fixed[2147483647]", "struct<", "\0", new('a', 4096), "-9223372036854775809", "NaN"];

    /// <summary>One to four changes of the bytes between two offsets.</summary>
    public byte[] Bytes(byte[] content, int start, int end)
    {
        var result = content.ToList();
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            end = Math.Min(end, result.Count);
            if (end <= start)
            {
                break;
            }

            ChangeBytes(result, start, end);
        }

        return [.. result];
    }

    /// <summary>One to four changes of the bytes.</summary>
    public byte[] Bytes(byte[] content) => Bytes(content, 0, content.Length);

    /// <summary>One to three members or items changed, dropped, doubled or nested; the text stays JSON.</summary>
    public byte[] Json(byte[] content)
    {
        var root = JsonNode.Parse(content)!;
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            ChangeNode(root);
        }

        return JsonSerializer.SerializeToUtf8Bytes(root, new JsonSerializerOptions { MaxDepth = 2000 });
    }

    private void ChangeBytes(List<byte> bytes, int start, int end)
    {
        var at = random.Next(start, end);
        switch (random.Next(8))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, Math.Min(random.Next(1, 32), bytes.Count - at));
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 64), bytes.Count - at)));
                break;
            case 4:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 5:
                Overwrite(bytes, at, LittleEndian(Numbers[random.Next(Numbers.Length)], random.Next(2) == 0 ? 4 : 8));
                break;
            case 6:
                Overwrite(bytes, at, Varint(Numbers[random.Next(Numbers.Length)]));
                break;
            default:
                bytes.RemoveAt(at);
                bytes.InsertRange(at, Varint(Numbers[random.Next(Numbers.Length)]));
                break;
        }
    }

    private static void Overwrite(List<byte> bytes, int at, byte[] value)
    {
        for (var i = 0; i < value.Length && at + i < bytes.Count; i++)
        {
            bytes[at + i] = value[i];
        }
    }

    private static byte[] LittleEndian(long value, int size)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes[..size];
    }

    // As Avro and Thrift write numbers.
    private static byte[] Varint(long value)
    {
        var bytes = new List<byte>();
        var zigzag = (ulong)((value << 1) ^ (value >> 63));
        for (; zigzag >= 0x80; zigzag >>= 7)
        {
            bytes.Add((byte)(zigzag | 0x80));
        }

        bytes.Add((byte)zigzag);
        return [.. bytes];
    }

    private void ChangeNode(JsonNode root)
    {
        var places = new List<(JsonNode Parent, string? Member, int Index)>();
        Collect(root, places);
        if (places.Count == 0)
        {
            return;
        }

        var (parent, member, index) = places[random.Next(places.Count)];
        var old = member is null ? parent[index] : parent[member];
        switch (random.Next(6))
        {
            case 0 when parent is JsonObject o:
                o.Remove(member!);
                break;
            case 0:
                ((JsonArray)parent).RemoveAt(index);
                break;
            case 1 when parent is JsonArray a:
                a.Add(old?.DeepClone());
                break;
            case 2:
                Set(parent, member, index, Nested(old));
                break;
            case 3:
                Set(parent, member, index, places[random.Next(places.Count)] is var (p, m, i) ? (m is null ? p[i] : p[m])?.DeepClone() : null);
                break;
            default:
                Set(parent, member, index, Value());
                break;
        }
    }

    private static void Set(JsonNode parent, string? member, int index, JsonNode? value)
    {
        if (member is null)
        {
            parent[index] = value;
        }
        else
        {
            parent[member] = value;
        }
    }

    private JsonNode? Nested(JsonNode? inner)
    {
        var result = inner?.DeepClone();
        for (var depth = random.Next(1, 400); depth > 0; depth--)
        {
            result = random.Next(2) == 0 ? new JsonArray(result) : new JsonObject { ["type"] = result };
        }

        return result;
    }

    private JsonNode? Value() => random.Next(5) switch
    {
        0 => null,
        1 => JsonValue.Create(Numbers[random.Next(Numbers.Length)]),
        2 => JsonValue.Create(random.Next(2) == 0),
        3 => JsonValue.Create(random.NextDouble() * 1e300),
        _ => JsonValue.Create(Texts[random.Next(Texts.Length)]),
    };

    private static void Collect(JsonNode node, List<(JsonNode Parent, string? Member, int Index)> places)
    {
        // Deep nesting made by an earlier change is left alone: the walk itself must not overflow.
        if (places.Count > 20_000)
        {
            return;
        }

        switch (node)
        {
            case JsonObject o:
                foreach (var (name, value) in o)
                {
                    places.Add((o, name, 0));
                    if (value is not null)
                    {
                        Collect(value, places);
                    }
                }

                break;
            case JsonArray a:
                for (var i = 0; i < a.Count; i++)
                {
                    places.Add((a, null, i));
                    if (a[i] is { } item)
                    {
                        Collect(item, places);
                    }
                }

                break;
        }
    }
}
