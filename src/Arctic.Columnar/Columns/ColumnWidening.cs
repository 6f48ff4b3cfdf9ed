using System.Numerics;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Columns;

/// <summary>
/// Brings a column to another type that holds all its values: wider integers and floats, decimals of more digits, dates as timestamps, microseconds as
/// nanoseconds (and back, rounding down, where a table keeps less). What files of older schemas and SQL's narrower types need; not a CAST.
/// </summary>
internal static class ColumnWidening
{
    private const long MicrosPerDay = 86_400_000_000;

    /// <summary>The column under the type; itself, or a view of it, where the layouts agree.</summary>
    /// <exception cref="ArgumentException">The type does not hold the column's values.</exception>
    public static Column To(Column column, DataType type)
    {
        if (column is ConstantColumn constant)
        {
            return new ConstantColumn(To(constant.Value, type), column.Length);
        }

        if (column is NullColumn)
        {
            return type is DataType.Null ? column : ColumnBuilder.NullsOf(type, column.Length);
        }

        return (column, type) switch
        {
            (FixedColumn<long>, DataType.Timestamp or DataType.TimestampLtz) => ToTimestamp((FixedColumn<long>)column, type),
            (FixedColumn<int> { Type: DataType.Date } c, DataType.Timestamp or DataType.TimestampLtz) => Map<int, long>(c, type, UnitsPerDay(type)),
            (FixedColumn<sbyte> c, _) when type.Layout is ColumnLayout.Int16 => Map<sbyte, short>(c, type, 1),
            (FixedColumn<sbyte> c, _) when type.Layout is ColumnLayout.Int32 => Map<sbyte, int>(c, type, 1),
            (FixedColumn<sbyte> c, _) when type.Layout is ColumnLayout.Int64 => Map<sbyte, long>(c, type, 1),
            (FixedColumn<short> c, _) when type.Layout is ColumnLayout.Int32 => Map<short, int>(c, type, 1),
            (FixedColumn<short> c, _) when type.Layout is ColumnLayout.Int64 => Map<short, long>(c, type, 1),
            (FixedColumn<int> c, _) when type.Layout is ColumnLayout.Int64 => Map<int, long>(c, type, 1),
            (FixedColumn<float> c, _) when type.Layout is ColumnLayout.Float64 => Map<float, double>(c, type, 1),
            (FixedColumn<Int128> { Type: DataType.Decimal from } c, DataType.Decimal to) when to.Scale > from.Scale => Map<Int128, Int128>(c, type, PowerOfTen(to.Scale - from.Scale)),
            (ListColumn c, DataType.Array t) => new ListColumn(type, c.Length, c.OffsetBytes, To(c.Elements, t.Element), c.Validity),
            (MapColumn c, DataType.Map t) => new MapColumn(type, c.Length, c.OffsetBytes, To(c.Keys, t.Key), To(c.Values, t.Value), c.Validity),
            (RowColumn c, DataType.Row t) when t.Fields.Count == c.Children.Count =>
                new RowColumn(type, c.Length, c.Children.Select((child, i) => To(child, t.Fields[i].Type)).ToArray(), c.Validity),
            _ when column.Type.Equals(type) => column,
            _ when column.Type.Layout == type.Layout && !IsFiner(column.Type, type) => column.WithType(type),
            _ => throw new ArgumentException($"A column of type {column.Type} does not fit the type {type}.", nameof(type)),
        };
    }

    private static Column ToTimestamp(FixedColumn<long> column, DataType type)
    {
        var (from, to) = (IsNanos(column.Type), IsNanos(type));
        if (from == to)
        {
            return column.WithType(type);
        }

        return to ? Map<long, long>(column, type, 1000) : Micros(column, type);
    }

    private static FixedColumn<long> Micros(FixedColumn<long> column, DataType type)
    {
        var source = column.Values;
        var target = GC.AllocateUninitializedArray<long>(source.Length);
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = (source[i] - (((source[i] % 1000) + 1000) % 1000)) / 1000;
        }

        return new FixedColumn<long>(type, target, column.Validity);
    }

    private static FixedColumn<TTo> Map<TFrom, TTo>(FixedColumn<TFrom> column, DataType type, TTo factor)
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : unmanaged, INumber<TTo>
    {
        var source = column.Values;
        var target = GC.AllocateUninitializedArray<TTo>(source.Length);
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = unchecked(TTo.CreateTruncating(source[i]) * factor);
        }

        return new FixedColumn<TTo>(type, target, column.Validity);
    }

    // The same unscaled values would be other numbers.
    private static bool IsFiner(DataType from, DataType to) => (from, to) is (DataType.Decimal a, DataType.Decimal b) && a.Scale > b.Scale;

    private static bool IsNanos(DataType type) => type is DataType.Timestamp { IsNanos: true } or DataType.TimestampLtz { IsNanos: true };

    private static long UnitsPerDay(DataType type) => IsNanos(type) ? MicrosPerDay * 1000 : MicrosPerDay;

    private static Int128 PowerOfTen(int exponent)
    {
        Int128 power = 1;
        for (var i = 0; i < exponent; i++)
        {
            power *= 10;
        }

        return power;
    }
}
