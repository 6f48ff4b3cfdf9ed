using System.Diagnostics;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Columns;

/// <summary>
/// One column of a batch in Arrow layout: immutable, and a view of memory that the batch's lease keeps alive. Values of NULL rows are
/// undefined but readable. Kernels look at the concrete class once a batch, never once a row.
/// </summary>
public abstract class Column
{
    private int _nullCount = -1;

    private protected Column(DataType type, int length, Bitmap validity)
    {
        Type = type;
        Length = length;
        Validity = validity;
    }

    /// <summary>The SQL type; its layout is that of this column's class.</summary>
    public DataType Type { get; }

    /// <summary>The number of rows.</summary>
    public int Length { get; }

    /// <summary>A set bit for each row that is not NULL.</summary>
    public Bitmap Validity { get; }

    /// <summary>The number of NULL rows; counted once.</summary>
    public virtual int NullCount => _nullCount >= 0 ? _nullCount : _nullCount = Validity.CountClear(Length);

    /// <summary>Whether any row is NULL.</summary>
    public bool HasNulls => NullCount > 0;

    /// <summary>Whether the row at a 0-based index is NULL. For loops take the bitmap's span instead.</summary>
    public virtual bool IsNull(int index) => !Validity[index];

    /// <summary>The rows from <paramref name="start"/> on, without a copy.</summary>
    public abstract Column Slice(int start, int length);

    /// <summary>The same values under another type of the same layout, without a copy.</summary>
    public abstract Column WithType(DataType type);

    /// <summary>The rows at the given 0-based indices, in that order, as a fresh column; an index of -1 gives NULL.</summary>
    public Column Gather(ReadOnlySpan<int> indices) => ColumnGather.Gather(this, indices);

    /// <summary>This column with a value for each row: itself, unless it is a <see cref="ConstantColumn"/>.</summary>
    public virtual Column ToDense() => this;

    [Conditional("DEBUG")]
    private protected static void AssertLayout(DataType type, ColumnLayout layout) =>
        Debug.Assert(type.Layout == layout, $"Type {type} does not have the layout {layout}.");
}
