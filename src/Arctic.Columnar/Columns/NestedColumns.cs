using System.Runtime.InteropServices;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Columns;

/// <summary>A column of lists: offsets into one column of elements.</summary>
public sealed class ListColumn : Column
{
    private readonly ReadOnlyMemory<byte> _offsets;

    /// <summary>A view of raw memory; <paramref name="offsets"/> as in <see cref="BytesColumn"/>, into the rows of <paramref name="elements"/>.</summary>
    public ListColumn(DataType type, int length, ReadOnlyMemory<byte> offsets, Column elements, Bitmap validity)
        : base(type, length, validity)
    {
        AssertLayout(type, ColumnLayout.List);
        _offsets = offsets;
        Elements = elements;
    }

    /// <summary>A view of an array of offsets.</summary>
    public ListColumn(DataType type, int[] offsets, Column elements, Bitmap validity = default)
        : this(type, offsets.Length - 1, ArrayMemory<int>.Of(offsets), elements, validity)
    {
    }

    /// <summary>Row i holds the elements <c>[Offsets[i], Offsets[i + 1])</c>.</summary>
    public ReadOnlySpan<int> Offsets => MemoryMarshal.Cast<byte, int>(_offsets.Span)[..(Length + 1)];

    /// <summary>The memory under <see cref="Offsets"/>.</summary>
    public ReadOnlyMemory<byte> OffsetBytes => _offsets;

    /// <summary>The elements of all rows.</summary>
    public Column Elements { get; }

    /// <inheritdoc/>
    public override Column Slice(int start, int length) => new ListColumn(Type, length, _offsets.Slice(start * sizeof(int), (length + 1) * sizeof(int)), Elements, Validity.Slice(start));

    /// <inheritdoc/>
    public override Column WithType(DataType type) => new ListColumn(type, Length, _offsets, Elements, Validity);
}

/// <summary>A column of maps (or multisets): offsets into a column of keys and one of values.</summary>
public sealed class MapColumn : Column
{
    private readonly ReadOnlyMemory<byte> _offsets;

    /// <summary>A view of raw memory; <paramref name="offsets"/> as in <see cref="ListColumn"/>.</summary>
    public MapColumn(DataType type, int length, ReadOnlyMemory<byte> offsets, Column keys, Column values, Bitmap validity)
        : base(type, length, validity)
    {
        AssertLayout(type, ColumnLayout.Map);
        _offsets = offsets;
        Keys = keys;
        Values = values;
    }

    /// <summary>A view of an array of offsets.</summary>
    public MapColumn(DataType type, int[] offsets, Column keys, Column values, Bitmap validity = default)
        : this(type, offsets.Length - 1, ArrayMemory<int>.Of(offsets), keys, values, validity)
    {
    }

    /// <summary>Row i holds the entries <c>[Offsets[i], Offsets[i + 1])</c>.</summary>
    public ReadOnlySpan<int> Offsets => MemoryMarshal.Cast<byte, int>(_offsets.Span)[..(Length + 1)];

    /// <summary>The memory under <see cref="Offsets"/>.</summary>
    public ReadOnlyMemory<byte> OffsetBytes => _offsets;

    /// <summary>The keys of all rows; never NULL.</summary>
    public Column Keys { get; }

    /// <summary>The values of all rows.</summary>
    public Column Values { get; }

    /// <inheritdoc/>
    public override Column Slice(int start, int length) => new MapColumn(Type, length, _offsets.Slice(start * sizeof(int), (length + 1) * sizeof(int)), Keys, Values, Validity.Slice(start));

    /// <inheritdoc/>
    public override Column WithType(DataType type) => new MapColumn(type, Length, _offsets, Keys, Values, Validity);
}

/// <summary>A column of rows: one child column a field, each as long as this one.</summary>
public sealed class RowColumn : Column
{
    /// <summary>A view of the children. A NULL row's children are undefined at that index.</summary>
    public RowColumn(DataType type, int length, IReadOnlyList<Column> children, Bitmap validity = default)
        : base(type, length, validity)
    {
        AssertLayout(type, ColumnLayout.Row);
        Children = children;
    }

    /// <summary>The fields' columns, in the order of the type.</summary>
    public IReadOnlyList<Column> Children { get; }

    /// <summary>A field's column in which the members of NULL rows are NULL, whatever stands in their place; the child itself when no row is NULL.</summary>
    internal Column MemberAt(int index)
    {
        if (!HasNulls)
        {
            return Children[index];
        }

        var rows = new int[Length];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = IsNull(i) ? -1 : i;
        }

        return Children[index].Gather(rows);
    }

    /// <inheritdoc/>
    public override Column Slice(int start, int length) => new RowColumn(Type, length, Children.Select(c => c.Slice(start, length)).ToArray(), Validity.Slice(start));

    /// <inheritdoc/>
    public override Column WithType(DataType type) => new RowColumn(type, Length, Children, Validity);
}

/// <summary>A column in which every row is NULL and there are no values; only of type NULL.</summary>
public sealed class NullColumn : Column
{
    /// <summary>A column of so many NULLs.</summary>
    public NullColumn(int length)
        : base(DataTypes.Null, length, Bitmap.AllSet)
    {
    }

    /// <inheritdoc/>
    public override int NullCount => Length;

    /// <inheritdoc/>
    public override bool IsNull(int index) => true;

    /// <inheritdoc/>
    public override Column Slice(int start, int length) => new NullColumn(length);

    /// <inheritdoc/>
    public override Column WithType(DataType type) => type is DataType.Null ? this : throw new ArgumentException($"A column of NULLs without values cannot have the type {type}.", nameof(type));
}

/// <summary>One value for every row.</summary>
public sealed class ConstantColumn : Column
{
    /// <summary>Repeats the only row of <paramref name="value"/>.</summary>
    public ConstantColumn(Column value, int length)
        : base(value.Type, length, Bitmap.AllSet)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(value.Length, 1);
        Value = value;
    }

    /// <summary>A column of one row.</summary>
    public Column Value { get; }

    /// <inheritdoc/>
    public override int NullCount => Value.IsNull(0) ? Length : 0;

    /// <inheritdoc/>
    public override bool IsNull(int index) => Value.IsNull(0);

    /// <inheritdoc/>
    public override Column Slice(int start, int length) => new ConstantColumn(Value, length);

    /// <inheritdoc/>
    public override Column WithType(DataType type) => new ConstantColumn(Value.WithType(type), Length);

    /// <inheritdoc/>
    public override Column ToDense()
    {
        var indices = new int[Length];
        return Value.Gather(indices);
    }
}
