namespace Arctic.UnitTests.Iceberg.Puffin;

/// <summary>
/// A second reader of the portable roaring format, written from its description alone and sharing nothing with ours: it seeks by the containers' offsets,
/// reads through a stream, and keeps single numbers. It and the recorded blobs are the only judges of our deletion vectors.
/// </summary>
internal static class SlowRoaring
{
    public static SortedSet<ulong> Read64(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        var result = new SortedSet<ulong>();
        var bitmaps = reader.ReadUInt64();
        for (var i = 0UL; i < bitmaps; i++)
        {
            var high = reader.ReadUInt32();
            foreach (var low in Read32(reader))
            {
                Assert.True(result.Add(((ulong)high << 32) | low), "a position is there twice");
            }
        }

        Assert.Equal(bytes.Length, reader.BaseStream.Position);
        return result;
    }

    /// <summary>The positions of a whole deletion vector, with its checksum computed bit by bit.</summary>
    public static SortedSet<ulong> ReadVector(byte[] blob)
    {
        Assert.Equal(blob.Length - 8, (blob[0] << 24) | (blob[1] << 16) | (blob[2] << 8) | blob[3]);
        Assert.Equal(new byte[] { 0xD1, 0xD3, 0x39, 0x64 }, blob[4..8]);
        var crc = uint.MaxValue;
        foreach (var b in blob[4..^4])
        {
            for (var bit = 0; bit < 8; bit++)
            {
                crc = ((crc ^ (uint)(b >> bit)) & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        crc = ~crc;
        Assert.Equal(new[] { (byte)(crc >> 24), (byte)(crc >> 16), (byte)(crc >> 8), (byte)crc }, blob[^4..]);
        return Read64(blob[8..^4]);
    }

    private static List<uint> Read32(BinaryReader reader)
    {
        var start = reader.BaseStream.Position;
        var cookie = reader.ReadUInt32();
        int size;
        var isRun = new bool[65536];
        var hasOffsets = true;
        if (cookie == 12346)
        {
            size = (int)reader.ReadUInt32();
        }
        else
        {
            Assert.Equal(12347u, cookie & 0xFFFF);
            size = (int)(cookie >> 16) + 1;
            hasOffsets = size >= 4;
            var flags = reader.ReadBytes((size + 7) / 8);
            for (var i = 0; i < size; i++)
            {
                isRun[i] = (flags[i / 8] & (1 << (i % 8))) != 0;
            }
        }

        var keys = new (ushort Key, int Cardinality)[size];
        for (var i = 0; i < size; i++)
        {
            keys[i] = (reader.ReadUInt16(), reader.ReadUInt16() + 1);
        }

        var offsets = hasOffsets ? Enumerable.Range(0, size).Select(_ => reader.ReadUInt32()).ToArray() : null;
        var values = new List<uint>();
        for (var i = 0; i < size; i++)
        {
            if (offsets is not null)
            {
                Assert.Equal(start + offsets[i], reader.BaseStream.Position);
            }

            var before = values.Count;
            ReadContainer(reader, (uint)keys[i].Key << 16, keys[i].Cardinality, isRun[i], values);
            Assert.Equal(keys[i].Cardinality, values.Count - before);
        }

        return values;
    }

    private static void ReadContainer(BinaryReader reader, uint high, int cardinality, bool isRun, List<uint> values)
    {
        if (isRun)
        {
            for (var runs = reader.ReadUInt16(); runs > 0; runs--)
            {
                var first = reader.ReadUInt16();
                var length = reader.ReadUInt16();
                values.AddRange(Enumerable.Range(first, length + 1).Select(v => high | (uint)v));
            }
        }
        else if (cardinality <= 4096)
        {
            values.AddRange(Enumerable.Range(0, cardinality).Select(_ => high | reader.ReadUInt16()));
        }
        else
        {
            var bits = new System.Collections.BitArray(reader.ReadBytes(8192));
            values.AddRange(Enumerable.Range(0, 65536).Where(i => bits[i]).Select(i => high | (uint)i));
        }
    }
}
