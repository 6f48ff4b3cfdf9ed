using System.Text;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Kernels.Casts;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>Functions between text and points in time. Text that cannot be read is NULL, but for TO_TIMESTAMP_LTZ, which fails.</summary>
internal static class DateTextFunctions
{
    private const string DefaultPattern = "yyyy-MM-dd HH:mm:ss";

    public static IEnumerable<(string Name, ScalarFunction Function)> All() =>
    [
        ("TO_DATE", new RowFunction<ToDateOp, FixedWriter<int>>(
            "TO_DATE", new Signature(ArgumentKind.Text, ArgumentKind.Text) { OptionalCount = 1 }, _ => DataTypes.Date, ResultNullability.Always, (_, _) => new DatePatternCache(isLenient: true))),
        ("TO_TIMESTAMP", new RowFunction<ToTimestampOp, FixedWriter<long>>(
            "TO_TIMESTAMP", new Signature(ArgumentKind.Text, ArgumentKind.Text) { OptionalCount = 1 }, _ => DataTypes.Timestamp(3), ResultNullability.Always, (_, _) => new DatePatternCache(isLenient: false))),
        ("TO_TIMESTAMP_LTZ", new ToTimestampLtzFunction()),
        ("DATE_FORMAT", new DateFormatFunction()),
        ("FROM_UNIXTIME", new RowFunction<FromUnixTimeOp, BytesWriter>(
            "FROM_UNIXTIME", new Signature(ArgumentKind.BigInt, ArgumentKind.Text) { OptionalCount = 1 }, ResultTypes.String, ResultNullability.Always, (_, settings) => new ZonePattern(settings))),
        ("UNIX_TIMESTAMP", new UnixTimestampFunction()),
        ("CONVERT_TZ", new RowFunction<ConvertZoneOp, BytesWriter>(
            "CONVERT_TZ", new Signature(ArgumentKind.Text, ArgumentKind.Text, ArgumentKind.Text), ResultTypes.String, ResultNullability.Always, (_, _) => new ZoneCache())),
    ];

    /// <summary>A lenient pattern and the session's zone.</summary>
    internal sealed class ZonePattern(EvaluationSettings settings)
    {
        public ZoneClock Clock { get; } = new(settings.TimeZone);

        public DatePatternCache Patterns { get; } = new(isLenient: true);

        public DatePattern Default { get; } = DatePattern.Parse(DefaultPattern, isLenient: true);
    }

    /// <summary>The clocks of the zones of the row before.</summary>
    private sealed class ZoneCache
    {
        private readonly Dictionary<string, ZoneClock> _clocks = [];

        public DatePattern Pattern { get; } = DatePattern.Parse(DefaultPattern, isLenient: true);

        public ZoneClock Get(ReadOnlySpan<byte> name)
        {
            var key = Encoding.UTF8.GetString(name);
            if (!_clocks.TryGetValue(key, out var clock))
            {
                if (_clocks.Count > 1000)
                {
                    _clocks.Clear();
                }

                // As Java's TimeZone.getTimeZone: an unknown name is GMT.
                _clocks[key] = clock = new ZoneClock(ZoneNames.Find(key) ?? TimeZoneInfo.Utc);
            }

            return clock;
        }
    }

    private static bool TryParseLocal(DatePattern pattern, ReadOnlySpan<byte> text, out int day, out long nanosOfDay, out int? offsetSeconds) =>
        pattern.TryParse(Encoding.UTF8.GetString(text), out day, out nanosOfDay, out offsetSeconds);

    private readonly ref struct ToDateOp(BytesReader text, BytesReader pattern, bool hasPattern, DatePatternCache patterns) : IRowOp<ToDateOp, FixedWriter<int>>
    {
        private readonly BytesReader _text = text;
        private readonly BytesReader _pattern = pattern;

        public static ToDateOp Open(in KernelArguments arguments)
        {
            var hasPattern = arguments.Columns.Length > 1;
            return new ToDateOp(arguments.Bytes(0), hasPattern ? arguments.Bytes(1) : default, hasPattern, (DatePatternCache)arguments.State!); // made by All
        }

        public void Apply(int row, FixedWriter<int> output)
        {
            var isRead = hasPattern
                ? TryParseLocal(patterns.Get(_pattern[row]), _text[row], out var day, out _, out _)
                : TemporalText.TryParseDate(_text[row], out day);
            if (isRead)
            {
                output.Set(day);
            }
            else
            {
                output.SetNull();
            }
        }
    }

