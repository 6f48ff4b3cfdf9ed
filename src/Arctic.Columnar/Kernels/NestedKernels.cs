using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Kernels;

/// <summary>Sets columns side by side as the fields of a row.</summary>
internal sealed class RowKernelOfColumns(DataType type, IReadOnlyList<IBatchExpression> fields) : IBatchExpression
{
    public DataType Type { get; } = type;

    public Column Evaluate(in EvaluationInput input)
    {
        var children = new Column[fields.Count];
        for (var i = 0; i < children.Length; i++)
        {
            children[i] = fields[i].Evaluate(input);
        }

        return children.All(c => c is ConstantColumn or NullColumn) && input.ColumnLength > 0
            ? new ConstantColumn(new RowColumn(Type, 1, children.Select(c => c is ConstantColumn constant ? constant.Value : c.Slice(0, 1)).ToArray()), input.ColumnLength)
            : new RowColumn(Type, input.ColumnLength, children);
    }
}

/// <summary>Weaves columns into arrays of one element from each.</summary>
internal sealed class ArrayKernel(DataType.Array type, IReadOnlyList<IBatchExpression> elements) : IBatchExpression
{
    public DataType Type { get; } = type;

    public Column Evaluate(in EvaluationInput input)
    {
        var columns = Interleave.Evaluate(elements, input);
        var length = columns.All(c => c is ConstantColumn) && input.ColumnLength > 0 ? 1 : input.ColumnLength;
        var array = new ListColumn(Type, Interleave.Offsets(length, columns.Length), Interleave.Columns(type.Element, columns, length));
        return length == input.ColumnLength ? array : new ConstantColumn(array, input.ColumnLength);
    }
}

/// <summary>Weaves columns into maps; of equal keys the last entry stays.</summary>
internal sealed class MapKernel(DataType.Map type, IReadOnlyList<IBatchExpression> entries) : IBatchExpression
{
    public DataType Type { get; } = type;

    public Column Evaluate(in EvaluationInput input)
    {
        var columns = Interleave.Evaluate(entries, input);
        var length = columns.All(c => c is ConstantColumn) && input.ColumnLength > 0 ? 1 : input.ColumnLength;
        var keys = Interleave.Columns(type.Key, columns.Where((_, i) => i % 2 == 0).ToArray(), length);
        var values = Interleave.Columns(type.Value, columns.Where((_, i) => i % 2 == 1).ToArray(), length);
        var map = MapEntries.KeepLast(Type, Interleave.Offsets(length, columns.Length / 2), keys, values, Bitmap.AllSet);
        return length == input.ColumnLength ? map : new ConstantColumn(map, input.ColumnLength);
    }
}

/// <summary>Entries of maps under construction.</summary>
internal static class MapEntries
{
    /// <summary>A map column without repeated keys: the first place, the last value, as java.util.HashMap's put.</summary>
    public static MapColumn KeepLast(DataType type, int[] offsets, Column keys, Column values, Bitmap validity)
    {
        var (keyRows, valueRows) = (new List<int>(), new List<int>());
        var newOffsets = new int[offsets.Length];
        for (var row = 0; row + 1 < offsets.Length; row++)
        {
            var start = keyRows.Count;
            for (var i = offsets[row]; i < offsets[row + 1]; i++)
            {
                var at = start;
                while (at < keyRows.Count && !ValueEquality.AreSame(keys, keyRows[at], keys, i))
                {
                    at++;
                }

                if (at == keyRows.Count)
                {
                    keyRows.Add(i);
                    valueRows.Add(i);
                }
                else
                {
                    valueRows[at] = i;
                }
            }

            newOffsets[row + 1] = keyRows.Count;
        }

        return keyRows.Count == offsets[^1]
            ? new MapColumn(type, offsets, keys, values, validity)
            : new MapColumn(type, newOffsets, keys.Gather(keyRows.ToArray()), values.Gather(valueRows.ToArray()), validity);
    }
}

/// <summary>Row by row, one value of each column.</summary>
internal static class Interleave
{
    public static Column[] Evaluate(IReadOnlyList<IBatchExpression> expressions, in EvaluationInput input)
    {
        var columns = new Column[expressions.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = expressions[i].Evaluate(input);
        }

        return columns;
    }

    public static int[] Offsets(int length, int width)
    {
        var offsets = new int[length + 1];
        for (var i = 0; i <= length; i++)
        {
            offsets[i] = i * width;
        }

        return offsets;
    }

    public static Column Columns(DataType type, Column[] columns, int length)
    {
        var places = new int[length * columns.Length];
        for (var row = 0; row < length; row++)
        {
            for (var c = 0; c < columns.Length; c++)
            {
                places[(row * columns.Length) + c] = (c * length) + row;
            }
        }

        var dense = columns.Select(c => c.Length == length ? c.ToDense() : c.Slice(0, length).ToDense()).ToArray();
        return ColumnGather.Concat(dense).Gather(places).WithType(type);
    }
}

/// <summary>Looks an element of an array or a value of a map up; NULL where there is none.</summary>
internal sealed class ElementAtKernel(DataType type, IBatchExpression collection, IBatchExpression key) : IBatchExpression
{
    public DataType Type { get; } = type;

    public Column Evaluate(in EvaluationInput input)
    {
        var column = collection.Evaluate(input);
        var keys = key.Evaluate(input);
        if (column is ConstantColumn constant && keys is ConstantColumn constantKey)
        {
            return new ConstantColumn(Look(constant.Value, constantKey, new RowCursor(1, null), 1), input.ColumnLength);
        }

        return Look(column, keys, new RowCursor(input.ColumnLength, input.Selection), input.ColumnLength);
    }

    private Column Look(Column column, Column keys, RowCursor rows, int length)
    {
        var places = new int[length];
        places.AsSpan().Fill(-1);
        var (values, mask) = column is ConstantColumn constant ? (constant.Value, 0) : (column, -1);
        var keyNulls = new NullReader(keys);
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if (!values.IsNull(row & mask) && !keyNulls[row])
            {
                places[row] = values is ListColumn list ? Find(list, row & mask, keys, row) : ValueEquality.FindKey((MapColumn)values, row & mask, keys, row);
            }
        }

        var children = values is ListColumn elements ? elements.Elements : ((MapColumn)values).Values;
        return children.Gather(places).ToDense().WithType(Type);
    }

    private static int Find(ListColumn list, int row, Column indices, int indexRow)
    {
        var index = new FixedReader<int>(indices)[indexRow];
        var place = list.Offsets[row] + (long)index - 1;
        return index >= 1 && place < list.Offsets[row + 1] ? (int)place : -1;
    }
}

/// <summary>A field of a row; NULL where the row is.</summary>
internal sealed class FieldAtKernel(DataType type, IBatchExpression row, int index) : IBatchExpression
{
    public DataType Type { get; } = type;

    public Column Evaluate(in EvaluationInput input)
    {
        var column = row.Evaluate(input);
        return column is ConstantColumn constant
            ? new ConstantColumn(Take((RowColumn)constant.Value).ToDense(), input.ColumnLength)
            : Take((RowColumn)column);
    }

    private Column Take(RowColumn column)
    {
        var child = column.Children[index];
        if (!column.HasNulls)
        {
            return child.WithType(Type);
        }

        var places = new int[column.Length];
        for (var i = 0; i < places.Length; i++)
        {
            places[i] = column.IsNull(i) ? -1 : i;
        }

        return child.Gather(places).ToDense().WithType(Type);
    }
}
