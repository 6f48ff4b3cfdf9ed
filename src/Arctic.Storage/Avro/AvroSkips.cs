using Arctic.Columnar.Errors;

namespace Arctic.Storage.Avro;

/// <summary>Makes what passes over values that nobody asks for; of the types that most columns have, without a look at the schema for every value.</summary>
internal static class AvroSkips
{
    /// <summary>Passes over a value.</summary>
    public static AvroAppender Of(AvroSchema schema) => schema switch
    {
        AvroSchema.Primitive { Kind: AvroKind.Int or AvroKind.Long } or AvroSchema.Enum => NumberSkip.Instance,
        AvroSchema.Primitive { Kind: AvroKind.String or AvroKind.Bytes } => BytesSkip.Instance,
        AvroSchema.Primitive { Kind: AvroKind.Boolean } => new FixedSkip(1),
        AvroSchema.Primitive { Kind: AvroKind.Float } => new FixedSkip(sizeof(float)),
        AvroSchema.Primitive { Kind: AvroKind.Double } => new FixedSkip(sizeof(double)),
        AvroSchema.Fixed f => new FixedSkip(f.Size),
        AvroSchema.Union { Branches.Count: 2, NullIndex: >= 0 } union => new OptionalSkip(union.NullIndex, Of(union.Branches[1 - union.NullIndex])),
        _ => new SchemaSkip(schema),
    };

    private sealed class NumberSkip : AvroAppender
    {
        public static readonly NumberSkip Instance = new();

        public override void Append(ref AvroDecoder decoder) => decoder.SkipNumber();
    }

    private sealed class BytesSkip : AvroAppender
    {
        public static readonly BytesSkip Instance = new();

        public override void Append(ref AvroDecoder decoder) => decoder.ReadBytes();
    }

    private sealed class FixedSkip(int size) : AvroAppender
    {
        public override void Append(ref AvroDecoder decoder) => decoder.ReadFixed(size);
    }

    private sealed class OptionalSkip(int nullIndex, AvroAppender value) : AvroAppender
    {
        public override void Append(ref AvroDecoder decoder)
        {
            var branch = decoder.ReadLong();
            if (branch == 1 - nullIndex)
            {
                value.Append(ref decoder);
            }
            else if (branch != nullIndex)
            {
                throw new ArcticException(ErrorCodes.TableCorrupt, $"An Avro union of 2 branches names branch {branch}.");
            }
        }
    }

    private sealed class SchemaSkip(AvroSchema schema) : AvroAppender
    {
        public override void Append(ref AvroDecoder decoder) => decoder.Skip(schema);
    }
}
