using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Kernels;

/// <summary>
/// Receives a kernel's results, row by row in ascending order; rows that are not written stay undefined. Starts with the validity that the
/// arguments leave and may only take more away.
/// </summary>
internal abstract class ColumnWriter(DataType type, int length, Bitmap validity)
{
    private byte[]? _validity;

    public DataType Type { get; } = type;

    public int Length { get; } = length;

    /// <summary>The row under way.</summary>
    public int Row { get; protected set; }

    protected Bitmap Validity => _validity is null ? validity : new Bitmap(_validity, 0);

    /// <summary>Makes the row under way NULL.</summary>
    /// <exception cref="Errors.ArcticException">The type admits no NULL.</exception>
    public void SetNull()
    {
        if (!Type.IsNullable)
        {
            throw EvaluationErrors.NullInNotNull(Type);
        }

        _validity ??= validity.ToBytes(Length);
        Bitmap.Clear(_validity, Row);
    }

    public virtual void MoveTo(int row) => Row = row;

    public abstract Column Build();
}

/// <summary>Makes writers of one kind.</summary>
internal interface IColumnWriter<TSelf>
    where TSelf : ColumnWriter, IColumnWriter<TSelf>
{
    static abstract TSelf Create(DataType type, int length, Bitmap validity);
}

/// <summary>Writes fixed-width values.</summary>
internal sealed class FixedWriter<T>(DataType type, int length, Bitmap validity) : ColumnWriter(type, length, validity), IColumnWriter<FixedWriter<T>>
    where T : unmanaged
{
    private readonly T[] _values = new T[length];

    public static FixedWriter<T> Create(DataType type, int length, Bitmap validity) => new(type, length, validity);

    public void Set(T value) => _values[Row] = value;

    public override Column Build() => new FixedColumn<T>(Type, _values, Validity);
}

/// <summary>Writes truth values.</summary>
internal sealed class BooleanWriter(DataType type, int length, Bitmap validity) : ColumnWriter(type, length, validity), IColumnWriter<BooleanWriter>
{
    private readonly byte[] _bits = new byte[Bitmap.BytesFor(length)];

    public static BooleanWriter Create(DataType type, int length, Bitmap validity) => new(type, length, validity);

    public void Set(bool value)
    {
        if (value)
        {
            Bitmap.Set(_bits, Row);
        }
    }

    public override Column Build() => new BooleanColumn(Type, Length, new Bitmap(_bits, 0), Validity);
}

/// <summary>Writes byte strings; a row is what is appended between two moves.</summary>
internal sealed class BytesWriter(DataType type, int length, Bitmap validity) : ColumnWriter(type, length, validity), IColumnWriter<BytesWriter>
{
    private readonly int[] _offsets = new int[length + 1];
    private byte[] _data = [];
    private int _used;

    public static BytesWriter Create(DataType type, int length, Bitmap validity) => new(type, length, validity);

    /// <summary>What has been appended to the row under way.</summary>
    public Span<byte> Written => _data.AsSpan(_offsets[Row], _used - _offsets[Row]);

    public override void MoveTo(int row)
    {
        while (Row < row)
        {
            _offsets[++Row] = _used;
        }
    }

    public void Append(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    public void Append(byte value) => Take(1)[0] = value;

    public void Append(ReadOnlySpan<char> text)
    {
        var span = Reserve(System.Text.Encoding.UTF8.GetMaxByteCount(text.Length));
        Advance(System.Text.Encoding.UTF8.GetBytes(text, span));
    }

    /// <summary>Room for at least so many bytes; <see cref="Advance"/> says how many were used.</summary>
    public Span<byte> Reserve(int count)
    {
        if (_data.Length - _used < count)
        {
            Array.Resize(ref _data, (int)Math.Min(Array.MaxLength, Math.Max(Math.Max(256L, _data.Length * 2L), (long)_used + count)));
        }

        return _data.AsSpan(_used);
    }

    public void Advance(int count) => _used += count;

    /// <summary>Cuts the row under way back to its first bytes.</summary>
    public void Truncate(int count) => _used = _offsets[Row] + count;

    public override Column Build()
    {
        MoveTo(Length);
        return new BytesColumn(Type, _offsets, _data.AsMemory(0, _used), Validity);
    }

    private Span<byte> Take(int count)
    {
        var span = Reserve(count)[..count];
        _used += count;
        return span;
    }
}
