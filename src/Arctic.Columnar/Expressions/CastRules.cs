using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Expressions;

/// <summary>Which casts there are (spec/flink-sql.md, 2.3).</summary>
public static class CastRules
{
    /// <summary>Whether CAST takes one type to the other; TRY_CAST takes the same ones.</summary>
    public static bool IsSupported(DataType from, DataType to)
    {
        switch (from, to)
        {
            case (DataType.Null, _):
                return true;
            case (_, DataType.Null):
                return false;
            case (DataType.Array a, DataType.Array b):
                return IsSupported(a.Element, b.Element);
            case (DataType.Map a, DataType.Map b):
                return IsSupported(a.Key, b.Key) && IsSupported(a.Value, b.Value);
            case (DataType.Multiset a, DataType.Multiset b):
                return IsSupported(a.Element, b.Element);
            case (DataType.Row a, DataType.Row b):
                return a.Fields.Count == b.Fields.Count && a.Fields.Zip(b.Fields).All(f => IsSupported(f.First.Type, f.Second.Type));
            case (_, DataType.Char or DataType.VarChar):
                return true;
            case (DataType.Char or DataType.VarChar, _):
                return to is DataType.Boolean or DataType.Date or DataType.Time or DataType.Timestamp or DataType.TimestampLtz || to.IsNumeric() || to.IsBinary();
            case (DataType.Binary or DataType.VarBinary, _):
                return to.IsBinary();
            case (DataType.Boolean, _):
                return to is DataType.Boolean || to.IsNumeric();
            case (DataType.Date, _):
                return to is DataType.Date or DataType.Timestamp or DataType.TimestampLtz;
            case (DataType.Time, _):
                return to is DataType.Time or DataType.Timestamp or DataType.TimestampLtz;
            case (DataType.Timestamp or DataType.TimestampLtz, _):
                return to is DataType.Date or DataType.Time or DataType.Timestamp or DataType.TimestampLtz;
            case (DataType.IntervalYearMonth, _):
                return to is DataType.IntervalYearMonth;
            case (DataType.IntervalDayTime, _):
                return to is DataType.IntervalDayTime;
            default:
                return from.IsNumeric() && (to is DataType.Boolean || to.IsNumeric());
        }
    }

    /// <summary>Makes a CAST or TRY_CAST expression with Flink's nullability: a CAST keeps the operand's, a TRY_CAST is nullable.</summary>
    /// <param name="to">The target as written; its outer nullability is not looked at.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.TypeMismatch"/>: there is no such cast; the hint says what to use instead.</exception>
    public static Expression Cast(Expression operand, DataType to, bool isTry)
    {
        if (operand is Expression.Call { Function: var function } row && ReferenceEquals(function, ScalarFunctions.Row) && to is DataType.Row target)
        {
            operand = TypeNullFields(row, target);
        }

        if (!IsSupported(operand.Type, to))
        {
            throw Refuse(operand.Type, to);
        }

        return new Expression.Cast(operand, to.WithNullability(isTry || operand.Type.IsNullable), isTry);
    }

    private static Expression TypeNullFields(Expression.Call row, DataType.Row target)
    {
        if (row.Arguments.Count != target.Fields.Count || row.Arguments.All(a => a.Type is not DataType.Null))
        {
            return row;
        }

        return ScalarFunctions.Row.Bind(row.Arguments.Select((a, i) => a.Type is DataType.Null ? new Expression.Cast(a, target.Fields[i].Type.AsNullable(), IsTry: false) : a).ToArray());
    }

    private static ArcticException Refuse(DataType from, DataType to)
    {
        var hint = (from, to) switch
        {
            (_, DataType.Timestamp) when from.IsNumeric() => "Use TO_TIMESTAMP(FROM_UNIXTIME(n)) instead.",
            (_, DataType.TimestampLtz) when from.IsNumeric() => "Use TO_TIMESTAMP_LTZ(n, precision) instead.",
            (DataType.Timestamp or DataType.TimestampLtz, _) when to.IsNumeric() => "Use UNIX_TIMESTAMP(CAST(t AS STRING)) or EXTRACT(EPOCH FROM t) instead.",
            _ => null,
        };
        return new ArcticException(ErrorCodes.TypeMismatch, $"Cast function cannot convert value of type {from.AsNullable()} to type {to.AsNullable()}.") { Hint = hint };
    }
}
