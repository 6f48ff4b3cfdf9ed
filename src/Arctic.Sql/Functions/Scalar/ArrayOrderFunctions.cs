using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>Functions of one array: parts of it, its elements in order, one of its elements, or all of them joined to a text.</summary>
internal static class ArrayOrderFunctions
{
    public static IEnumerable<(string Name, ScalarFunction Function)> All() =>
    [
        ("ARRAY_SLICE", new ArrayPartFunction<Slice>("ARRAY_SLICE", new Signature(ArgumentKind.Any, ArgumentKind.Int, ArgumentKind.Int) { OptionalCount = 1 })),
        ("ARRAY_SORT", new ArrayPartFunction<Sort>("ARRAY_SORT", new Signature(ArgumentKind.Any, ArgumentKind.Boolean, ArgumentKind.Boolean) { OptionalCount = 2 })),
        ("ARRAY_MAX", new ArrayElementFunction<Greatest>("ARRAY_MAX")),
        ("ARRAY_MIN", new ArrayElementFunction<Least>("ARRAY_MIN")),
        ("ELEMENT", new ArrayElementFunction<Only>("ELEMENT")),
        ("ARRAY_JOIN", new ArrayJoinFunction()),
    ];

    /// <summary>Both ends belong to it; 0 means 1, and negative ends count from the array's.</summary>
    private readonly struct Slice : IArrayPart
    {
        public static bool NeedsOrder => false;

        public static void Apply(Column elements, int start, int length, ReadOnlySpan<Column> parameters, int row, List<int> result)
        {
            var first = Math.Max(1, PlaceOf(parameters[0], row, length));
            var last = Math.Min(length, parameters.Length > 1 ? PlaceOf(parameters[1], row, length) : length);
            for (var i = first; i <= last; i++)
            {
                result.Add(start + i - 1);
            }
        }

        private static int PlaceOf(Column places, int row, int length) => new FixedReader<int>(places)[row] switch
        {
            0 => 1,
            < 0 and var fromEnd => length + fromEnd + 1,
            var place => place,
        };
    }

    /// <summary>Ascending with NULLs first, or descending with NULLs last, unless said otherwise. Equal elements stay as they are.</summary>
    private readonly struct Sort : IArrayPart
    {
        public static bool NeedsOrder => true;

        public static void Apply(Column elements, int start, int length, ReadOnlySpan<Column> parameters, int row, List<int> result)
        {
            var isAscending = parameters.Length == 0 || new BooleanReader(parameters[0])[row];
            var areNullsFirst = parameters.Length < 2 ? isAscending : new BooleanReader(parameters[1])[row];
            for (var i = start; i < start + length; i++)
            {
                result.Add(i);
            }

            result.Sort((a, b) => (elements.IsNull(a), elements.IsNull(b)) switch
            {
                (false, false) => ValueOrder.Compare(elements, a, b) is var order and not 0 ? (isAscending ? order : -order) : a.CompareTo(b),
                (true, true) => a.CompareTo(b),
                (true, false) => areNullsFirst ? -1 : 1,
                _ => areNullsFirst ? 1 : -1,
            });
        }
    }

    private readonly struct Greatest : IArrayElement
    {
        public static bool NeedsOrder => true;

        public static int Find(Column elements, int start, int length) => FindExtreme(elements, start, length, sign: 1);

        /// <summary>The place of the greatest element, or with a sign of -1 the least; NULLs do not count.</summary>
        public static int FindExtreme(Column elements, int start, int length, int sign)
        {
            var best = -1;
            for (var i = start; i < start + length; i++)
            {
                if (!elements.IsNull(i) && (best < 0 || ValueOrder.Compare(elements, i, best) * sign > 0))
                {
                    best = i;
                }
            }

            return best;
        }
    }

    private readonly struct Least : IArrayElement
    {
        public static bool NeedsOrder => true;

        public static int Find(Column elements, int start, int length) => Greatest.FindExtreme(elements, start, length, sign: -1);
    }

    private readonly struct Only : IArrayElement
    {
        public static bool NeedsOrder => false;

        public static int Find(Column elements, int start, int length) => length switch
        {
            0 => -1,
            1 => start,
            _ => throw EvaluationErrors.Failed($"Cannot evaluate ELEMENT: the array has {length} elements, more than one."),
        };
    }
}

/// <summary>What a function does with one array and plain parameters: it names the elements of the result.</summary>
internal interface IArrayPart
{
    /// <summary>Whether the elements must have an order.</summary>
    static abstract bool NeedsOrder { get; }

    /// <summary>Adds to <paramref name="result"/> the places of elements, in order, of an array that begins at a place and has a length.</summary>
    static abstract void Apply(Column elements, int start, int length, ReadOnlySpan<Column> parameters, int row, List<int> result);
}

/// <summary>What a function finds in one array.</summary>
internal interface IArrayElement
{
    /// <summary>Whether the elements must have an order.</summary>
    static abstract bool NeedsOrder { get; }

    /// <summary>The place of an element; -1 for NULL.</summary>
    static abstract int Find(Column elements, int start, int length);
}

