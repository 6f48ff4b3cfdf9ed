using System.Buffers.Binary;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Scanning;

/// <summary>Reads deletion vectors (Puffin spec, blob type <c>deletion-vector-v1</c>: roaring bitmaps of 32 bits, one for each upper half of the positions).</summary>
internal static class DeletionVectors
{
    private const uint RunCookie = 12347;
    private const uint NoRunCookie = 12346;
    private const int OffsetsFromRunContainers = 4;
    private const int ArrayCardinalityMax = 4096;
    private const int BitsetBytes = 8192;

    private static readonly uint[] CrcTable = MakeCrcTable();

    private static ReadOnlySpan<byte> Magic => [0xD1, 0xD3, 0x39, 0x64];

    /// <summary>The deleted positions, ascending.</summary>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>: the blob is damaged, or its cardinality is not that of the manifest.</exception>
    public static async ValueTask<long[]> ReadAsync(IObjectStore store, DataFile vector, CancellationToken cancellationToken)
    {
        var reader = await store.OpenReadAsync(vector.FilePath, cancellationToken).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        if (vector.ContentOffset is not { } offset || vector.ContentSizeBytes is not { } size || offset < 0 || size < 12 || size > int.MaxValue || offset + size > reader.Size)
        {
            throw Corrupt(vector, "the manifest does not say where it lies in the file");
        }

        var blob = new byte[size];
        await reader.ReadAsync(offset, blob, cancellationToken).ConfigureAwait(false);
        try
        {
            return Parse(blob, vector);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw Corrupt(vector, "it ends in the middle of a bitmap");
        }
    }

    private static long[] Parse(ReadOnlySpan<byte> blob, DataFile vector)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(blob);
        if (length != blob.Length - 8 || !blob.Slice(4, 4).SequenceEqual(Magic))
        {
            throw Corrupt(vector, "its length or magic is wrong");
        }

        if (Crc(blob.Slice(4, length)) != BinaryPrimitives.ReadUInt32BigEndian(blob[^4..]))
        {
            throw Corrupt(vector, "its checksum is wrong");
        }

        var rest = blob[8..^4];
        if (vector.RecordCount < 0 || vector.RecordCount > Array.MaxLength)
        {
            throw Corrupt(vector, $"the manifest says that it has {vector.RecordCount:N0} positions");
        }

        var positions = new long[vector.RecordCount];
        var count = 0;
        var bitmaps = BinaryPrimitives.ReadInt64LittleEndian(rest);
        rest = rest[8..];
        for (long i = 0; i < bitmaps; i++)
        {
            var upper = (long)BinaryPrimitives.ReadUInt32LittleEndian(rest) << 32;
            rest = ReadBitmap(rest[4..], upper, positions, ref count, vector);
        }

        return count == positions.Length ? positions : throw Corrupt(vector, $"it has {count} positions where the manifest says {positions.Length}");
    }

    private static ReadOnlySpan<byte> ReadBitmap(ReadOnlySpan<byte> bytes, long upper, long[] positions, scoped ref int count, DataFile vector)
    {
        var cookie = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        bytes = bytes[4..];
        var hasRuns = (cookie & 0xFFFF) == RunCookie;
        int containers;
        ReadOnlySpan<byte> runFlags = default;
        if (hasRuns)
        {
            containers = (int)(cookie >> 16) + 1;
            runFlags = bytes[..((containers + 7) / 8)];
            bytes = bytes[runFlags.Length..];
        }
        else if (cookie == NoRunCookie && BinaryPrimitives.ReadUInt32LittleEndian(bytes) is <= 65536 and var number)
        {
            containers = (int)number;
            bytes = bytes[4..];
        }
        else
        {
            throw Corrupt(vector, "a bitmap begins with an unknown cookie");
        }

        var headers = bytes[..(containers * 4)];
        bytes = bytes[headers.Length..];
        if (!hasRuns || containers >= OffsetsFromRunContainers)
        {
            bytes = bytes[(containers * 4)..];
        }

        for (var i = 0; i < containers; i++)
        {
            var start = upper | ((long)BinaryPrimitives.ReadUInt16LittleEndian(headers[(i * 4)..]) << 16);
            var cardinality = BinaryPrimitives.ReadUInt16LittleEndian(headers[((i * 4) + 2)..]) + 1;
            var isRun = hasRuns && (runFlags[i / 8] >> (i % 8) & 1) != 0;
            if (cardinality > positions.Length - count)
            {
                throw Corrupt(vector, $"it has more positions than the {positions.Length} that the manifest says");
            }

            var target = positions.AsSpan(count, cardinality);
            bytes = isRun ? ReadRuns(bytes, start, target, vector) : cardinality <= ArrayCardinalityMax ? ReadArray(bytes, start, target) : ReadBitset(bytes, start, target, vector);
            count += cardinality;
        }

        return bytes;
    }

    private static ReadOnlySpan<byte> ReadRuns(ReadOnlySpan<byte> bytes, long start, Span<long> target, DataFile vector)
    {
        var runs = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        bytes = bytes[2..];
        var at = 0;
        for (var i = 0; i < runs; i++)
        {
            var first = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(i * 4)..]);
            var length = BinaryPrimitives.ReadUInt16LittleEndian(bytes[((i * 4) + 2)..]) + 1;
            if (length > target.Length - at)
            {
                throw Corrupt(vector, "a run is longer than its container's cardinality");
            }

            for (var j = 0; j < length; j++)
            {
                target[at++] = start + first + j;
            }
        }

        return at == target.Length ? bytes[(runs * 4)..] : throw Corrupt(vector, "runs are shorter than their container's cardinality");
    }

    private static ReadOnlySpan<byte> ReadArray(ReadOnlySpan<byte> bytes, long start, Span<long> target)
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = start + BinaryPrimitives.ReadUInt16LittleEndian(bytes[(i * 2)..]);
        }

        return bytes[(target.Length * 2)..];
    }

    private static ReadOnlySpan<byte> ReadBitset(ReadOnlySpan<byte> bytes, long start, Span<long> target, DataFile vector)
    {
        var at = 0;
        for (var i = 0; i < BitsetBytes; i += 8)
        {
            for (var word = BinaryPrimitives.ReadUInt64LittleEndian(bytes[i..]); word != 0; word &= word - 1)
            {
                if (at == target.Length)
                {
                    throw Corrupt(vector, "a bitset has more bits than its container's cardinality");
                }

                target[at++] = start + (i * 8) + System.Numerics.BitOperations.TrailingZeroCount(word);
            }
        }

        return at == target.Length ? bytes[BitsetBytes..] : throw Corrupt(vector, "a bitset has fewer bits than its container's cardinality");
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc = CrcTable[(byte)(crc ^ b)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
            }

            table[i] = value;
        }

        return table;
    }

    private static ArcticException Corrupt(DataFile vector, string what) =>
        new(ErrorCodes.TableCorrupt, $"Cannot read the deletion vector of '{vector.ReferencedDataFile}' in '{vector.FilePath}': {what}.");
}
