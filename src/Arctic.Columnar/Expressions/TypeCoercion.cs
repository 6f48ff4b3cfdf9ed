using Arctic.Columnar.Types;

namespace Arctic.Columnar.Expressions;

/// <summary>The types that values take without an explicit CAST (spec/flink-sql.md, 2.2).</summary>
public static class TypeCoercion
{
    /// <summary>The common type of CASE branches, COALESCE, UNION, VALUES and array elements.</summary>
    /// <returns>Nullable when any input is; null when the types do not mix. Bare NULLs only add nullability; of nothing else the result is NULL.</returns>
    public static DataType? FindCommonType(IReadOnlyList<DataType> types)
    {
        DataType? result = null;
        var isNullable = false;
        foreach (var type in types)
        {
            isNullable |= type.IsNullable;
            if (type is DataType.Null)
            {
                continue;
            }

            result = result is null ? type : FindCommonType(result, type);
            if (result is null)
            {
                return null;
            }
        }

        return (result ?? DataTypes.Null).WithNullability(isNullable || result is null);
    }

    /// <summary>The common type of two; null when there is none.</summary>
    public static DataType? FindCommonType(DataType left, DataType right)
    {
        var isNullable = left.IsNullable || right.IsNullable;
        return FindCommonOfNullable(left.AsNullable(), right.AsNullable())?.WithNullability(isNullable);
    }

    /// <summary>Whether INSERT stores a value of one type in a column of the other without a CAST; nullability is not looked at.</summary>
    public static bool CanAssign(DataType from, DataType to) => (from.AsNullable(), to.AsNullable()) switch
    {
        var (a, b) when a.Equals(b) => true,
        (DataType.Null, _) => true,
        (var a, var b) when a.IsInteger() && b.IsInteger() => NumericRank(a) <= NumericRank(b),
        (var a, DataType.Decimal or DataType.Double) when a.IsNumeric() => true,
        (var a, DataType.Float) when a.IsNumeric() => a is not DataType.Double,
        (DataType.Char, DataType.Char) => true,
        (var a, DataType.VarChar) when a.IsCharacter() => true,
        (DataType.Binary, DataType.Binary) => true,
        (var a, DataType.VarBinary) when a.IsBinary() => true,
        (DataType.Timestamp, DataType.Date) => true,
        (DataType.Time or DataType.Timestamp, DataType.Time) => true,
        (DataType.Timestamp or DataType.TimestampLtz, DataType.Timestamp or DataType.TimestampLtz) => true,
        (DataType.Array a, DataType.Array b) => CanAssign(a.Element, b.Element),
        (DataType.Map a, DataType.Map b) => CanAssign(a.Key, b.Key) && CanAssign(a.Value, b.Value),
        (DataType.Multiset a, DataType.Multiset b) => CanAssign(a.Element, b.Element),
        (DataType.Row a, DataType.Row b) => a.Fields.Count == b.Fields.Count && a.Fields.Zip(b.Fields).All(f => CanAssign(f.First.Type, f.Second.Type)),
        _ => false,
    };

    /// <summary>The expression as a value of a type: itself when it has it, else under a cast. Nullability stays that of the expression.</summary>
    public static Expression Coerce(Expression expression, DataType type)
    {
        var target = type.WithNullability(expression.Type.IsNullable);
        return expression.Type.Equals(target) ? expression : new Expression.Cast(expression, target, IsTry: false);
    }

    /// <summary>The decimal that holds every value of an exact numeric type; null for others.</summary>
    internal static DataType.Decimal? AsDecimal(DataType type) => type switch
    {
        DataType.TinyInt => new DataType.Decimal(3, 0),
        DataType.SmallInt => new DataType.Decimal(5, 0),
        DataType.Int => new DataType.Decimal(10, 0),
        DataType.BigInt => new DataType.Decimal(19, 0),
        DataType.Decimal decimalType => new DataType.Decimal(decimalType.Precision, decimalType.Scale),
        _ => null,
    };

