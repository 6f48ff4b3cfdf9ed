using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>Changes the fields of row types. An array stands for its elements and a map for its values, when these are rows.</summary>
internal static class NestedColumns
{
    /// <summary>A type in which the fields of one row are changed.</summary>
    /// <param name="path">The names that lead to the row.</param>
    /// <param name="depth">How many of them have been followed.</param>
    public static DataType Edit(DataType type, IReadOnlyList<Identifier> path, int depth, Func<EquatableList<Field>, EquatableList<Field>> edit) => type switch
    {
        DataType.Array array => array with { Element = Edit(array.Element, path, depth, edit) },
        DataType.Map map => map with { Value = Edit(map.Value, path, depth, edit) },
        DataType.Row row when depth == path.Count => row with { Fields = edit(row.Fields) },
        DataType.Row row => row with { Fields = Replace(row.Fields, path[depth], f => f with { Type = Edit(f.Type, path, depth + 1, edit) }) },
        _ => throw BindingErrors.Invalid(path[depth - 1], $"The column `{string.Join('.', path.Take(depth))}` is of type {type.AsNullable()}, which has no fields."),
    };

    /// <summary>The fields with one more at the end.</summary>
    public static EquatableList<Field> Add(EquatableList<Field> fields, Field field, Identifier name)
    {
        RefuseTaken(fields, name);
        return [.. fields, field];
    }

    /// <summary>The fields with one declared anew; its comment stays when the new one has none.</summary>
    public static EquatableList<Field> Modify(EquatableList<Field> fields, Field field, Identifier name, out Field old)
    {
        var found = old = Find(fields, name);
        return Replace(fields, name, _ => field with { Comment = field.Comment ?? found.Comment });
    }

    /// <summary>The fields without one.</summary>
    public static EquatableList<Field> Drop(EquatableList<Field> fields, Identifier name)
    {
        var dropped = Find(fields, name);
        return fields.Count > 1 ? new(fields.Where(f => f != dropped)) : throw BindingErrors.Invalid(name, $"The field `{name}` is the only one of its row.", "Drop the row.");
    }

    /// <summary>The fields with one renamed.</summary>
    public static EquatableList<Field> Rename(EquatableList<Field> fields, Identifier name, Identifier newName)
    {
        RefuseTaken(fields, newName);
        return Replace(fields, name, f => f with { Name = newName.Name });
    }

    /// <summary>The fields with one moved.</summary>
    /// <param name="after">Where to; null for the front.</param>
    public static EquatableList<Field> Move(EquatableList<Field> fields, Identifier name, Identifier? after)
    {
        var moved = Find(fields, name);
        if (after is null)
        {
            return [moved, .. fields.Where(f => f != moved)];
        }

        _ = Find(fields, after);
        return after.Name == name.Name ? fields : new(fields.Where(f => f != moved).SelectMany(f => f.Name == after.Name ? new[] { f, moved } : [f]));
    }

    private static EquatableList<Field> Replace(EquatableList<Field> fields, Identifier name, Func<Field, Field> replace)
    {
        var old = Find(fields, name);
        return new(fields.Select(f => f == old ? replace(f) : f));
    }

    private static Field Find(EquatableList<Field> fields, Identifier name) => fields.FirstOrDefault(f => f.Name == name.Name)
        ?? throw BindingErrors.Unknown(name, $"There is no field `{name}` in the row.", name.Name, fields.Select(f => f.Name));

    private static void RefuseTaken(EquatableList<Field> fields, Identifier name)
    {
        if (fields.Any(f => f.Name == name.Name))
        {
            throw new ArcticException(ErrorCodes.AlreadyExists, $"The row has a field `{name}` already.") { Position = name.Position };
        }
    }
}
