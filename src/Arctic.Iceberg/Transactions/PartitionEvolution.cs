using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>Makes the next partition spec of a table, change by change. Not thread-safe.</summary>
/// <param name="metadata">The table before.</param>
/// <param name="table">The name for messages.</param>
internal sealed class PartitionEvolution(TableMetadata metadata, string table)
{
    private readonly Schema _schema = metadata.CurrentSchema;
    private readonly List<PartitionField> _fields = [.. metadata.DefaultSpec.Fields];
    private readonly HashSet<int> _addedTimeSources = [];
    private int _lastPartitionId = metadata.LastPartitionId;

    /// <summary>Adds a field.</summary>
    public void Add(string column, Transform transform, string? name)
    {
        var source = FindSource(column);
        if (!TransformKernels.Accepts(transform, source.Type) || transform is Transform.Void)
        {
            throw Invalid($"the transform '{transform}' is not defined for the column '{column}' of type '{source.Type}'");
        }

        if (_fields.Find(f => IsOf(f, source.Id, transform)) is { } same)
        {
            throw Invalid($"there is a field '{same.Name}' of the column '{column}' and the transform '{transform}' already");
        }

        if (IsOfTime(transform) && !_addedTimeSources.Add(source.Id))
        {
            throw Invalid($"two fields of the time in '{column}' would be redundant: the finer one tells the coarser one");
        }

        var known = FindKnown(source.Id, transform, name);
        var fieldName = name ?? known?.Name ?? DefaultNameOf(_schema.FindFullName(source.Id)!, transform);
        MakeFree(fieldName, source.Id, transform);
        _fields.Add(new PartitionField(source.Id, known?.FieldId ?? ++_lastPartitionId, fieldName, transform));
    }

    /// <summary>Removes the field of that name.</summary>
    public void Remove(string name) => RemoveAt(IndexOf(name));

    /// <summary>Removes the field of a column and transform.</summary>
    public void Remove(string column, Transform transform)
    {
        var source = FindSource(column);
        var index = _fields.FindIndex(f => IsOf(f, source.Id, transform));
        RemoveAt(index >= 0 ? index : throw Invalid($"there is no field of the column '{column}' and the transform '{transform}'"));
    }

    /// <summary>Renames a field.</summary>
    public void Rename(string name, string newName)
    {
        var index = IndexOf(name);
        if (name != newName)
        {
            MakeFree(newName, _fields[index].SourceId, _fields[index].Transform);
            _fields[index] = _fields[index] with { Name = newName };
        }
    }

    /// <summary>The spec with all changes. Its spec id does not count.</summary>
    public PartitionSpec Build() => new(0, _fields.ToEquatableList());

    private void RemoveAt(int index)
    {
        // v1 finds partition values by their place: a field that was dropped stays there, always null.
        if (metadata.FormatVersion > 1)
        {
            _fields.RemoveAt(index);
        }
        else
        {
            _fields[index] = _fields[index] with { Transform = new Transform.Void() };
        }
    }

    private NestedField FindSource(string column) =>
        _schema.FindField(column) is not { } field
            ? throw new ArcticException(ErrorCodes.UnknownName, $"Cannot change the partitions of '{table}': it has no column '{column}'.")
            {
                Hint = NameSuggestion.For(column, _schema.FieldIds.Select(id => _schema.FindFullName(id)!)),
            }
            : IsInStructsOnly(_schema.Fields, field.Id) ? field
            : throw Invalid($"the column '{column}' lies in a list or map, and a row has many values of it");

    private static bool IsInStructsOnly(IEnumerable<NestedField> fields, int id) =>
        fields.Any(f => f.Id == id || (f.Type is IcebergType.Struct s && IsInStructsOnly(s.Fields, id)));

    private int IndexOf(string name)
    {
        var index = _fields.FindIndex(f => f.Name == name && f.Transform is not Transform.Void);
        return index >= 0 ? index : throw new ArcticException(ErrorCodes.UnknownName, $"Cannot change the partitions of '{table}': it has no partition field '{name}'.")
        {
            Hint = NameSuggestion.For(name, _fields.Select(f => f.Name)),
        };
    }

    // A field that an older spec had keeps its id, so that its values in old and new files are one column.
    private PartitionField? FindKnown(int sourceId, Transform transform, string? name) => metadata.FormatVersion == 1
        ? null
        : metadata.PartitionSpecs.Reverse().SelectMany(s => s.Fields).FirstOrDefault(f => IsOf(f, sourceId, transform) && (name is null || f.Name == name));

    private void MakeFree(string name, int sourceId, Transform transform)
    {
        var taken = _fields.FindIndex(f => f.Name == name);
        if (taken >= 0 && _fields[taken].Transform is not Transform.Void)
        {
            throw Invalid($"there is a partition field '{name}' already");
        }

        if (_schema.FindField(name) is { } column && !(transform is Transform.Identity && column.Id == sourceId))
        {
            throw Invalid($"the partition field '{name}' would have the name of a column", "Give it another name.");
        }

        if (taken >= 0)
        {
            // What v1 keeps of a dropped field makes room.
            _fields[taken] = _fields[taken] with { Name = string.Create(CultureInfo.InvariantCulture, $"{name}_{_fields[taken].FieldId}") };
        }
    }

    private static bool IsOf(PartitionField field, int sourceId, Transform transform) => field.SourceIds.Count == 1 && field.SourceId == sourceId && field.Transform == transform;

    private static bool IsOfTime(Transform transform) => transform is Transform.Year or Transform.Month or Transform.Day or Transform.Hour;

    // The names that the original gives.
    private static string DefaultNameOf(string column, Transform transform) => transform switch
    {
        Transform.Identity => column,
        Transform.Bucket b => string.Create(CultureInfo.InvariantCulture, $"{column}_bucket_{b.Count}"),
        Transform.Truncate t => string.Create(CultureInfo.InvariantCulture, $"{column}_trunc_{t.Width}"),
        _ => $"{column}_{transform.Text}",
    };

    private ArcticException Invalid(string what, string? hint = null) =>
        new(ErrorCodes.InvalidStatement, $"Cannot change the partitions of '{table}': {what}.") { Hint = hint };
}
