using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Kernels.Casts;

/// <summary>Casts the children of nested columns, for the rows that are there; a bad child of a TRY_CAST makes the whole value NULL.</summary>
internal abstract class NestedCastKernel(DataType type, IBatchExpression operand, bool isTry) : IBatchExpression
{
    public DataType Type { get; } = type;

    public Column Evaluate(in EvaluationInput input)
    {
        if (input.RowCount == 0)
        {
            return ColumnBuilder.NullsOf(Type, input.ColumnLength);
        }

        var column = operand.Evaluate(input);
        return column is ConstantColumn constant ? new ConstantColumn(Cast(constant.Value, [0]), input.ColumnLength) : Cast(column, RowsOf(input, column));
    }

    protected abstract Column Cast(Column column, ReadOnlySpan<int> rows);

    protected static int[] ChildRows(ReadOnlySpan<int> offsets, Column column, ReadOnlySpan<int> rows)
    {
        var result = new List<int>();
        foreach (var row in rows)
        {
            for (var i = offsets[row]; i < offsets[row + 1] && !column.IsNull(row); i++)
            {
                result.Add(i);
            }
        }

        return result.ToArray();
    }

    protected static Column CastChild(IBatchExpression cast, Column child, int[] rows) => cast.Evaluate(new EvaluationInput([child], child.Length, rows));

    /// <summary>The validity of the result: a row falls out when a child became NULL.</summary>
    protected Bitmap Narrow(Column column, ReadOnlySpan<int> offsets, ReadOnlySpan<int> rows, ReadOnlySpan<Column> before, ReadOnlySpan<Column> after)
    {
        if (!isTry)
        {
            return column.Validity;
        }

        byte[]? valid = null;
        foreach (var row in rows)
        {
            var (start, end) = offsets.IsEmpty ? (row, row + 1) : (offsets[row], offsets[row + 1]);
            for (var c = 0; c < before.Length; c++)
            {
                for (var i = start; i < end && !column.IsNull(row); i++)
                {
                    if (after[c].IsNull(i) && !before[c].IsNull(i))
                    {
                        valid ??= column.Validity.ToBytes(column.Length);
                        Bitmap.Clear(valid, row);
                    }
                }
            }
        }

        return valid is null ? column.Validity : new Bitmap(valid, 0);
    }

    private static int[] RowsOf(in EvaluationInput input, Column column)
    {
        if (input.Selection is { } selection)
        {
            return selection.ToArray();
        }

        var rows = new int[column.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = i;
        }

        return rows;
    }
}

/// <summary>ARRAY to ARRAY.</summary>
internal sealed class ListCastKernel(DataType.Array type, IBatchExpression operand, bool isTry, EvaluationSettings settings) : NestedCastKernel(type, operand, isTry)
{
    private readonly IBatchExpression _element = CastCompiler.Compile(new ColumnExpression(0, ((DataType.Array)operand.Type).Element), isTry ? type.Element.AsNullable() : type.Element, isTry, settings);

    protected override Column Cast(Column column, ReadOnlySpan<int> rows)
    {
        var list = (ListColumn)column;
        var elements = CastChild(_element, list.Elements, ChildRows(list.Offsets, list, rows));
        return new ListColumn(Type, list.Length, list.OffsetBytes, elements, Narrow(list, list.Offsets, rows, [list.Elements], [elements]));
    }
}

/// <summary>MAP to MAP and MULTISET to MULTISET.</summary>
internal sealed class MapCastKernel(DataType type, IBatchExpression operand, bool isTry, EvaluationSettings settings) : NestedCastKernel(type, operand, isTry)
{
    private readonly IBatchExpression _key = CastCompiler.Compile(new ColumnExpression(0, KeyOf(operand.Type)), isTry ? KeyOf(type).AsNullable() : KeyOf(type), isTry, settings);
    private readonly IBatchExpression _value = CastCompiler.Compile(new ColumnExpression(0, ValueOf(operand.Type)), isTry ? ValueOf(type).AsNullable() : ValueOf(type), isTry, settings);

    protected override Column Cast(Column column, ReadOnlySpan<int> rows)
    {
        var map = (MapColumn)column;
        var childRows = ChildRows(map.Offsets, map, rows);
        var (keys, values) = (CastChild(_key, map.Keys, childRows), CastChild(_value, map.Values, childRows));
        return new MapColumn(Type, map.Length, map.OffsetBytes, keys, values, Narrow(map, map.Offsets, rows, [map.Keys, map.Values], [keys, values]));
    }

    private static DataType KeyOf(DataType type) => type is DataType.Map map ? map.Key : ((DataType.Multiset)type).Element;

    private static DataType ValueOf(DataType type) => type is DataType.Map map ? map.Value : DataTypes.Int.AsNotNull();
}

/// <summary>ROW to ROW, field by field.</summary>
internal sealed class RowCastKernel(DataType.Row type, IBatchExpression operand, bool isTry, EvaluationSettings settings) : NestedCastKernel(type, operand, isTry)
{
    private readonly IBatchExpression[] _fields = ((DataType.Row)operand.Type).Fields
        .Select((f, i) => CastCompiler.Compile(new ColumnExpression(0, f.Type), isTry ? type.Fields[i].Type.AsNullable() : type.Fields[i].Type, isTry, settings)).ToArray();

    protected override Column Cast(Column column, ReadOnlySpan<int> rows)
    {
        var row = (RowColumn)column;
        var present = new List<int>();
        foreach (var i in rows)
        {
            if (!row.IsNull(i))
            {
                present.Add(i);
            }
        }

        var childRows = present.ToArray();
        var children = new Column[_fields.Length];
        for (var i = 0; i < children.Length; i++)
        {
            children[i] = CastChild(_fields[i], row.Children[i], childRows);
        }

        return new RowColumn(Type, row.Length, children, Narrow(row, default, rows, row.Children.ToArray(), children));
    }
}
