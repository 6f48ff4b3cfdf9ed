using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Arctic.Columnar.Errors;

namespace Arctic.Iceberg.Spec.Json;

/// <summary>JSON made with a writer, and read so that whatever is wrong with it is <c>TABLE_CORRUPT</c>.</summary>
internal static class JsonText
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Names and paths stay readable: '+' and non-ASCII letters are not escaped. Nobody embeds these files in HTML.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Nesting deeper than this is refused: a schema of the deepest types that are read, three levels of JSON each, and what stands around it.</summary>
    public const int DepthMax = 320;

    /// <summary>Reads a document.</summary>
    /// <param name="file">The file that it stands in, for messages.</param>
    /// <param name="read">Takes what it needs; the document is gone afterwards.</param>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>: not JSON, nested too deep, or its content makes no sense.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> content, string file, Func<JsonElement, T> read)
    {
        // Names and values are transcoded where they are used, and would fail there.
        if (!Utf8.IsValid(content.Span))
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, $"Cannot read '{file}': its JSON is not UTF-8.");
        }

        try
        {
            using var document = JsonDocument.Parse(content, new JsonDocumentOptions { MaxDepth = DepthMax });
            return read(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, $"Cannot read '{file}': it is not JSON: {e.Message}", e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException or OverflowException)
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, $"Cannot read '{file}': its content makes no sense: {e.Message}", e);
        }
    }

    /// <summary>Reads a document from a text; as the other overload.</summary>
    public static T Read<T>(string text, string file, Func<JsonElement, T> read)
    {
        try
        {
            return Read(StrictUtf8.GetBytes(text), file, read);
        }
        catch (EncoderFallbackException e)
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, $"Cannot read '{file}': its JSON is not UTF-8.", e);
        }
    }

    /// <summary>The UTF-8 bytes.</summary>
    public static ReadOnlyMemory<byte> BytesOf(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            write(writer);
        }

        return buffer.WrittenMemory;
    }

    /// <summary>The text.</summary>
    public static string Of(Action<Utf8JsonWriter> write) => Encoding.UTF8.GetString(BytesOf(write).Span);
}
