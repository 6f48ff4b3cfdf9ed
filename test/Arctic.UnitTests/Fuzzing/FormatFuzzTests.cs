using System.Buffers.Binary;
using System.IO.Hashing;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Puffin;
using Arctic.Iceberg.Spec.Json;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;

namespace Arctic.UnitTests.Fuzzing;

/// <summary>Single formats, damaged where a whole table would seldom show it: behind checksums, in footers.</summary>
[Collection(nameof(FuzzCollection))]
public sealed class FormatFuzzTests
{
    private const string Location = "memory:///f";

    [Fact]
    public async Task Metadata_that_is_read_is_written_and_read_again_as_the_same()
    {
        var corpus = Corpus("_format/manifests", "*.json").Where(IsReadable).ToList();
        await Fuzzer.RunAsync("metadata", 2000, 64L << 20, random =>
        {
            var content = new Mutator(random).Json(corpus[random.Next(corpus.Count)]);
            return new FuzzInput("metadata", content, () =>
            {
                var metadata = TableMetadataReader.Read(content, "m");
                var written = TableMetadataWriter.Write(metadata);
                Assert.Equal(written.ToArray(), TableMetadataWriter.Write(TableMetadataReader.Read(written, "m")).ToArray());
                return Task.CompletedTask;
            });
        });
    }

    [Fact]
    public async Task Deletion_vectors_are_read_or_refused_behind_their_checksum()
    {
        var corpus = Corpus("_format/dv_bitmaps", "*-index.bin");
        await Fuzzer.RunAsync("vector", 3000, 64L << 20, random =>
        {
            var blob = new Mutator(random).Bytes(corpus[random.Next(corpus.Count)]);
            if (blob.Length >= 12)
            {
                var content = blob.AsSpan(4, blob.Length - 8);
                BinaryPrimitives.WriteInt32BigEndian(blob, content.Length);
                BinaryPrimitives.WriteUInt32BigEndian(blob.AsSpan(blob.Length - 4), Crc32.HashToUInt32(content));
            }

            return new FuzzInput("vector", blob, () =>
            {
                try
                {
                    var positions = DeletionVectorBlob.Decode(blob);
                    Assert.True(positions.Cardinality >= 0);
                    Assert.Equal(positions.Cardinality, positions.Containers.Sum(c => (long)c.Container.Cardinality));
                }
                catch (InvalidDataException e)
                {
                    throw new ArcticException(ErrorCodes.TableCorrupt, "As the caller says it.", e);
                }

                return Task.CompletedTask;
            });
        });
    }

    [Fact]
    public async Task Puffin_files_are_read_or_refused()
    {
        var corpus = Corpus("_format/puffin", "*.bin");
        await Fuzzer.RunAsync("puffin", 2000, 64L << 20, random =>
        {
            var content = new Mutator(random).Bytes(corpus[random.Next(corpus.Count)]);
            return new FuzzInput("puffin", content, async () =>
            {
                var store = new MemoryObjectStore(TimeProvider.System);
                await store.PutAsync(Location, content, default);
                await using var reader = await PuffinReader.OpenAsync(store, Location, default);
                foreach (var blob in reader.Footer.Blobs)
                {
                    await reader.ReadBlobAsync(blob, default);
                }
            });
        });
    }

    [Fact]
    public async Task Parquet_footers_are_read_or_refused()
    {
        var corpus = Corpus("engines/nested_parquet.1/table/data", "*.parquet").Concat(Corpus("engines/types.1/table/data", "*.parquet")).ToList();
        await Fuzzer.RunAsync("footer", 3000, 64L << 20, random =>
        {
            var original = corpus[random.Next(corpus.Count)];
            var length = BinaryPrimitives.ReadInt32LittleEndian(original.AsSpan(original.Length - 8));
            var content = new Mutator(random).Bytes(original, original.Length - 8 - length, original.Length - (random.Next(8) == 0 ? 0 : 8));
            return new FuzzInput("footer", content, async () =>
            {
                var store = new MemoryObjectStore(TimeProvider.System);
                await store.PutAsync(Location, content, default);
                await using var reader = await store.OpenReadAsync(Location, default);
                _ = await ParquetFooter.ReadAsync(reader, Location, default);
            });
        });
    }

    private static List<byte[]> Corpus(string folder, string pattern)
    {
        var found = Golden.Find(folder);
        Assert.SkipWhen(found is null, "The golden files are not here.");
        return Directory.EnumerateFiles(found!, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToList();
    }

    private static bool IsReadable(byte[] metadata)
    {
        try
        {
            _ = TableMetadataReader.Read(metadata, "m");
            return true;
        }
        catch (ArcticException)
        {
            return false;
        }
    }
}
