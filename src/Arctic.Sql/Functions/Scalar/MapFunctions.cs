using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>Functions that take maps apart and make them. A key that comes again keeps its place and takes the last value.</summary>
internal static class MapFunctions
{
    public static IEnumerable<(string Name, ScalarFunction Function)> All() =>
    [
        ("MAP_KEYS", new MapPartFunction("MAP_KEYS", map => map.Key, map => map.Keys)),
        ("MAP_VALUES", new MapPartFunction("MAP_VALUES", map => map.Value, map => map.Values)),
        ("MAP_ENTRIES", new MapPartFunction("MAP_ENTRIES", EntryOf, map => new RowColumn(EntryOf((DataType.Map)map.Type), map.Keys.Length, [map.Keys, map.Values]))),
        ("MAP_FROM_ARRAYS", new MapFromArraysFunction()),
        ("MAP_UNION", new MapUnionFunction()),
    ];

    private static DataType EntryOf(DataType.Map map) => new DataType.Row(new([new Field("key", map.Key), new Field("value", map.Value)]));

    /// <summary>An array of what each entry has; NULL in gives NULL.</summary>
    private sealed class MapPartFunction(string name, Func<DataType.Map, DataType> elementOf, Func<MapColumn, Column> elementsOf) : ScalarFunction(name)
    {
        public override bool CanFail(Expression.Call call) => false;

        public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
        {
            BindErrors.RequireCount(Name, arguments, 1, 1);
            BindErrors.RefuseNull(arguments);
            return arguments[0].Type is DataType.Map map
                ? new Expression.Call(this, [arguments[0]], new DataType.Array(elementOf(map)).WithNullability(map.IsNullable))
                : throw BindErrors.CannotApply(Name, arguments);
        }

        public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
            new ColumnKernel(call.Type, arguments, (columns, length, _) =>
            {
                var map = (MapColumn)columns[0].ToDense();
                return new ListColumn(call.Type, length, map.OffsetBytes, elementsOf(map), map.Validity);
            });
    }

    /// <summary>The keys of one array with the values of another; both must be of one length.</summary>
    private sealed class MapFromArraysFunction() : ScalarFunction("MAP_FROM_ARRAYS")
    {
        public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
        {
            BindErrors.RequireCount(Name, arguments, 2, 2);
            BindErrors.RefuseNull(arguments);
            return arguments[0].Type is DataType.Array keys && arguments[1].Type is DataType.Array values
                ? new Expression.Call(this, new(arguments), new DataType.Map(keys.Element, values.Element).WithNullability(BindErrors.AnyNullable(arguments)))
                : throw BindErrors.CannotApply(Name, arguments);
        }

        public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
            new ColumnKernel(call.Type, arguments, (columns, length, rows) => Run(call.Type, columns, length, rows));

        private static MapColumn Run(DataType type, Column[] columns, int length, RowCursor rows)
        {
            var validity = ValidityMath.And(columns, length);
            var (keys, values) = ((ListColumn)columns[0].ToDense(), (ListColumn)columns[1].ToDense());
            var entries = new EntryRows(length);
            for (var i = 0; i < rows.Count; i++)
            {
                var row = rows[i];
                entries.MoveTo(row);
                if (!validity[row])
                {
                    continue;
                }

                var (keyCount, valueCount) = (keys.Offsets[row + 1] - keys.Offsets[row], values.Offsets[row + 1] - values.Offsets[row]);
                if (keyCount != valueCount)
                {
                    throw EvaluationErrors.Failed($"Cannot evaluate MAP_FROM_ARRAYS: the array of keys has {keyCount} elements, the array of values {valueCount}.");
                }

                for (var k = 0; k < keyCount; k++)
                {
                    entries.Add(keys.Offsets[row] + k, values.Offsets[row] + k);
                }
            }

            return entries.Build(type, keys.Elements, values.Elements, validity);
        }
    }

    /// <summary>The entries of all maps; NULL in gives NULL.</summary>
    private sealed class MapUnionFunction() : ScalarFunction("MAP_UNION")
    {
        public override bool CanFail(Expression.Call call) => false;

        public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
        {
            BindErrors.RequireCount(Name, arguments, 1, int.MaxValue);
            BindErrors.RefuseNull(arguments);
            if (arguments.Any(a => a.Type is not DataType.Map)
                || TypeCoercion.FindCommonType(arguments.Select(a => ((DataType.Map)a.Type).Key).ToArray()) is not { } key
                || TypeCoercion.FindCommonType(arguments.Select(a => ((DataType.Map)a.Type).Value).ToArray()) is not { } value)
            {
                throw BindErrors.CannotApply(Name, arguments);
            }

            var type = new DataType.Map(key, value).WithNullability(BindErrors.AnyNullable(arguments));
            return new Expression.Call(this, new(arguments.Select(a => TypeCoercion.Coerce(a, type.WithNullability(a.Type.IsNullable)))), type);
        }

        public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
            new ColumnKernel(call.Type, arguments, (columns, length, rows) => Run(call.Type, columns, length, rows));

        private static MapColumn Run(DataType type, Column[] columns, int length, RowCursor rows)
        {
            var validity = ValidityMath.And(columns, length);
            var maps = columns.Select(c => (MapColumn)c.ToDense()).ToArray();
            var bases = new int[maps.Length];
            for (var k = 1; k < maps.Length; k++)
            {
                bases[k] = bases[k - 1] + maps[k - 1].Keys.Length;
            }

            var entries = new EntryRows(length);
            for (var i = 0; i < rows.Count; i++)
            {
                var row = rows[i];
                entries.MoveTo(row);
                for (var k = 0; k < maps.Length && validity[row]; k++)
                {
                    for (var at = maps[k].Offsets[row]; at < maps[k].Offsets[row + 1]; at++)
                    {
                        entries.Add(bases[k] + at, bases[k] + at);
                    }
                }
            }

            return entries.Build(type, ColumnGather.Concat(maps.Select(m => m.Keys.ToDense()).ToArray()), ColumnGather.Concat(maps.Select(m => m.Values.ToDense()).ToArray()), validity);
        }
    }

    /// <summary>The entries of maps under construction, row by row in ascending order: places of keys and of values.</summary>
    private sealed class EntryRows(int length)
    {
        private readonly int[] _offsets = new int[length + 1];
        private readonly List<int> _keys = [];
        private readonly List<int> _values = [];
        private int _next;

        public void MoveTo(int row)
        {
            _offsets.AsSpan(_next, row + 1 - _next).Fill(_keys.Count);
            _next = row + 1;
        }

        public void Add(int key, int value)
        {
            _keys.Add(key);
            _values.Add(value);
        }

        public MapColumn Build(DataType type, Column keys, Column values, Bitmap validity)
        {
            var map = (DataType.Map)type;
            _offsets.AsSpan(_next).Fill(_keys.Count);
            return MapEntries.KeepLast(type, _offsets, keys.Gather(_keys.ToArray()).WithType(map.Key), values.Gather(_values.ToArray()).WithType(map.Value), validity);
        }
    }
}

/// <summary>A kernel that works on whole columns.</summary>
internal sealed class ColumnKernel(DataType type, IReadOnlyList<IBatchExpression> arguments, NestedEvaluation.Step step) : IBatchExpression
{
    public DataType Type => type;

    public Column Evaluate(in EvaluationInput input) => NestedEvaluation.Run(arguments, input, step);
}
