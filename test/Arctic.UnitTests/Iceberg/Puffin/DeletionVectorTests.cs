using System.Buffers.Binary;
using System.IO.Hashing;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Puffin;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;
using Arctic.Storage.ObjectStores;
using CsCheck;

namespace Arctic.UnitTests.Iceberg.Puffin;

public sealed class DeletionVectorTests
{
    private const int Chunk = PositionBitmap.ContainerRows;

    private static readonly long[] Starts = [0, 0, 1, 2, 7, Chunk - 1, Chunk, 3L * Chunk];

    private readonly MemoryObjectStore _store = new(TimeProvider.System);

    /// <summary>Sets with arrays, bitsets and runs, over containers near and far.</summary>
    private static readonly Gen<long[]> Positions =
        from pieces in Gen.Select(Gen.Int[0, Starts.Length - 1], Gen.Long[0, 70_000], Gen.Int[1, 9000], Gen.Int[1, 40]).Array[0, 6]
        select pieces.SelectMany(p => Enumerable.Range(0, p.Item3).Select(i => (Starts[p.Item1] * Chunk) + p.Item2 + ((long)i * (p.Item4 > 20 ? 1 : p.Item4)))).ToArray();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> GoldenBlobs => ["empty", "small-alternating-values", "small-and-large-values", "all-container-types"];

    [Theory]
    [MemberData(nameof(GoldenBlobs))]
    public void Recorded_blobs_are_read_and_written_byte_for_byte(string name)
    {
        var recorded = GoldenBytes(name + "-position-index.bin");
        var expected = RecordedPositions(name).Order().ToArray();

        Assert.Equal(expected, DeletionVectorBlob.Decode(recorded).ToArray());
        Assert.Equal(expected.Select(p => (ulong)p), SlowRoaring.ReadVector(recorded));
        Assert.Equal(Convert.ToHexString(recorded), Convert.ToHexString(DeletionVectorBlob.Encode(PositionBitmap.Of(expected)).Span));
        Assert.Equal(Convert.ToHexString(recorded), Convert.ToHexString(DeletionVectorBlob.Encode(DeletionVectorBlob.Decode(recorded)).Span));
    }

    [Theory]
    [InlineData("64map32bitvals.bin")]
    [InlineData("64mapempty.bin")]
    [InlineData("64mapspreadvals.bin")]
    public void Bitmaps_of_another_writer_are_read(string name)
    {
        var recorded = GoldenBytes(name);

        Assert.Equal(SlowRoaring.Read64(recorded), RoaringFormat.Read(recorded).ToArray().Select(p => (ulong)p));
    }

    [Fact]
    public void Positions_beyond_63_bits_are_refused()
    {
        var recorded = GoldenBytes("64maphighvals.bin");

        Assert.Contains("63 bits", Assert.Throws<InvalidDataException>(() => RoaringFormat.Read(recorded)).Message);
    }

    [Fact]
    public void Any_set_survives_and_is_read_alike_by_the_second_reader() => Positions.Sample(
        positions =>
        {
            var expected = positions.Distinct().Order().ToArray();
            var bitmap = PositionBitmap.Of(positions);
            var blob = DeletionVectorBlob.Encode(bitmap).ToArray();

            Assert.Equal(expected.Length, bitmap.Cardinality);
            Assert.Equal(expected, bitmap.ToArray());
            Assert.Equal(expected, DeletionVectorBlob.Decode(blob).ToArray());
            Assert.Equal(expected.Select(p => (ulong)p), SlowRoaring.ReadVector(blob));
        },
        iter: 200);

    [Fact]
    public void Unions_and_marks_are_those_of_plain_sets() => Gen.Select(Positions, Positions, Gen.Long[0, 9L * Chunk], Gen.Int[1, 2 * Chunk]).Sample(
        (first, second, row, rows) =>
        {
            // One side comes from bytes: its containers may be runs.
            var union = DeletionVectorBlob.Decode(DeletionVectorBlob.Encode(PositionBitmap.Of(first)).Span);
            union.UnionWith(DeletionVectorBlob.Decode(DeletionVectorBlob.Encode(PositionBitmap.Of(second)).Span));
            var all = first.Concat(second).ToHashSet();
            Assert.Equal(all.Order(), union.ToArray());
            Assert.Equal(all.Count, union.Cardinality);

            var marked = new bool[rows];
            var isAny = union.Mark(row, marked);
            var expected = Enumerable.Range(0, rows).Select(i => all.Contains(row + i)).ToArray();
            Assert.Equal(expected, marked);
            Assert.Equal(expected.Contains(true), isAny);

            // Runs take further positions, too.
            var decoded = DeletionVectorBlob.Decode(DeletionVectorBlob.Encode(union).Span);
            Assert.Equal(!all.Contains(row), decoded.Add(row));
            Assert.True(decoded.Contains(row));
            Assert.Equal(all.Append(row).Distinct().Order(), decoded.ToArray());
        },
        iter: 60);

