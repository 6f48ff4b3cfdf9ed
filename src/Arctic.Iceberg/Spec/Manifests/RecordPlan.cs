using Arctic.Columnar.Errors;
using Arctic.Storage.Avro;

namespace Arctic.Iceberg.Spec.Manifests;

/// <summary>The fields of an Avro record in the order of their bytes, each resolved to the id of the field that it is.</summary>
/// <param name="Ids">-1 for a field that nobody asks for.</param>
internal sealed record RecordPlan(int[] Ids, AvroSchema[] Types)
{
    /// <summary>Resolves by <c>field-id</c>, and by name where there is none.</summary>
    public static RecordPlan Of(AvroSchema schema, IReadOnlyDictionary<string, int> names, string file)
    {
        if (schema is not AvroSchema.Record record)
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, $"Cannot read '{file}': a record is expected where its Avro schema has something else.");
        }

        var known = names.Values.ToHashSet();
        var ids = record.Fields.Select(f => f.FieldId is { } id ? known.Contains(id) ? id : -1 : names.GetValueOrDefault(f.Name, -1)).ToArray();
        return new RecordPlan(ids, record.Fields.Select(f => f.Type).ToArray());
    }

    /// <summary>The type of the field of that id; null when the file lacks it.</summary>
    public AvroSchema? FindType(int id) => Array.IndexOf(Ids, id) is var i and >= 0 ? Types[i] : null;
}

/// <summary>Reads typed values of manifests, optional or not.</summary>
internal static class ManifestValues
{
    /// <summary>Resolves a union.</summary>
    /// <returns>False when the value is null; then it has been read.</returns>
    public static bool TryEnter(ref AvroDecoder decoder, ref AvroSchema type)
    {
        if (type is AvroSchema.Union union)
        {
            type = decoder.ReadBranch(union);
        }

        return type is not AvroSchema.Primitive { Kind: AvroKind.Null };
    }

    /// <summary>Reads an int or long.</summary>
    public static long? ReadNumber(ref AvroDecoder decoder, AvroSchema type) =>
        !TryEnter(ref decoder, ref type) ? null
        : type is AvroSchema.Primitive { Kind: AvroKind.Int or AvroKind.Long } ? decoder.ReadLong()
        : throw Unexpected("a whole number");

    /// <summary>Reads an int, or a long that fits.</summary>
    public static int? ReadInt(ref AvroDecoder decoder, AvroSchema type) =>
        ReadNumber(ref decoder, type) is not { } number ? null
        : number is >= int.MinValue and <= int.MaxValue ? (int)number
        : throw new ArcticException(ErrorCodes.TableCorrupt, $"A manifest holds {number} where a 32-bit number belongs.");

    /// <summary>Reads a text.</summary>
    public static string? ReadText(ref AvroDecoder decoder, AvroSchema type) =>
        !TryEnter(ref decoder, ref type) ? null
        : type is AvroSchema.Primitive { Kind: AvroKind.String or AvroKind.Bytes } ? decoder.ReadString()
        : throw Unexpected("a text");

    /// <summary>Reads bytes.</summary>
    public static byte[]? ReadBytes(ref AvroDecoder decoder, AvroSchema type) =>
        !TryEnter(ref decoder, ref type) ? null
        : type switch
        {
            AvroSchema.Primitive { Kind: AvroKind.Bytes or AvroKind.String } => decoder.ReadBytes().ToArray(),
            AvroSchema.Fixed f => decoder.ReadFixed(f.Size).ToArray(),
            _ => throw Unexpected("bytes"),
        };

    /// <summary>Reads a flag.</summary>
    public static bool? ReadFlag(ref AvroDecoder decoder, AvroSchema type) =>
        !TryEnter(ref decoder, ref type) ? null
        : type is AvroSchema.Primitive { Kind: AvroKind.Boolean } ? decoder.ReadBoolean()
        : throw Unexpected("true or false");

    /// <summary>What was found is of another type.</summary>
    public static ArcticException Unexpected(string expected) => new(ErrorCodes.TableCorrupt, $"A manifest's Avro schema has another type where {expected} belongs.");
}
