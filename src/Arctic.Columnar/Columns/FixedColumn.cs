using System.Diagnostics;
using System.Runtime.InteropServices;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Columns;

/// <summary>A column of values of one width: integers, floats, <see cref="Int128"/> decimals, dates, times, timestamps, intervals.</summary>
public sealed class FixedColumn<T> : Column
    where T : unmanaged
{
    private readonly ReadOnlyMemory<byte> _bytes;

    /// <summary>A view of little-endian values in raw memory.</summary>
    /// <param name="type">A type whose layout has the width of <typeparamref name="T"/>.</param>
    /// <param name="length">The number of rows.</param>
    /// <param name="bytes">At least <paramref name="length"/> values; aligned as the platform wants it.</param>
    /// <param name="validity">Set bits for rows that are not NULL.</param>
    public FixedColumn(DataType type, int length, ReadOnlyMemory<byte> bytes, Bitmap validity)
        : base(type, length, validity)
    {
        unsafe
        {
            Debug.Assert(bytes.Length >= length * sizeof(T), "The memory is shorter than the column.");
        }

        _bytes = bytes;
    }

    /// <summary>A view of an array.</summary>
    public FixedColumn(DataType type, T[] values, Bitmap validity = default)
        : this(type, values.Length, ArrayMemory<T>.Of(values), validity)
    {
    }

    /// <summary>The values, one a row; take the span once a batch.</summary>
    public ReadOnlySpan<T> Values => MemoryMarshal.Cast<byte, T>(_bytes.Span)[..Length];

    /// <summary>The memory under <see cref="Values"/>.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <inheritdoc/>
    public override unsafe Column Slice(int start, int length) => new FixedColumn<T>(Type, length, _bytes.Slice(start * sizeof(T), length * sizeof(T)), Validity.Slice(start));

    /// <inheritdoc/>
    public override Column WithType(DataType type)
    {
        AssertLayout(type, Type.Layout);
        return new FixedColumn<T>(type, Length, _bytes, Validity);
    }
}
