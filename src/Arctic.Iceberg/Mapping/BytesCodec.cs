using System.Text;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Mapping;

/// <summary>How a value becomes bytes, and back. Implemented by structs, as <see cref="IFixedConversion{TValue,TStored}"/>.</summary>
internal interface IBytesConversion<TValue>
{
    /// <summary>What must hold of values, for messages.</summary>
    string? Rule { get; }

    /// <summary>How many bytes the value takes; negative when the column cannot hold it.</summary>
    int SizeOf(TValue value);

    /// <summary>Fills exactly so many bytes.</summary>
    void Store(TValue value, Span<byte> target);

    /// <summary>False when the .NET type cannot hold the value.</summary>
    bool TryLoad(ReadOnlySpan<byte> bytes, out TValue value);

    /// <summary>The bytes in a message; by default not at all, since they may be anything.</summary>
    string Show(ReadOnlySpan<byte> bytes) => "a value";
}

/// <summary>Values that are stored as strings of bytes.</summary>
internal sealed class BytesCodec<TValue, TConversion>(DataType type, MappingPlace place, TConversion conversion) : ValueCodec<TValue>
    where TConversion : struct, IBytesConversion<TValue>
{
    public override Column Encode(TValue[] values, int count)
    {
        var offsets = new int[count + 1];
        var used = 0;
        for (var i = 0; i < count; i++)
        {
            var size = conversion.SizeOf(values[i]);
            if (size < 0)
            {
                throw place.CannotStore(values[i], conversion.Rule);
            }

            used = used <= Array.MaxLength - size ? used + size : throw TooMuch();
            offsets[i + 1] = used;
        }

        var data = GC.AllocateUninitializedArray<byte>(used);
        for (var i = 0; i < count; i++)
        {
            conversion.Store(values[i], data.AsSpan(offsets[i]..offsets[i + 1]));
        }

        return new BytesColumn(type, offsets, data);
    }

    public override void Decode(Column column, TValue[] values)
    {
        var bytes = (BytesColumn)column;
        var offsets = bytes.Offsets;
        var data = bytes.Data.Span;
        for (var i = 0; i < column.Length; i++)
        {
            if (!conversion.TryLoad(data[offsets[i]..offsets[i + 1]], out values[i]))
            {
                throw place.CannotLoad(new ShownValue(conversion.Show(data[offsets[i]..offsets[i + 1]])), conversion.Rule);
            }
        }
    }

    private ArcticException TooMuch() =>
        new(ErrorCodes.EvaluationFailed, $"Cannot store {place.Member} in '{place.Column}': the values of one batch take more than {Array.MaxLength:N0} bytes.");
}

/// <summary>Text as UTF-8; a lone surrogate is refused, since it has no UTF-8.</summary>
internal readonly struct TextConversion : IBytesConversion<string>
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public string? Rule => "it is not well-formed text";

    public int SizeOf(string value)
    {
        try
        {
            return Strict.GetByteCount(value);
        }
        catch (EncoderFallbackException)
        {
            return -1;
        }
    }

    public void Store(string value, Span<byte> target) => Strict.GetBytes(value, target);

    public bool TryLoad(ReadOnlySpan<byte> bytes, out string value)
    {
        value = Encoding.UTF8.GetString(bytes);
        return true;
    }
}

/// <summary>Bytes, of a fixed length where the column asks for it.</summary>
/// <param name="length">Null for any.</param>
internal readonly struct BinaryConversion(int? length) : IBytesConversion<byte[]>
{
    public string? Rule => length is { } exact ? $"it must have {exact} bytes" : null;

    public int SizeOf(byte[] value) => length is null || value.Length == length ? value.Length : -1;

    public void Store(byte[] value, Span<byte> target) => value.CopyTo(target);

    public bool TryLoad(ReadOnlySpan<byte> bytes, out byte[] value)
    {
        value = bytes.ToArray();
        return true;
    }
}

/// <summary>UUIDs as 16 bytes, the most significant first, as their text has them.</summary>
internal readonly struct UuidConversion : IBytesConversion<Guid>
{
    private const int Size = 16;

    public string? Rule => "a UUID has 16 bytes";

    public int SizeOf(Guid value) => Size;

    public void Store(Guid value, Span<byte> target) => value.TryWriteBytes(target, bigEndian: true, out _);

    public bool TryLoad(ReadOnlySpan<byte> bytes, out Guid value)
    {
        value = bytes.Length == Size ? new Guid(bytes, bigEndian: true) : default;
        return bytes.Length == Size;
    }
}

/// <summary>Enums by the name of their value.</summary>
internal readonly struct EnumNameConversion<TEnum> : IBytesConversion<TEnum>
    where TEnum : struct, Enum
{
    // Longer than names are.
    private const int NameLengthMax = 100;

    private readonly Dictionary<TEnum, byte[]> _names;

    public EnumNameConversion() => _names = Enum.GetValues<TEnum>().Distinct().ToDictionary(v => v, v => Encoding.UTF8.GetBytes(Enum.GetName(v)!)); // each of the values has a name

    public string? Rule => "it is not a name of the enum";

    public int SizeOf(TEnum value) => _names.TryGetValue(value, out var name) ? name.Length : -1;

    public void Store(TEnum value, Span<byte> target) => _names[value].CopyTo(target);

    public string Show(ReadOnlySpan<byte> bytes) => bytes.Length <= NameLengthMax ? $"'{Encoding.UTF8.GetString(bytes)}'" : "a value";

    public bool TryLoad(ReadOnlySpan<byte> bytes, out TEnum value) => Enum.TryParse(Encoding.UTF8.GetString(bytes), ignoreCase: false, out value) && Enum.IsDefined(value);
}
