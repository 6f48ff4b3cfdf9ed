using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Over;
using Arctic.Sql.Logical;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

// Functions OVER windows.
internal sealed partial class ExpressionBinder
{
    private const long MicrosPerMilli = 1_000;
    private const long NanosPerMilli = 1_000_000;
    private const long MillisPerDay = 86_400_000;

    /// <summary>The windows of the WINDOW clause; null where no function may stand OVER one.</summary>
    public IReadOnlyList<NamedWindow>? Windows { get; init; }

    /// <summary>Asked about every call before functions are looked up: the columns of a window of GROUP BY.</summary>
    public Func<SqlExpression.Call, Expression?>? FindCall { get; init; }

    private BoundOver BindOver(SqlExpression.Call call, string name)
    {
        if (Windows is null)
        {
            throw BindingErrors.Invalid(call, "A function OVER a window stands only in a select list, in QUALIFY and in the ORDER BY of a SELECT.");
        }

        if (call.IsDistinct)
        {
            throw BindingErrors.Invalid(call, "Distinct not supported in Windowing function!");
        }

        if (call.Filter is not null || call.Order.Count > 0 || call.IsWithinGroup)
        {
            throw BindingErrors.Invalid(call, "OVER must be applied to aggregate function, without FILTER and ORDER BY of its own.");
        }

        var specification = FindWindow(call.Over!, call); // BindCall asks
        var arguments = BindAll(call.Arguments);
        if (AggregateNames.FindOverFunction(name) is { } function)
        {
            return BindOverFunction(call, function, arguments, specification);
        }

        var kind = AggregateNames.Find(name) ?? throw BindingErrors.Invalid(call, $"OVER must be applied to aggregate function, not '{name}'.");
        var window = BindWindow(specification, WindowFrameOf(specification));
        var isNeverEmpty = window.Frame is { Start: { IsUnbounded: true, Distance: < 0 } or { Distance: <= 0, IsUnbounded: false }, End: { IsUnbounded: true, Distance: > 0 } or { Distance: >= 0, IsUnbounded: false } };
        var type = AggregateTypes.Derive(call, kind, arguments);
        type = isNeverEmpty || kind is AggregateKind.Count ? type : type.AsNullable();
        return new BoundOver(OverFunction.Aggregate, kind, new(arguments), 1, false, window, type);
    }

    private BoundOver BindOverFunction(SqlExpression.Call call, OverFunction function, Expression[] arguments, WindowReference.Specification specification)
    {
        if (specification.OrderBy.Count == 0)
        {
            throw BindingErrors.Invalid(call, "Over Agg: The window rank function requires order by clause with non-constant fields. please re-check the over window statement.");
        }

        // These look at the order alone, not at the frame.
        var window = BindWindow(specification, OverFrame.RowsUpToCurrent);
        var (countMin, countMax) = function switch { OverFunction.Lag or OverFunction.Lead => (1, 3), OverFunction.Ntile => (1, 1), _ => (0, 0) };
        if (call.IsStar || arguments.Length < countMin || arguments.Length > countMax)
        {
            throw BindingErrors.Invalid(call, $"Invalid number of arguments to function '{AggregateNames.Of(function)}': {arguments.Length}.");
        }

        switch (function)
        {
            case OverFunction.RowNumber or OverFunction.Rank or OverFunction.DenseRank:
                return new BoundOver(function, null, [], 1, false, window, DataTypes.BigInt.AsNotNull());
            case OverFunction.PercentRank or OverFunction.CumeDist:
                return new BoundOver(function, null, [], 1, false, window, DataTypes.Double.AsNotNull());
            case OverFunction.Ntile:
                var parts = ConstantOf(arguments[0], call.Arguments[0]);
                return parts > 0
                    ? new BoundOver(function, null, [], parts, false, window, DataTypes.BigInt.AsNotNull())
                    : throw BindingErrors.Invalid(call.Arguments[0], "NTILE needs a number of parts above 0.");
            default:
                return BindNeighbour(call, function, arguments, window);
        }
    }

    private BoundOver BindNeighbour(SqlExpression.Call call, OverFunction function, Expression[] arguments, BoundWindow window)
    {
        if (ContainsNullType(arguments[0].Type))
        {
            throw BindingErrors.IllegalNull(call.Arguments[0]);
        }

        var offset = arguments.Length > 1 ? ConstantOf(arguments[1], call.Arguments[1]) : 1;
        if (offset < 0)
        {
            (function, offset) = (function == OverFunction.Lag ? OverFunction.Lead : OverFunction.Lag, -offset);
        }

        var type = arguments[0].Type.AsNullable();
        if (arguments.Length < 3 || arguments[2].Type is DataType.Null)
        {
            return new BoundOver(function, null, [arguments[0]], offset, call.IgnoresNulls == true, window, type);
        }

        var common = TypeCoercion.FindCommonType(arguments[0].Type, arguments[2].Type)
            ?? throw BindingErrors.Mismatch(call.Arguments[2], $"The default of {AggregateNames.Of(function)} has the type {arguments[2].Type.AsNullable()}, the value {arguments[0].Type.AsNullable()}.");
        return new BoundOver(function, null, [TypeCoercion.Coerce(arguments[0], common), TypeCoercion.Coerce(arguments[2], common)], offset, call.IgnoresNulls == true, window, common);
    }

