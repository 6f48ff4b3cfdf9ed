using Arctic.Columnar.Errors;

namespace Arctic.Iceberg.Spec;

/// <summary>What the format allows of schemas: types of a version, promotions, defaults, identifier fields.</summary>
internal static class SchemaRules
{
    /// <summary>Why a schema cannot be one of a table of that format version; null when it can.</summary>
    public static string? FindVersionViolation(Schema schema, int formatVersion)
    {
        foreach (var id in schema.FieldIds.Order())
        {
            var field = schema.FindField(id)!;
            if (formatVersion < MinVersionOf(field.Type))
            {
                return $"the column '{schema.FindFullName(id)}' has the type '{field.Type}', which format version {MinVersionOf(field.Type)} introduced";
            }

            if (formatVersion < 3 && field.InitialDefault is not null)
            {
                return $"the column '{schema.FindFullName(id)}' has a default value, which format version 3 introduced";
            }
        }

        return null;
    }

    /// <summary>Whether values of a column may be read under another type (Iceberg spec, "Schema Evolution").</summary>
    public static bool IsPromotion(IcebergType from, IcebergType to, int formatVersion) => (from, to) switch
    {
        (IcebergType.Int, IcebergType.Long) or (IcebergType.Float, IcebergType.Double) => true,
        (IcebergType.Decimal d, IcebergType.Decimal wider) => wider.Scale == d.Scale && wider.Precision > d.Precision,
        (IcebergType.Date, IcebergType.Timestamp or IcebergType.TimestampNs) => formatVersion > 2,
        (IcebergType.Unknown, _) => formatVersion > 2 && to.IsPrimitive,
        _ => false,
    };

    /// <summary>Whether a partition of a column keeps its values when the column is promoted.</summary>
    public static bool KeepsPartitionValues(Transform transform, IcebergType from) =>
        from is not IcebergType.Date || transform is Transform.Year or Transform.Month or Transform.Day or Transform.Void;

    /// <summary>Why a field cannot identify rows; null when it can.</summary>
    public static string? FindIdentifierViolation(Schema schema, int id)
    {
        if (schema.FindField(id) is not { } field)
        {
            return "it does not exist";
        }

        if (!field.Type.IsPrimitive || field.Type is IcebergType.Float or IcebergType.Double or IcebergType.Variant or IcebergType.Unknown or IcebergType.Geometry or IcebergType.Geography)
        {
            return $"its type is '{field.Type}', which has no exact equality";
        }

        if (!field.IsRequired)
        {
            return "it is optional";
        }

        // Reached through required structs only: an optional one would make it null, a list or map would make it many.
        return FindPath(schema.Fields, id) is { } path && path.All(f => f is { IsRequired: true, Type: IcebergType.Struct })
            ? null
            : "it lies in an optional struct, a list or a map";
    }

    /// <summary>Makes a refusal of a new schema an error.</summary>
    public static void CheckVersion(Schema schema, int formatVersion, string doing)
    {
        if (FindVersionViolation(schema, formatVersion) is { } violation)
        {
            throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot {doing}: {violation}, and the table has version {formatVersion}.")
            {
                Hint = "Set the table property 'format-version' to a higher version first.",
            };
        }
    }

    private static int MinVersionOf(IcebergType type) =>
        type is IcebergType.TimestampNs or IcebergType.TimestampTzNs or IcebergType.Variant or IcebergType.Unknown or IcebergType.Geometry or IcebergType.Geography ? 3 : 1;

    /// <summary>The fields above a field, outermost first; null when it is not there.</summary>
    private static List<NestedField>? FindPath(IEnumerable<NestedField> fields, int id)
    {
        foreach (var field in fields)
        {
            if (field.Id == id)
            {
                return [];
            }

            if (FindPath(SchemaTree.ChildrenOf(field.Type), id) is { } rest)
            {
                rest.Insert(0, field);
                return rest;
            }
        }

        return null;
    }
}
