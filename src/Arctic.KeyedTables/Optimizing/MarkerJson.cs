using System.Buffers;
using System.Text.Json;
using Arctic.Columnar.Errors;

namespace Arctic.KeyedTables.Optimizing;

/// <summary>The text of a marker: <c>{"&lt;partition path&gt;":number}</c>, which the blobs of a statistics file hold (spec/arctic.md, A.7.2).</summary>
internal static class MarkerJson
{
    /// <summary>Writes a map of partition paths as UTF-8, in the order of the paths.</summary>
    public static byte[] Write(IReadOnlyDictionary<string, long> values)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            foreach (var (partition, value) in values.OrderBy(v => v.Key, StringComparer.Ordinal))
            {
                json.WriteNumber(partition, value);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a map of partition paths.</summary>
    /// <param name="source">Where it stands, for messages.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.TableCorrupt"/>.</exception>
    public static Dictionary<string, long> Read(ReadOnlyMemory<byte> utf8, string source)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8);
            return document.RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetInt64());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, $"Cannot read the marker in {source}: it is not a JSON object of whole numbers ({e.Message}).", e);
        }
    }

    /// <summary>Reads the marker of releases before 0.7: the property <c>table.partition-properties</c>, whose inner keys are <c>max-txId</c> or the older name of it.</summary>
    public static Dictionary<string, long> ReadPartitionProperties(string text)
    {
        var result = new Dictionary<string, long>();
        try
        {
            using var document = JsonDocument.Parse(text);
            foreach (var partition in document.RootElement.EnumerateObject())
            {
                foreach (var key in (ReadOnlySpan<string>)["max-txId", "base.table.max-transaction-id"])
                {
                    if (partition.Value.TryGetProperty(key, out var value))
                    {
                        result.Add(partition.Name, long.Parse(value.ToString(), System.Globalization.CultureInfo.InvariantCulture));
                        break;
                    }
                }
            }

            return result;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, $"Cannot read the table property '{MixedFormatProperties.PartitionProperties}': {e.Message}", e);
        }
    }
}
