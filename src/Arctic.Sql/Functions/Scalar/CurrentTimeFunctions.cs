using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>The functions of the clock: the query's start in batch (but for those that are always per row), the time of the batch in streaming.</summary>
internal sealed class CurrentTimeFunction(string name, DataType type, bool isPerRow) : ScalarFunction(name)
{
    public override bool IsDeterministic => false;

    public static IEnumerable<(string Name, ScalarFunction Function)> All() =>
    [
        Make("CURRENT_TIMESTAMP", DataTypes.TimestampLtz(3)),
        Make("NOW", DataTypes.TimestampLtz(3)),
        Make("LOCALTIMESTAMP", DataTypes.Timestamp(3)),
        Make("CURRENT_DATE", DataTypes.Date),
        Make("CURRENT_TIME", DataTypes.Time(0)),
        Make("LOCALTIME", DataTypes.Time(0)),
        Make("CURRENT_ROW_TIMESTAMP", DataTypes.TimestampLtz(3), isPerRow: true),
        Make("PROCTIME", DataTypes.TimestampLtz(3), isPerRow: true),
    ];

    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 0, 0);
        return new Expression.Call(this, [], type.AsNotNull());
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new ClockExpression(call.Type, settings, isPerRow);

    private static (string Name, ScalarFunction Function) Make(string name, DataType type, bool isPerRow = false) => (name, new CurrentTimeFunction(name, type, isPerRow));

    private sealed class ClockExpression(DataType type, EvaluationSettings settings, bool isPerRow) : IBatchExpression
    {
        private readonly ZoneClock _clock = new(settings.TimeZone);

        public DataType Type { get; } = type;

        public Column Evaluate(in EvaluationInput input)
        {
            var instant = isPerRow ? settings.Time.GetUtcNow() : settings.QueryStart ?? settings.Time.GetUtcNow();
            var micros = (instant.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond * 1000;
            var local = Calendar.Split(_clock.ToLocal(micros));
            Column value = Type switch
            {
                DataType.TimestampLtz => new FixedColumn<long>(Type, [micros]),
                DataType.Timestamp => new FixedColumn<long>(Type, [_clock.ToLocal(micros)]),
                DataType.Date => new FixedColumn<int>(Type, [local.Day]),
                _ => new FixedColumn<long>(Type, [TemporalText.Cut(local.MicroOfDay, 0, 6)]),
            };
            return new ConstantColumn(value, input.ColumnLength);
        }
    }
}
