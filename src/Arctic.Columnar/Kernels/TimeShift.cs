using System.Diagnostics;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Kernels;

/// <summary>Points in time plus or minus intervals.</summary>
internal static class TimeShift
{
    /// <summary>The kernel for a DATE, TIME, TIMESTAMP or TIMESTAMP_LTZ and an interval.</summary>
    public static IBatchExpression Compile(DataType type, IReadOnlyList<IBatchExpression> arguments, bool isMinus, EvaluationSettings settings)
    {
        object sign = isMinus ? -1 : 1;
        var byMonths = arguments[1].Type is DataType.IntervalYearMonth;
        return (type, byMonths) switch
        {
            (DataType.Date, true) => new RowKernel<DatePlusMonths, FixedWriter<int>>(type, arguments, sign, settings),
            (DataType.Date, false) => new RowKernel<DatePlusMillis, FixedWriter<int>>(type, arguments, sign, settings),
            (DataType.Time, true) => arguments[0],
            (DataType.Time, false) => new RowKernel<TimePlusMillis, FixedWriter<long>>(type, arguments, sign, settings),
            (DataType.Timestamp or DataType.TimestampLtz, true) => new RowKernel<TimestampPlusMonths, FixedWriter<long>>(type, arguments, sign, settings),
            (DataType.Timestamp or DataType.TimestampLtz, false) => new RowKernel<TimestampPlusMillis, FixedWriter<long>>(type, arguments, sign, settings),
            _ => throw new UnreachableException($"Shift of {type}"),
        };
    }

    /// <summary>How many units of a timestamp type make a millisecond.</summary>
    public static long UnitsPerMilli(DataType type) => type is DataType.Timestamp { IsNanos: true } or DataType.TimestampLtz { IsNanos: true } ? 1_000_000 : 1_000;

    public static int PrecisionOf(DataType type) => type switch
    {
        DataType.Timestamp t => t.Precision,
        DataType.TimestampLtz t => t.Precision,
        DataType.Time t => t.Precision,
        _ => 0,
    };

    private readonly ref struct DatePlusMonths(FixedReader<int> date, FixedReader<int> months, int sign) : IRowOp<DatePlusMonths, FixedWriter<int>>
    {
        private readonly FixedReader<int> _date = date;
        private readonly FixedReader<int> _months = months;

        public static DatePlusMonths Open(in KernelArguments arguments) => new(arguments.Fixed<int>(0), arguments.Fixed<int>(1), (int)arguments.State!); // the sign

        public void Apply(int row, FixedWriter<int> output) => output.Set(Calendar.AddMonths(_date[row], sign * _months[row]));
    }

    // Whole days only: the rest of the interval is cut off towards the past, as in Flink.
    private readonly ref struct DatePlusMillis(FixedReader<int> date, FixedReader<long> millis, int sign) : IRowOp<DatePlusMillis, FixedWriter<int>>
    {
        private readonly FixedReader<int> _date = date;
        private readonly FixedReader<long> _millis = millis;

        public static DatePlusMillis Open(in KernelArguments arguments) => new(arguments.Fixed<int>(0), arguments.Fixed<long>(1), (int)arguments.State!); // the sign

        public void Apply(int row, FixedWriter<int> output) => output.Set(_date[row] + (int)(sign * (_millis[row] / 86_400_000)));
    }

    private readonly ref struct TimePlusMillis(FixedReader<long> time, FixedReader<long> millis, int sign) : IRowOp<TimePlusMillis, FixedWriter<long>>
    {
        private readonly FixedReader<long> _time = time;
        private readonly FixedReader<long> _millis = millis;

        public static TimePlusMillis Open(in KernelArguments arguments) => new(arguments.Fixed<long>(0), arguments.Fixed<long>(1), (int)arguments.State!); // the sign

        public void Apply(int row, FixedWriter<long> output) =>
            output.Set(Calendar.FloorMod(_time[row] + (sign * (_millis[row] % 86_400_000) * 1000), Calendar.MicrosPerDay));
    }

    private readonly ref struct TimestampPlusMonths(FixedReader<long> time, FixedReader<int> months, int sign, long unitsPerDay) : IRowOp<TimestampPlusMonths, FixedWriter<long>>
    {
        private readonly FixedReader<long> _time = time;
        private readonly FixedReader<int> _months = months;

        public static TimestampPlusMonths Open(in KernelArguments arguments) =>
            new(arguments.Fixed<long>(0), arguments.Fixed<int>(1), (int)arguments.State!, UnitsPerMilli(arguments.Type) * 86_400_000); // the sign

        public void Apply(int row, FixedWriter<long> output)
        {
            var day = Calendar.FloorDiv(_time[row], unitsPerDay);
            var rest = _time[row] - (day * unitsPerDay);
            output.Set((Calendar.AddMonths((int)day, sign * _months[row]) * unitsPerDay) + rest);
        }
    }

    // The result keeps the precision of its type: half a second less than a whole one is cut down.
    private readonly ref struct TimestampPlusMillis(FixedReader<long> time, FixedReader<long> millis, int sign, long unitsPerMilli, int precision)
        : IRowOp<TimestampPlusMillis, FixedWriter<long>>
    {
        private readonly FixedReader<long> _time = time;
        private readonly FixedReader<long> _millis = millis;

        public static TimestampPlusMillis Open(in KernelArguments arguments) =>
            new(arguments.Fixed<long>(0), arguments.Fixed<long>(1), (int)arguments.State!, UnitsPerMilli(arguments.Type), PrecisionOf(arguments.Type)); // the sign

        public void Apply(int row, FixedWriter<long> output) =>
            output.Set(TemporalText.Cut(_time[row] + (sign * _millis[row] * unitsPerMilli), precision, precision > 6 ? 9 : 6));
    }
}
