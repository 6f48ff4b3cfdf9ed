using System.Diagnostics;
using System.Numerics;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Kernels.Casts;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Expressions;

/// <summary>Picks the kernel of a CAST or TRY_CAST. The cast must be one that <see cref="CastRules"/> supports.</summary>
internal static class CastCompiler
{
    public static IBatchExpression Compile(IBatchExpression operand, DataType to, bool isTry, EvaluationSettings settings)
    {
        var from = operand.Type;
        if (from.Equals(to))
        {
            return operand;
        }

        if (from is DataType.Null)
        {
            return new NullExpression(to);
        }

        if (IsRelabel(from.AsNullable(), to.AsNullable()))
        {
            return new RelabelKernel(operand, to);
        }

        return to switch
        {
            DataType.Char or DataType.VarChar => TextCasts.Compile(operand, to, settings),
            DataType.Binary or DataType.VarBinary => new RowKernel<BytesFitOp, BytesWriter>(to, [operand], null, settings),
            DataType.Array => new ListCastKernel((DataType.Array)to, operand, isTry, settings),
            DataType.Map or DataType.Multiset => new MapCastKernel(to, operand, isTry, settings),
            DataType.Row row => new RowCastKernel(row, operand, isTry, settings),
            DataType.IntervalYearMonth or DataType.IntervalDayTime => new RelabelKernel(operand, to),
            _ when from.IsCharacter() => ParseCasts.Compile(operand, to, isTry, settings),
            DataType.Date or DataType.Time or DataType.Timestamp or DataType.TimestampLtz => TemporalCasts.Compile(operand, to, isTry, settings),
            _ => NumberCasts.Compile(operand, to, isTry, settings),
        };
    }

    /// <summary>Whether evaluating the cast can end in an error.</summary>
    public static bool CanFail(DataType from, DataType to, bool isTry)
    {
        if (isTry || from is DataType.Null)
        {
            return false;
        }

        return (from, to) switch
        {
            (_, DataType.Char or DataType.VarChar or DataType.Binary or DataType.VarBinary) => false,
            (DataType.Char or DataType.VarChar, _) => true,
            (_, DataType.Decimal) => true,
            (DataType.Array or DataType.Map or DataType.Multiset or DataType.Row, _) => true,
            (_, DataType.Timestamp or DataType.TimestampLtz) => true,
            _ => false,
        };
    }

    // The bytes of the column serve under the other type as they are.
    private static bool IsRelabel(DataType from, DataType to) => (from, to) switch
    {
        _ when from.Equals(to) => true,
        (DataType.Char a, DataType.VarChar b) => a.Length <= b.Length,
        (DataType.VarChar a, DataType.VarChar b) => a.Length <= b.Length,
        (DataType.Binary a, DataType.VarBinary b) => a.Length <= b.Length,
        (DataType.VarBinary a, DataType.VarBinary b) => a.Length <= b.Length,
        (DataType.Char or DataType.VarChar, DataType.VarBinary b) => b.Length == DataType.MaxLength,
        (DataType.Timestamp a, DataType.Timestamp b) => a.Precision <= b.Precision && a.IsNanos == b.IsNanos,
        (DataType.TimestampLtz a, DataType.TimestampLtz b) => a.Precision <= b.Precision && a.IsNanos == b.IsNanos,
        (DataType.Time a, DataType.Time b) => a.Precision <= b.Precision,
        (DataType.Decimal a, DataType.Decimal b) => a.Scale == b.Scale && a.Precision <= b.Precision,
        _ => false,
    };
}
