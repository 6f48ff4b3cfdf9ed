using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec.Json;

/// <summary>Schemas and types from and to JSON (Iceberg spec, appendix C).</summary>
internal static partial class SchemaJson
{
    private const int DepthMax = 100;

    /// <summary>Reads a schema; one without <c>schema-id</c> (v1) has id 0.</summary>
    public static Schema Read(MetadataJson json)
    {
        var fields = ReadFields(json, 0);
        try
        {
            return new Schema(json.FindInt("schema-id") ?? 0, fields, json.FindInts("identifier-field-ids"));
        }
        catch (ArgumentException e)
        {
            throw json.Corrupt($"a schema contradicts itself: {e.Message}", e);
        }
    }

    /// <summary>Reads a schema from a text of its own, such as a manifest's header.</summary>
    public static Schema Parse(string text, string file) => JsonText.Read(text, file, json => Read(new MetadataJson(json, file, "schema")));

    /// <summary>The JSON text of a schema.</summary>
    public static string ToText(Schema schema) => JsonText.Of(writer => Write(writer, schema));

    /// <summary>Writes a schema.</summary>
    public static void Write(Utf8JsonWriter writer, Schema schema)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "struct");
        writer.WriteNumber("schema-id", schema.SchemaId);
        if (schema.IdentifierFieldIds.Count > 0)
        {
            writer.WriteStartArray("identifier-field-ids");
            foreach (var id in schema.IdentifierFieldIds)
            {
                writer.WriteNumberValue(id);
            }

            writer.WriteEndArray();
        }

        WriteFields(writer, schema.Fields);
        writer.WriteEndObject();
    }

    private static List<NestedField> ReadFields(MetadataJson json, int depth)
    {
        var fields = new List<NestedField>();
        foreach (var field in json.RequiredObjects("fields"))
        {
            var type = ReadType(field, "type", depth + 1);
            fields.Add(new NestedField(field.RequiredInt("id"), field.RequiredText("name"), type, field.RequiredFlag("required"))
            {
                Doc = field.FindText("doc"),
                InitialDefault = ReadDefault(field, "initial-default", type),
                WriteDefault = ReadDefault(field, "write-default", type),
            });
        }

        return fields;
    }

    private static object? ReadDefault(MetadataJson field, string name, IcebergType type) =>
        field.Element.TryGetProperty(name, out var value) ? DefaultJson.Read(value, type, field) : null;

    private static IcebergType ReadType(MetadataJson parent, string member, int depth)
    {
        if (depth > DepthMax)
        {
            throw parent.Corrupt($"types are nested deeper than {DepthMax}");
        }

        if (parent.Element.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String)
        {
            return ParsePrimitive(value.GetString()!, parent);
        }

        var json = parent.RequiredObject(member);
        return json.RequiredText("type") switch
        {
            "struct" => new IcebergType.Struct(ReadFields(json, depth).ToEquatableList()),
            "list" => new IcebergType.List(json.RequiredInt("element-id"), ReadType(json, "element", depth + 1), json.RequiredFlag("element-required")),
            "map" => new IcebergType.Map(
                json.RequiredInt("key-id"), ReadType(json, "key", depth + 1), json.RequiredInt("value-id"), ReadType(json, "value", depth + 1), json.RequiredFlag("value-required")),
            var other => throw json.Corrupt($"'{other}' is not a nested type"),
        };
    }

    private static IcebergType ParsePrimitive(string text, MetadataJson parent) =>
        FindPrimitive(text)
        ?? throw (DecimalPattern().IsMatch(text)
            ? parent.Corrupt($"'{text}' is not a decimal of 1 to 38 digits")
            : new Columnar.Errors.ArcticException(Columnar.Errors.ErrorCodes.FormatUnsupported, $"Cannot read '{parent.File}': the type '{text}' is not known."));

    /// <summary>The primitive type of a text, as the metadata has it; null when there is none.</summary>
    internal static IcebergType? FindPrimitive(string text)
    {
        switch (text)
        {
            case "boolean":
                return IcebergTypes.Boolean;
            case "int":
                return IcebergTypes.Int;
            case "long":
                return IcebergTypes.Long;
            case "float":
                return IcebergTypes.Float;
            case "double":
                return IcebergTypes.Double;
            case "date":
                return IcebergTypes.Date;
            case "time":
                return IcebergTypes.Time;
            case "timestamp":
                return IcebergTypes.Timestamp;
            case "timestamptz":
                return IcebergTypes.TimestampTz;
            case "timestamp_ns":
                return IcebergTypes.TimestampNs;
            case "timestamptz_ns":
                return IcebergTypes.TimestampTzNs;
            case "string":
                return IcebergTypes.String;
            case "uuid":
                return IcebergTypes.Uuid;
            case "binary":
                return IcebergTypes.Binary;
            case "unknown":
                return IcebergTypes.Unknown;
            case "variant":
                return IcebergTypes.Variant;
        }

        if (DecimalPattern().Match(text) is { Success: true } dec)
        {
            var (precision, scale) = (Number(dec.Groups[1].ValueSpan), Number(dec.Groups[2].ValueSpan));
            return precision is > 0 and <= 38 && scale <= precision
                ? new IcebergType.Decimal(precision, scale)
                : null;
        }

        if (FixedPattern().Match(text) is { Success: true } fix)
        {
            return new IcebergType.Fixed(Number(fix.Groups[1].ValueSpan));
        }

        if (GeoPattern().Match(text) is { Success: true } geo)
        {
            var parameters = geo.Groups[2].Success ? geo.Groups[2].Value : null;
            return geo.Groups[1].Value == "geometry" ? new IcebergType.Geometry(parameters) : new IcebergType.Geography(parameters);
        }

        return null;
    }

    private static int Number(ReadOnlySpan<char> digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;

    private static void WriteFields(Utf8JsonWriter writer, EquatableList<NestedField> fields)
    {
        writer.WriteStartArray("fields");
        foreach (var field in fields)
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", field.Id);
            writer.WriteString("name", field.Name);
            writer.WriteBoolean("required", field.IsRequired);
            WriteType(writer, "type", field.Type);
            if (field.Doc is { } doc)
            {
                writer.WriteString("doc", doc);
            }

            WriteDefault(writer, "initial-default", field.InitialDefault, field.Type);
            WriteDefault(writer, "write-default", field.WriteDefault, field.Type);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteDefault(Utf8JsonWriter writer, string name, object? value, IcebergType type)
    {
        if (value is not null)
        {
            writer.WritePropertyName(name);
            DefaultJson.Write(writer, value, type);
        }
    }

    private static void WriteType(Utf8JsonWriter writer, string member, IcebergType type)
    {
        switch (type)
        {
            case IcebergType.Struct s:
                writer.WriteStartObject(member);
                writer.WriteString("type", "struct");
                WriteFields(writer, s.Fields);
                writer.WriteEndObject();
                break;
            case IcebergType.List l:
                writer.WriteStartObject(member);
                writer.WriteString("type", "list");
                writer.WriteNumber("element-id", l.ElementId);
                WriteType(writer, "element", l.Element);
                writer.WriteBoolean("element-required", l.IsElementRequired);
                writer.WriteEndObject();
                break;
            case IcebergType.Map m:
                writer.WriteStartObject(member);
                writer.WriteString("type", "map");
                writer.WriteNumber("key-id", m.KeyId);
                WriteType(writer, "key", m.Key);
                writer.WriteNumber("value-id", m.ValueId);
                WriteType(writer, "value", m.Value);
                writer.WriteBoolean("value-required", m.IsValueRequired);
                writer.WriteEndObject();
                break;
            default:
                writer.WriteString(member, type.Name);
                break;
        }
    }

    [GeneratedRegex(@"^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$", RegexOptions.CultureInvariant)]
    private static partial Regex DecimalPattern();

    [GeneratedRegex(@"^fixed\[\s*(\d+)\s*\]$", RegexOptions.CultureInvariant)]
    private static partial Regex FixedPattern();

    [GeneratedRegex(@"^(geometry|geography)(?:\s*\((.*)\))?$", RegexOptions.CultureInvariant)]
    private static partial Regex GeoPattern();
}
