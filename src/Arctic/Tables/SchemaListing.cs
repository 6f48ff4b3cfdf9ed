using System.Buffers;
using System.Text;
using System.Text.Json;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;

namespace Arctic.Tables;

/// <summary>The columns of a table, nested ones under their dotted names, with what partitions and sorts by them; and the rest of its metadata as lines.</summary>
internal static class SchemaListing
{
    private static readonly RowSchema RowSchema = new(
        new Field("id", DataTypes.Int.AsNotNull()),
        new Field("name", DataTypes.String.AsNotNull()),
        new Field("type", DataTypes.String.AsNotNull()),
        new Field("required", DataTypes.Boolean.AsNotNull()),
        new Field("identifier", DataTypes.Boolean.AsNotNull()),
        new Field("partition", DataTypes.String),
        new Field("sort", DataTypes.String),
        new Field("initial_default", DataTypes.String),
        new Field("write_default", DataTypes.String),
        new Field("comment", DataTypes.String));

    /// <summary>One row a field, in the order of the schema.</summary>
    public static QueryResult Of(TableMetadata metadata)
    {
        var columns = RowSchema.Fields.Select(f => ColumnBuilder.Create(f.Type)).ToArray();
        var count = 0;
        foreach (var field in FieldsOf(metadata.CurrentSchema.Fields))
        {
            count++;
            ((FixedColumnBuilder<int>)columns[0]).Append(field.Id);
            ((BooleanColumnBuilder)columns[3]).Append(field.IsRequired);
            ((BooleanColumnBuilder)columns[4]).Append(metadata.CurrentSchema.IdentifierFieldIds.Contains(field.Id));
            var texts = TextsOf(metadata, field);
            for (var i = 0; i < texts.Length; i++)
            {
                Append((BytesColumnBuilder)columns[i < 2 ? i + 1 : i + 3], texts[i]);
            }
        }

        return new QueryResult(ResultKind.Listing, RowSchema, isChangelog: false, OneBatch(new ChangeBatch(RowSchema, columns.Select(c => c.Build()).ToArray(), count)));
    }

    /// <summary>What belongs to the table and to no column of it: <c>name: value</c> lines.</summary>
    public static IEnumerable<string> FactsOf(TableMetadata metadata)
    {
        yield return $"location: {metadata.Location}";
        yield return $"format version: {metadata.FormatVersion}";
        yield return $"uuid: {metadata.TableUuid?.ToString() ?? "none"}";
        yield return $"schema id: {metadata.CurrentSchemaId} of {metadata.Schemas.Count}";
        foreach (var spec in metadata.PartitionSpecs.OrderBy(s => s.SpecId))
        {
            yield return $"partition spec {spec.SpecId}{(spec.SpecId == metadata.DefaultSpecId ? " (current)" : "")}: "
                + (spec.Fields.Count == 0 ? "unpartitioned" : string.Join(", ", spec.Fields.Select(f => $"{f.Name} = {f.Transform}({NameOf(metadata, f.SourceId)})")));
        }

        yield return $"sort order: {(metadata.DefaultSortOrder.Fields.Count == 0 ? "unsorted" : string.Join(", ", metadata.DefaultSortOrder.Fields.Select(f => $"{f.Transform}({NameOf(metadata, f.SourceId)}) {TextOf(f)}")))}";
        yield return $"current snapshot: {metadata.CurrentSnapshotId?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}";
        foreach (var (key, value) in metadata.Properties.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            yield return $"property {key}: {value}";
        }
    }

    // A struct's fields stand behind it; elements, keys and values of collections too.
    private static IEnumerable<NestedField> FieldsOf(IEnumerable<NestedField> fields) => fields.SelectMany(f => FieldsOf(ChildrenOf(f.Type)).Prepend(f));

    private static IEnumerable<NestedField> ChildrenOf(IcebergType type) => type switch
    {
        IcebergType.Struct s => s.Fields,
        IcebergType.List l => [new NestedField(l.ElementId, "element", l.Element, l.IsElementRequired)],
        IcebergType.Map m => [new NestedField(m.KeyId, "key", m.Key, true), new NestedField(m.ValueId, "value", m.Value, m.IsValueRequired)],
        _ => [],
    };

    private static string?[] TextsOf(TableMetadata metadata, NestedField field) =>
    [
        NameOf(metadata, field.Id),
        ShortNameOf(field.Type),
        JoinedOrNull(metadata.DefaultSpec.Fields.Where(f => f.SourceId == field.Id).Select(f => f.Transform.Text)),
        JoinedOrNull(metadata.DefaultSortOrder.Fields.Where(f => f.SourceId == field.Id).Select(f => $"{f.Transform} {TextOf(f)}")),
        DefaultOf(field.InitialDefault, field.Type),
        DefaultOf(field.WriteDefault, field.Type),
        field.Doc,
    ];

    private static string NameOf(TableMetadata metadata, int fieldId) => metadata.CurrentSchema.FindFullName(fieldId) ?? $"dropped column {fieldId}";

    // What is inside has rows of its own.
    private static string ShortNameOf(IcebergType type) => type switch
    {
        IcebergType.Struct => "struct",
        IcebergType.List => "list",
        IcebergType.Map => "map",
        _ => type.Name,
    };

    private static string TextOf(SortField field) =>
        (field.Direction == SortDirection.Ascending ? "asc" : "desc") + (field.NullOrder == NullOrder.NullsFirst ? " nulls first" : " nulls last");

    private static string? JoinedOrNull(IEnumerable<string> texts) => string.Join(", ", texts) is { Length: > 0 } joined ? joined : null;

    private static string? DefaultOf(object? value, IcebergType type)
    {
        if (value is null)
        {
            return null;
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            DefaultJson.Write(writer, value, type);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Append(BytesColumnBuilder column, string? text)
    {
        if (text is null)
        {
            column.AppendNull();
        }
        else
        {
            column.Append(text.AsSpan());
        }
    }

    private static async IAsyncEnumerable<ChangeBatch> OneBatch(ChangeBatch batch)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield return batch;
    }
}
