using System.Text.Json;
using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec.Json;

/// <summary>Sort orders from and to JSON.</summary>
internal static class SortOrderJson
{
    public static SortOrder Read(MetadataJson json) => new(json.RequiredInt("order-id"), json.RequiredObjects("fields").Select(ReadField).ToEquatableList());

    public static void Write(Utf8JsonWriter writer, SortOrder order)
    {
        writer.WriteStartObject();
        writer.WriteNumber("order-id", order.OrderId);
        writer.WriteStartArray("fields");
        foreach (var field in order.Fields)
        {
            writer.WriteStartObject();
            writer.WriteString("transform", field.Transform.Text);
            PartitionSpecJson.WriteSources(writer, field.SourceIds);
            writer.WriteString("direction", field.Direction == SortDirection.Ascending ? "asc" : "desc");
            writer.WriteString("null-order", field.NullOrder == NullOrder.NullsFirst ? "nulls-first" : "nulls-last");
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static SortField ReadField(MetadataJson json) => new(
        PartitionSpecJson.ReadSources(json),
        Transform.Parse(json.RequiredText("transform")),
        json.RequiredText("direction").ToLowerInvariant() switch
        {
            "asc" => SortDirection.Ascending,
            "desc" => SortDirection.Descending,
            var other => throw json.Corrupt($"'{other}' is not a sort direction"),
        },
        json.RequiredText("null-order").ToLowerInvariant() switch
        {
            "nulls-first" => NullOrder.NullsFirst,
            "nulls-last" => NullOrder.NullsLast,
            var other => throw json.Corrupt($"'{other}' is not an order of nulls"),
        });
}
