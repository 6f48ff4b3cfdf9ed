using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec;

/// <summary>One entry of a name mapping: the names that a column has in files which carry no field ids.</summary>
/// <param name="FieldId">Null for a column of files that is not one of the table.</param>
/// <param name="Names">Every name that the column has had.</param>
/// <param name="Fields">The entries of its members, element, key and value.</param>
internal sealed record MappedField(int? FieldId, EquatableList<string> Names, EquatableList<MappedField> Fields);

/// <summary>Name mappings as they follow the schema.</summary>
internal static class MappedFields
{
    /// <summary>The mapping that names every column of a schema as it is called now.</summary>
    public static EquatableList<MappedField> Of(IEnumerable<NestedField> fields) =>
        fields.Select(f => new MappedField(f.Id, [f.Name], Of(SchemaTree.ChildrenOf(f.Type)))).ToEquatableList();

    /// <summary>A mapping after a change of the schema: new columns get entries, renamed ones another name; what was dropped stays, for old files.</summary>
    public static EquatableList<MappedField> Follow(EquatableList<MappedField> mapping, Schema before, Schema after) => Follow(mapping, after.Fields, before);

    private static EquatableList<MappedField> Follow(EquatableList<MappedField> mapping, IReadOnlyList<NestedField> fields, Schema before)
    {
        var result = mapping.ToList();
        foreach (var field in fields)
        {
            var children = SchemaTree.ChildrenOf(field.Type);
            var index = result.FindIndex(m => m.FieldId == field.Id);
            if (index >= 0)
            {
                result[index] = result[index] with { Fields = Follow(result[index].Fields, children, before) };
            }

            if (before.FindField(field.Id) is { } old && old.Name == field.Name)
            {
                continue;
            }

            // A name leads to one column: the one that has it now.
            for (var i = 0; i < result.Count; i++)
            {
                result[i] = i == index ? result[i] : result[i] with { Names = result[i].Names.Where(n => n != field.Name).ToEquatableList() };
            }

            if (index < 0)
            {
                result.Add(new MappedField(field.Id, [field.Name], Of(children)));
            }
            else if (!result[index].Names.Contains(field.Name))
            {
                result[index] = result[index] with { Names = [.. result[index].Names, field.Name] };
            }
        }

        return result.ToEquatableList();
    }
}
