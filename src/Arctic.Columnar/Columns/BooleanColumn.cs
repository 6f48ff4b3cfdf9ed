using Arctic.Columnar.Types;

namespace Arctic.Columnar.Columns;

/// <summary>A column of bit-packed truth values.</summary>
public sealed class BooleanColumn : Column
{
    /// <summary>A view of packed bits.</summary>
    /// <param name="type">BOOLEAN.</param>
    /// <param name="length">The number of rows.</param>
    /// <param name="bits">Set bits for TRUE; must have bytes unless the column is empty.</param>
    /// <param name="validity">Set bits for rows that are not NULL.</param>
    public BooleanColumn(DataType type, int length, Bitmap bits, Bitmap validity = default)
        : base(type, length, validity)
    {
        AssertLayout(type, ColumnLayout.Boolean);
        Bits = bits;
    }

    /// <summary>Set bits for TRUE.</summary>
    public Bitmap Bits { get; }

    /// <inheritdoc/>
    public override Column Slice(int start, int length) => new BooleanColumn(Type, length, Bits.Slice(start), Validity.Slice(start));

    /// <inheritdoc/>
    public override Column WithType(DataType type) => new BooleanColumn(type, Length, Bits, Validity);
}
