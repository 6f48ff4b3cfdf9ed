using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec;

/// <summary>Changes of one place in the tree of a schema's fields; everything else stays the same object.</summary>
internal static class SchemaTree
{
    /// <summary>The id that stands for the schema itself as the owner of the top-level columns.</summary>
    public const int Root = 0;

    /// <summary>Replaces a field, or an element, key or value, at any depth.</summary>
    /// <param name="edit">Gets the field; elements, keys and values as fields of those names, whose names and comments are left aside in the result.</param>
    public static EquatableList<NestedField> Edit(EquatableList<NestedField> fields, int id, Func<NestedField, NestedField> edit) =>
        fields.Select(f => Edit(f, id, edit)).ToEquatableList();

    /// <summary>Replaces the members of the struct that is the type of field <paramref name="owner"/>, or the top-level columns for <see cref="Root"/>.</summary>
    public static EquatableList<NestedField> EditMembers(
        EquatableList<NestedField> fields, int owner, Func<EquatableList<NestedField>, EquatableList<NestedField>> edit) => owner == Root
        ? edit(fields)
        : Edit(fields, owner, f => f with { Type = new IcebergType.Struct(edit(((IcebergType.Struct)f.Type).Fields)) });

    /// <summary>The parts of a type: members, element, or key and value.</summary>
    public static IReadOnlyList<NestedField> ChildrenOf(IcebergType type) => type switch
    {
        IcebergType.Struct s => s.Fields,
        IcebergType.List l => [ElementOf(l)],
        IcebergType.Map m => [KeyOf(m), ValueOf(m)],
        _ => [],
    };

    /// <summary>Gives the parts of a type new ids: all of one level before those below it, as the original does.</summary>
    public static IcebergType WithFreshIds(IcebergType type, Func<int> nextId)
    {
        switch (type)
        {
            case IcebergType.Struct s:
                var ids = s.Fields.Select(_ => nextId()).ToArray();
                return new IcebergType.Struct(s.Fields.Select((f, i) => f with { Id = ids[i], Type = WithFreshIds(f.Type, nextId) }).ToEquatableList());
            case IcebergType.List l:
                return new IcebergType.List(nextId(), WithFreshIds(l.Element, nextId), l.IsElementRequired);
            case IcebergType.Map m:
                var (keyId, valueId) = (nextId(), nextId());
                return new IcebergType.Map(keyId, WithFreshIds(m.Key, nextId), valueId, WithFreshIds(m.Value, nextId), m.IsValueRequired);
            default:
                return type;
        }
    }

    private static NestedField Edit(NestedField field, int id, Func<NestedField, NestedField> edit)
    {
        if (field.Id == id)
        {
            return edit(field);
        }

        var type = Edit(field.Type, id, edit);
        return ReferenceEquals(type, field.Type) ? field : field with { Type = type };
    }

    private static IcebergType Edit(IcebergType type, int id, Func<NestedField, NestedField> edit)
    {
        var children = ChildrenOf(type);
        var edited = children.Select(c => Edit(c, id, edit)).ToArray();
        if (edited.SequenceEqual(children, ReferenceEqualityComparer.Instance))
        {
            return type;
        }

        return type switch
        {
            IcebergType.Struct => new IcebergType.Struct(edited.ToEquatableList()),
            IcebergType.List => new IcebergType.List(edited[0].Id, edited[0].Type, edited[0].IsRequired),
            IcebergType.Map => new IcebergType.Map(edited[0].Id, edited[0].Type, edited[1].Id, edited[1].Type, edited[1].IsRequired),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static NestedField ElementOf(IcebergType.List list) => new(list.ElementId, "element", list.Element, list.IsElementRequired);

    private static NestedField KeyOf(IcebergType.Map map) => new(map.KeyId, "key", map.Key, true);

    private static NestedField ValueOf(IcebergType.Map map) => new(map.ValueId, "value", map.Value, map.IsValueRequired);
}
