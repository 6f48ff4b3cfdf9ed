using Arctic.Columnar.Types;
using Arctic.Storage.Formats;

namespace Arctic.Storage.Parquet;

/// <summary>Chooses the leaves of a file that hold the wanted fields.</summary>
internal static class ParquetProjection
{
    /// <summary>The leaves below every field whose id is wanted.</summary>
    /// <param name="fields">The columns of the file.</param>
    /// <param name="ids">Ids of columns and of members of rows. A row of which no member is wanted is read by one leaf, which tells its NULLs; a map is read whole.</param>
    public static IReadOnlyList<int> LeavesOf(IReadOnlyList<FileField> fields, IReadOnlySet<int> ids)
    {
        var leaves = new List<int>();
        foreach (var field in fields)
        {
            if (field.FieldId is { } id && ids.Contains(id))
            {
                Add(field, ids, leaves);
            }
        }

        return leaves;
    }

    /// <summary>All leaves of the columns of the given names.</summary>
    public static IReadOnlyList<int> LeavesOf(IReadOnlyList<FileField> fields, IReadOnlyCollection<string> names) =>
        fields.Where(f => names.Contains(f.Name)).SelectMany(f => Enumerable.Range(f.FirstLeaf, f.LeafCount)).ToArray();

    private static void Add(FileField field, IReadOnlySet<int> ids, List<int> leaves)
    {
        switch (field.Type)
        {
            case DataType.Row when field.Children.Count > 0:
                var before = leaves.Count;
                foreach (var child in field.Children)
                {
                    if (child.FieldId is { } id && ids.Contains(id))
                    {
                        Add(child, ids, leaves);
                    }
                }

                if (leaves.Count == before)
                {
                    leaves.Add(field.FirstLeaf);
                }

                break;
            case DataType.Array:
                Add(field.Children[0], ids, leaves);
                break;
            default:
                leaves.AddRange(Enumerable.Range(field.FirstLeaf, field.LeafCount));
                break;
        }
    }
}
