using System.Runtime.InteropServices;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Columns;

/// <summary>A column of byte strings (UTF-8 for character types): offsets into one stretch of bytes.</summary>
public sealed class BytesColumn : Column
{
    private readonly ReadOnlyMemory<byte> _offsets;

    /// <summary>A view of raw memory.</summary>
    /// <param name="type">A character or binary type.</param>
    /// <param name="length">The number of rows.</param>
    /// <param name="offsets"><paramref name="length"/> + 1 ascending 32-bit offsets into <paramref name="data"/>; the first need not be 0.</param>
    /// <param name="data">The bytes of all rows.</param>
    /// <param name="validity">Set bits for rows that are not NULL.</param>
    public BytesColumn(DataType type, int length, ReadOnlyMemory<byte> offsets, ReadOnlyMemory<byte> data, Bitmap validity)
        : base(type, length, validity)
    {
        AssertLayout(type, ColumnLayout.Bytes);
        _offsets = offsets;
        Data = data;
    }

    /// <summary>A view of arrays.</summary>
    public BytesColumn(DataType type, int[] offsets, ReadOnlyMemory<byte> data, Bitmap validity = default)
        : this(type, offsets.Length - 1, ArrayMemory<int>.Of(offsets), data, validity)
    {
    }

    /// <summary>Row i is <c>Data[Offsets[i]..Offsets[i + 1]]</c>; one entry more than there are rows.</summary>
    public ReadOnlySpan<int> Offsets => MemoryMarshal.Cast<byte, int>(_offsets.Span)[..(Length + 1)];

    /// <summary>The memory under <see cref="Offsets"/>.</summary>
    public ReadOnlyMemory<byte> OffsetBytes => _offsets;

    /// <summary>The bytes that the offsets point into.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>The bytes of one row; empty for NULL. For loops take the spans once instead.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            var offsets = Offsets;
            return Data.Span[offsets[index]..offsets[index + 1]];
        }
    }

    /// <inheritdoc/>
    public override Column Slice(int start, int length) => new BytesColumn(Type, length, _offsets.Slice(start * sizeof(int), (length + 1) * sizeof(int)), Data, Validity.Slice(start));

    /// <inheritdoc/>
    public override Column WithType(DataType type) => new BytesColumn(type, Length, _offsets, Data, Validity);
}