    [Fact]
    public async Task Vectors_of_many_files_lie_in_one_Puffin_file_and_are_found_by_their_entries()
    {
        var names = new Queue<string>(["memory:///t/a.puffin", "memory:///t/b.puffin"]);
        await using var writer = new DeletionVectorWriter(_store, names.Dequeue, 150);
        var sets = new[] { PositionBitmap.Of(1, 3, 5), PositionBitmap.Of(0), PositionBitmap.Of(Enumerable.Range(0, 100_000).Select(i => (long)i).ToArray()) };
        for (var i = 0; i < sets.Length; i++)
        {
            await writer.AddAsync(TableFixture.File($"{i}.parquet", day: i), sets[i], Token);
        }

        var vectors = await writer.CompleteAsync(Token);

        Assert.Equal(["a", "a", "a"], vectors.Select(v => v.FilePath[^8..^7]));
        Assert.Equal([3L, 1L, 100_000L], vectors.Select(v => v.RecordCount));
        Assert.Equal([0, 1, 2], vectors.Select(v => (int)v.Partition[0]!));
        Assert.Equal(4, vectors[0].ContentOffset);
        Assert.Equal(vectors[0].ContentOffset + vectors[0].ContentSizeBytes, vectors[1].ContentOffset);
        var size = (await _store.FindAsync("memory:///t/a.puffin", Token))!.Size;
        for (var i = 0; i < sets.Length; i++)
        {
            Assert.True(vectors[i].IsDeletionVector);
            Assert.Equal(size, vectors[i].FileSizeBytes);
            Assert.Equal(sets[i].ToArray(), (await DeletionVectors.ReadAsync(_store, vectors[i], Token)).ToArray());
        }

        await using var puffin = await PuffinReader.OpenAsync(_store, "memory:///t/a.puffin", Token);
        Assert.Equal(vectors.Select(v => (v.ContentOffset!.Value, v.ContentSizeBytes!.Value)), puffin.Footer.Blobs.Select(b => (b.Offset, b.Length)));
        Assert.All(puffin.Footer.Blobs, b =>
        {
            Assert.Equal(("deletion-vector-v1", -1L, -1L, null), (b.Type, b.SnapshotId, b.SequenceNumber, b.CompressionCodec));
            Assert.Equal([2147483645], b.Fields);
        });
        Assert.Equal(vectors.Select(v => v.ReferencedDataFile!), puffin.Footer.Blobs.Select(b => b.Properties["referenced-data-file"]));
        Assert.Equal(["3", "1", "100000"], puffin.Footer.Blobs.Select(b => b.Properties["cardinality"]));
    }

    [Theory]
    [InlineData("checksum")]
    [InlineData("magic")]
    [InlineData("cardinality")]
    [InlineData("place")]
    [InlineData("short")]
    public async Task Damage_is_told(string damage)
    {
        var blob = DeletionVectorBlob.Encode(PositionBitmap.Of(1, 2, 3, 70_000)).ToArray();
        var vector = TableFixture.Vector("v.puffin", "memory:///t/data.parquet", 4, 4) with { ContentSizeBytes = blob.Length };
        var expected = damage switch
        {
            "checksum" => "checksum",
            "magic" => "length or magic",
            "cardinality" => "4 positions where the manifest says 5",
            "place" => "where it lies",
            _ => "only 11 bytes",
        };
        switch (damage)
        {
            case "checksum":
                blob[20] ^= 1;
                break;
            case "magic":
                blob[4] ^= 1;
                break;
            case "cardinality":
                vector = vector with { RecordCount = 5 };
                break;
            case "place":
                vector = vector with { ContentOffset = long.MaxValue };
                break;
            default:
                vector = vector with { ContentSizeBytes = 11 };
                break;
        }

        await _store.PutAsync(vector.FilePath, (byte[])[.. "PFA1"u8, .. blob, .. "PFA1"u8], Token);

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await DeletionVectors.ReadAsync(_store, vector, Token));

        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
        Assert.Contains(expected, error.Message);
        Assert.Contains("v.puffin", error.Message);
        Assert.Contains("data.parquet", error.Message);
    }

    [Fact]
    public void Bytes_changed_under_a_right_checksum_give_nothing_but_clear_errors() => Gen.Select(Positions, Gen.Int[8, int.MaxValue], Gen.Byte, Gen.Int[0, 3]).Sample(
        (positions, at, value, cut) =>
        {
            var blob = DeletionVectorBlob.Encode(PositionBitmap.Of(positions)).ToArray();
            blob[8 + (at % (blob.Length - 12))] = value;
            blob = [.. blob[..Math.Max(8, blob.Length - 4 - cut)], 0, 0, 0, 0];
            BinaryPrimitives.WriteInt32BigEndian(blob, blob.Length - 8);
            BinaryPrimitives.WriteUInt32BigEndian(blob.AsSpan(blob.Length - 4), Crc32.HashToUInt32(blob.AsSpan(4, blob.Length - 8)));
            try
            {
                var bitmap = DeletionVectorBlob.Decode(blob);

                // What is accepted is a set, and means the same to the second reader.
                Assert.Equal(SlowRoaring.ReadVector(blob), bitmap.ToArray().Select(p => (ulong)p));
            }
            catch (InvalidDataException)
            {
            }
        },
        iter: 1000);

    private static IEnumerable<long> RecordedPositions(string name) => name switch
    {
        "empty" => [],
        "small-alternating-values" => [1, 3, 5, 7, 9],
        "small-and-large-values" => [100, 101, 2147483747, 2147483748],
        _ => [5, 7, .. Range(Chunk + 1, Chunk + 1000), .. Range((2 * Chunk) + 1, (3 * Chunk) - 1), .. ((long[])[10, 20, .. Range(Chunk + 10, Chunk + 500), .. Range((2 * Chunk) + 1, (3 * Chunk) - 1)]).Select(p => p + (1L << 32))],
    };

    private static IEnumerable<long> Range(long first, long end) => Enumerable.Range(0, (int)(end - first)).Select(i => first + i);

    private static byte[] GoldenBytes(string name)
    {
        var path = Golden.Find("_format/dv_bitmaps/" + name);
        Assert.SkipWhen(path is null, "No recorded bitmaps on this machine.");
        return File.ReadAllBytes(path!);
    }
}
