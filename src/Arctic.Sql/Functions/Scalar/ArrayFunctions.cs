using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>What an array function does with a row: it names the elements of its arguments that make up the result.</summary>
internal interface IArrayOp
{
    /// <summary>Adds to <paramref name="result"/> the places of elements, in order; an element of the k-th argument lies at <c>sources.Place(k, i)</c>.</summary>
    static abstract void Apply(in ArraySources sources, int row, List<int> result);
}

/// <summary>Functions of arrays whose result is an array of elements that are there already.</summary>
internal static class ArrayFunctions
{
    public static IEnumerable<(string Name, ScalarFunction Function)> All() =>
    [
        ("ARRAY_DISTINCT", new ArrayFunction<Distinct>("ARRAY_DISTINCT", 1, 1, isElement: _ => false)),
        ("ARRAY_REVERSE", new ArrayFunction<Reverse>("ARRAY_REVERSE", 1, 1, isElement: _ => false)),
        ("ARRAY_UNION", new ArrayFunction<Distinct>("ARRAY_UNION", 2, 2, isElement: _ => false)),
        ("ARRAY_CONCAT", new ArrayFunction<Concat>("ARRAY_CONCAT", 1, int.MaxValue, isElement: _ => false)),
        ("ARRAY_INTERSECT", new ArrayFunction<Intersect>("ARRAY_INTERSECT", 2, 2, isElement: _ => false)),
        ("ARRAY_EXCEPT", new ArrayFunction<Except>("ARRAY_EXCEPT", 2, 2, isElement: _ => false)),
        ("ARRAY_APPEND", new ArrayFunction<Concat>("ARRAY_APPEND", 2, 2, isElement: i => i == 1)),
        ("ARRAY_PREPEND", new ArrayFunction<Prepend>("ARRAY_PREPEND", 2, 2, isElement: i => i == 1)),
        ("ARRAY_REMOVE", new ArrayFunction<Remove>("ARRAY_REMOVE", 2, 2, isElement: i => i == 1)),
        ("CARDINALITY", new CardinalityFunction()),
        ("ARRAY_CONTAINS", new ArraySearchFunction("ARRAY_CONTAINS", isPosition: false)),
        ("ARRAY_POSITION", new ArraySearchFunction("ARRAY_POSITION", isPosition: true)),
    ];

    private readonly struct Distinct : IArrayOp
    {
        public static void Apply(in ArraySources sources, int row, List<int> result)
        {
            for (var k = 0; k < sources.Count; k++)
            {
                for (var i = 0; i < sources.Length(k, row); i++)
                {
                    sources.AddIfNew(sources.Place(k, row, i), result);
                }
            }
        }
    }

    private readonly struct Reverse : IArrayOp
    {
        public static void Apply(in ArraySources sources, int row, List<int> result)
        {
            for (var i = sources.Length(0, row) - 1; i >= 0; i--)
            {
                result.Add(sources.Place(0, row, i));
            }
        }
    }

    private readonly struct Concat : IArrayOp
    {
        public static void Apply(in ArraySources sources, int row, List<int> result)
        {
            for (var k = 0; k < sources.Count; k++)
            {
                for (var i = 0; i < sources.Length(k, row); i++)
                {
                    result.Add(sources.Place(k, row, i));
                }
            }
        }
    }

    private readonly struct Prepend : IArrayOp
    {
        public static void Apply(in ArraySources sources, int row, List<int> result)
        {
            result.Add(sources.Place(1, row, 0));
            for (var i = 0; i < sources.Length(0, row); i++)
            {
                result.Add(sources.Place(0, row, i));
            }
        }
    }

    private readonly struct Remove : IArrayOp
    {
        public static void Apply(in ArraySources sources, int row, List<int> result)
        {
            for (var i = 0; i < sources.Length(0, row); i++)
            {
                if (!sources.AreSame(sources.Place(0, row, i), sources.Place(1, row, 0)))
                {
                    result.Add(sources.Place(0, row, i));
                }
            }
        }
    }

    private readonly struct Intersect : IArrayOp
    {
        public static void Apply(in ArraySources sources, int row, List<int> result) => Filter(sources, row, result, keepsFound: true);

        public static void Filter(in ArraySources sources, int row, List<int> result, bool keepsFound)
        {
            for (var i = 0; i < sources.Length(0, row); i++)
            {
                var place = sources.Place(0, row, i);
                if (sources.Contains(1, row, place) == keepsFound)
                {
                    sources.AddIfNew(place, result);
                }
            }
        }
    }

