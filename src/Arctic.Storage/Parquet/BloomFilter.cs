using System.Buffers.Binary;
using System.IO.Hashing;
using Arctic.Columnar.Errors;

namespace Arctic.Storage.Parquet;

/// <summary>A split-block Bloom filter of a column chunk's values (Parquet format, "Bloom Filter").</summary>
internal sealed class BloomFilter
{
    private const int BlockBytes = 32;
    private const int HeaderBytesMax = 64;
    private const int BitsetBytesMax = 128 << 20;

    // A filter of this size is read at once; of a larger one the blocks that are asked for.
    private const int WholeBytesMax = 256 * 1024;

    private static readonly uint[] Salts = [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31];

    private readonly ParquetSource _source;
    private readonly long _start;
    private readonly int _length;
    private readonly ReadOnlyMemory<byte>? _bits;

    private BloomFilter(ParquetSource source, long start, int length, ReadOnlyMemory<byte>? bits) => (_source, _start, _length, _bits) = (source, start, length, bits);

    /// <summary>Opens a filter.</summary>
    /// <returns>Null when it is of a kind that is not known, or damaged.</returns>
    public static async ValueTask<BloomFilter?> OpenAsync(ParquetSource source, ParquetSection section, CancellationToken cancellationToken)
    {
        var isWhole = section.Length is > 0 and <= WholeBytesMax;
        var wanted = isWhole ? section.Length : (int)Math.Min(HeaderBytesMax, Math.Max(0, source.Object.Size - section.Offset));
        var bytes = await source.ReadAsync(section.Offset, wanted, cancellationToken).ConfigureAwait(false);
        if (!TryReadHeader(bytes, out var length, out var headerLength) || section.Offset + headerLength > source.Object.Size - length)
        {
            return null;
        }

        // A bare null would become empty bits through the conversion from arrays.
        var bits = bytes.Length - headerLength >= length ? bytes.AsMemory(headerLength, length) : default(ReadOnlyMemory<byte>?);
        return new BloomFilter(source, section.Offset + headerLength, length, bits);
    }

    /// <summary>Whether the chunk may have a value; false is certain.</summary>
    /// <param name="value">Plainly encoded, without a length before it.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async ValueTask<bool> MightContainAsync(ReadOnlyMemory<byte> value, CancellationToken cancellationToken)
    {
        var hash = XxHash64.HashToUInt64(value.Span);
        var offset = (int)(((hash >> 32) * (ulong)(_length / BlockBytes)) >> 32) * BlockBytes;
        var block = _bits?.Slice(offset, BlockBytes) ?? await _source.ReadAsync(_start + offset, BlockBytes, cancellationToken).ConfigureAwait(false);
        return HasBits(block.Span, (uint)hash);
    }

    private static bool HasBits(ReadOnlySpan<byte> block, uint key)
    {
        for (var i = 0; i < Salts.Length; i++)
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(block[(i * sizeof(uint))..]);
            if ((word & (1u << (int)((key * Salts[i]) >> 27))) == 0)
            {
                return false;
            }
        }

        return true;
    }

    // The only algorithm, hash and compression that the format knows are the first member of each union.
    private static bool TryReadHeader(ReadOnlySpan<byte> bytes, out int length, out int headerLength)
    {
        (length, headerLength) = (0, 0);
        var known = 0;
        try
        {
            var reader = new ThriftCompactReader(bytes);
            for (var id = 0; reader.TryReadField(ref id, out var type);)
            {
                switch (id)
                {
                    case 1:
                        length = reader.ReadInt(type);
                        break;
                    case 2 or 3 or 4:
                        known += ReadsFirstMember(ref reader, type) ? 1 : 0;
                        break;
                    default:
                        reader.Skip(type);
                        break;
                }
            }

            headerLength = reader.Position;
        }
        catch (ArcticException)
        {
            return false;
        }

        return known == 3 && length is >= BlockBytes and <= BitsetBytesMax && length % BlockBytes == 0;
    }

    private static bool ReadsFirstMember(ref ThriftCompactReader reader, ThriftType type)
    {
        var isFirst = false;
        reader.EnterStruct(type);
        for (var id = 0; reader.TryReadField(ref id, out var member);)
        {
            isFirst = id == 1;
            reader.Skip(member);
        }

        reader.ExitStruct();
        return isFirst;
    }
}