/// <summary>A function of an array and plain parameters whose result is an array of its elements; NULL in gives NULL.</summary>
internal sealed class ArrayPartFunction<TPart>(string name, Signature signature) : ScalarFunction(name)
    where TPart : struct, IArrayPart
{
    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        var bound = signature.Bind(Name, arguments);
        return bound[0].Type is DataType.Array array && (!TPart.NeedsOrder || ValueOrder.IsOrdered(array.Element))
            ? new Expression.Call(this, new(bound), array.WithNullability(BindErrors.AnyNullable(bound)))
            : throw BindErrors.CannotApply(Name, arguments);
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) => new Kernel(call.Type, arguments);

    private sealed class Kernel(DataType type, IReadOnlyList<IBatchExpression> arguments) : IBatchExpression
    {
        public DataType Type => type;

        public Column Evaluate(in EvaluationInput input) => NestedEvaluation.Run(arguments, input, Run);

        private Column Run(Column[] columns, int length, RowCursor rows)
        {
            var validity = ValidityMath.And(columns, length);
            var list = (ListColumn)columns[0].ToDense();
            var elements = list.Elements.ToDense();
            var offsets = new int[length + 1];
            var (all, places) = (new List<int>(), new List<int>());
            var next = 0;
            for (var i = 0; i < rows.Count; i++)
            {
                var row = rows[i];
                offsets.AsSpan(next, row + 1 - next).Fill(all.Count);
                next = row + 1;
                if (validity[row])
                {
                    places.Clear();
                    TPart.Apply(elements, list.Offsets[row], list.Offsets[row + 1] - list.Offsets[row], columns.AsSpan(1), row, places);
                    all.AddRange(places);
                }
            }

            offsets.AsSpan(next).Fill(all.Count);
            return new ListColumn(type, offsets, elements.Gather(all.ToArray()), validity);
        }
    }
}

/// <summary>A function that gives one element of an array, or NULL.</summary>
internal sealed class ArrayElementFunction<TElement>(string name) : ScalarFunction(name)
    where TElement : struct, IArrayElement
{
    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 1, 1);
        BindErrors.RefuseNull(arguments);
        if (arguments[0].Type is not DataType.Array array || (TElement.NeedsOrder && !ValueOrder.IsOrdered(array.Element)))
        {
            throw BindErrors.CannotApply(Name, arguments);
        }

        // An extreme of no elements is NULL, whatever they are; of an array that must have one element it is an error.
        return new Expression.Call(this, [arguments[0]], array.Element.WithNullability(TElement.NeedsOrder || array.IsNullable || array.Element.IsNullable));
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) => new Kernel(Name, call.Type, arguments);

    private sealed class Kernel(string name, DataType type, IReadOnlyList<IBatchExpression> arguments) : IBatchExpression
    {
        public DataType Type => type;

        public Column Evaluate(in EvaluationInput input) => NestedEvaluation.Run(arguments, input, Run);

        private Column Run(Column[] columns, int length, RowCursor rows)
        {
            var list = (ListColumn)columns[0].ToDense();
            var elements = list.Elements.ToDense();
            var places = new int[length];
            places.AsSpan().Fill(type.IsNullable || elements.Length == 0 ? -1 : 0);
            for (var i = 0; i < rows.Count; i++)
            {
                var row = rows[i];
                places[row] = list.IsNull(row) ? -1 : TElement.Find(elements, list.Offsets[row], list.Offsets[row + 1] - list.Offsets[row]);
                if (places[row] < 0 && !type.IsNullable)
                {
                    throw EvaluationErrors.Failed($"Cannot evaluate {name}: the array is empty, and its elements admit no NULL.");
                }
            }

            return elements.Gather(places).WithType(type);
        }
    }
}

/// <summary>ARRAY_JOIN: texts with a separator between them; NULLs are left out, or replaced.</summary>
internal sealed class ArrayJoinFunction() : ScalarFunction("ARRAY_JOIN")
{
    private static readonly Signature Arguments = new(ArgumentKind.Any, ArgumentKind.Text, ArgumentKind.Text) { OptionalCount = 1 };

    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        var bound = Arguments.Bind(Name, arguments);
        return bound[0].Type is DataType.Array array && array.Element.IsCharacter()
            ? new Expression.Call(this, new(bound), DataTypes.String.WithNullability(BindErrors.AnyNullable(bound)))
            : throw BindErrors.CannotApply(Name, arguments);
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new RowKernel<JoinOp, BytesWriter>(call.Type, arguments, null, settings);

    private readonly ref struct JoinOp(ListColumn list, int mask, BytesColumn texts, BytesReader separator, BytesReader replacement, bool hasReplacement) : IRowOp<JoinOp, BytesWriter>
    {
        private readonly BytesReader _separator = separator;
        private readonly BytesReader _replacement = replacement;

        public static JoinOp Open(in KernelArguments arguments)
        {
            var column = arguments.Columns[0];
            var list = (ListColumn)(column is ConstantColumn constant ? constant.Value : column);
            var hasReplacement = arguments.Columns.Length > 2;
            return new JoinOp(list, column is ConstantColumn ? 0 : -1, (BytesColumn)list.Elements.ToDense(), arguments.Bytes(1), hasReplacement ? arguments.Bytes(2) : default, hasReplacement);
        }

        public void Apply(int row, BytesWriter output)
        {
            var isFirst = true;
            for (var i = list.Offsets[row & mask]; i < list.Offsets[(row & mask) + 1]; i++)
            {
                var isNull = texts.IsNull(i);
                if (isNull && !hasReplacement)
                {
                    continue;
                }

                if (!isFirst)
                {
                    output.Append(_separator[row]);
                }

                output.Append(isNull ? _replacement[row] : texts[i]);
                isFirst = false;
            }
        }
    }
}
