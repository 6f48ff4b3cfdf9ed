using System.Diagnostics;
using System.Text;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>What a value is to a <see cref="JavaFormat"/>.</summary>
internal enum PrintedKind
{
    Null,
    Boolean,
    Text,
    Integer,
    Number,
}

/// <summary>A value to be formatted.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As %s prints it.</param>
/// <param name="Integer">Of integers and truth values.</param>
/// <param name="Bits">The width of an integer's type.</param>
internal readonly record struct PrintedValue(PrintedKind Kind, string Text, long Integer = 0, int Bits = 0)
{
    /// <summary>The value of a row of a column of text, numbers or truth values.</summary>
    public static PrintedValue Read(Column column, int row)
    {
        if (column is ConstantColumn constant)
        {
            (column, row) = (constant.Value, 0);
        }

        if (column.IsNull(row))
        {
            return new PrintedValue(PrintedKind.Null, "null");
        }

        return column switch
        {
            BooleanColumn c => new PrintedValue(PrintedKind.Boolean, c.Bits[row] ? "true" : "false", c.Bits[row] ? 1 : 0),
            BytesColumn c => new PrintedValue(PrintedKind.Text, Encoding.UTF8.GetString(c[row])),
            FixedColumn<sbyte> c => OfInteger(c.Values[row], 8),
            FixedColumn<short> c => OfInteger(c.Values[row], 16),
            FixedColumn<int> c => OfInteger(c.Values[row], 32),
            FixedColumn<long> c => OfInteger(c.Values[row], 64),
            _ => new PrintedValue(PrintedKind.Number, TextOf(column, row)),
        };
    }

    private static PrintedValue OfInteger(long value, int bits) => new(PrintedKind.Integer, value.ToString(System.Globalization.CultureInfo.InvariantCulture), value, bits);

    private static string TextOf(Column column, int row)
    {
        Span<byte> buffer = stackalloc byte[NumberText.MaxLength];
        var length = (column, column.Type) switch
        {
            (FixedColumn<float> c, _) => NumberText.WriteSingle(c.Values[row], buffer),
            (FixedColumn<double> c, _) => NumberText.WriteDouble(c.Values[row], buffer),
            (FixedColumn<Int128> c, DataType.Decimal t) => NumberText.WriteDecimal(c.Values[row], t.Scale, buffer),
            _ => throw new UnreachableException($"PRINTF of {column.Type}"),
        };
        return Encoding.ASCII.GetString(buffer[..length]);
    }
}
