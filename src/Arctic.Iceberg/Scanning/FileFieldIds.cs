using Arctic.Columnar.Types;
using Arctic.Storage.Formats;

namespace Arctic.Iceberg.Scanning;

/// <summary>Gives the columns of files their field ids: their own, else those of the table's name mapping, else by place.</summary>
/// <param name="mapping">The table's; null when it has none.</param>
internal sealed class FileFieldIds(NameMapping? mapping)
{
    /// <summary>The columns of a file with ids. A file in which any field has an id is taken as it is.</summary>
    public IReadOnlyList<FileField> Assign(IReadOnlyList<FileField> fields) =>
        fields.Any(HasId) ? fields : mapping is null ? NameMapping.ApplyPositions(fields) : mapping.Apply(fields);

    /// <summary>The fields of a batch, which are some of the file's, perhaps with some of their members, with the ids that <see cref="Assign"/> gave.</summary>
    public static IReadOnlyList<FileField> Carry(IReadOnlyList<FileField> some, IReadOnlyList<FileField> all)
    {
        if (some.Any(HasId))
        {
            return some;
        }

        var byName = all.ToLookup(f => f.Name, StringComparer.Ordinal);
        return some.Select(f => byName[f.Name].FirstOrDefault() is { } known ? CopyIds(f, known) : f).ToArray();
    }

    private static bool HasId(FileField field) => field.FieldId is not null || field.Children.Any(HasId);

    private static FileField CopyIds(FileField field, FileField known) => field with
    {
        FieldId = known.FieldId,
        Children = field.Type is DataType.Row
            ? new(field.Children.Select(c => known.Children.FirstOrDefault(k => k.Name == c.Name) is { } k ? CopyIds(c, k) : c))
            : new(field.Children.Select((c, i) => CopyIds(c, known.Children[i]))),
    };
}