    private readonly ref struct ToTimestampOp(BytesReader text, BytesReader pattern, bool hasPattern, DatePatternCache patterns) : IRowOp<ToTimestampOp, FixedWriter<long>>
    {
        private readonly BytesReader _text = text;
        private readonly BytesReader _pattern = pattern;

        public static ToTimestampOp Open(in KernelArguments arguments)
        {
            var hasPattern = arguments.Columns.Length > 1;
            return new ToTimestampOp(arguments.Bytes(0), hasPattern ? arguments.Bytes(1) : default, hasPattern, (DatePatternCache)arguments.State!); // made by All
        }

        public void Apply(int row, FixedWriter<long> output)
        {
            // Text that does not fit the pattern may still be a plain timestamp, as in Flink.
            if ((hasPattern && TryParseLocal(patterns.Get(_pattern[row]), _text[row], out var day, out var nanosOfDay, out _))
                || TemporalText.TryParseTimestamp(_text[row], out day, out nanosOfDay))
            {
                output.Set(Compose(day, nanosOfDay));
            }
            else
            {
                output.SetNull();
            }
        }

        private static long Compose(int day, long nanosOfDay) => (day * Calendar.MicrosPerDay) + TemporalText.Cut(nanosOfDay / 1000, 3, 6);
    }

    private readonly ref struct FromUnixTimeOp(FixedReader<long> seconds, BytesReader pattern, bool hasPattern, ZonePattern state) : IRowOp<FromUnixTimeOp, BytesWriter>
    {
        private readonly FixedReader<long> _seconds = seconds;
        private readonly BytesReader _pattern = pattern;

        public static FromUnixTimeOp Open(in KernelArguments arguments)
        {
            var hasPattern = arguments.Columns.Length > 1;
            return new FromUnixTimeOp(arguments.Fixed<long>(0), hasPattern ? arguments.Bytes(1) : default, hasPattern, (ZonePattern)arguments.State!); // made by All
        }

        public void Apply(int row, BytesWriter output)
        {
            var micros = _seconds[row] * Calendar.MicrosPerSecond;
            var offset = state.Clock.OffsetAt(micros);
            var (day, micro) = Calendar.Split(micros + offset);
            output.Append((hasPattern ? state.Patterns.Get(_pattern[row]) : state.Default).Format(day, micro * 1000, (int)(offset / Calendar.MicrosPerSecond)));
        }
    }

    private readonly ref struct ConvertZoneOp(BytesReader text, BytesReader from, BytesReader to, ZoneCache zones) : IRowOp<ConvertZoneOp, BytesWriter>
    {
        private readonly BytesReader _text = text;
        private readonly BytesReader _from = from;
        private readonly BytesReader _to = to;

        public static ConvertZoneOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Bytes(1), arguments.Bytes(2), (ZoneCache)arguments.State!); // made by All