    private readonly struct Except : IArrayOp
    {
        public static void Apply(in ArraySources sources, int row, List<int> result) => Intersect.Filter(sources, row, result, keepsFound: false);
    }
}

/// <summary>The elements of all arguments of a batch end to end; a plain value counts as an array of one.</summary>
internal readonly struct ArraySources(Column elements, int[][] offsets, int[] bases)
{
    public Column Elements => elements;

    public int Count => bases.Length;

    public static ArraySources Of(IReadOnlyList<Column> columns)
    {
        var children = new List<Column>();
        var offsets = new int[columns.Count][];
        var bases = new int[columns.Count];
        var total = 0;
        for (var k = 0; k < bases.Length; k++)
        {
            var column = columns[k].ToDense();
            bases[k] = total;
            var child = column is ListColumn list ? list.Elements.ToDense() : column;
            offsets[k] = column is ListColumn lists ? lists.Offsets.ToArray() : Enumerable.Range(0, column.Length + 1).ToArray();
            children.Add(child);
            total += child.Length;
        }

        return new ArraySources(ColumnGather.Concat(children), offsets, bases);
    }

    public int Length(int argument, int row) => offsets[argument][row + 1] - offsets[argument][row];

    public int Place(int argument, int row, int index) => bases[argument] + offsets[argument][row] + index;

    public bool AreSame(int place, int other) => ValueEquality.AreSame(elements, place, elements, other);

    public bool Contains(int argument, int row, int place)
    {
        for (var i = 0; i < Length(argument, row); i++)
        {
            if (AreSame(Place(argument, row, i), place))
            {
                return true;
            }
        }

        return false;
    }

    public void AddIfNew(int place, List<int> result)
    {
        // The elements of this row only: those of the rows before are not looked at again.
        foreach (var other in result)
        {
            if (AreSame(other, place))
            {
                return;
            }
        }

        result.Add(place);
    }
}

/// <summary>An array function that an <see cref="IArrayOp"/> computes; NULL arrays give NULL.</summary>
internal sealed class ArrayFunction<TOp>(string name, int argumentsMin, int argumentsMax, Func<int, bool> isElement) : ScalarFunction(name)
    where TOp : struct, IArrayOp
{
    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, argumentsMin, argumentsMax);
        BindErrors.RefuseNull(arguments);
        var arrays = arguments.Where((_, i) => !isElement(i)).ToArray();
        if (arrays.Any(a => a.Type is not DataType.Array))
        {
            throw BindErrors.CannotApply(Name, arguments);
        }

        var elements = arguments.Select((a, i) => isElement(i) ? a.Type : ((DataType.Array)a.Type).Element).ToArray();
        var element = TypeCoercion.FindCommonType(elements) ?? throw BindErrors.CannotApply(Name, arguments);
        var result = Name == "ARRAY_REMOVE" ? elements[0] : element;
        var bound = arguments.Select((a, i) => TypeCoercion.Coerce(a, isElement(i) ? element : new DataType.Array(element))).ToArray();
        return new Expression.Call(this, new(bound), new DataType.Array(result).WithNullability(BindErrors.AnyNullable(arrays)));
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new ArrayOpKernel((DataType.Array)call.Type, arguments, arguments.Select((_, i) => !isElement(i)).ToArray());

    private sealed class ArrayOpKernel(DataType.Array type, IReadOnlyList<IBatchExpression> arguments, bool[] isArray) : IBatchExpression
    {
        public DataType Type { get; } = type;

        public Column Evaluate(in EvaluationInput input) => NestedEvaluation.Run(arguments, input, Run);

        private Column Run(Column[] columns, int length, RowCursor rows)
        {
            var validity = ValidityMath.And(columns.Where((_, i) => isArray[i]).ToArray(), length);
            var sources = ArraySources.Of(columns);
            var offsets = new int[length + 1];
            var all = new List<int>();
            var places = new List<int>();
            var next = 0;
            for (var i = 0; i < rows.Count; i++)
            {
                offsets.AsSpan(next, rows[i] + 1 - next).Fill(all.Count);
                next = rows[i] + 1;
                if (validity[rows[i]])
                {
                    places.Clear();
                    TOp.Apply(sources, rows[i], places);
                    all.AddRange(places);
                }
            }

            offsets.AsSpan(next).Fill(all.Count);
            return new ListColumn(Type, offsets, sources.Elements.Gather(all.ToArray()).WithType(type.Element), validity);
        }
    }
}

