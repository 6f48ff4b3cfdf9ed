using System.Text.Json.Nodes;
using Arctic.Iceberg.Spec;
using Arctic.Storage.Avro;
using Arctic.Storage.ObjectStores;
using DuckDB.NET.Data;

namespace Arctic.InteropTests.Judging;

/// <summary>What every file of a written table must look like (spec/iceberg.md, "Gates"): Parquet columns as DuckDB sees them, Avro headers as they are.</summary>
internal static class FileGates
{
    private const int PathFieldId = 2147483546;
    private const int PositionFieldId = 2147483545;
    private const int RowIdFieldId = 2147483540;
    private const int LastUpdatedFieldId = 2147483539;

    /// <summary>The leaf columns of all Parquet files below a folder, by file, as DuckDB reads them.</summary>
    public static Dictionary<string, List<ParquetColumn>> ReadParquetSchemas(string root)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT file_name, name, field_id, type, type_length, repetition_type, coalesce(logical_type, ''), coalesce(converted_type, '') FROM parquet_schema('{root}/**/*.parquet') WHERE type IS NOT NULL";
        using var reader = command.ExecuteReader();
        var files = new Dictionary<string, List<ParquetColumn>>();
        while (reader.Read())
        {
            var column = new ParquetColumn(
                reader.GetString(1), reader.IsDBNull(2) ? null : (int)reader.GetInt64(2), reader.GetString(3), int.TryParse(reader.GetValue(4).ToString(), out var length) ? length : 0, reader.GetString(5), reader.GetString(6), reader.GetString(7));
            if (!files.TryGetValue(reader.GetString(0), out var columns))
            {
                files.Add(reader.GetString(0), columns = []);
            }

            columns.Add(column);
        }

