using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Kernels;

/// <summary>IN as a disjunction of equalities over one evaluation of the value.</summary>
internal sealed class InListKernel(DataType type, SharedExpression value, IBatchExpression anyEqual) : IBatchExpression
{
    public DataType Type { get; } = type;

    public Column Evaluate(in EvaluationInput input)
    {
        value.Begin(input);
        var result = anyEqual.Evaluate(input);
        value.End();
        return result;
    }
}

/// <summary>IN over constants, by a hash set made once.</summary>
internal static class InSetKernel
{
    /// <summary>The kernel; null when an element is no constant or the type has no set.</summary>
    public static IBatchExpression? TryMake(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
    {
        var elements = new Column[arguments.Count - 1];
        for (var i = 0; i < elements.Length; i++)
        {
            if (ConstantFolder.Fold(call.Arguments[i + 1], settings) is not Expression.Literal literal)
            {
                return null;
            }

            elements[i] = literal.Value is null ? ColumnBuilder.NullsOf(literal.Type, 1) : LiteralColumn.Of(literal);
        }

        return arguments[0].Type.Layout switch
        {
            ColumnLayout.Int8 => Make<sbyte>(call.Type, arguments[0], elements, settings),
            ColumnLayout.Int16 => Make<short>(call.Type, arguments[0], elements, settings),
            ColumnLayout.Int32 => Make<int>(call.Type, arguments[0], elements, settings),
            ColumnLayout.Int64 => Make<long>(call.Type, arguments[0], elements, settings),
            ColumnLayout.Int128 => Make<Int128>(call.Type, arguments[0], elements, settings),
            ColumnLayout.Bytes => new RowKernel<InBytesOp, BooleanWriter>(call.Type, [arguments[0]], BytesSet.Of(elements), settings),
            _ => null,
        };
    }

    private static RowKernel<InFixedOp<T>, BooleanWriter> Make<T>(DataType type, IBatchExpression value, Column[] elements, EvaluationSettings settings)
        where T : unmanaged => new(type, [value], FixedSet<T>.Of(elements), settings);
}

/// <summary>Constants of one width, and whether NULL is among them.</summary>
internal sealed record FixedSet<T>(HashSet<T> Values, bool HasNull)
    where T : unmanaged
{
    public static FixedSet<T> Of(Column[] elements) =>
        new(elements.Where(e => !e.IsNull(0)).Select(e => ((FixedColumn<T>)e).Values[0]).ToHashSet(), elements.Any(e => e.IsNull(0)));
}

/// <summary>Constant byte strings, and whether NULL is among them.</summary>
internal sealed class BytesSet
{
    private readonly HashSet<byte[]>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    private BytesSet(HashSet<byte[]> values, bool hasNull)
    {
        _lookup = values.GetAlternateLookup<ReadOnlySpan<byte>>();
        HasNull = hasNull;
    }

    public bool HasNull { get; }

    public static BytesSet Of(Column[] elements) =>
        new(new HashSet<byte[]>(elements.Where(e => !e.IsNull(0)).Select(e => ((BytesColumn)e)[0].ToArray()), new BytesComparer()), elements.Any(e => e.IsNull(0)));

    public bool Contains(ReadOnlySpan<byte> value) => _lookup.Contains(value);

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}

internal readonly ref struct InFixedOp<T>(FixedReader<T> value, FixedSet<T> set) : IRowOp<InFixedOp<T>, BooleanWriter>
    where T : unmanaged
{
    private readonly FixedReader<T> _value = value;

    public static InFixedOp<T> Open(in KernelArguments arguments) => new(arguments.Fixed<T>(0), (FixedSet<T>)arguments.State!); // made by TryMake

    public void Apply(int row, BooleanWriter output)
    {
        if (set.Values.Contains(_value[row]))
        {
            output.Set(true);
        }
        else if (set.HasNull)
        {
            output.SetNull();
        }
    }
}

internal readonly ref struct InBytesOp(BytesReader value, BytesSet set) : IRowOp<InBytesOp, BooleanWriter>
{
    private readonly BytesReader _value = value;

    public static InBytesOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), (BytesSet)arguments.State!); // made by TryMake

    public void Apply(int row, BooleanWriter output)
    {
        if (set.Contains(_value[row]))
        {
            output.Set(true);
        }
        else if (set.HasNull)
        {
            output.SetNull();
        }
    }
}
