using System.Buffers.Text;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;

namespace Arctic.Storage.Avro;

/// <summary>Decodes one value after another into a column under way; made once a file by <see cref="AvroAppenders"/>.</summary>
internal abstract class AvroAppender
{
    /// <summary>Decodes the next value.</summary>
    public abstract void Append(ref AvroDecoder decoder);
}

/// <summary>A value or null.</summary>
internal sealed class OptionalAppender(ColumnBuilder column, AvroAppender value, AvroSchema.Union union) : AvroAppender
{
    private readonly int _nullIndex = union.NullIndex;

    public override void Append(ref AvroDecoder decoder)
    {
        var branch = decoder.ReadLong();
        if (branch == _nullIndex)
        {
            column.AppendNull();
        }
        else if (branch >= 0 && branch < union.Branches.Count)
        {
            value.Append(ref decoder);
        }
        else
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, $"An Avro union of {union.Branches.Count} branches names branch {branch}.");
        }
    }
}

internal sealed class NullAppender(ColumnBuilder column) : AvroAppender
{
    public override void Append(ref AvroDecoder decoder) => column.AppendNull();
}

internal sealed class BooleanAppender(BooleanColumnBuilder column) : AvroAppender
{
    public override void Append(ref AvroDecoder decoder) => column.Append(decoder.ReadBoolean());
}

internal sealed class IntAppender(FixedColumnBuilder<int> column) : AvroAppender
{
    public override void Append(ref AvroDecoder decoder) => column.Append(decoder.ReadInt());
}

internal sealed class LongAppender(FixedColumnBuilder<long> column) : AvroAppender
{
    public override void Append(ref AvroDecoder decoder) => column.Append(decoder.ReadLong());
}

/// <summary>Milliseconds as microseconds.</summary>
internal sealed class MillisAppender(FixedColumnBuilder<long> column) : AvroAppender
{
    public override void Append(ref AvroDecoder decoder)
    {
        var millis = decoder.ReadLong();
        column.Append(millis is >= long.MinValue / 1000 and <= long.MaxValue / 1000
            ? millis * 1000
            : throw new ArcticException(ErrorCodes.TableCorrupt, $"An Avro timestamp of {millis} milliseconds does not fit into 64 bits of microseconds."));
    }
}

internal sealed class FloatAppender(FixedColumnBuilder<float> column) : AvroAppender
{
    public override void Append(ref AvroDecoder decoder) => column.Append(decoder.ReadFloat());
}

internal sealed class DoubleAppender(FixedColumnBuilder<double> column) : AvroAppender
{
    public override void Append(ref AvroDecoder decoder) => column.Append(decoder.ReadDouble());
}

/// <summary>Texts and bytes, which lie alike.</summary>
internal sealed class BytesAppender(BytesColumnBuilder column) : AvroAppender
{
    public override void Append(ref AvroDecoder decoder) => column.Append(decoder.ReadBytes());
}

internal sealed class FixedAppender(BytesColumnBuilder column, int size) : AvroAppender
{
    public override void Append(ref AvroDecoder decoder) => column.Append(decoder.ReadFixed(size));
}

/// <summary>A uuid that is written as text; its sixteen bytes are kept, as of one that is written as fixed.</summary>
internal sealed class UuidTextAppender(BytesColumnBuilder column) : AvroAppender
{
    public override void Append(ref AvroDecoder decoder)
    {
        var text = decoder.ReadBytes();
        if (!Utf8Parser.TryParse(text, out Guid uuid, out var used) || used != text.Length)
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, $"An Avro uuid of {text.Length} characters is none.");
        }

        Span<byte> bytes = stackalloc byte[16];
        uuid.TryWriteBytes(bytes, bigEndian: true, out _);
        column.Append(bytes);
    }
}

/// <summary>The names of an enumeration, as text.</summary>
internal sealed class EnumAppender(BytesColumnBuilder column, byte[][] symbols) : AvroAppender
{
    public override void Append(ref AvroDecoder decoder)
    {
        var index = decoder.ReadLong();
        column.Append(index >= 0 && index < symbols.Length
            ? symbols[index].AsSpan()
            : throw new ArcticException(ErrorCodes.TableCorrupt, $"An Avro enumeration of {symbols.Length} names has no number {index}."));
    }
}

/// <summary>Decimals: the unscaled value as a big-endian two's complement of any length, or of a fixed one.</summary>
/// <param name="size">Null when each value tells its own.</param>
internal sealed class DecimalAppender(FixedColumnBuilder<Int128> column, int? size) : AvroAppender
{
    public override void Append(ref AvroDecoder decoder) => column.Append(Decode(size is { } bytes ? decoder.ReadFixed(bytes) : decoder.ReadBytes()));

    private static Int128 Decode(ReadOnlySpan<byte> bytes)
    {
        var fill = bytes.Length > 0 && (bytes[0] & 0x80) != 0 ? (byte)0xFF : (byte)0;
        var value = fill == 0 ? Int128.Zero : Int128.NegativeOne;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (i < bytes.Length - 16 && bytes[i] != fill)
            {
                throw new ArcticException(ErrorCodes.TableCorrupt, $"An Avro decimal of {bytes.Length} bytes does not fit into 38 digits.");
            }

            value = (value << 8) | bytes[i];
        }

        return value;
    }
}
