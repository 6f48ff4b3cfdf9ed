using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;

namespace Arctic.Dataflow.Operators.Aggregation;

/// <summary>The values of one group. Values and results are rows of one column, encoded by <see cref="RowCodec"/>.</summary>
internal abstract class ValueState
{
    /// <summary>What an object, an array and an entry of a collection cost beside their content, about.</summary>
    protected const int Overhead = 64;

    /// <summary>The bytes that the state holds, about.</summary>
    public abstract long BytesUsed { get; }

    /// <summary>The result; null for NULL.</summary>
    public abstract byte[]? Result { get; }

    /// <summary>Adds a value.</summary>
    public abstract void Add(ReadOnlySpan<byte> value);

    /// <summary>Takes a value back; one that is not there is ignored.</summary>
    public abstract void Remove(ReadOnlySpan<byte> value);

    /// <summary>Writes the state.</summary>
    public abstract void Save(StateBuffer target);

    /// <summary>Reads the state.</summary>
    public abstract void Load(ref StateBytes source);
}

/// <summary>A state that holds one value at most.</summary>
internal abstract class OneValueState : ValueState
{
    protected byte[]? Value { get; set; }

    public override long BytesUsed => Overhead + (Value?.Length ?? 0);

    public override byte[]? Result => Value;

    // Only rows that are never taken back come here.
    public override void Remove(ReadOnlySpan<byte> value) => throw new InvalidOperationException("A row was taken back from an aggregate that was planned for insert-only rows.");

    public override void Save(StateBuffer target)
    {
        target.WriteByte(Value is null ? (byte)0 : (byte)1);
        if (Value is not null)
        {
            target.WriteBytes(Value);
        }
    }

    public override void Load(ref StateBytes source) => Value = source.ReadByte() == 0 ? null : source.ReadBytes().ToArray();
}

/// <summary>FIRST_VALUE of insert-only rows.</summary>
internal sealed class FirstValueState : OneValueState
{
    public override void Add(ReadOnlySpan<byte> value) => Value ??= value.ToArray();
}

/// <summary>LAST_VALUE of insert-only rows.</summary>
internal sealed class LastValueState : OneValueState
{
    public override void Add(ReadOnlySpan<byte> value) => Value = value.ToArray();
}

/// <summary>MIN or MAX of insert-only texts, bytes and truth values.</summary>
internal sealed class ExtremeValue(DataType type, bool isGreatest) : OneValueState
{
    public override void Add(ReadOnlySpan<byte> value)
    {
        var comparison = Value is null ? 0 : EncodedOrder.Compare(type, value, Value);
        if (Value is null || (isGreatest ? comparison > 0 : comparison < 0))
        {
            Value = value.ToArray();
        }
    }
}

/// <summary>The value of a scalar sub-query's only row.</summary>
internal sealed class SingleValueState : OneValueState
{
    private long _count;

    // Flink gives up as soon as a second row is there, and so do we.
    public override void Add(ReadOnlySpan<byte> value)
    {
        if (++_count > 1)
        {
            throw new ArcticException(ErrorCodes.EvaluationFailed, "A scalar sub-query returned more than one row.") { Hint = "Aggregate it, or restrict it to one row." };
        }

        Value = RowCodec.IsNull(value, 0) ? null : value.ToArray();
    }

    public override void Remove(ReadOnlySpan<byte> value)
    {
        if (--_count == 0)
        {
            Value = null;
        }
    }

    public override void Save(StateBuffer target)
    {
        target.WriteInt64(_count);
        base.Save(target);
    }

    public override void Load(ref StateBytes source)
    {
        _count = source.ReadInt64();
        base.Load(ref source);
    }
}

/// <summary>MIN or MAX with retraction: all values in order, with how often each is there.</summary>
internal sealed class SortedValues(DataType type, bool isGreatest) : ValueState
{
    private readonly SortedDictionary<byte[], long> _counts = new(new EncodedOrder(type, isGreatest));
    private long _bytes = Overhead;
    private byte[]? _first;

    public override long BytesUsed => _bytes;

    public override byte[]? Result => _first;

    public override void Add(ReadOnlySpan<byte> value)
    {
        var key = value.ToArray();
        if (_counts.TryGetValue(key, out var count))
        {
            _counts[key] = count + 1;
            return;
        }

        _counts.Add(key, 1);
        _bytes += Overhead + key.Length;
        if (_first is null || _counts.Comparer.Compare(key, _first) < 0)
        {
            _first = key;
        }
    }

    public override void Remove(ReadOnlySpan<byte> value)
    {
        var key = value.ToArray();
        if (!_counts.TryGetValue(key, out var count))
        {
            return;
        }

        if (count > 1)
        {
            _counts[key] = count - 1;
            return;
        }

        _counts.Remove(key);
        _bytes -= Overhead + key.Length;
        if (value.SequenceEqual(_first))
        {
            _first = null;
            foreach (var (first, _) in _counts)
            {
                _first = first;
                break;
            }
        }
    }

