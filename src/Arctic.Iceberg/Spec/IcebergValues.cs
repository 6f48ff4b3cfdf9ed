using System.Diagnostics;
using System.Text;
using Arctic.Columnar.Columns;

namespace Arctic.Iceberg.Spec;

/// <summary>Single values, boxed as <see cref="IcebergType"/> says: the way to and from columns. Not for hot loops.</summary>
internal static class IcebergValues
{
    /// <summary>The value of a row; null for NULL. The column is of the type's SQL type.</summary>
    public static object? Box(Column column, int row)
    {
        if (column is ConstantColumn constant)
        {
            return Box(constant.Value, 0);
        }

        if (column.IsNull(row))
        {
            return null;
        }

        return column switch
        {
            BooleanColumn c => c.Bits[row],
            FixedColumn<int> c => c.Values[row],
            FixedColumn<long> c => c.Values[row],
            FixedColumn<float> c => c.Values[row],
            FixedColumn<double> c => c.Values[row],
            FixedColumn<Int128> c => c.Values[row],
            BytesColumn { Type: Columnar.Types.DataType.VarChar } c => Encoding.UTF8.GetString(c[row]),
            BytesColumn c => c[row].ToArray(),
            _ => throw new UnreachableException($"A single value of a {column.GetType().Name}"),
        };
    }

    /// <summary>A column of one value repeated.</summary>
    /// <param name="type">Gives the SQL type; nested types only for null (and an empty struct's default).</param>
    /// <param name="value">Boxed; null for NULL.</param>
    /// <param name="length">The number of rows.</param>
    public static Column Repeat(IcebergType type, object? value, int length)
    {
        var sqlType = TypeMapping.ToDataType(type);
        if (sqlType is Columnar.Types.DataType.Null)
        {
            return new NullColumn(length);
        }

        if (value is null)
        {
            return ColumnBuilder.NullsOf(sqlType, length);
        }

        var builder = ColumnBuilder.Create(sqlType);
        Append(builder, type, value);
        return new ConstantColumn(builder.Build(), length);
    }

    /// <summary>Appends a value of a primitive type.</summary>
    public static void Append(ColumnBuilder builder, IcebergType type, object? value)
    {
        switch (builder, value)
        {
            case (_, null):
                builder.AppendNull();
                break;
            case (BooleanColumnBuilder b, bool v):
                b.Append(v);
                break;
            case (FixedColumnBuilder<int> b, int v):
                b.Append(v);
                break;
            case (FixedColumnBuilder<long> b, long v):
                b.Append(v);
                break;
            case (FixedColumnBuilder<long> b, int v):
                b.Append(v);
                break;
            case (FixedColumnBuilder<float> b, float v):
                b.Append(v);
                break;
            case (FixedColumnBuilder<double> b, float v):
                b.Append(v);
                break;
            case (FixedColumnBuilder<double> b, double v):
                b.Append(v);
                break;
            case (FixedColumnBuilder<Int128> b, Int128 v):
                b.Append(v);
                break;
            case (BytesColumnBuilder b, string v):
                b.Append(v.AsSpan());
                break;
            case (BytesColumnBuilder b, byte[] v):
                b.Append((ReadOnlySpan<byte>)v);
                break;
            default:
                throw new ArgumentException($"A value of type {value.GetType().Name} is not one of the Iceberg type '{type}'.", nameof(value));
        }
    }
}
