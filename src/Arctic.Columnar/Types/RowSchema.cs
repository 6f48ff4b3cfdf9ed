namespace Arctic.Columnar.Types;

/// <summary>The ordered, named and typed columns of a batch or relation; compares by value.</summary>
public sealed record RowSchema(EquatableList<Field> Fields)
{
    /// <summary>The schema without columns.</summary>
    public static readonly RowSchema Empty = new(EquatableList<Field>.Empty);

    /// <summary>Makes a schema of the given fields.</summary>
    public RowSchema(params IEnumerable<Field> fields)
        : this(new EquatableList<Field>(fields))
    {
    }

    /// <summary>The number of columns.</summary>
    public int Count => Fields.Count;

    /// <summary>The field at a 0-based index.</summary>
    public Field this[int index] => Fields[index];

    /// <summary>The 0-based index of the first column of that name, compared case-sensitively; -1 when there is none.</summary>
    public int FindIndex(string name)
    {
        for (var i = 0; i < Fields.Count; i++)
        {
            if (Fields[i].Name == name)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The schema of the columns at the given indices, in that order.</summary>
    public RowSchema Project(IEnumerable<int> indices) => new(indices.Select(i => Fields[i]));

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", Fields.Select(f => $"{f.Name}: {f.Type}"))}]";
}
