using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Mapping;

// The codecs of values do not know of nulls: what is not null is taken out, goes through them, and is spread again.

/// <summary>Value types with null.</summary>
internal sealed class NullableCodec<T>(DataType type, ValueCodec<T> values, MappingPlace place) : ValueCodec<T?>
    where T : struct
{
    public override Column Encode(T?[] items, int count)
    {
        var dense = new T[count];
        var rows = new int[count];
        var used = 0;
        for (var i = 0; i < count; i++)
        {
            rows[i] = items[i].HasValue ? used : -1;
            if (items[i] is { } value)
            {
                dense[used++] = value;
            }
        }

        return NullRows.Spread(values.Encode(dense, used), rows, used, type, place);
    }

    public override void Decode(Column column, T?[] items)
    {
        var rows = NullRows.FindValid(column);
        var dense = new T[rows?.Length ?? column.Length];
        values.Decode(rows is null ? column : column.Gather(rows), dense);
        if (rows is null)
        {
            for (var i = 0; i < dense.Length; i++)
            {
                items[i] = dense[i];
            }

            return;
        }

        items.AsSpan(0, column.Length).Clear();
        for (var i = 0; i < rows.Length; i++)
        {
            items[rows[i]] = dense[i];
        }
    }
}

/// <summary>References with null.</summary>
internal sealed class ReferenceCodec<T>(DataType type, ValueCodec<T> values, MappingPlace place) : ValueCodec<T>
    where T : class
{
    public override Column Encode(T[] items, int count)
    {
        var dense = new T[count];
        var rows = new int[count];
        var used = 0;
        for (var i = 0; i < count; i++)
        {
            // The array is of a type that admits no null only as far as the compiler knows.
            rows[i] = items[i] is null ? -1 : used;
            if (items[i] is { } value)
            {
                dense[used++] = value;
            }
        }

        return NullRows.Spread(values.Encode(dense, used), rows, used, type, place);
    }

    public override void Decode(Column column, T[] items)
    {
        if (NullRows.FindValid(column) is not { } rows)
        {
            values.Decode(column, items);
            return;
        }

        if (!place.MemberType.IsNullable)
        {
            throw place.NullForMember();
        }

        var dense = new T[rows.Length];
        values.Decode(column.Gather(rows), dense);
        items.AsSpan(0, column.Length).Clear();
        for (var i = 0; i < rows.Length; i++)
        {
            items[rows[i]] = dense[i];
        }
    }
}

/// <summary>Value types without null.</summary>
internal sealed class RequiredCodec<T>(ValueCodec<T> values, MappingPlace place) : ValueCodec<T>
    where T : struct
{
    public override Column Encode(T[] items, int count) => values.Encode(items, count);

    public override void Decode(Column column, T[] items) => values.Decode(column.HasNulls ? throw place.NullForMember() : column, items);
}

/// <summary>Taking nulls out of columns and putting them in.</summary>
internal static class NullRows
{
    /// <summary>The rows that are not NULL, ascending; null when that is all.</summary>
    public static int[]? FindValid(Column column)
    {
        if (!column.HasNulls)
        {
            return null;
        }

        var rows = new int[column.Length - column.NullCount];
        var at = 0;
        if (rows.Length == 0)
        {
            return rows;
        }

        var bits = column.Validity.Bytes.Span;
        var offset = column.Validity.Offset;
        for (var i = 0; i < column.Length; i++)
        {
            if (Bitmap.IsSet(bits, offset + i))
            {
                rows[at++] = i;
            }
        }

        return rows;
    }

    /// <summary>A column with the values at their rows and NULL at the others.</summary>
    /// <param name="values">Those that are not NULL.</param>
    /// <param name="rows">Of each row its value's index; -1 for NULL.</param>
    /// <param name="count">How many are not NULL.</param>
    /// <param name="type">The column's type.</param>
    /// <param name="place">For the error.</param>
    public static Column Spread(Column values, ReadOnlySpan<int> rows, int count, DataType type, MappingPlace place)
    {
        if (count == rows.Length)
        {
            return values;
        }

        return type.IsNullable ? values.Gather(rows) : throw place.NullForRequired();
    }
}
