using System.Globalization;
using Apache.Arrow.Types;
using Arctic.Columnar.Arrow;
using Arctic.Columnar.Types;
using Arctic.Storage.Formats;
using ArrowField = Apache.Arrow.Field;
using ArrowSchema = Apache.Arrow.Schema;

namespace Arctic.Storage.Parquet;

/// <summary>Parquet fields to and from the Arrow schema that the native library takes and gives (docs/decisions/0004-parquet-types.md).</summary>
internal static class ParquetArrowSchema
{
    private const string FieldIdKey = "PARQUET:field_id";

    /// <summary>The Arrow schema that makes the native writer produce these fields, ids and annotations.</summary>
    public static ArrowSchema ToArrow(IReadOnlyList<FileField> fields) => new(fields.Select(ToArrow), null);

    /// <summary>The fields of an Arrow schema that the native reader gave, with their leaf indices.</summary>
    public static IReadOnlyList<FileField> FromArrow(ArrowSchema schema)
    {
        var fields = new FileField[schema.FieldsList.Count];
        var leaf = 0;
        for (var i = 0; i < fields.Length; i++)
        {
            fields[i] = FromArrow(schema.FieldsList[i], ref leaf);
        }

        return fields;
    }

    private static ArrowField ToArrow(FileField field)
    {
        IArrowType type = field.Type switch
        {
            DataType.Binary t => new FixedSizeBinaryType(t.Length),
            DataType.Row => new StructType(field.Children.Select(ToArrow).ToArray()),
            DataType.Array => new ListType(ToArrow(field.Children[0])),
            DataType.Map or DataType.Multiset => new MapType(ToArrow(field.Children[0]), ToArrow(field.Children[1]), false),
            var t => ArrowTypes.ToArrow(t),
        };
        var metadata = new Dictionary<string, string>();
        if (field.FieldId is { } id)
        {
            metadata[FieldIdKey] = id.ToString(CultureInfo.InvariantCulture);
        }

        if (field.IsUuid)
        {
            // The native writer annotates Arrow's canonical extension type as UUID; the storage stays fixed-size binary.
            metadata["ARROW:extension:name"] = "arrow.uuid";
            metadata["ARROW:extension:metadata"] = "";
        }

        return new ArrowField(field.Name, type, field.Type.IsNullable, metadata);
    }

    private static FileField FromArrow(ArrowField field, ref int leaf)
    {
        var firstLeaf = leaf;
        var type = field.DataType is Apache.Arrow.ExtensionType extension ? extension.StorageType : field.DataType;
        IReadOnlyList<ArrowField> members = type switch
        {
            StructType t => t.Fields,
            ListType t => [t.ValueField],
            LargeListType t => [t.ValueField],
            FixedSizeListType t => [t.ValueField],
            MapType t => [t.KeyField, t.ValueField],
            _ => [],
        };
        var children = new FileField[members.Count];
        for (var i = 0; i < children.Length; i++)
        {
            children[i] = FromArrow(members[i], ref leaf);
        }

        if (children.Length == 0)
        {
            leaf++;
        }

        int? id = field.HasMetadata && field.Metadata.TryGetValue(FieldIdKey, out var text) && int.TryParse(text, CultureInfo.InvariantCulture, out var parsed) && parsed >= 0 ? parsed : null;
        return new FileField(field.Name, ArrowTypes.FromArrow(type, field.IsNullable), id) { Children = new EquatableList<FileField>(children), FirstLeaf = firstLeaf };
    }
}