        return files;
    }

    /// <summary>What is wrong with the columns of a data or delete file.</summary>
    public static IEnumerable<string> ProblemsOf(IReadOnlyList<ParquetColumn> columns, Schema schema)
    {
        if (columns.Any(c => c.FieldId == PathFieldId))
        {
            var expected = new[] { ("file_path", PathFieldId, "BYTE_ARRAY", "REQUIRED"), ("pos", PositionFieldId, "INT64", "REQUIRED") };
            return columns.Select(c => (c.Name, c.FieldId ?? 0, c.Type, c.Repetition)).SequenceEqual(expected) ? [] : [$"is a position delete file with the columns {string.Join(", ", columns)}"];
        }

        // Columns that the mixed format hides stand behind those of the schema.
        return schema.Fields.Select((f, i) => i >= columns.Count ? $"lacks column '{f.Name}'" : ProblemOf(columns[i], f))
            .Concat(columns.Skip(schema.Fields.Count).Select(c => c.FieldId is null ? $"column '{c.Name}' has no field id" : null))
            .OfType<string>();
    }

    /// <summary>What is wrong with the columns of a file of a table whose schema has changed: each must be as one of its schemas has it.</summary>
    public static IEnumerable<string> ProblemsOf(IReadOnlyList<ParquetColumn> columns, IReadOnlyList<Schema> schemas)
    {
        if (columns.Any(c => c.FieldId == PathFieldId))
        {
            return ProblemsOf(columns, schemas[^1]);
        }

        return columns.Where(c => c.FieldId is not (RowIdFieldId or LastUpdatedFieldId)).Select(column =>
        {
            var found = schemas.Select(s => s.FindField(column.FieldId ?? -1)).OfType<NestedField>().Select(f => ProblemOf(column, f)).ToList();
            return found.Count == 0 ? $"column '{column.Name}' has the field id {column.FieldId}, which no schema of the table has" : found.Contains(null) ? null : found[^1];
        }).OfType<string>();
    }

    /// <summary>What is wrong with the header of an Avro file of a table's metadata.</summary>
    public static async Task<List<string>> ProblemsOfAvroAsync(string path, CancellationToken cancellationToken)
    {
        await using var reader = await AvroFileReader.OpenAsync(await new LocalObjectStore().OpenReadAsync(path, cancellationToken), path, cancellationToken);
        var problems = new List<string>();
        CheckIds(JsonNode.Parse(reader.FindMetadata("avro.schema")!)!, "", problems);
        var isList = Path.GetFileName(path).StartsWith("snap-", StringComparison.Ordinal);
        string[] keys = isList ? ["snapshot-id", "parent-snapshot-id", "format-version"] : ["schema", "schema-id", "partition-spec", "partition-spec-id", "format-version"];

        // Format version 1 knows neither sequence numbers nor delete files.
        keys = reader.FindMetadata("format-version") == "1" ? keys : [.. keys, isList ? "sequence-number" : "content"];
        problems.AddRange(keys.Where(k => reader.FindMetadata(k) is null).Select(k => $"its header lacks '{k}'"));
        if (!isList && problems.Count == 0)
        {
            problems.AddRange(JsonNode.Parse(reader.FindMetadata("partition-spec")!) is JsonArray ? [] : ["its 'partition-spec' is no array"]);
            problems.AddRange(JsonNode.Parse(reader.FindMetadata("schema")!)!["fields"] is JsonArray ? [] : ["its 'schema' is not that of the table"]);
            problems.AddRange(reader.FindMetadata("content") is null or "data" or "deletes" ? [] : [$"its 'content' is '{reader.FindMetadata("content")}'"]);
        }

        return problems;
    }

    private static string? ProblemOf(ParquetColumn column, NestedField field)
    {
        var (type, length, logical) = field.Type switch
        {
            IcebergType.Boolean => ("BOOLEAN", 0, ""),
            IcebergType.Int => ("INT32", 0, ""),
            IcebergType.Long => ("INT64", 0, ""),
            IcebergType.Float => ("FLOAT", 0, ""),
            IcebergType.Double => ("DOUBLE", 0, ""),
            IcebergType.Date => ("INT32", 0, "DateType"),
            IcebergType.Time => ("INT64", 0, "TimeType(isAdjustedToUTC=0, unit=TimeUnit(MILLIS=<null>, MICROS=MicroSeconds()"),
            IcebergType.Timestamp => ("INT64", 0, "TimestampType(isAdjustedToUTC=0, unit=TimeUnit(MILLIS=<null>, MICROS=MicroSeconds()"),
            IcebergType.TimestampTz => ("INT64", 0, "TimestampType(isAdjustedToUTC=1, unit=TimeUnit(MILLIS=<null>, MICROS=MicroSeconds()"),
            IcebergType.String => ("BYTE_ARRAY", 0, "StringType"),
            IcebergType.Uuid => ("FIXED_LEN_BYTE_ARRAY", 16, "UUIDType"),
            IcebergType.Binary => ("BYTE_ARRAY", 0, ""),
            IcebergType.Fixed f => ("FIXED_LEN_BYTE_ARRAY", f.Length, ""),
            IcebergType.Decimal { Precision: <= 9 } d => ("INT32", 0, $"DecimalType(scale={d.Scale}, precision={d.Precision})"),
            IcebergType.Decimal { Precision: <= 18 } d => ("INT64", 0, $"DecimalType(scale={d.Scale}, precision={d.Precision})"),
            IcebergType.Decimal d => ("FIXED_LEN_BYTE_ARRAY", MinimalLength(d.Precision), $"DecimalType(scale={d.Scale}, precision={d.Precision})"),
            _ => throw new NotSupportedException($"The gate knows no columns of type {field.Type}."),
        };
        var isRight = column.FieldId == field.Id && column.Type == type && (length == 0 || column.Length == length)
            && (logical.Length == 0 ? column.LogicalType.Length == 0 || column.LogicalType.StartsWith("IntType", StringComparison.Ordinal) : column.LogicalType.StartsWith(logical, StringComparison.Ordinal))
            && column.Repetition == (field.IsRequired ? "REQUIRED" : "OPTIONAL");
        return isRight ? null : $"column '{field.Name}' (id {field.Id}, {field.Type}, {(field.IsRequired ? "required" : "optional")}) is {column}";
    }

    private static int MinimalLength(int precision)
    {
        var bytes = 1;
        while (Math.Pow(2, (8 * bytes) - 1) <= Math.Pow(10, precision))
        {
            bytes++;
        }

        return bytes;
    }

    // Each field of a record has a field-id, each list an element-id, each map both of its ids.
    private static void CheckIds(JsonNode schema, string where, List<string> problems)
    {
        switch (schema)
        {
            case JsonArray union:
                foreach (var branch in union)
                {
                    CheckIds(branch!, where, problems);
                }

                break;
            case JsonObject json when json["fields"] is JsonArray fields:
                foreach (var field in fields)
                {
                    problems.AddRange(field!["field-id"] is null ? [$"field '{where}{field["name"]}' has no field-id"] : []);
                    CheckIds(field["type"]!, $"{where}{field["name"]}.", problems);
                }

                break;
            case JsonObject json when json["items"] is { } items:
                problems.AddRange(json["element-id"] is null && (string?)json["logicalType"] != "map" ? [$"list '{where}' has no element-id"] : []);
                CheckIds(items, where, problems);
                break;
            case JsonObject json when json["type"] is { } inner:
                CheckIds(inner, where, problems);
                break;
        }
    }
}

/// <summary>A leaf column of a Parquet file as DuckDB's <c>parquet_schema</c> lists it.</summary>
internal sealed record ParquetColumn(string Name, int? FieldId, string Type, int Length, string Repetition, string LogicalType, string ConvertedType);