    private long ConstantOf(Expression expression, SqlExpression place) =>
        ConstantFolder.Fold(expression, Context.Settings) is Expression.Literal { Value: sbyte or short or int or long } literal
            ? Convert.ToInt64(literal.Value, System.Globalization.CultureInfo.InvariantCulture)
            : throw BindingErrors.Invalid(place, "A constant whole number is expected here.");

    private WindowReference.Specification FindWindow(WindowReference reference, SyntaxNode place)
    {
        if (reference is WindowReference.Named named)
        {
            return FindWindow(FindNamed(named.Name), place);
        }

        var specification = (WindowReference.Specification)reference;
        if (specification.Base is null)
        {
            return specification;
        }

        var refined = FindWindow(FindNamed(specification.Base), place);
        return new WindowReference.Specification(
            null,
            specification.PartitionBy.Count > 0 ? specification.PartitionBy : refined.PartitionBy,
            specification.OrderBy.Count > 0 ? specification.OrderBy : refined.OrderBy,
            specification.Frame ?? refined.Frame,
            specification.Span);
    }

    private WindowReference.Specification FindNamed(Identifier name) =>
        Windows!.FirstOrDefault(w => w.Name.Name == name.Name)?.Window // BindOver asks
        ?? throw BindingErrors.Unknown(name, $"Window '{name}' not found.", name.Name, Windows!.Select(w => w.Name.Name));

    private BoundWindow BindWindow(WindowReference.Specification specification, OverFrame frame) => new(
        specification.PartitionBy.Select(BindTyped).ToEquatableList(),
        specification.OrderBy.Select(o => new BoundOrder(BindTyped(o.Expression), o.IsDescending, o.NullsFirst ?? !o.IsDescending)).ToEquatableList(),
        frame);

    // Without an order all rows are equal in it.
    private OverFrame WindowFrameOf(WindowReference.Specification specification)
    {
        if (specification.Frame is not { } frame)
        {
            return specification.OrderBy.Count == 0 ? OverFrame.All : OverFrame.RangeUpToCurrent;
        }

        var hasDistance = frame.Start.Offset is not null || frame.End.Offset is not null;
        if (!frame.IsRows && hasDistance && specification.OrderBy.Count != 1)
        {
            throw BindingErrors.Invalid(frame, "RANGE with a distance needs an ORDER BY of one column.");
        }

        var order = !frame.IsRows && hasDistance ? BindTyped(specification.OrderBy[0].Expression).Type : null;
        var bound = new OverFrame(frame.IsRows, BoundOf(frame.Start, order), BoundOf(frame.End, order));
        if (bound.Start is { IsUnbounded: true, Distance: > 0 } || bound.End is { IsUnbounded: true, Distance: < 0 }
            || (!bound.Start.IsUnbounded && !bound.End.IsUnbounded && bound.Start.Distance > bound.End.Distance))
        {
            throw BindingErrors.Invalid(frame, "The frame of the window ends before it starts.");
        }

        return bound;
    }

    private OverBound BoundOf(FrameBound bound, DataType? order) => bound.Kind switch
    {
        FrameBoundKind.UnboundedPreceding => OverBound.UnboundedPreceding,
        FrameBoundKind.UnboundedFollowing => OverBound.UnboundedFollowing,
        FrameBoundKind.CurrentRow => OverBound.CurrentRow,
        _ => new OverBound(false, DistanceOf(bound.Offset!, order) * (bound.Kind == FrameBoundKind.Preceding ? -1 : 1)), // these kinds have one
    };

    // The distance in the units in which the order column is stored.
    private long DistanceOf(SqlExpression offset, DataType? order)
    {
        var value = ConstantFolder.Fold(Bind(offset), Context.Settings);
        var distance = (order, value) switch
        {
            (null or DataType.TinyInt or DataType.SmallInt or DataType.Int or DataType.BigInt, Expression.Literal { Value: int or long }) => ConstantOf(value, offset),
            (DataType.Timestamp { IsNanos: true } or DataType.TimestampLtz { IsNanos: true }, Expression.Literal { Type: DataType.IntervalDayTime, Value: long millis }) => checked(millis * NanosPerMilli),
            (DataType.Timestamp or DataType.TimestampLtz, Expression.Literal { Type: DataType.IntervalDayTime, Value: long millis }) => checked(millis * MicrosPerMilli),
            (DataType.Date, Expression.Literal { Type: DataType.IntervalDayTime, Value: long millis }) => millis / MillisPerDay,
            _ => throw BindingErrors.Unsupported(offset, order is null ? "A frame of ROWS whose bound is no constant whole number" : $"A frame of RANGE with such a distance over {order.AsNullable()}"),
        };
        return distance >= 0 ? distance : throw BindingErrors.Invalid(offset, "The bound of a frame is a distance and cannot be negative.");
    }
}