        public void Apply(int row, BytesWriter output)
        {
            if (!TryParseLocal(zones.Pattern, _text[row], out var day, out var nanosOfDay, out _))
            {
                output.SetNull();
                return;
            }

            var instant = zones.Get(_from[row]).ToInstant((day * Calendar.MicrosPerDay) + (nanosOfDay / 1000));
            var (newDay, micro) = Calendar.Split(zones.Get(_to[row]).ToLocal(instant));
            output.Append(zones.Pattern.Format(newDay, micro * 1000, null));
        }
    }

    /// <summary>DATE_FORMAT of a timestamp (strict patterns), or of text of the form <c>yyyy-MM-dd HH:mm:ss</c> (lenient ones).</summary>
    private sealed class DateFormatFunction() : ScalarFunction("DATE_FORMAT")
    {
        public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
        {
            BindErrors.RequireCount(Name, arguments, 2, 2);
            BindErrors.RefuseNull(arguments);
            if (!(arguments[0].Type is DataType.Timestamp or DataType.TimestampLtz || arguments[0].Type.IsCharacter()) || !arguments[1].Type.IsCharacter())
            {
                throw BindErrors.CannotApply(Name, arguments);
            }

            return new Expression.Call(this, new(arguments), DataTypes.String);
        }

        public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
        {
            var type = call.Arguments[0].Type;
            if (type.IsCharacter())
            {
                return new RowKernel<FormatTextOp, BytesWriter>(call.Type, arguments, new ZonePattern(settings), settings);
            }

            var clock = type is DataType.TimestampLtz ? new ZoneClock(settings.TimeZone) : null;
            var cast = new TemporalCast(clock, null, TimeShift.PrecisionOf(type), 9, IsTry: false);
            return new RowKernel<FormatTimestampOp, BytesWriter>(call.Type, arguments, new FormatState(cast, new DatePatternCache(isLenient: false)), settings);
        }

        private sealed record FormatState(TemporalCast Source, DatePatternCache Patterns);

        private readonly ref struct FormatTimestampOp(TimestampSource source, BytesReader pattern, DatePatternCache patterns) : IRowOp<FormatTimestampOp, BytesWriter>
        {
            private readonly TimestampSource _source = source;
            private readonly BytesReader _pattern = pattern;

            public static FormatTimestampOp Open(in KernelArguments arguments)
            {
                var state = (FormatState)arguments.State!; // made by Compile
                return new FormatTimestampOp(TimestampSource.Open(arguments, state.Source), arguments.Bytes(1), state.Patterns);
            }

            public void Apply(int row, BytesWriter output)
            {
                var (day, nanosOfDay) = _source.Read(row);
                output.Append(patterns.Get(_pattern[row]).Format(day, nanosOfDay, null));
            }
        }

        private readonly ref struct FormatTextOp(BytesReader text, BytesReader pattern, ZonePattern state) : IRowOp<FormatTextOp, BytesWriter>
        {
            private readonly BytesReader _text = text;
            private readonly BytesReader _pattern = pattern;

            public static FormatTextOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Bytes(1), (ZonePattern)arguments.State!); // made by Compile

            public void Apply(int row, BytesWriter output)
            {
                if (TryParseLocal(state.Default, _text[row], out var day, out var nanosOfDay, out _))
                {
                    output.Append(state.Patterns.Get(_pattern[row]).Format(day, nanosOfDay, null));
                }
                else
                {
                    output.SetNull();
                }
            }
        }
    }

    /// <summary>UNIX_TIMESTAMP(): seconds now. UNIX_TIMESTAMP(s[, f]): seconds of text in the session's zone; the least BIGINT when it cannot be read.</summary>
    private sealed class UnixTimestampFunction() : ScalarFunction("UNIX_TIMESTAMP")
    {
        private static readonly Signature Arguments = new(ArgumentKind.Text, ArgumentKind.Text) { OptionalCount = 2 };

        public override bool IsDeterministic => false;

        public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
        {
            var bound = Arguments.Bind(Name, arguments);
            return new Expression.Call(this, new(bound), DataTypes.BigInt.WithNullability(BindErrors.AnyNullable(bound)));
        }

        public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) => arguments.Count == 0
            ? new RowKernel<NowOp, FixedWriter<long>>(call.Type, [], null, settings, isDeterministic: false)
            : new RowKernel<ParseOp, FixedWriter<long>>(call.Type, arguments, new ZonePattern(settings), settings);

        private readonly ref struct NowOp(long seconds) : IRowOp<NowOp, FixedWriter<long>>
        {
            public static NowOp Open(in KernelArguments arguments) => new(arguments.Settings.Time.GetUtcNow().ToUnixTimeSeconds());

            public void Apply(int row, FixedWriter<long> output) => output.Set(seconds);
        }

        private readonly ref struct ParseOp(BytesReader text, BytesReader pattern, bool hasPattern, ZonePattern state) : IRowOp<ParseOp, FixedWriter<long>>
        {
            private readonly BytesReader _text = text;
            private readonly BytesReader _pattern = pattern;

            public static ParseOp Open(in KernelArguments arguments)
            {
                var hasPattern = arguments.Columns.Length > 1;
                return new ParseOp(arguments.Bytes(0), hasPattern ? arguments.Bytes(1) : default, hasPattern, (ZonePattern)arguments.State!); // made by Compile
            }

            public void Apply(int row, FixedWriter<long> output)
            {
                var pattern = hasPattern ? state.Patterns.Get(_pattern[row]) : state.Default;
                if (!TryParseLocal(pattern, _text[row], out var day, out var nanosOfDay, out var offset))
                {
                    output.Set(long.MinValue);
                    return;
                }

                var local = (day * Calendar.MicrosPerDay) + (nanosOfDay / 1000);
                var instant = offset is { } seconds ? local - (seconds * Calendar.MicrosPerSecond) : state.Clock.ToInstant(local);
                output.Set(Calendar.FloorDiv(instant, Calendar.MicrosPerSecond));
            }
        }
    }

    /// <summary>TO_TIMESTAMP_LTZ(n[, precision]) of a number of 10^-precision seconds, and TO_TIMESTAMP_LTZ(s[, f[, zone]]) of text, in UTC unless said otherwise.</summary>
    private sealed class ToTimestampLtzFunction() : ScalarFunction("TO_TIMESTAMP_LTZ")
    {
        private static readonly Signature TextArguments = new(ArgumentKind.Text, ArgumentKind.Text, ArgumentKind.Text) { OptionalCount = 2 };

        public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
        {
            BindErrors.RequireCount(Name, arguments, 1, 3);
            BindErrors.RefuseNull(arguments);
            if (arguments[0].Type.IsCharacter())
            {
                return new Expression.Call(this, new(TextArguments.Bind(Name, arguments)), DataTypes.TimestampLtz(3));
            }

            var precision = arguments.Count < 2 ? 3 : ConstantFolder.Fold(arguments[1], EvaluationSettings.Default) is Expression.Literal { Value: int value } ? value : -1;
            if (arguments.Count > 2 || !arguments[0].Type.IsNumeric() || precision is < 0 or > 9)
            {
                throw BindErrors.CannotApply(Name, arguments);
            }

            // Every number as one decimal of seconds' fractions: exact for integers, by its text for floats.
            var number = TypeCoercion.Coerce(arguments[0], arguments[0].Type switch
            {
                DataType.Decimal d => d,
                DataType.Float or DataType.Double => DataTypes.Decimal(38, 9),
                _ => DataTypes.Decimal(19, 0),
            });
            return new Expression.Call(this, [number, new Expression.Literal(precision, DataTypes.Int.AsNotNull())], DataTypes.TimestampLtz(Math.Max(3, precision)));
        }

        public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
            call.Arguments[0].Type is DataType.Decimal type
                ? new RowKernel<NumberOp, FixedWriter<long>>(call.Type, [arguments[0]], new NumberState(type.Scale, (int)((Expression.Literal)call.Arguments[1]).Value!), settings) // made by Bind
                : new RowKernel<TextOp, FixedWriter<long>>(call.Type, arguments, new TextState(), settings);

        private sealed record NumberState(int Scale, int Precision);

        private sealed class TextState
        {
            public DatePatternCache Patterns { get; } = new(isLenient: false);

            public ZoneCache Zones { get; } = new();
        }

        private readonly ref struct NumberOp(FixedReader<Int128> value, NumberState state, int precision) : IRowOp<NumberOp, FixedWriter<long>>
        {
            private readonly FixedReader<Int128> _value = value;

            public static NumberOp Open(in KernelArguments arguments) => new(arguments.Fixed<Int128>(0), (NumberState)arguments.State!, TimeShift.PrecisionOf(arguments.Type)); // made by Compile

            public void Apply(int row, FixedWriter<long> output)
            {
                // Value * 10^-(scale + precision) seconds, cut to the type's precision, then in its unit.
                var shift = state.Scale + state.Precision - precision;
                var units = shift >= 0 ? FloorDiv(_value[row], DecimalMath.PowerOf10(shift)) : _value[row] * DecimalMath.PowerOf10(-shift);
                var perSecond = DecimalMath.PowerOf10(precision);
                var seconds = FloorDiv(units, perSecond);
                if (seconds < Calendar.MinDay * 86_400L || seconds >= (Calendar.MaxDay + 1) * 86_400L)
                {
                    output.SetNull();
                    return;
                }

                var result = units * DecimalMath.PowerOf10((precision > 6 ? 9 : 6) - precision);
                if (result == (long)result)
                {
                    output.Set((long)result);
                }
                else
                {
                    output.SetNull();
                }
            }

            private static Int128 FloorDiv(Int128 value, Int128 divisor)
            {
                var (quotient, rest) = Int128.DivRem(value, divisor);
                return rest < 0 ? quotient - 1 : quotient;
            }
        }

        private readonly ref struct TextOp(BytesReader text, BytesReader pattern, BytesReader zone, int count, TextState state) : IRowOp<TextOp, FixedWriter<long>>
        {
            private readonly BytesReader _text = text;
            private readonly BytesReader _pattern = pattern;
            private readonly BytesReader _zone = zone;

            public static TextOp Open(in KernelArguments arguments)
            {
                var count = arguments.Columns.Length;
                return new TextOp(arguments.Bytes(0), count > 1 ? arguments.Bytes(1) : default, count > 2 ? arguments.Bytes(2) : default, count, (TextState)arguments.State!); // made by Compile
            }

            public void Apply(int row, FixedWriter<long> output)
            {
                int? offset = null;
                var isRead = count > 1
                    ? TryParseLocal(state.Patterns.Get(_pattern[row]), _text[row], out var day, out var nanosOfDay, out offset)
                    : TemporalText.TryParseTimestamp(_text[row], out day, out nanosOfDay);
                if (!isRead)
                {
                    throw EvaluationErrors.CannotParse(_text[row], output.Type);
                }

                var local = (day * Calendar.MicrosPerDay) + TemporalText.Cut(nanosOfDay / 1000, 3, 6);
                output.Set(offset is { } seconds ? local - (seconds * Calendar.MicrosPerSecond) : count > 2 ? state.Zones.Get(_zone[row]).ToInstant(local) : local);
            }
        }
    }
}
