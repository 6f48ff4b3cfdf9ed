using System.Text.Json;
using Arctic.Columnar.Errors;

namespace Arctic.Storage.Avro;

/// <summary>Avro schemas from and to JSON.</summary>
internal static class AvroSchemaJson
{
    /// <summary>Nested types deeper than this are refused.</summary>
    public const int DepthMax = 64;

    /// <summary>Reads a schema.</summary>
    /// <param name="file">The file that it stands in, for messages.</param>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>: not JSON, not a schema, or nested too deep.</exception>
    public static AvroSchema Parse(ReadOnlyMemory<byte> json, string file)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = DepthMax * 2 });
            return new Parser(file).Read(document.RootElement, null, 0);
        }
        catch (JsonException e)
        {
            throw Corrupt(file, "it is not JSON: " + e.Message, e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException or KeyNotFoundException)
        {
            throw Corrupt(file, "an attribute is missing or of the wrong type", e);
        }
    }

    /// <summary>Writes a schema.</summary>
    /// <param name="written">The names that were written in full so far.</param>
    public static void Write(Utf8JsonWriter writer, AvroSchema schema, HashSet<string> written)
    {
        switch (schema)
        {
            case AvroSchema.Primitive { LogicalType: null } primitive:
                writer.WriteStringValue(NameOf(primitive.Kind));
                break;
            case AvroSchema.Union union:
                writer.WriteStartArray();
                foreach (var branch in union.Branches)
                {
                    Write(writer, branch, written);
                }

                writer.WriteEndArray();
                break;
            case var _ when FindName(schema) is { } name && !written.Add(name):
                writer.WriteStringValue(name);
                break;
            default:
                writer.WriteStartObject();
                WriteMembers(writer, schema, written);
                writer.WriteEndObject();
                break;
        }
    }

    private static void WriteMembers(Utf8JsonWriter writer, AvroSchema schema, HashSet<string> written)
    {
        switch (schema)
        {
            case AvroSchema.Primitive primitive:
                writer.WriteString("type", NameOf(primitive.Kind));
                break;
            case AvroSchema.Fixed f:
                writer.WriteString("type", "fixed");
                writer.WriteString("name", f.Name);
                writer.WriteNumber("size", f.Size);
                break;
            case AvroSchema.Enum e:
                writer.WriteString("type", "enum");
                writer.WriteString("name", e.Name);
                writer.WriteStartArray("symbols");
                foreach (var symbol in e.Symbols)
                {
                    writer.WriteStringValue(symbol);
                }

                writer.WriteEndArray();
                break;
            case AvroSchema.Array array:
                writer.WriteString("type", "array");
                writer.WritePropertyName("items");
                Write(writer, array.Items, written);
                WriteId(writer, "element-id", array.ElementId);
                break;
            case AvroSchema.Map map:
                writer.WriteString("type", "map");
                writer.WritePropertyName("values");
                Write(writer, map.Values, written);
                WriteId(writer, "key-id", map.KeyId);
                WriteId(writer, "value-id", map.ValueId);
                break;
            case AvroSchema.Record record:
                WriteRecord(writer, record, written);
                break;
        }

        WriteLogicalType(writer, schema);
    }

    private static void WriteRecord(Utf8JsonWriter writer, AvroSchema.Record record, HashSet<string> written)
    {
        writer.WriteString("type", "record");
        writer.WriteString("name", record.Name);
        writer.WriteStartArray("fields");
        foreach (var field in record.Fields)
        {
            writer.WriteStartObject();
            writer.WriteString("name", field.Name);
            writer.WritePropertyName("type");
            Write(writer, field.Type, written);
            if (field.Type is AvroSchema.Union { NullIndex: 0 })
            {
                writer.WriteNull("default");
            }

            WriteId(writer, "field-id", field.FieldId);
            if (field.IcebergName is { } original)
            {
                writer.WriteString("iceberg-field-name", original);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteLogicalType(Utf8JsonWriter writer, AvroSchema schema)
    {
        if (schema.LogicalType is not { } logical)
        {
            return;
        }

        writer.WriteString("logicalType", logical);
        if (logical == "decimal")
        {
            writer.WriteNumber("precision", schema.Precision);
            writer.WriteNumber("scale", schema.Scale);
        }

        if (schema.AdjustToUtc is { } adjust)
        {
            writer.WriteBoolean("adjust-to-utc", adjust);
        }
    }

    private static void WriteId(Utf8JsonWriter writer, string name, int? id)
    {
        if (id is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }

    private static string? FindName(AvroSchema schema) => schema switch
    {
        AvroSchema.Record record => record.Name,
        AvroSchema.Fixed f => f.Name,
        AvroSchema.Enum e => e.Name,
        _ => null,
    };

    private static string NameOf(AvroKind kind) => kind switch
    {
        AvroKind.Null => "null",
        AvroKind.Boolean => "boolean",
        AvroKind.Int => "int",
        AvroKind.Long => "long",
        AvroKind.Float => "float",
        AvroKind.Double => "double",
        AvroKind.Bytes => "bytes",
        _ => "string",
    };

    private static AvroKind? FindKind(string name) => name switch
    {
        "null" => AvroKind.Null,
        "boolean" => AvroKind.Boolean,
        "int" => AvroKind.Int,
        "long" => AvroKind.Long,
        "float" => AvroKind.Float,
        "double" => AvroKind.Double,
        "bytes" => AvroKind.Bytes,
        "string" => AvroKind.String,
        _ => null,
    };

    private static ArcticException Corrupt(string file, string what, Exception? cause = null) =>
        new(ErrorCodes.TableCorrupt, $"Cannot read the Avro schema of '{file}': {what}.", cause);

    private sealed class Parser(string file)
    {
        private readonly Dictionary<string, AvroSchema> _named = new(StringComparer.Ordinal);

        public AvroSchema Read(JsonElement json, string? scope, int depth)
        {
            if (depth > DepthMax)
            {
                throw Corrupt(file, $"types are nested deeper than {DepthMax}");
            }

            return json.ValueKind switch
            {
                JsonValueKind.String => Resolve(json.GetString()!, scope),
                JsonValueKind.Array => new AvroSchema.Union(json.EnumerateArray().Select(b => Read(b, scope, depth + 1)).ToList()),
                JsonValueKind.Object => ReadObject(json, scope, depth),
                _ => throw Corrupt(file, $"a type is {json.ValueKind}"),
            };
        }

        private AvroSchema Resolve(string name, string? scope) =>
            FindKind(name) is { } kind ? new AvroSchema.Primitive(kind)
            : _named.TryGetValue(FullName(name, scope), out var found) || _named.TryGetValue(name, out found) ? found
            : throw Corrupt(file, $"the type '{name}' is not defined");

        private AvroSchema ReadObject(JsonElement json, string? scope, int depth)
        {
            var type = json.GetProperty("type");
            if (type.ValueKind != JsonValueKind.String)
            {
                return Read(type, scope, depth + 1);
            }

            switch (type.GetString())
            {
                case "record" or "error":
                    return ReadRecord(json, scope, depth);
                case "array":
                    return new AvroSchema.Array(Read(json.GetProperty("items"), scope, depth + 1)) { ElementId = FindInt(json, "element-id"), LogicalType = FindText(json, "logicalType") };
                case "map":
                    return new AvroSchema.Map(Read(json.GetProperty("values"), scope, depth + 1)) { KeyId = FindInt(json, "key-id"), ValueId = FindInt(json, "value-id") };
                case "fixed":
                    var size = json.GetProperty("size").GetInt32();
                    return Define(json, scope, name => new AvroSchema.Fixed(name, size >= 0 ? size : throw Corrupt(file, "a fixed type has a negative size"))
                    {
                        LogicalType = FindText(json, "logicalType"),
                        Precision = FindInt(json, "precision") ?? 0,
                        Scale = FindInt(json, "scale") ?? 0,
                    });
                case "enum":
                    return Define(json, scope, name => new AvroSchema.Enum(name, json.GetProperty("symbols").EnumerateArray().Select(s => s.GetString()!).ToList()));
                case { } name when FindKind(name) is { } kind:
                    return new AvroSchema.Primitive(kind)
                    {
                        LogicalType = FindText(json, "logicalType"),
                        Precision = FindInt(json, "precision") ?? 0,
                        Scale = FindInt(json, "scale") ?? 0,
                        AdjustToUtc = json.TryGetProperty("adjust-to-utc", out var adjust) ? adjust.GetBoolean() : null,
                    };
                case { } name:
                    return Resolve(name, scope);
                default:
                    throw Corrupt(file, "a type has no name");
            }
        }

        private AvroSchema.Record ReadRecord(JsonElement json, string? scope, int depth)
        {
            var record = Define(json, scope, name => new AvroSchema.Record(name));
            var inner = record.Name.LastIndexOf('.') is var dot and > 0 ? record.Name[..dot] : scope;
            record.Fields = json.GetProperty("fields").EnumerateArray()
                .Select(f => new AvroField(f.GetProperty("name").GetString()!, Read(f.GetProperty("type"), inner, depth + 1), FindInt(f, "field-id"))
                {
                    IcebergName = FindText(f, "iceberg-field-name"),
                })
                .ToList();
            return record;
        }

        private T Define<T>(JsonElement json, string? scope, Func<string, T> make)
            where T : AvroSchema
        {
            var name = FullName(json.GetProperty("name").GetString()!, FindText(json, "namespace") ?? scope);
            var schema = make(name);
            return _named.TryAdd(name, schema) ? schema : throw Corrupt(file, $"the type '{name}' is defined twice");
        }

        private static string FullName(string name, string? scope) => string.IsNullOrEmpty(scope) || name.Contains('.', StringComparison.Ordinal) ? name : scope + "." + name;

        private static int? FindInt(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetInt32() : null;

        private static string? FindText(JsonElement json, string name) =>
            json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }
}
