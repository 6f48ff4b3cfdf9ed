namespace Arctic.Iceberg.Partitioning;

/// <summary>Cuts text at code points.</summary>
internal static class Utf8
{
    /// <summary>The bytes of the first <paramref name="codePoints"/> code points, or of all when there are fewer.</summary>
    public static int PrefixLength(ReadOnlySpan<byte> text, int codePoints)
    {
        // A text has no more code points than bytes.
        if (text.Length <= codePoints)
        {
            return text.Length;
        }

        var seen = 0;
        for (var i = 0; i < text.Length; i++)
        {
            // Every byte but 10xxxxxx starts a code point.
            if ((text[i] & 0xC0) != 0x80 && ++seen > codePoints)
            {
                return i;
            }
        }

        return text.Length;
    }
}
