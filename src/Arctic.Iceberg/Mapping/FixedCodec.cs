using System.Numerics;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Mapping;

/// <summary>How a value becomes the number that a column stores, and back. Implemented by structs, so that the loops over them are compiled for each.</summary>
internal interface IFixedConversion<TValue, TStored>
    where TStored : unmanaged
{
    /// <summary>What must hold of values, for messages; null when it is only the range.</summary>
    string? Rule { get; }

    /// <summary>Why the column cannot hold a value, for messages; <see cref="Rule"/> where that says it.</summary>
    string? WhyNot(TValue value) => Rule;

    /// <summary>False when the column cannot hold the value.</summary>
    bool TryStore(TValue value, out TStored stored);

    /// <summary>False when the .NET type cannot hold the value.</summary>
    bool TryLoad(TStored stored, out TValue value);
}

/// <summary>Values that are stored as numbers of one width.</summary>
internal sealed class FixedCodec<TValue, TStored, TConversion>(DataType type, MappingPlace place, TConversion conversion) : ValueCodec<TValue>
    where TStored : unmanaged
    where TConversion : struct, IFixedConversion<TValue, TStored>
{
    public override Column Encode(TValue[] values, int count)
    {
        var stored = GC.AllocateUninitializedArray<TStored>(count);
        var source = values.AsSpan(0, count);
        for (var i = 0; i < source.Length; i++)
        {
            if (!conversion.TryStore(source[i], out stored[i]))
            {
                throw place.CannotStore(source[i], conversion.WhyNot(source[i]));
            }
        }

        return new FixedColumn<TStored>(type, stored);
    }

    public override void Decode(Column column, TValue[] values)
    {
        var stored = ((FixedColumn<TStored>)column).Values;
        for (var i = 0; i < stored.Length; i++)
        {
            if (!conversion.TryLoad(stored[i], out values[i]))
            {
                throw place.CannotLoad(stored[i], conversion.Rule);
            }
        }
    }
}

/// <summary>Values that are stored as they are.</summary>
internal sealed class SameCodec<T>(DataType type) : ValueCodec<T>
    where T : unmanaged
{
    public override Column Encode(T[] values, int count) => new FixedColumn<T>(type, values.AsSpan(0, count).ToArray());

    public override void Decode(Column column, T[] values) => ((FixedColumn<T>)column).Values.CopyTo(values);
}

/// <summary>Truth values.</summary>
internal sealed class BooleanCodec(DataType type) : ValueCodec<bool>
{
    public override Column Encode(bool[] values, int count)
    {
        var bits = new byte[Bitmap.BytesFor(count)];
        for (var i = 0; i < count; i++)
        {
            if (values[i])
            {
                Bitmap.Set(bits, i);
            }
        }

        return new BooleanColumn(type, count, new Bitmap(bits, 0));
    }

    public override void Decode(Column column, bool[] values)
    {
        var bits = ((BooleanColumn)column).Bits;
        var bytes = bits.Bytes.Span;
        for (var i = 0; i < column.Length; i++)
        {
            values[i] = Bitmap.IsSet(bytes, bits.Offset + i);
        }
    }
}

/// <summary>Integers of another width; checked both ways.</summary>
internal readonly struct IntegerConversion<TValue, TStored> : IFixedConversion<TValue, TStored>
    where TValue : struct, IBinaryInteger<TValue>
    where TStored : unmanaged, IBinaryInteger<TStored>
{
    public string? Rule => null;

    public bool TryStore(TValue value, out TStored stored)
    {
        stored = TStored.CreateTruncating(value);
        return TValue.CreateTruncating(stored) == value && TStored.IsNegative(stored) == TValue.IsNegative(value);
    }

    public bool TryLoad(TStored stored, out TValue value)
    {
        value = TValue.CreateTruncating(stored);
        return TStored.CreateTruncating(value) == stored && TStored.IsNegative(stored) == TValue.IsNegative(value);
    }
}

/// <summary>Floats in a column of doubles, and doubles only where a float column is read.</summary>
internal readonly struct FloatConversion : IFixedConversion<float, double>, IFixedConversion<double, float>
{
    public string? Rule => "it would lose digits";

    public bool TryStore(float value, out double stored)
    {
        stored = value;
        return true;
    }

    public bool TryLoad(double stored, out float value)
    {
        value = (float)stored;
        return value == stored || double.IsNaN(stored);
    }

    public bool TryStore(double value, out float stored)
    {
        stored = (float)value;
        return stored == value || double.IsNaN(value);
    }

    public bool TryLoad(float stored, out double value)
    {
        value = stored;
        return true;
    }
}