    public override void Save(StateBuffer target)
    {
        target.WriteInt32(_counts.Count);
        foreach (var (value, count) in _counts)
        {
            target.WriteInt64(count);
            target.WriteBytes(value);
        }
    }

    public override void Load(ref StateBytes source)
    {
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            var count = source.ReadInt64();
            var value = source.ReadBytes();
            Add(value);
            _counts[value.ToArray()] = count;
        }
    }
}

/// <summary>A state that keeps all values in arrival order; taking one back takes the first that is equal.</summary>
internal abstract class ValueListState : ValueState
{
    private readonly List<byte[]> _values = [];
    private long _bytes = Overhead;
    private byte[]? _result;
    private bool _isCurrent = true;

    public override long BytesUsed => _bytes;

    public override byte[]? Result
    {
        get
        {
            if (!_isCurrent)
            {
                (_result, _isCurrent) = (Compute(_values), true);
            }

            return _result;
        }
    }

    public override void Add(ReadOnlySpan<byte> value)
    {
        _values.Add(value.ToArray());
        _bytes += Overhead + value.Length;
        _isCurrent = false;
    }

    public override void Remove(ReadOnlySpan<byte> value)
    {
        for (var i = 0; i < _values.Count; i++)
        {
            if (value.SequenceEqual(_values[i]))
            {
                _values.RemoveAt(i);
                _bytes -= Overhead + value.Length;
                _isCurrent = false;
                return;
            }
        }
    }

    public override void Save(StateBuffer target)
    {
        target.WriteInt32(_values.Count);
        foreach (var value in _values)
        {
            target.WriteBytes(value);
        }
    }

    public override void Load(ref StateBytes source)
    {
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            Add(source.ReadBytes());
        }
    }

    /// <summary>The result of the values.</summary>
    protected abstract byte[]? Compute(List<byte[]> values);
}

/// <summary>FIRST_VALUE or LAST_VALUE with retraction.</summary>
internal sealed class ArrivedValues(bool isLast) : ValueListState
{
    protected override byte[]? Compute(List<byte[]> values) => values.Count == 0 ? null : isLast ? values[^1] : values[0];
}

/// <summary>What stands between the texts of LISTAGG, once a row has told it.</summary>
internal sealed class TextSeparator
{
    /// <summary>UTF-8.</summary>
    public byte[] Bytes { get; private set; } = [(byte)','];

    /// <summary>Takes the constant argument from a row.</summary>
    public void Read(Column column, int row) => Bytes = ((BytesColumn)column.ToDense())[row].ToArray();
}

/// <summary>LISTAGG.</summary>
internal sealed class ListedTexts(TextSeparator separator) : ValueListState
{
    // One byte of NULL bits, four of length, then the text.
    private const int TextStart = 1 + sizeof(int);

    protected override byte[]? Compute(List<byte[]> values)
    {
        if (values.Count == 0)
        {
            return null;
        }

        var between = separator.Bytes;
        var length = values.Sum(v => v.Length - TextStart) + between.Length * (values.Count - 1);
        var result = new byte[TextStart + length];
        BinaryPrimitives.WriteInt32LittleEndian(result.AsSpan(1), length);
        var at = TextStart;
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0)
            {
                between.CopyTo(result, at);
                at += between.Length;
            }

            values[i].AsSpan(TextStart).CopyTo(result.AsSpan(at));
            at += values[i].Length - TextStart;
        }

        return result;
    }
}

/// <summary>ARRAY_AGG: a list's entries are encoded just as its values are.</summary>
internal sealed class ListedValues : ValueListState
{
    protected override byte[]? Compute(List<byte[]> values) => values.Count == 0 ? null : Lists.Encode(values);
}

/// <summary>The order of encoded rows of one column that is not NULL.</summary>
internal sealed class EncodedOrder(DataType type, bool isDescending) : IComparer<byte[]>
{
    public int Compare(byte[]? x, byte[]? y) => isDescending ? Compare(type, y, x) : Compare(type, x, y);

    /// <summary>Compares the values of two rows.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.Unsupported"/>: values of the type have no order.</exception>
    public static int Compare(DataType type, ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) => type.Layout switch
    {
        ColumnLayout.Boolean => x[1].CompareTo(y[1]),
        ColumnLayout.Int8 => ((sbyte)x[1]).CompareTo((sbyte)y[1]),
        ColumnLayout.Int16 => Compare<short>(x, y),
        ColumnLayout.Int32 => Compare<int>(x, y),
        ColumnLayout.Int64 => Compare<long>(x, y),
        ColumnLayout.Float32 => Compare<float>(x, y),
        ColumnLayout.Float64 => Compare<double>(x, y),
        ColumnLayout.Int128 => Compare<Int128>(x, y),
        ColumnLayout.Bytes => x[(1 + sizeof(int))..].SequenceCompareTo(y[(1 + sizeof(int))..]),
        _ => throw new ArcticException(ErrorCodes.Unsupported, $"Values of type {type} have no order."),
    };

    private static int Compare<T>(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
        where T : unmanaged, IComparable<T> => ValueOrder.Compare(MemoryMarshal.Read<T>(x[1..]), MemoryMarshal.Read<T>(y[1..]));
}