    internal static int NumericRank(DataType type) => type switch
    {
        DataType.TinyInt => 0,
        DataType.SmallInt => 1,
        DataType.Int => 2,
        DataType.BigInt => 3,
        DataType.Decimal => 4,
        DataType.Float => 5,
        DataType.Double => 6,
        _ => -1,
    };

    private static DataType? FindCommonOfNullable(DataType left, DataType right) => (left, right) switch
    {
        _ when left.Equals(right) => left,
        (DataType.Null, _) => right,
        (_, DataType.Null) => left,
        _ when left.IsNumeric() && right.IsNumeric() => FindCommonNumeric(left, right),
        (DataType.Char a, DataType.Char b) => new DataType.VarChar(Math.Max(a.Length, b.Length)),
        _ when left.IsCharacter() && right.IsCharacter() => new DataType.VarChar(Math.Max(LengthOf(left), LengthOf(right))),
        _ when left.IsBinary() && right.IsBinary() => new DataType.VarBinary(Math.Max(LengthOf(left), LengthOf(right))),
        (DataType.Time a, DataType.Time b) => DataTypes.Time(Math.Max(a.Precision, b.Precision)),
        (DataType.Timestamp a, DataType.Timestamp b) => DataTypes.Timestamp(Math.Max(a.Precision, b.Precision)),
        (DataType.TimestampLtz a, DataType.TimestampLtz b) => DataTypes.TimestampLtz(Math.Max(a.Precision, b.Precision)),
        (DataType.Timestamp a, DataType.TimestampLtz b) => DataTypes.TimestampLtz(Math.Max(a.Precision, b.Precision)),
        (DataType.TimestampLtz a, DataType.Timestamp b) => DataTypes.TimestampLtz(Math.Max(a.Precision, b.Precision)),
        (DataType.Array a, DataType.Array b) => FindCommonType([a.Element, b.Element]) is { } element ? new DataType.Array(element) : null,
        (DataType.Map a, DataType.Map b) => FindCommonType([a.Key, b.Key]) is { } key && FindCommonType([a.Value, b.Value]) is { } value ? new DataType.Map(key, value) : null,
        (DataType.Multiset a, DataType.Multiset b) => FindCommonType([a.Element, b.Element]) is { } element ? new DataType.Multiset(element) : null,
        (DataType.Row a, DataType.Row b) => FindCommonRow(a, b),
        _ => null,
    };

    private static DataType FindCommonNumeric(DataType left, DataType right)
    {
        if (left.IsInteger() && right.IsInteger())
        {
            return NumericRank(left) >= NumericRank(right) ? left : right;
        }

        if (left is DataType.Double || right is DataType.Double)
        {
            return DataTypes.Double;
        }

        if (left is DataType.Float || right is DataType.Float)
        {
            return left is DataType.Decimal || right is DataType.Decimal ? DataTypes.Double : DataTypes.Float;
        }

        var (a, b) = (AsDecimal(left)!, AsDecimal(right)!); // both are exact here
        var whole = Math.Max(a.Precision - a.Scale, b.Precision - b.Scale);
        var scale = Math.Min(Math.Max(a.Scale, b.Scale), DataType.Decimal.MaxPrecision - whole);
        return DataTypes.Decimal(whole + scale, scale);
    }

    private static DataType.Row? FindCommonRow(DataType.Row left, DataType.Row right)
    {
        if (left.Fields.Count != right.Fields.Count)
        {
            return null;
        }

        var fields = new Field[left.Fields.Count];
        for (var i = 0; i < fields.Length; i++)
        {
            if (FindCommonType([left.Fields[i].Type, right.Fields[i].Type]) is not { } type)
            {
                return null;
            }

            fields[i] = left.Fields[i] with { Type = type };
        }

        return new DataType.Row(new EquatableList<Field>(fields));
    }

    private static int LengthOf(DataType type) => type switch
    {
        DataType.Char c => c.Length,
        DataType.VarChar c => c.Length,
        DataType.Binary b => b.Length,
        DataType.VarBinary b => b.Length,
        _ => DataType.MaxLength,
    };
}
