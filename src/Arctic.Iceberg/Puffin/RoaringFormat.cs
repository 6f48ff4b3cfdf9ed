using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Arctic.Iceberg.Puffin;

/// <summary>
/// The portable serialized form of roaring bitmaps, and its extension to 64 bits: a count, then a 32-bit bitmap for each upper half
/// (RoaringFormatSpec; Puffin spec, "deletion-vector-v1").
/// </summary>
internal static class RoaringFormat
{
    private const uint RunCookie = 12347;
    private const uint NoRunCookie = 12346;
    private const int OffsetsFromRunContainers = 4;
    private const int ContainersMax = 65536;
    private const int BitsetBytes = PositionContainer.Words * 8;

    /// <summary>Writes a set, each container in its smallest form, as the format's own implementation does.</summary>
    public static void Write(PositionBitmap bitmap, MemoryStream target)
    {
        var byUpperHalf = bitmap.Containers.GroupBy(c => c.Key >> 16).Select(g => (Upper: g.Key, Containers: g.ToList())).ToList();
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, byUpperHalf.Count);
        target.Write(number);
        foreach (var (upper, containers) in byUpperHalf)
        {
            BinaryPrimitives.WriteInt32LittleEndian(number, checked((int)upper));
            target.Write(number[..4]);
            WriteBitmap(containers, target);
        }
    }

    /// <summary>Reads a set.</summary>
    /// <param name="bytes">Exactly the set.</param>
    /// <exception cref="InvalidDataException">The bytes are not as the format wants them; the message says how.</exception>
    public static PositionBitmap Read(ReadOnlySpan<byte> bytes)
    {
        var bitmap = new PositionBitmap();
        var count = BinaryPrimitives.ReadInt64LittleEndian(Take(ref bytes, 8));
        var last = -1;
        for (long i = 0; i < count; i++)
        {
            var upper = BinaryPrimitives.ReadInt32LittleEndian(Take(ref bytes, 4));
            if (upper <= last)
            {
                throw new InvalidDataException(upper < 0 ? "it has positions of more than 63 bits" : "its bitmaps are not in ascending order");
            }

            ReadBitmap(ref bytes, (long)upper << 16, bitmap);
            last = upper;
        }

        return bytes.IsEmpty && count >= 0 ? bitmap : throw new InvalidDataException($"{bytes.Length} bytes follow its {count} bitmaps");
    }

    private static void WriteBitmap(List<(long Key, PositionContainer Container)> containers, MemoryStream target)
    {
        var bodies = containers.ConvertAll(c => EncodedContainer.Of(c.Container));
        var hasRuns = bodies.Exists(b => b.IsRuns);
        var headBytes = hasRuns ? 4 + ((bodies.Count + 7) / 8) : 8;
        var hasOffsets = !hasRuns || bodies.Count >= OffsetsFromRunContainers;
        var head = new byte[headBytes + (bodies.Count * (hasOffsets ? 8 : 4))];
        BinaryPrimitives.WriteUInt32LittleEndian(head, hasRuns ? RunCookie | ((uint)(bodies.Count - 1) << 16) : NoRunCookie);
        if (!hasRuns)
        {
            BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(4), bodies.Count);
        }

        var offset = head.Length;
        for (var i = 0; i < bodies.Count; i++)
        {
            var descriptor = head.AsSpan(headBytes + (i * 4));
            BinaryPrimitives.WriteUInt16LittleEndian(descriptor, (ushort)containers[i].Key);
            BinaryPrimitives.WriteUInt16LittleEndian(descriptor[2..], (ushort)(containers[i].Container.Cardinality - 1));
            if (bodies[i].IsRuns)
            {
                head[4 + (i / 8)] |= (byte)(1 << (i % 8));
            }

            if (hasOffsets)
            {
                BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(headBytes + (bodies.Count * 4) + (i * 4)), offset);
                offset += bodies[i].Bytes.Length;
            }
        }

        target.Write(head);
        bodies.ForEach(b => target.Write(b.Bytes));
    }

    private static void ReadBitmap(ref ReadOnlySpan<byte> bytes, long upper, PositionBitmap bitmap)
    {
        var start = bytes.Length;
        var cookie = BinaryPrimitives.ReadUInt32LittleEndian(Take(ref bytes, 4));
        var hasRuns = (cookie & 0xFFFF) == RunCookie;
        if (!hasRuns && cookie != NoRunCookie)
        {
            throw new InvalidDataException($"a bitmap begins with the unknown cookie {cookie}");
        }

        var count = hasRuns ? (int)(cookie >> 16) + 1 : BinaryPrimitives.ReadInt32LittleEndian(Take(ref bytes, 4));
        if (count is < 0 or > ContainersMax)
        {
            throw new InvalidDataException($"a bitmap claims {count} containers");
        }

        var runFlags = Take(ref bytes, hasRuns ? (count + 7) / 8 : 0);
        var descriptors = Take(ref bytes, count * 4);
        var offsets = Take(ref bytes, !hasRuns || count >= OffsetsFromRunContainers ? count * 4 : 0);
        var last = -1;
        for (var i = 0; i < count; i++)
        {
            var key = BinaryPrimitives.ReadUInt16LittleEndian(descriptors[(i * 4)..]);
            var cardinality = BinaryPrimitives.ReadUInt16LittleEndian(descriptors[((i * 4) + 2)..]) + 1;
            if (offsets.Length > 0 && BinaryPrimitives.ReadUInt32LittleEndian(offsets[(i * 4)..]) != start - bytes.Length)
            {
                // Who seeks by them would see other positions than who reads on.
                throw new InvalidDataException("the containers of a bitmap do not lie where its offsets say");
            }

            if (key <= last)
            {
                throw new InvalidDataException("the containers of a bitmap are not in ascending order");
            }

            var isRuns = hasRuns && (runFlags[i / 8] >> (i % 8) & 1) != 0;
            bitmap.Append(upper | key, isRuns ? ReadRuns(ref bytes, cardinality) : cardinality <= PositionContainer.ArrayCardinalityMax ? ReadArray(ref bytes, cardinality) : ReadBitset(ref bytes, cardinality));
            last = key;
        }
    }

    private static PositionContainer.Runs ReadRuns(ref ReadOnlySpan<byte> bytes, int cardinality)
    {
        var runs = ReadShorts(ref bytes, BinaryPrimitives.ReadUInt16LittleEndian(Take(ref bytes, 2)) * 2);
        var (end, count) = (-1, 0);
        for (var i = 0; i < runs.Length; i += 2)
        {
            if (runs[i] <= end || runs[i] + runs[i + 1] >= PositionBitmap.ContainerRows)
            {
                throw new InvalidDataException("its runs overlap, or leave their container");
            }

            end = runs[i] + runs[i + 1];
            count += runs[i + 1] + 1;
        }

        return count == cardinality ? new(runs, cardinality) : throw new InvalidDataException($"the runs of a container hold {count} positions where its head says {cardinality}");
    }

    private static PositionContainer.Array ReadArray(ref ReadOnlySpan<byte> bytes, int cardinality)
    {
        var values = ReadShorts(ref bytes, cardinality);
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] <= values[i - 1])
            {
                throw new InvalidDataException("the positions of a container are not in ascending order");
            }
        }

        return new(values, cardinality);
    }

    private static PositionContainer.Bitset ReadBitset(ref ReadOnlySpan<byte> bytes, int cardinality)
    {
        var source = Take(ref bytes, BitsetBytes);
        var words = new ulong[PositionContainer.Words];
        var count = 0;
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = BinaryPrimitives.ReadUInt64LittleEndian(source[(i * 8)..]);
            count += BitOperations.PopCount(words[i]);
        }

        return count == cardinality ? new(words, cardinality) : throw new InvalidDataException($"the bitset of a container has {count} bits where its head says {cardinality}");
    }

    private static ushort[] ReadShorts(ref ReadOnlySpan<byte> bytes, int count)
    {
        var source = Take(ref bytes, count * 2);
        var values = new ushort[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = BinaryPrimitives.ReadUInt16LittleEndian(source[(i * 2)..]);
        }

        return values;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> bytes, int count)
    {
        if (count > bytes.Length)
        {
            throw new InvalidDataException("it ends in the middle of a bitmap");
        }

        var taken = bytes[..count];
        bytes = bytes[count..];
        return taken;
    }

    private readonly record struct EncodedContainer(byte[] Bytes, bool IsRuns)
    {
        /// <summary>The smallest form; of equal ones the plain form, never runs.</summary>
        public static EncodedContainer Of(PositionContainer container)
        {
            Span<ulong> words = stackalloc ulong[PositionContainer.Words];
            words.Clear();
            container.AddTo(words);
            var isArray = container.Cardinality <= PositionContainer.ArrayCardinalityMax;
            var runs = CountRuns(words);
            return 2 + (4 * runs) < (isArray ? 2 * container.Cardinality : BitsetBytes)
                ? new(RunBytes(words, runs), true)
                : new(isArray ? ArrayBytes(words, container.Cardinality) : WordBytes(words), false);
        }

        // A run begins where a bit is set and the one before it is not.
        private static int CountRuns(ReadOnlySpan<ulong> words)
        {
            var count = 0;
            ulong carry = 0;
            foreach (var word in words)
            {
                count += BitOperations.PopCount(word & ~((word << 1) | carry));
                carry = word >> 63;
            }

            return count;
        }

        private static byte[] RunBytes(ReadOnlySpan<ulong> words, int runs)
        {
            var bytes = new byte[2 + (4 * runs)];
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)runs);
            var at = 2;
            for (var bit = 0; at < bytes.Length;)
            {
                var start = Find(words, bit, 0);
                bit = Find(words, start, ulong.MaxValue);
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), (ushort)start);
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at + 2), (ushort)(bit - start - 1));
                at += 4;
            }

            return bytes;
        }

        /// <summary>The first bit from <paramref name="from"/> on that is set (or, with all ones as the flip, not set); 65,536 when there is none.</summary>
        private static int Find(ReadOnlySpan<ulong> words, int from, ulong flip)
        {
            for (var i = from >> 6; i < words.Length; i++)
            {
                var word = words[i] ^ flip;
                if (i == from >> 6)
                {
                    word &= ulong.MaxValue << from;
                }

                if (word != 0)
                {
                    return (i * 64) + BitOperations.TrailingZeroCount(word);
                }
            }

            return PositionBitmap.ContainerRows;
        }

        private static byte[] ArrayBytes(ReadOnlySpan<ulong> words, int cardinality)
        {
            var bytes = new byte[cardinality * 2];
            var at = 0;
            for (var i = 0; i < words.Length; i++)
            {
                for (var word = words[i]; word != 0; word &= word - 1)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), (ushort)((i * 64) + BitOperations.TrailingZeroCount(word)));
                    at += 2;
                }
            }

            return bytes;
        }

        private static byte[] WordBytes(ReadOnlySpan<ulong> words)
        {
            if (BitConverter.IsLittleEndian)
            {
                return MemoryMarshal.AsBytes(words).ToArray();
            }

            var bytes = new byte[BitsetBytes];
            for (var i = 0; i < words.Length; i++)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * 8), words[i]);
            }

            return bytes;
        }
    }
}