/// <summary>CARDINALITY of arrays, maps and multisets.</summary>
internal sealed class CardinalityFunction() : ScalarFunction("CARDINALITY")
{
    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 1, 1);
        BindErrors.RefuseNull(arguments);
        return arguments[0].Type is DataType.Array or DataType.Map or DataType.Multiset
            ? new Expression.Call(this, [arguments[0]], DataTypes.Int.WithNullability(arguments[0].Type.IsNullable))
            : throw BindErrors.CannotApply(Name, arguments);
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new RowKernel<CardinalityOp, FixedWriter<int>>(call.Type, arguments, null, settings);

    private readonly ref struct CardinalityOp(ReadOnlySpan<int> offsets, int mask) : IRowOp<CardinalityOp, FixedWriter<int>>
    {
        private readonly ReadOnlySpan<int> _offsets = offsets;

        public static CardinalityOp Open(in KernelArguments arguments)
        {
            var column = arguments.Columns[0];
            var values = column is ConstantColumn constant ? constant.Value : column;
            return new CardinalityOp(values is ListColumn list ? list.Offsets : ((MapColumn)values).Offsets, column is ConstantColumn ? 0 : -1);
        }

        public void Apply(int row, FixedWriter<int> output) => output.Set(_offsets[(row & mask) + 1] - _offsets[row & mask]);
    }
}

/// <summary>ARRAY_CONTAINS (a NULL needle may be found) and ARRAY_POSITION (1-based, 0 when there is none, NULL in).</summary>
internal sealed class ArraySearchFunction(string name, bool isPosition) : ScalarFunction(name)
{
    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 2, 2);
        if (arguments[0].Type is not DataType.Array array || (isPosition && arguments[1].Type is DataType.Null) || !IsElement(array.Element, arguments[1].Type))
        {
            throw arguments[0].Type is DataType.Null ? BindErrors.IllegalNull() : BindErrors.CannotApply(Name, arguments);
        }

        var needle = TypeCoercion.Coerce(arguments[1], array.Element);
        var isNullable = array.IsNullable || (isPosition && needle.Type.IsNullable);
        return new Expression.Call(this, [arguments[0], needle], (isPosition ? DataTypes.Int : DataTypes.Boolean).WithNullability(isNullable));
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) => isPosition
        ? new RowKernel<PositionOp, FixedWriter<int>>(call.Type, arguments, null, settings)
        : new RowKernel<ContainsOp, BooleanWriter>(call.Type, arguments, null, settings);

    private static bool IsElement(DataType element, DataType needle) => needle is DataType.Null || TypeCoercion.CanAssign(needle, element);

    // The 1-based place of the needle in the array of the row.
    private static int Find(ReadOnlySpan<Column> columns, int row)
    {
        var (list, listRow) = columns[0] is ConstantColumn constant ? ((ListColumn)constant.Value, 0) : ((ListColumn)columns[0], row);
        for (var i = list.Offsets[listRow]; i < list.Offsets[listRow + 1]; i++)
        {
            if (ValueEquality.AreSame(list.Elements, i, columns[1], row))
            {
                return i - list.Offsets[listRow] + 1;
            }
        }

        return 0;
    }

    private readonly ref struct PositionOp(ReadOnlySpan<Column> columns) : IRowOp<PositionOp, FixedWriter<int>>
    {
        private readonly ReadOnlySpan<Column> _columns = columns;

        public static PositionOp Open(in KernelArguments arguments) => new(arguments.Columns);

        public void Apply(int row, FixedWriter<int> output) => output.Set(Find(_columns, row));
    }

    private readonly ref struct ContainsOp(ReadOnlySpan<Column> columns) : IRowOp<ContainsOp, BooleanWriter>
    {
        private readonly ReadOnlySpan<Column> _columns = columns;

        public static bool IsStrict => false;

        public static ContainsOp Open(in KernelArguments arguments) => new(arguments.Columns);

        public void Apply(int row, BooleanWriter output)
        {
            if (_columns[0].IsNull(row))
            {
                output.SetNull();
            }
            else
            {
                output.Set(Find(_columns, row) > 0);
            }
        }
    }
}
