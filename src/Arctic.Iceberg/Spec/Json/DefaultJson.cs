using System.Globalization;
using System.Text.Json;
using Arctic.Columnar.Errors;

namespace Arctic.Iceberg.Spec.Json;

/// <summary>
/// Default values from and to JSON (Iceberg spec, "JSON single-value serialization"). A struct's <c>{}</c> is <see cref="StructDefault.Instance"/>, a list is
/// <c>object?[]</c>, a map <c>KeyValuePair&lt;object, object?&gt;[]</c>.
/// </summary>
internal static class DefaultJson
{
    /// <summary>Reads a value; JSON null is null.</summary>
    public static object? Read(JsonElement json, IcebergType type, MetadataJson context)
    {
        try
        {
            return json.ValueKind == JsonValueKind.Null ? null : ReadValue(json, type, context);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or OverflowException or KeyNotFoundException)
        {
            throw context.Corrupt($"the default {json.GetRawText()} of '{context.PathOf("name")}' is not a value of type '{type}'", e);
        }
    }

    /// <summary>Writes a value.</summary>
    public static void Write(Utf8JsonWriter writer, object? value, IcebergType type)
    {
        switch (type, value)
        {
            case (_, null):
                writer.WriteNullValue();
                break;
            case (_, bool flag):
                writer.WriteBooleanValue(flag);
                break;
            case (IcebergType.Int, int number):
                writer.WriteNumberValue(number);
                break;
            case (IcebergType.Long, long number):
                writer.WriteNumberValue(number);
                break;
            case (_, float number):
                writer.WriteNumberValue(number);
                break;
            case (_, double number):
                writer.WriteNumberValue(number);
                break;
            case (IcebergType.Struct, StructDefault):
                writer.WriteStartObject();
                writer.WriteEndObject();
                break;
            case (IcebergType.List list, object?[] items):
                writer.WriteStartArray();
                foreach (var item in items)
                {
                    Write(writer, item, list.Element);
                }

                writer.WriteEndArray();
                break;
            case (IcebergType.Map map, KeyValuePair<object, object?>[] pairs):
                WriteMap(writer, map, pairs);
                break;
            default:
                writer.WriteStringValue(SingleValueText.Format(type, value));
                break;
        }
    }

    private static void WriteMap(Utf8JsonWriter writer, IcebergType.Map map, KeyValuePair<object, object?>[] pairs)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("keys");
        foreach (var (key, _) in pairs)
        {
            Write(writer, key, map.Key);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("values");
        foreach (var (_, value) in pairs)
        {
            Write(writer, value, map.Value);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static object ReadValue(JsonElement json, IcebergType type, MetadataJson context)
    {
        switch (type)
        {
            case IcebergType.Boolean:
                return json.GetBoolean();
            case IcebergType.Int:
                return json.GetInt32();
            case IcebergType.Long:
                return json.GetInt64();
            case IcebergType.Float:
                return json.ValueKind == JsonValueKind.String ? float.Parse(json.GetString()!, CultureInfo.InvariantCulture) : json.GetSingle();
            case IcebergType.Double:
                return json.ValueKind == JsonValueKind.String ? double.Parse(json.GetString()!, CultureInfo.InvariantCulture) : json.GetDouble();
            case IcebergType.Struct:
                return json.ValueKind == JsonValueKind.Object && !json.EnumerateObject().Any() ? StructDefault.Instance : throw new FormatException("A struct's default is {} or null.");
            case IcebergType.List list:
                return json.EnumerateArray().Select(item => Read(item, list.Element, context)).ToArray();
            case IcebergType.Map map:
                var keys = json.GetProperty("keys").EnumerateArray().Select(k => ReadValue(k, map.Key, context)).ToList();
                var values = json.GetProperty("values").EnumerateArray().Select(v => Read(v, map.Value, context)).ToList();
                return keys.Count == values.Count
                    ? keys.Zip(values, (k, v) => new KeyValuePair<object, object?>(k, v)).ToArray()
                    : throw new FormatException("Keys and values differ in number.");
            case IcebergType.Unknown or IcebergType.Variant or IcebergType.Geometry or IcebergType.Geography:
                throw new ArcticException(ErrorCodes.TableCorrupt, $"Cannot read '{context.File}': a field of type '{type}' has a default other than null.");
            default:
                return SingleValueText.Parse(type, json.GetString() ?? throw new FormatException("A text is expected."));
        }
    }
}

/// <summary>The default <c>{}</c> of a struct: its fields take their own defaults.</summary>
internal sealed class StructDefault
{
    public static readonly StructDefault Instance = new();

    private StructDefault()
    {
    }
}
