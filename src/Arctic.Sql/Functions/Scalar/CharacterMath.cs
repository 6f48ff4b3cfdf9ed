namespace Arctic.Sql.Functions.Scalar;

/// <summary>Code points in UTF-8.</summary>
internal static class CharacterMath
{
    /// <summary>The number of code points.</summary>
    public static int Count(ReadOnlySpan<byte> text)
    {
        var count = 0;
        foreach (var b in text)
        {
            count += (b & 0xC0) != 0x80 ? 1 : 0;
        }

        return count;
    }

    /// <summary>The byte at which the code point of a 0-based index starts; the length when there are not so many.</summary>
    public static int ByteOf(ReadOnlySpan<byte> text, int index)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if ((text[i] & 0xC0) != 0x80 && index-- == 0)
            {
                return i;
            }
        }

        return text.Length;
    }

    /// <summary>The 1-based code point at which a byte lies.</summary>
    public static int PositionOf(ReadOnlySpan<byte> text, int byteIndex) => Count(text[..byteIndex]) + 1;
}
