using System.Diagnostics;
using System.Numerics;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Aggregation;

namespace Arctic.DuckDb.Sources;

/// <summary>How one output column follows from what DuckDB added up.</summary>
internal abstract record FinishStep
{
    private FinishStep()
    {
    }

    /// <summary>As it is.</summary>
    public sealed record Pass(int Column) : FinishStep;

    /// <summary>A 128-bit sum cut to the result's width.</summary>
    public sealed record WrappedSum(int Sum, bool IsZeroForNone) : FinishStep;

    /// <summary>A decimal sum, perhaps in two halves (high times 2^64, plus low); NULL when it has more than 38 digits.</summary>
    public sealed record DecimalSum(int Low, int? High, bool IsZeroForNone) : FinishStep;

    /// <summary>A sum cut to 64 bits, by a count, truncated.</summary>
    public sealed record IntegerAverage(int Sum, int Count) : FinishStep;

    /// <summary>A decimal sum by a count, rounded half up.</summary>
    public sealed record DecimalAverage(int Low, int? High, int Count, int ScaleUp) : FinishStep;
}

/// <summary>Turns DuckDB's sums and counts into the results of aggregates.</summary>
internal sealed class AggregateFinish(IReadOnlyList<FinishStep> steps, RowSchema output)
{
    /// <summary>The results, a row for each row. The caller still disposes the given batch.</summary>
    public ChangeBatch Apply(ChangeBatch raw)
    {
        var columns = new Column[steps.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = Finish(steps[i], raw.Columns, output[i].Type, raw.ColumnLength);
        }

        return raw.WithColumns(output, columns);
    }

    private static Column Finish(FinishStep step, IReadOnlyList<Column> raw, DataType type, int length) => step switch
    {
        FinishStep.Pass pass => raw[pass.Column].WithType(type),
        FinishStep.WrappedSum sum => type.Layout switch
        {
            ColumnLayout.Int8 => Wrap<sbyte>(Wide(raw, sum.Sum), type, sum.IsZeroForNone),
            ColumnLayout.Int16 => Wrap<short>(Wide(raw, sum.Sum), type, sum.IsZeroForNone),
            ColumnLayout.Int32 => Wrap<int>(Wide(raw, sum.Sum), type, sum.IsZeroForNone),
            ColumnLayout.Int64 => Wrap<long>(Wide(raw, sum.Sum), type, sum.IsZeroForNone),
            _ => throw new UnreachableException($"A sum of integers has the type {type}."),
        },
        FinishStep.IntegerAverage average => type.Layout switch
        {
            ColumnLayout.Int8 => Divide<sbyte>(Wide(raw, average.Sum), Counts(raw, average.Count), type),
            ColumnLayout.Int16 => Divide<short>(Wide(raw, average.Sum), Counts(raw, average.Count), type),
            ColumnLayout.Int32 => Divide<int>(Wide(raw, average.Sum), Counts(raw, average.Count), type),
            ColumnLayout.Int64 => Divide<long>(Wide(raw, average.Sum), Counts(raw, average.Count), type),
            _ => throw new UnreachableException($"An average of integers has the type {type}."),
        },
        FinishStep.DecimalSum sum => Decimals(raw, sum.Low, sum.High, type, length, sum.IsZeroForNone, (_, total) => (DecimalLimits.TryDivide(total, 1, 0, out var value), value)),
        FinishStep.DecimalAverage average => Decimals(
            raw, average.Low, average.High, type, length, false, (row, total) => (DecimalLimits.TryDivide(total, Counts(raw, average.Count).Values[row], average.ScaleUp, out var value), value)),
        _ => throw new UnreachableException(step.ToString()),
    };

    private static FixedColumn<Int128> Wide(IReadOnlyList<Column> raw, int column) => (FixedColumn<Int128>)raw[column];

    private static FixedColumn<long> Counts(IReadOnlyList<Column> raw, int column) => (FixedColumn<long>)raw[column];

    private static Column Wrap<T>(FixedColumn<Int128> sums, DataType type, bool isZeroForNone)
        where T : unmanaged, IBinaryInteger<T>
    {
        var values = new T[sums.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = sums.IsNull(i) ? T.Zero : T.CreateTruncating(sums.Values[i]);
        }

        return new FixedColumn<T>(type, values, isZeroForNone ? Bitmap.AllSet : sums.Validity);
    }

    private static Column Divide<T>(FixedColumn<Int128> sums, FixedColumn<long> counts, DataType type)
        where T : unmanaged, IBinaryInteger<T>
    {
        var values = new T[sums.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = sums.IsNull(i) ? T.Zero : T.CreateTruncating(long.CreateTruncating(sums.Values[i]) / counts.Values[i]);
        }

        return new FixedColumn<T>(type, values, sums.Validity);
    }

    // One call a group, not a row: results of decimals may take their time.
    private static Column Decimals(
        IReadOnlyList<Column> raw, int low, int? high, DataType type, int length, bool isZeroForNone, Func<int, BigInteger, (bool HasValue, Int128 Value)> finish)
    {
        var builder = new FixedColumnBuilder<Int128>(type);
        for (var i = 0; i < length; i++)
        {
            var total = Wide(raw, low).IsNull(i) ? default : (BigInteger)Wide(raw, low).Values[i] + (high is { } h ? (BigInteger)Wide(raw, h).Values[i] << 64 : 0);
            var (hasValue, value) = Wide(raw, low).IsNull(i) ? (isZeroForNone, Int128.Zero) : finish(i, total);
            if (hasValue)
            {
                builder.Append(value);
            }
            else
            {
                builder.AppendNull();
            }
        }

        return builder.Build();
    }
}
