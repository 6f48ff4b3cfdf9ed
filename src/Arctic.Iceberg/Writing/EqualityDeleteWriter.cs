using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Writing;

/// <summary>
/// Makes writers of equality deletes: each row deletes the rows with the same values, NULL being equal to NULL, that were written before the commit: those of one
/// partition, or, under a spec without partitions, of the whole table.
/// </summary>
internal static class EqualityDeleteWriter
{
    /// <summary>Makes a writer; its batches have the columns of <see cref="DataFileRequest.Schema"/> that <see cref="RequestFor"/> chose.</summary>
    public static DataFileWriter Create(IObjectStore store, TableMetadata metadata, IReadOnlyList<int> equalityIds, PartitionSpec spec, PartitionTuple partition, Func<string> nextLocation) =>
        new(store, RequestFor(metadata, equalityIds, spec, partition, nextLocation));

    /// <summary>The ids of key columns.</summary>
    /// <param name="keys">Names; null for the table's identifier fields.</param>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>; <c>INVALID_STATEMENT</c>: no names, and the table has no identifier fields.</exception>
    public static IReadOnlyList<int> KeysOf(TableMetadata metadata, IReadOnlyList<string>? keys)
    {
        var schema = metadata.CurrentSchema;
        if ((keys?.Count ?? schema.IdentifierFieldIds.Count) == 0)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot find rows of the table at '{metadata.Location}' by key: no key columns are given, and the table has no identifier fields.")
            {
                Hint = "Name the key columns, or set the identifier fields of the table (UpdateSchema().SetIdentifierFields).",
            };
        }

        return keys is null ? schema.IdentifierFieldIds : keys.Select(k => schema.FindField(k)?.Id ?? throw new ArcticException(
            ErrorCodes.UnknownName, $"Cannot find rows of the table at '{metadata.Location}' by key: it has no column '{k}'.")
        {
            Hint = NameSuggestion.For(k, schema.FieldIds.Select(id => schema.FindFullName(id)!)), // ids of this schema have names
        }).Distinct().ToArray();
    }

    /// <summary>What such files are.</summary>
    /// <param name="equalityIds">Primitive columns, perhaps of structs, but no reals: -0.0 and NaN have no one equality.</param>
    /// <param name="spec">Of the table; one without partitions makes the deletes global.</param>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>: rows cannot be compared by these columns; <c>FORMAT_UNSUPPORTED</c>: the table is of format version 1.</exception>
    public static DataFileRequest RequestFor(TableMetadata metadata, IReadOnlyList<int> equalityIds, PartitionSpec spec, PartitionTuple partition, Func<string> nextLocation)
    {
        if (metadata.FormatVersion == 1)
        {
            throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot delete rows of the table at '{metadata.Location}' by value: format version 1 has no delete files. Upgrade it to 2.");
        }

        ArgumentOutOfRangeException.ThrowIfZero(equalityIds.Count);
        foreach (var id in equalityIds)
        {
            CheckComparable(metadata, id);
        }

        var wanted = equalityIds.ToHashSet();
        var fields = Choose(metadata.CurrentSchema.Fields, wanted).ToEquatableList();
        if (wanted.Count > 0)
        {
            throw Invalid(metadata, $"the column with the id {wanted.First()} lies within a list or map");
        }

        return DataFileRequest.For(metadata) with
        {
            Schema = new Schema(metadata.CurrentSchemaId, fields),
            Spec = spec,
            Partition = partition,
            NextLocation = nextLocation,
            Content = FileContent.EqualityDeletes,
            EqualityIds = equalityIds,
        };
    }

    // The wanted fields with the structs around them; what is found is taken out of the set.
    private static IEnumerable<NestedField> Choose(IEnumerable<NestedField> fields, HashSet<int> wanted)
    {
        foreach (var field in fields)
        {
            if (wanted.Remove(field.Id))
            {
                yield return field;
            }
            else if (field.Type is IcebergType.Struct s && Choose(s.Fields, wanted).ToEquatableList() is { Count: > 0 } members)
            {
                yield return field with { Type = new IcebergType.Struct(members) };
            }
        }
    }

    private static void CheckComparable(TableMetadata metadata, int id)
    {
        var field = metadata.CurrentSchema.FindField(id) ?? throw Invalid(metadata, $"it has no column with the id {id}");
        if (field.Type is IcebergType.Float or IcebergType.Double or IcebergType.Struct or IcebergType.List or IcebergType.Map
            or IcebergType.Unknown or IcebergType.Variant or IcebergType.Geometry or IcebergType.Geography)
        {
            throw Invalid(metadata, $"values of the column '{field.Name}' ({field.Type}) cannot be told equal");
        }
    }

    private static ArcticException Invalid(TableMetadata metadata, string what) =>
        new(ErrorCodes.InvalidStatement, $"Cannot delete rows of the table at '{metadata.Location}' by value: {what}.");
}
