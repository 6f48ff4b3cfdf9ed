using System.Buffers;
using System.Text;
using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Storage.Formats;

namespace Arctic.UnitTests.Storage.Formats;

/// <summary>Short ways from text to rows and back; rows are shown as the lines of <see cref="JsonRowEncoder"/>.</summary>
internal static class FormatTesting
{
    public static readonly RecordOrigin Origin = new("test.txt", 1);

    public static RowSchema Schema(params (string Name, DataType Type)[] fields) => new(fields.Select(f => new Field(f.Name, f.Type)));

    public static RecordDecoder Decoder(string format, RowSchema schema, params (string Key, string Value)[] options) =>
        RecordFormat.Find(format, "table 't'").CreateDecoder(schema, options.ToDictionary(o => o.Key, o => o.Value), "table 't'");

    public static DecodedRecords Decode(this RecordDecoder decoder, string text) => decoder.Decode(Encoding.UTF8.GetBytes(text), Origin);

    /// <summary>The rows as JSON without the braces and names of a single column, else whole objects, with the kind in front when there are kinds.</summary>
    public static List<string> Rows(this DecodedRecords decoded) => decoded.Batch is null ? [] : Rows(decoded.Batch);

    public static List<string> Rows(ChangeBatch batch)
    {
        var encoder = new JsonRowEncoder(batch.Schema, batch.IsInsertOnly ? RowKindOutput.None : RowKindOutput.Op);
        return Encode(encoder, batch).TrimEnd('\n').Split('\n').ToList();
    }

    public static string Encode(RowEncoder encoder, ChangeBatch batch)
    {
        var output = new ArrayBufferWriter<byte>();
        encoder.Encode(batch, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>What one cell of a type reads as, in JSON; null when the line is bad.</summary>
    public static string? Cell(string format, DataType type, string text, params (string Key, string Value)[] options)
    {
        var decoder = Decoder(format, Schema(("c", type), ("end", DataTypes.Int)), [.. options, ($"{format}.ignore-parse-errors", "true")]);
        var line = format switch
        {
            "csv" => $"{text},1\n",
            "changelog-csv" => $"INSERT|{text}|1\n",
            _ => $"{{\"c\":{text},\"end\":1}}\n",
        };
        var rows = decoder.Decode(line).Rows();
        if (rows.Count == 0)
        {
            return null;
        }

        var row = rows.Single();
        var start = row.IndexOf("\"c\":", StringComparison.Ordinal) + 4;
        return row[start..row.LastIndexOf(",\"end\"", StringComparison.Ordinal)];
    }
}
