using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Storage.Formats;

namespace Arctic.Storage.Parquet;

/// <summary>Refuses NULL where a field of a file allows none, at any depth. What stands below a NULL row, list or map is undefined and does not count.</summary>
internal static class RequiredFields
{
    /// <summary>Checks a column.</summary>
    /// <exception cref="ArcticException"><c>EVALUATION_FAILED</c>: a required field holds NULL.</exception>
    public static void Check(FileField field, Column column) => Check(field, column, field.Name, null);

    // isAbsent tells of each entry whether it lies below a NULL; null when none does.
    private static void Check(FileField field, Column column, string name, bool[]? isAbsent)
    {
        if (!field.Type.IsNullable && column.HasNulls && HasPresentNull(column, isAbsent))
        {
            throw new ArcticException(ErrorCodes.EvaluationFailed, $"Cannot write NULL to the required column '{name}'.");
        }

        if (!field.Children.Any(MayRefuse))
        {
            return;
        }

        switch (column.ToDense())
        {
            case RowColumn row:
                var below = AbsentBelow(row, isAbsent);
                for (var i = 0; i < row.Children.Count; i++)
                {
                    Check(field.Children[i], row.Children[i], $"{name}.{field.Children[i].Name}", below);
                }

                break;
            case ListColumn list:
                Check(field.Children[0], list.Elements, $"{name}.element", AbsentEntries(list, list.Offsets, list.Elements.Length, isAbsent));
                break;
            case MapColumn map:
                var entries = AbsentEntries(map, map.Offsets, map.Keys.Length, isAbsent);
                Check(field.Children[0], map.Keys, $"{name}.key", entries);
                Check(field.Children[1], map.Values, $"{name}.value", entries);
                break;
        }
    }

    private static bool MayRefuse(FileField field) => !field.Type.IsNullable || field.Children.Any(MayRefuse);

    private static bool HasPresentNull(Column column, bool[]? isAbsent)
    {
        for (var i = 0; i < column.Length; i++)
        {
            if (column.IsNull(i) && (isAbsent is null || !isAbsent[i]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool[]? AbsentBelow(Column column, bool[]? isAbsent)
    {
        if (!column.HasNulls)
        {
            return isAbsent;
        }

        var below = new bool[column.Length];
        for (var i = 0; i < below.Length; i++)
        {
            below[i] = column.IsNull(i) || (isAbsent?[i] ?? false);
        }

        return below;
    }

    private static bool[]? AbsentEntries(Column column, ReadOnlySpan<int> offsets, int length, bool[]? isAbsent)
    {
        var below = AbsentBelow(column, isAbsent);
        if (below is null && offsets[0] == 0 && offsets[column.Length] == length)
        {
            return null;
        }

        // Entries outside of every present list belong to nobody.
        var absent = new bool[length];
        Array.Fill(absent, true);
        for (var i = 0; i < column.Length; i++)
        {
            if (below is null || !below[i])
            {
                absent.AsSpan(offsets[i]..offsets[i + 1]).Clear();
            }
        }

        return absent;
    }
}
